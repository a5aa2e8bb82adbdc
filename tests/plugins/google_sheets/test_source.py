"""Sheets as people keep them: every row that has text is a record, as it is shown, with its place."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from tests.plugins.google_sheets.conftest import HEADER, person
from tests.plugins.google_sheets.fake import Linked, Tab
from upscale_connect import SourceError

if TYPE_CHECKING:
    from tests.plugins.google_sheets.conftest import Bench
    from tests.plugins.google_sheets.fake import Book, Seen


def test_each_row_is_a_record_with_its_place(bench: Bench, book: Book) -> None:
    first, second = bench.read()
    assert first.fields == dict(zip(HEADER, person(1), strict=True))
    assert (first.id, first.where, second.where) == (None, "Sheet1!A2", "Sheet1!A3")


def test_values_are_the_texts_that_are_shown(bench: Bench, book: Book) -> None:
    book.tab.fill([[*HEADER, "Phone", "Code"], ["Nan", 7, True, "https://www.linkedin.com/in/x", "+336", "007"]])
    (record,) = bench.read()
    assert list(record.fields.values()) == ["Nan", "7", "TRUE", "https://www.linkedin.com/in/x", "+336", "007"]


@pytest.mark.parametrize("above", [0, 1, 3])
def test_the_header_is_the_first_row_with_all_mapped_columns(bench: Bench, book: Book, above: int) -> None:
    book.tab.fill([*[["Leads of Acme"]] * above, HEADER, person(1)])
    (record,) = bench.read()
    assert record.where == f"Sheet1!A{above + 2}"
    assert record.fields["First"] == "Ann1"


def test_the_header_may_be_named(bench: Bench, book: Book) -> None:
    book.tab.fill([HEADER, ["First", "Last", "Company", "LinkedIn", "Note"], person(1)])
    (record,) = bench.read(header_row="2")
    assert record.fields["Note"] == ""
    with pytest.raises(SourceError, match="'Sheet1' has no header in row 9"):
        bench.read(header_row="9")


def test_spelling_of_a_header_makes_no_difference(bench: Bench, book: Book) -> None:
    book.tab.fill([["first", " LAST\u00a0", "com\u0070any", "Linked\u0049n"], person(1)])
    (record,) = bench.read()
    assert list(record.fields) == HEADER


def test_a_mapped_column_that_stands_twice_is_an_error(bench: Bench, book: Book) -> None:
    book.tab.fill([[*HEADER, "First"], [*person(1), "Bob"]])
    with pytest.raises(SourceError, match="Sheet1!1: the column 'First' stands twice, as A and E"):
        bench.read()


def test_other_columns_may_be_called_anything(bench: Bench, book: Book) -> None:
    book.tab.fill(
        [["First", "Note", "Last", "", "Note", "Company", "LinkedIn"], ["1", "2", "3", "4", "5", "6", "/in/x"]]
    )
    (record,) = bench.read()
    assert list(record.fields) == ["First", "Note", "Last", "column_D", "Note (E)", "Company", "LinkedIn"]
    assert list(record.fields.values()) == ["1", "2", "3", "4", "5", "6", "/in/x"]


def test_what_is_missing_can_be_told(bench: Bench, book: Book) -> None:
    book.tab.fill([["title"], ["First", "Surname", "Company"], ["Ann", "Lee", "Acme"]])
    assert bench.source().columns() == ["First", "Surname", "Company"]


def test_empty_rows_are_no_records_and_do_not_shift_the_others(bench: Bench, book: Book) -> None:
    book.tab.fill([HEADER, person(1), [], ["", " "], person(2), [None]])
    assert [record.where for record in bench.read()] == ["Sheet1!A2", "Sheet1!A5"]


@pytest.mark.parametrize("rows", [[], [[""]]])
def test_an_empty_tab_has_no_header(bench: Bench, book: Book, rows: list[list[str]]) -> None:
    book.tab.fill(rows)
    with pytest.raises(SourceError, match="the tab 'Sheet1' has no header in row 1"):
        bench.read()


def test_a_header_alone_is_no_lead(bench: Bench, book: Book) -> None:
    book.tab.fill([HEADER])
    assert bench.read() == []


class TestTab:
    @pytest.fixture(autouse=True)
    def _two_tabs(self, book: Book) -> None:
        book.tabs.insert(0, Tab(9, "Chart", kind="OBJECT"))
        book.tabs.append(Tab(77, "It's 2024!", rows=3, columns=4, cells=[HEADER, person(7)]))  # type: ignore[list-item]  # texts are values

    def test_the_first_with_cells_is_read(self, bench: Bench) -> None:
        assert bench.read()[0].where == "Sheet1!A2"

    @pytest.mark.parametrize("options", [{"tab": "It's 2024!"}, {"gid": "77"}])
    def test_it_may_be_named(self, bench: Bench, options: dict[str, Any]) -> None:
        assert bench.read(**options)[0].where == "It's 2024!!A2"

    def test_its_number_may_stand_in_the_address(self, bench: Bench, book: Book) -> None:
        address = f"https://docs.google.com/spreadsheets/d/{book.id}/edit?gid=77#gid=77"
        assert bench.read(spreadsheet=address)[0].where == "It's 2024!!A2"
        assert bench.read(spreadsheet=address, tab="Sheet1")[0].where == "Sheet1!A2"

    @pytest.mark.parametrize("options", [{"tab": "Leads"}, {"gid": "9"}])
    def test_one_that_is_not_there_is_named_with_those_that_are(self, bench: Bench, options: dict[str, Any]) -> None:
        with pytest.raises(SourceError, match="has no tab") as caught:
            bench.read(**options)
        assert "Sheet1 (gid 0), It's 2024! (gid 77)" in caught.value.hint


def test_cells_that_show_an_error_count_as_empty(bench: Bench, book: Book, caplog: pytest.LogCaptureFixture) -> None:
    book.tab.fill([HEADER, ["Ann", "#1", "#REF!", "#N/A"], ["Bob", "Loading", "Loading...", "x"]])
    first, second = bench.read()
    assert list(first.fields.values()) == ["Ann", "#1", "", ""]
    assert list(second.fields.values()) == ["Bob", "Loading", "", "x"]
    assert caplog.messages == [
        "cells that show an error count as empty: Sheet1!C2 (#REF!), Sheet1!D2 (#N/A), Sheet1!C3 (Loading...)"
    ]


def test_links_are_read_where_the_linkedin_column_shows_labels(bench: Bench, book: Book) -> None:
    profile = "https://www.linkedin.com/in/person-1"
    rich, chip = Linked("Profile", profile), Linked("Ann Lee", profile, is_chip=True)
    formula = Linked("LinkedIn", profile, formula=f'=HYPERLINK("{profile}","LinkedIn")')
    named = Linked("Ann", "https://www.linkedin.com/in/somebody")
    book.tab.fill([HEADER, *[[named, "Lee", "Acme", link] for link in (rich, chip, formula, profile, "none")]])
    records = bench.read()
    assert [record.fields["LinkedIn"] for record in records] == [profile] * 4 + ["none"]
    assert {record.fields["First"] for record in records} == {"Ann"}


ANN, BOB = "https://www.linkedin.com/in/ann-lee", "https://www.linkedin.com/in/bob"
SITE = "https://acme.example/about"


@pytest.mark.parametrize("is_chip", [False, True])
@pytest.mark.parametrize(
    ("links", "read"),
    [
        ((SITE, ANN), ANN),
        ((ANN, "https://www.linkedin.com/company/acme", SITE), ANN),
        ((ANN, "https://de.linkedin.com/in/ann-lee?trk=people"), ANN),
        ((SITE, "https://acme.example/ann"), f"{SITE} https://acme.example/ann"),
        ((ANN, BOB), f"{ANN} {BOB}"),
        ((SITE, ANN, BOB), f"{SITE} {ANN} {BOB}"),
    ],
)
def test_of_several_links_in_a_cell_that_of_the_person_is_read(
    bench: Bench, book: Book, links: tuple[str, ...], read: str, is_chip: bool
) -> None:
    """Those of several people stay together: the core refuses such a row."""
    first, *more = links
    cell = Linked("Website / LinkedIn", first, is_chip=is_chip, more=tuple(more))
    book.tab.fill([HEADER, ["Ann", "Lee", "Acme", cell]])
    (record,) = bench.read()
    assert record.fields["LinkedIn"] == read


def test_hidden_rows_are_read_unless_they_are_to_be_skipped(bench: Bench, book: Book) -> None:
    book.tab.hidden = {1}
    assert len(bench.read()) == 2
    assert [record.where for record in bench.read(skip_hidden_rows="yes")] == ["Sheet1!A3"]


def test_our_own_columns_are_no_part_of_a_record(bench: Bench, book: Book) -> None:
    book.tab.fill([[*HEADER, "outreach_message", "Upscale_Approved", "Answer"], [*person(1), "Hi", "yes", "r"]])
    (record,) = bench.read(columns={"upscale_receipt": "Answer"})
    assert list(record.fields) == HEADER
    context = bench.context(columns=[*HEADER, "upscale_approved"])
    assert bench.read(context)[0].fields["upscale_approved"] == "yes"


class TestPages:
    @pytest.fixture(autouse=True)
    def _short_pages(self, book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("upscale_connect_google_sheets.pages.PAGE", 10)
        book.tab.fill([HEADER, *map(person, range(35))])
        book.tab.rows = 60

    @staticmethod
    def change_before(bench: Bench, request: int, change: Callable[[], object]) -> None:
        """Another person acts just before our request of this number, from 1, tokens not counted."""

        def act(seen: Seen) -> None:
            if seen.kind != "Token" and bench.google.count("Read") == request:
                change()

        bench.google.on_request = act

    def test_a_long_tab_is_read_page_by_page(self, bench: Bench, book: Book) -> None:
        assert [record.fields["First"] for record in bench.read()] == [f"Ann{number}" for number in range(35)]
        # Description, header, four pages with rows, an empty one, the rest at once, and the comparison.
        assert bench.google.count("Read") == 1 + 1 + 4 + 1 + 1 + 1

    def test_rows_after_a_long_gap_are_found(self, bench: Bench, book: Book) -> None:
        book.tab.fill([HEADER, person(1), *[[]] * 45, person(2)])
        assert [record.where for record in bench.read()] == ["Sheet1!A2", "Sheet1!A48"]

    @pytest.mark.parametrize("request_number", range(3, 10))
    @pytest.mark.parametrize(
        "change",
        [
            lambda tab: tab.sort(1, key=lambda row: row[0], reverse=True),
            lambda tab: tab.delete_rows(1),
            lambda tab: tab.insert_rows(3),
            lambda tab: tab.cells.insert(2, person(99)),
        ],
        ids=["sort", "delete", "insert", "add"],
    )
    def test_no_row_is_missed_when_others_move_them(
        self, bench: Bench, book: Book, request_number: int, change: Callable[[Any], object]
    ) -> None:
        self.change_before(bench, request_number, lambda: change(book.tab))
        read = [record.fields["First"] for record in bench.read()]
        assert {row[0] for row in book.tab.cells[1:] if row} <= set(read)

    def test_a_tab_that_never_rests_is_an_error(self, bench: Bench, book: Book) -> None:
        bench.google.on_request = lambda seen: book.tab.cells.insert(1, person(1000 + len(bench.google.seen)))  # type: ignore[arg-type]  # no fault
        with pytest.raises(SourceError, match="was changed each of the 3 times that it was read"):
            bench.read()

    def test_changes_of_other_columns_do_not_matter(self, bench: Bench, book: Book) -> None:
        book.tab.fill([[*HEADER, "Note"], *(person(number) for number in range(35))])
        self.change_before(bench, 5, lambda: book.tab.put(2, 4, "called"))
        assert len(bench.read()) == 35
        assert bench.google.count("Read") == 9


class TestCheck:
    def test_what_was_found_is_told(self, bench: Bench, book: Book) -> None:
        found, mapped = bench.source().check()
        assert (found.level, mapped.level) == ("ok", "ok")
        assert found.message == (
            f"'Leads 2026' at {bench.google.url}, tab 'Sheet1' (gid 0): 1,000 rows, header in row 1 with 4 columns;"
            " opened by upscale@project-1.iam.gserviceaccount.com"
        )
        assert mapped.message == (
            "mapped: first_name from A 'First', last_name from B 'Last', lead_company from C 'Company', lead_linkedin"
            " from D 'LinkedIn'; a run reads it with about 3 of the 50 calls a minute"
        )

    def test_the_calls_that_a_run_takes_are_told(self, bench: Bench, book: Book) -> None:
        """For a long tab as many as it then takes."""
        book.tab.fill([HEADER, *map(person, range(12_000))])
        book.tab.rows = 12_001
        *_, mapped = bench.source().check()
        assert "with about 6 of the 50" in mapped.message
        bench.google.seen.clear()
        bench.read()
        assert bench.google.count("Read") == 6

    def test_merged_rows_are_told(self, bench: Bench, book: Book) -> None:
        book.tab.merges = [(0, 1, 0, 4), (1, 3, 2, 3), (1, 2, 0, 2)]
        *_, warning = bench.source().check()
        assert (warning.level, warning.message) == (
            "warning",
            "cells of several rows are merged, first at Sheet1!C2: only the top row of each shows a value",
        )

    def test_nothing_is_written(self, bench: Bench, book: Book) -> None:
        list(bench.source().check())
        bench.read()
        assert bench.google.count("Write") == 0


def test_columns_are_asked_for_once(bench: Bench, book: Book) -> None:
    source = bench.source()
    list(source.check())
    before = bench.google.count("Read")
    assert source.columns() == HEADER
    assert bench.google.count("Read") == before
