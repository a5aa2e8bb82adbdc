"""What is told before anything is written, and what Google refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.plugins.google_sheets.conftest import HEADER, OURS, outcomes, person
from upscale_connect import CredentialsError, SinkError

if TYPE_CHECKING:
    from tests.plugins.google_sheets.conftest import Bench
    from tests.plugins.google_sheets.fake import Book, Seen


def test_a_text_that_no_cell_can_hold_is_refused(bench: Bench, book: Book) -> None:
    long, other = bench.write(bench.delivery(1, "x" * 50_001), bench.delivery(2))
    assert (long.outcome, long.retry, other.outcome) == ("failed", False, "written")
    assert "50,001 characters" in long.why


def test_who_may_only_read_cannot_write(bench: Bench, book: Book) -> None:
    book.viewers, book.editors = book.editors, set()
    with pytest.raises(CredentialsError, match="may not change this spreadsheet"):
        bench.write(bench.delivery(1))


class TestCheck:
    def test_columns_are_told(self, bench: Bench, book: Book) -> None:
        found, _ = bench.sink().check()
        assert found.message == f"the tab 'Sheet1' gets new columns: {', '.join(map(repr, OURS))}"
        bench.write(bench.delivery(1))
        found, _ = bench.sink().check()
        assert found.message.startswith(
            "messages go into the tab 'Sheet1', columns E 'outreach_message', F 'upscale_status'"
        )

    def test_rows_are_told(self, bench: Bench, book: Book) -> None:
        """How many leads there are, who has a message, and which rows get none."""
        nobody = [*person(3)[:3], ""]
        book.tab.fill([["Leads"], HEADER, person(1), person(2), nobody, person(1), person(2), nobody, ["", "", "note"]])
        bench.write(bench.delivery(1))
        bench.google.seen.clear()
        _, rows, twice, nameless = bench.sink().check()
        assert (rows.level, rows.message) == ("ok", "leads in the tab 'Sheet1': 2; rows that show our messages: 1")
        assert twice.message == "rows that repeat the lead of another one: 2, first Sheet1!A6"
        assert nameless.message.startswith("rows of people that have no LinkedIn address")
        assert nameless.message.endswith(": 2, first Sheet1!A5")
        assert {twice.level, nameless.level} == {"warning"}
        assert bench.google.count("Read") == 3

    def test_rows_that_move_meanwhile_are_no_error(self, bench: Bench, book: Book) -> None:
        def move(seen: Seen) -> None:
            if bench.google.count("Read") == 3:
                book.tab.insert_columns(0)

        bench.google.on_request = move
        *_, warning = bench.sink().check()
        assert warning.message == "the tab 'Sheet1' is being changed: its rows were not looked at"

    def test_it_writes_nothing(self, bench: Bench, book: Book) -> None:
        before = book.tab.texts()
        list(bench.sink().check())
        assert book.tab.texts() == before

    def test_rights_are_tried(self, bench: Bench, book: Book) -> None:
        book.viewers, book.editors = book.editors, set()
        with pytest.raises(CredentialsError, match="may not change this spreadsheet"):
            list(bench.sink().check())

    def test_protected_columns_are_told(self, bench: Bench, book: Book) -> None:
        book.tab.protected = [(0, 1000, 0, 4)]
        assert [finding.level for finding in bench.sink().check()] == ["ok", "ok"]
        book.tab.protected = [(0, 1, 0, 26)]
        _, error, _ = bench.sink().check()
        assert (error.level, error.message) == ("error", "column E of the tab 'Sheet1' is protected")

    def test_columns_that_may_be_somebody_elses_are_told(self, bench: Bench, book: Book) -> None:
        book.tab.fill([[*HEADER, "Message"], person(1)])
        findings = list(bench.sink(columns={"connection_request": "Message", "colour": "Red"}).check())
        assert [finding.level for finding in findings] == ["ok", "ok", "warning", "warning", "ok"]
        assert "but none that says they are ours" in findings[2].message
        assert findings[3].message == "`columns:` names 'colour', which is not written"

    def test_a_column_that_is_missing_is_an_error(self, bench: Bench, book: Book) -> None:
        book.tab.put(0, 3, "Profile")
        (error,) = bench.sink().check()
        assert (error.level, "no column 'LinkedIn'" in error.message) == ("error", True)


class TestRefusals:
    @pytest.fixture(autouse=True)
    def _many(self, bench: Bench, book: Book) -> None:
        book.tab.fill([HEADER, *map(person, range(20))])
        bench.write(bench.delivery(0))

    def test_a_protected_row_stops_no_other(self, bench: Bench, book: Book) -> None:
        book.tab.protected = [(8, 9, 0, 26)]
        results = bench.write(*(bench.delivery(number) for number in range(20)))
        assert outcomes(results) == ["unchanged", *["written"] * 6, "failed", *["written"] * 12]
        assert results[7].why.startswith("Sheet1!A9: a cell that we must write is protected; ask the owner to allow")
        assert not results[7].retry

    def test_a_refusal_of_all_is_not_tried_row_by_row(self, bench: Bench, book: Book) -> None:
        before = bench.google.count("Write")
        book.tab.protected = [(0, 1000, 0, 26)]
        with pytest.raises(SinkError, match="a cell that we must write is protected"):
            bench.write(*(bench.delivery(number) for number in range(20)))
        assert bench.google.count("Write") - before < 20

    def test_a_tab_that_was_renamed_is_told_at_once(self, bench: Bench, book: Book) -> None:
        def rename(seen: Seen) -> None:
            if seen.kind == "Write":
                book.tab.title = "Leads"

        bench.google.on_request = rename
        before = bench.google.count("Write")
        with pytest.raises(SinkError, match="the tab is not there any more"):
            bench.write(*(bench.delivery(number) for number in range(20)))
        assert bench.google.count("Write") - before == 1
