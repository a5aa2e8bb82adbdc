"""The fake answers as Google does. What it does was learnt from recordings of the real service: see `replay.py`."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from tests.plugins.google_sheets.fake import Book, FakeGoogle, Linked
from tests.plugins.google_sheets.fake.tokens import Token

WRITE = "https://www.googleapis.com/auth/spreadsheets"
ANN = Token("ann@example.com", frozenset({WRITE}))
CELLS = [["a", "", "c"], [], ["", "b"]]


class Desk:
    """A spreadsheet, and somebody who may write into it."""

    def __init__(self, google: FakeGoogle) -> None:
        self.google = google
        self.book = google.add(Book("book", editors={ANN.email}))
        self.tab = self.book.tab
        google.tokens.given["token"] = ANN

    def call(self, method: str, path: str, body: Any = None, token: str = "token", **query: Any) -> tuple[int, Any]:
        url = f"/v4/spreadsheets/book{path}?{urlencode(query, doseq=True)}"
        status, answer, _ = self.google.handle(method, url, json.dumps(body).encode() if body else b"", token)
        return status, json.loads(answer)

    def get(self, area: str, **query: Any) -> Any:
        return self.call("GET", f"/values/{quote(area, safe='')}", **query)[1]

    def put(self, area: str, values: Any, option: str = "RAW") -> tuple[int, Any]:
        return self.call("PUT", f"/values/{quote(area, safe='')}", {"values": values}, valueInputOption=option)

    def append(self, area: str, values: Any) -> Any:
        path = f"/values/{quote(area, safe='')}:append"
        return self.call("POST", path, {"values": values}, valueInputOption="RAW")[1]

    def change(self, name: str, **options: Any) -> tuple[int, Any]:
        return self.call("POST", ":batchUpdate", {"requests": [{name: options}]})

    def why(self, answer: tuple[int, Any]) -> tuple[int, str]:
        return answer[0], answer[1]["error"]["message"]


@pytest.fixture
def desk(google: FakeGoogle) -> Desk:
    return Desk(google)


class TestReading:
    def test_an_empty_area_has_no_values(self, desk: Desk) -> None:
        assert desk.get("'Sheet1'!A1:F") == {"range": "Sheet1!A1:F1000", "majorDimension": "ROWS"}

    def test_empty_ends_are_left_out_and_gaps_are_not(self, desk: Desk) -> None:
        desk.tab.fill([*CELLS, [None, ""]])
        assert desk.get("Sheet1")["values"] == [["a", "", "c"], [], ["", "b"]]
        assert desk.get("'Sheet1'!B2:C4")["values"] == [[], ["b"]]

    def test_columns_may_be_lines(self, desk: Desk) -> None:
        desk.tab.fill(CELLS)
        assert desk.get("'Sheet1'!A1:C3", majorDimension="COLUMNS")["values"] == [["a"], ["", "", "b"], ["c"]]

    def test_values_are_shown_or_given(self, desk: Desk) -> None:
        desk.tab.fill(
            [[7, 0.5, True, Linked("Site", "https://a.example", formula='=HYPERLINK("https://a.example","Site")')]]
        )
        assert desk.get("A1:D1")["values"] == [["7", "0.5", "TRUE", "Site"]]
        assert desk.get("A1:D1", valueRenderOption="UNFORMATTED_VALUE")["values"] == [[7, 0.5, True, "Site"]]
        assert desk.get("D1", valueRenderOption="FORMULA")["values"] == [['=HYPERLINK("https://a.example","Site")']]

    @pytest.mark.parametrize(
        ("title", "shown"), [("Leads", "Leads"), ("A1", "'A1'"), ("R1C1", "'R1C1'"), ("It's 2024", "'It''s 2024'")]
    )
    def test_titles_are_quoted_where_they_must_be(self, desk: Desk, title: str, shown: str) -> None:
        desk.tab.title = title
        quoted = title.replace("'", "''")
        assert desk.get(f"'{quoted}'!B2")["range"] == f"{shown}!B2"

    def test_what_is_not_there_is_refused(self, desk: Desk) -> None:
        desk.tab.rows, desk.tab.columns = 10, 3
        assert desk.why(desk.call("GET", "/values/Sheet1!A11")) == (
            400,
            "Range (Sheet1!A11) exceeds grid limits. Max rows: 10, max columns: 3",
        )
        assert desk.why(desk.call("GET", "/values/Leads!A1")) == (400, "Unable to parse range: Leads!A1")

    def test_several_areas_of_one_moment(self, desk: Desk) -> None:
        desk.tab.fill(CELLS)
        found = desk.call("GET", "/values:batchGet", ranges=["Sheet1!A1", "Sheet1!B3"], fields="valueRanges.values")[1]
        assert found == {"valueRanges": [{"values": [["a"]]}, {"values": [["b"]]}]}


class TestWriting:
    def test_raw_texts_stay_and_typed_ones_become_values(self, desk: Desk) -> None:
        texts = ["=1+1", "007", "TRUE", "+33 6"]
        desk.put("A1", [texts])
        desk.put("A2", [texts], "USER_ENTERED")
        assert desk.tab.cells[0] == texts
        assert desk.tab.texts()[1] == ["#NAME?", "7", "TRUE", "+33 6"]

    def test_null_is_skipped_and_an_empty_text_clears(self, desk: Desk) -> None:
        desk.tab.fill([["a", "b", "c"]])
        assert desk.put("A1:C1", [[None, "", "x"]]) == (
            200,
            {
                "spreadsheetId": "book",
                "updatedRange": "Sheet1!A1:C1",
                "updatedRows": 1,
                "updatedColumns": 2,
                "updatedCells": 2,
            },
        )
        assert desk.tab.texts() == [["a", "", "x"]]

    def test_more_than_the_area_is_refused(self, desk: Desk) -> None:
        assert desk.why(desk.put("A1:B1", [["a"], ["b"]])) == (
            400,
            "Requested writing within range [Sheet1!A1:B1], but tried writing to row [2]",
        )
        assert desk.put("A1", [["a", "b"], ["c"]])[0] == 200

    @pytest.mark.parametrize(
        ("body", "query", "why"),
        [
            ({"values": [["a"]]}, {}, "'valueInputOption' is required but not specified"),
            ({"values": "a"}, {"valueInputOption": "RAW"}, "Invalid value at 'data.values'"),
            ({"values": [["x" * 50_001]]}, {"valueInputOption": "RAW"}, "the maximum of 50000 characters"),
        ],
    )
    def test_what_cannot_be_written(self, desk: Desk, body: Any, query: dict[str, str], why: str) -> None:
        status, message = desk.why(desk.call("PUT", "/values/A1", body, **query))
        assert (status, why in message) == (400, True)

    def test_a_batch_is_written_whole_or_not_at_all(self, desk: Desk) -> None:
        data = [{"range": "Sheet1!A1:B1", "values": [["a", "b"]]}, {"range": "Sheet1!A3", "values": [["c"]]}]
        status, answer = desk.call("POST", "/values:batchUpdate", {"valueInputOption": "RAW", "data": data})
        totals = {name: answer[f"totalUpdated{name}"] for name in ("Rows", "Columns", "Cells", "Sheets")}
        assert (status, totals) == (200, {"Rows": 2, "Columns": 2, "Cells": 3, "Sheets": 1})
        before = desk.tab.texts()
        bad = [{"range": "Sheet1!A1", "values": [["z"]]}, {"range": "Leads!A1", "values": [["z"]]}]
        assert desk.call("POST", "/values:batchUpdate", {"valueInputOption": "RAW", "data": bad})[0] == 400
        assert desk.tab.texts() == before

    def test_areas_are_cleared(self, desk: Desk) -> None:
        desk.tab.fill([["a", "b"], ["c", "d"]])
        assert desk.call("POST", "/values/Sheet1!A1:clear")[1]["clearedRange"] == "Sheet1!A1"
        desk.call("POST", "/values:batchClear", {"ranges": ["Sheet1!B1", "Sheet1!A2"]})
        assert desk.tab.texts() == [["", ""], ["", "d"]]

    def test_a_row_is_appended_below_the_table_that_the_area_meets(self, desk: Desk) -> None:
        """Under its first column: a gap in the row parts the table, and the next one lands further right."""
        assert desk.append("Sheet1!A1", [["x", "", "z"]])["updates"]["updatedRange"] == "Sheet1!A1:C1"
        assert desk.append("Sheet1", [["x", "", "z"]])["updates"]["updatedRange"] == "Sheet1!C2:E2"
        assert desk.append("Sheet1!H9", [["y"]])["updates"]["updatedRange"] == "Sheet1!H9"


class TestStructure:
    def test_rows_come_and_go(self, desk: Desk) -> None:
        desk.tab.fill([["a"], ["b"]])
        span = {"sheetId": 0, "dimension": "ROWS", "startIndex": 1, "endIndex": 2}
        desk.change("insertDimension", range=span)
        assert (desk.tab.texts(), desk.tab.rows) == ([["a"], [], ["b"]], 1001)
        desk.change("deleteDimension", range=span)
        assert (desk.tab.texts(), desk.tab.rows) == ([["a"], ["b"]], 1000)

    def test_numbers_are_sorted_before_texts(self, desk: Desk) -> None:
        desk.tab.fill([["b", 1], [10, 2], ["A", 3], [9, 4]])
        area = {"sheetId": 0, "startRowIndex": 0, "endRowIndex": 4, "startColumnIndex": 0, "endColumnIndex": 2}
        desk.change("sortRange", range=area, sortSpecs=[{"dimensionIndex": 0, "sortOrder": "ASCENDING"}])
        assert desk.tab.texts() == [["9", "4"], ["10", "2"], ["A", "3"], ["b", "1"]]

    def test_a_text_that_is_nowhere_is_replaced_nowhere(self, desk: Desk) -> None:
        area = {"sheetId": 0, "startRowIndex": 0, "endRowIndex": 1, "startColumnIndex": 0, "endColumnIndex": 1}
        assert desk.change("findReplace", find="x", replacement="x", range=area)[1]["replies"] == [{"findReplace": {}}]

    def test_a_merge_keeps_the_first_cell(self, desk: Desk) -> None:
        desk.tab.fill([["a", "b"], ["c", "d"]])
        area = {"sheetId": 0, "startRowIndex": 0, "endRowIndex": 2, "startColumnIndex": 0, "endColumnIndex": 1}
        desk.change("mergeCells", range=area, mergeType="MERGE_ALL")
        assert desk.tab.texts() == [["a", "b"], ["", "d"]]

    def test_two_tabs_have_two_titles(self, desk: Desk) -> None:
        status, why = desk.why(desk.change("addSheet", properties={"title": "Sheet1"}))
        assert (status, 'A sheet with the name "Sheet1" already exists' in why) == (400, True)

    def test_a_request_that_it_does_not_know_is_refused(self, desk: Desk) -> None:
        assert "Unknown name" in desk.why(desk.change("addChart"))[1]

    def test_a_mask_leaves_out_the_rest(self, desk: Desk) -> None:
        desk.tab.fill([["x", Linked("Site", "https://a.example")]])
        mask = "properties.title,sheets(properties(title),data.rowData.values(formattedValue,hyperlink))"
        assert desk.call("GET", "", fields=mask, ranges="Sheet1!A1:B1")[1] == {
            "properties": {"title": "Leads 2026"},
            "sheets": [
                {
                    "properties": {"title": "Sheet1"},
                    "data": [
                        {
                            "rowData": [
                                {
                                    "values": [
                                        {"formattedValue": "x"},
                                        {"formattedValue": "Site", "hyperlink": "https://a.example"},
                                    ]
                                }
                            ]
                        }
                    ],
                }
            ],
        }


class TestAdmission:
    def test_without_a_token_nobody_comes_in(self, desk: Desk) -> None:
        assert desk.call("GET", "", token="")[0] == 401  # an empty one

    def test_with_whom_it_is_not_shared_is_refused(self, desk: Desk) -> None:
        desk.book.editors.clear()
        assert desk.why(desk.call("GET", "")) == (403, "The caller does not have permission")
        desk.book.viewers.add(ANN.email)
        assert desk.call("GET", "")[0] == 200
        assert desk.put("A1", [["a"]])[0] == 403

    def test_a_spreadsheet_that_there_is_not(self, desk: Desk) -> None:
        desk.google.books.clear()
        assert desk.why(desk.call("GET", "")) == (404, "Requested entity was not found.")

    def test_a_minute_has_sixty_calls_of_a_kind(self, desk: Desk) -> None:
        answers = [desk.call("GET", "") for _ in range(61)]
        assert [status for status, _ in answers] == [200] * 60 + [429]
        error = answers[-1][1]["error"]
        assert (error["status"], error["details"][0]["metadata"]["quota_limit"]) == (
            "RESOURCE_EXHAUSTED",
            "ReadRequestsPerMinutePerUser",
        )
        assert desk.put("A1", [["a"]])[0] == 200

    def test_a_body_has_a_limit(self, desk: Desk) -> None:
        status, why = desk.why(desk.put("A1", [["x" * (10 << 20)]]))
        assert (status, "payload size exceeds the limit" in why) == (400, True)
