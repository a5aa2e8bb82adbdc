"""Our columns in a tab: where they are, how they are added, and what is done where one is gone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.plugins.google_sheets.conftest import HEADER, OURS, outcomes, person
from tests.plugins.google_sheets.fake import Fault
from upscale_connect import SinkError

if TYPE_CHECKING:
    from tests.plugins.google_sheets.conftest import Bench
    from tests.plugins.google_sheets.fake import Book

NOW = "2026-03-04T05:06:07Z"


def test_a_second_message_gets_a_column_of_its_own(bench: Bench, book: Book) -> None:
    bench.write(bench.delivery(1))
    types = ("connection_request", "follow_up")
    assert outcomes(bench.write(bench.delivery(1, receipt="uc-9", follow_up="Again"), types=types)) == ["written"]
    assert book.tab.texts()[0] == [*HEADER, *OURS, "follow_up_message"]
    assert book.tab.texts()[1][4:] == ["Hi Ann1", "delivered", "", "", NOW, "uc-9", "Again"]


def test_names_of_columns_can_be_chosen_and_are_found_in_any_place(bench: Bench, book: Book) -> None:
    book.tab.fill([["MESSAGE", *HEADER], ["", *person(1)]])
    bench.write(bench.delivery(1), columns={"connection_request": "Message", "upscale_status": "Status"})
    assert book.tab.texts()[0] == ["MESSAGE", *HEADER, "Status", *OURS[2:]]
    assert book.tab.texts()[1][0] == "Hi Ann1"


class TestNewColumns:
    def test_data_without_a_header_is_not_touched(self, bench: Bench, book: Book) -> None:
        book.tab.fill([HEADER, [*person(1), "", "mine"], person(2)])
        bench.write(bench.delivery(2))
        assert book.tab.texts()[0] == [*HEADER, "", "", *OURS]
        assert book.tab.texts()[1] == [*person(1), "", "mine"]

    def test_the_grid_is_made_wider(self, bench: Bench, book: Book) -> None:
        book.tab.columns = 5
        bench.write(bench.delivery(1))
        assert book.tab.columns == 10

    def test_an_answer_that_got_lost_adds_no_columns_twice(self, bench: Bench, book: Book) -> None:
        book.tab.columns = 4
        dropped: list[object] = []

        def drop(seen: Any) -> Fault | None:
            if ":batchUpdate" in seen.path and "values" not in seen.path and not dropped:
                dropped.append(seen)
                return Fault(drop="after")
            return None

        bench.google.on_request = drop
        with pytest.raises(SinkError, match="cannot be reached"):
            bench.write(bench.delivery(1))
        assert outcomes(bench.write(bench.delivery(1))) == ["written"]
        assert (len(dropped), book.tab.columns) == (1, 10)

    def test_the_limit_of_cells_is_told(self, bench: Bench, book: Book) -> None:
        book.tab.rows, book.tab.columns = 2_000_000, 5
        with pytest.raises(SinkError, match="the 10 million cells that Google allows"):
            bench.write(bench.delivery(1))

    def test_none_is_added_where_that_is_not_wanted(self, bench: Bench, book: Book) -> None:
        needed = [header for header in OURS if header not in ("upscale_approved", "upscale_notes")]
        book.tab.fill([[*HEADER, *needed[:-1]], person(1)])
        (error,) = [one for one in bench.sink(create_missing_columns="no").check() if one.level == "error"]
        assert error.message == "the tab 'Sheet1' has no column 'upscale_receipt'"
        with pytest.raises(SinkError, match="the tab 'Sheet1' has no column 'upscale_receipt'"):
            bench.write(bench.delivery(1), create_missing_columns="no")
        book.tab.put(0, len(HEADER) + 3, "upscale_receipt")
        assert outcomes(bench.write(bench.delivery(1), create_missing_columns="no")) == ["written"]
        assert book.tab.texts()[0] == [*HEADER, *needed]

    def test_nothing_is_added_without_a_delivery(self, bench: Bench, book: Book) -> None:
        assert bench.write() == []
        assert bench.find(bench.delivery(1)) == []
        assert bench.google.count("Write") == 0


def test_a_column_that_is_gone_ends_the_run(bench: Bench, book: Book) -> None:
    sink = bench.sink()
    book.tab.put(0, 3, "Profile")
    with pytest.raises(SinkError, match="the tab 'Sheet1' has no column 'LinkedIn'"):
        list(sink.write([bench.delivery(1)]))
