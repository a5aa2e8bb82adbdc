"""Messages stand beside their leads: found by what names them, compared, and never over what a person wrote."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.plugins.google_sheets.conftest import HEADER, MAPPING, OURS, outcomes, person
from tests.plugins.google_sheets.fake import Linked
from upscale_connect import Found

if TYPE_CHECKING:
    from tests.plugins.google_sheets.conftest import Bench
    from tests.plugins.google_sheets.fake import Book, Seen

NOW = "2026-03-04T05:06:07Z"


def test_a_message_stands_beside_its_lead(bench: Bench, book: Book) -> None:
    results = bench.write(bench.delivery(2), bench.delivery(1, "=1+1\r\nHi"))
    assert [(result.outcome, result.delivery.key) for result in results] == [
        ("written", "customer/campaign/2"),
        ("written", "customer/campaign/1"),
    ]
    assert book.tab.texts() == [
        [*HEADER, *OURS],
        [*person(1), "=1+1\nHi", "delivered", "", "", NOW, "uc-1"],
        [*person(2), "Hi Ann2", "delivered", "", "", NOW, "uc-2"],
    ]


def test_writing_again_changes_nothing(bench: Bench, book: Book) -> None:
    bench.write(bench.delivery(1))
    before, writes = book.tab.texts(), bench.google.count("Write")
    bench.stop.clock.advance(3600)
    assert outcomes(bench.write(bench.delivery(1))) == ["unchanged"]
    assert (book.tab.texts(), bench.google.count("Write")) == (before, writes)


def test_a_new_version_of_ours_replaces_the_old_one(bench: Bench, book: Book) -> None:
    bench.write(bench.delivery(1))
    new = bench.delivery(1, "Hello", receipt="uc-9", earlier=["Hi Ann1"])
    assert outcomes(bench.write(new)) == ["written"]
    assert book.tab.texts()[1][4] == "Hello"
    assert book.tab.texts()[1][9] == "uc-9"


def test_a_message_that_waits_is_held_until_it_does_not(bench: Bench, book: Book) -> None:
    draft = bench.delivery(1)
    draft.is_draft = True
    bench.write(draft)
    book.tab.put(1, 6, "yes")
    assert book.tab.texts()[1][4:7] == ["Hi Ann1", "held", "yes"]
    assert outcomes(bench.write(draft)) == ["unchanged"]
    assert outcomes(bench.write(bench.delivery(1))) == ["written"]
    assert book.tab.texts()[1][4:7] == ["Hi Ann1", "delivered", "yes"]
    book.tab.put(1, 5, "sent by Bob")
    assert outcomes(bench.write(draft)) == ["unchanged"]
    assert book.tab.texts()[1][5] == "sent by Bob"


class TestWhatAPersonWrote:
    @pytest.fixture(autouse=True)
    def _edited(self, bench: Bench, book: Book) -> None:
        bench.write(bench.delivery(1))
        book.tab.put(1, 4, "Dear Ann")
        book.tab.put(1, 6, "yes")
        book.tab.put(1, 7, "call first")

    def test_it_stays(self, bench: Bench, book: Book) -> None:
        before = book.tab.texts()
        (result,) = bench.write(bench.delivery(1, "Hello", receipt="uc-9", earlier=["Hi Ann1"]))
        assert (result.outcome, result.why) == (
            "conflict",
            "Sheet1!A2: a person has changed the column 'outreach_message', which stays as it is",
        )
        assert book.tab.texts() == before

    def test_it_may_be_given_up(self, bench: Bench, book: Book) -> None:
        assert outcomes(bench.write(bench.delivery(1, "Hello", receipt="uc-9"), overwrite="always")) == ["written"]
        assert book.tab.texts()[1][4:8] == ["Hello", "delivered", "", "call first"]  # the yes was not said of this text

    def test_nothing_at_all_may_be_replaced(self, bench: Bench, book: Book) -> None:
        book.tab.put(1, 4, "Hi Ann1")
        new = bench.delivery(1, "Hello", receipt="uc-9", earlier=["Hi Ann1"])
        assert outcomes(bench.write(new, overwrite="never")) == ["conflict"]
        assert outcomes(bench.write(bench.delivery(1), bench.delivery(2), overwrite="never")) == [
            "unchanged",
            "written",
        ]

    def test_it_comes_back(self, bench: Bench, book: Book) -> None:
        fields = {
            "connection_request": "Dear Ann",
            "approved": "yes",
            "notes": "call first",
            "status": "delivered",
        }
        assert bench.find(bench.delivery(1), bench.delivery(2)) == [Found("customer/campaign/1", "uc-1", fields)]

    @pytest.mark.parametrize(
        ("shown", "said"),
        [(True, "yes"), (False, None), ("WAHR", "yes"), ("FAUX", None), ("no", "no"), ("Yes!", "Yes!"), ("", None)],
    )
    def test_a_checkbox_that_is_not_ticked_says_nothing(
        self, bench: Bench, book: Book, shown: bool | str, said: str | None
    ) -> None:
        book.tab.put(1, 6, shown)
        (found,) = bench.find(bench.delivery(1))
        assert found.fields.get("approved") == said

    def test_half_of_a_delivery_is_not_written(self, bench: Bench, book: Book) -> None:
        both = bench.delivery(1, receipt="uc-9", follow_up="Again")
        assert outcomes(bench.write(both, types=("connection_request", "follow_up"))) == ["conflict"]
        assert "Again" not in str(book.tab.texts())


class TestRows:
    def test_a_row_is_found_wherever_it_is_by_then(self, bench: Bench, book: Book) -> None:
        delivery = bench.delivery(2)
        book.tab.fill([["Leads"], HEADER, person(5), person(2), person(1)])
        assert outcomes(bench.write(delivery)) == ["written"]
        assert book.tab.texts()[3][4] == "Hi Ann2"

    @pytest.mark.parametrize(
        "address", ["HTTP://linkedin.com/in/person-2/?x=1", "de.linkedin.com/in/Person%2D2", "/in/person-2"]
    )
    def test_spelling_of_an_address_makes_no_difference(self, bench: Bench, book: Book, address: str) -> None:
        book.tab.put(2, 3, address)
        assert outcomes(bench.write(bench.delivery(2))) == ["written"]

    def test_one_that_is_gone_is_told(self, bench: Bench, book: Book) -> None:
        (result,) = bench.write(bench.delivery(3))
        assert (result.outcome, result.why) == ("conflict", "no row of the tab 'Sheet1' shows this lead any more")

    def test_of_two_rows_of_one_person_the_first_is_written(self, bench: Bench, book: Book) -> None:
        book.tab.fill([HEADER, person(1), person(2), person(1)])
        assert outcomes(bench.write(bench.delivery(1))) == ["written"]
        assert [row[4:5] for row in book.tab.texts()[1:]] == [["Hi Ann1"], [], []]
        book.tab.cells[1:] = book.tab.cells[:0:-1]
        assert outcomes(bench.write(bench.delivery(1, "Hello", receipt="uc-9", earlier=["Hi Ann1"]))) == ["written"]
        assert [row[4] if row[4:] else "" for row in book.tab.texts()[1:]] == ["", "", "Hello"]

    def test_links_are_followed_as_the_source_does(self, bench: Bench, book: Book) -> None:
        book.tab.fill([HEADER, *map(person, (1, 2, 3))])
        for row in (1, 2, 3):
            book.tab.put(row, 3, Linked("Profile", person(row)[3]))
        assert outcomes(bench.write(bench.delivery(2), bench.delivery(3))) == ["written", "written"]
        assert [row[4:5] for row in book.tab.texts()[1:]] == [[], ["Hi Ann2"], ["Hi Ann3"]]


def test_what_vanishes_while_we_look_is_written_again(bench: Bench, book: Book) -> None:
    seen_there: list[Seen] = []

    def clear(seen: Seen) -> None:
        """Before the second read after the write: the one of the whole tab."""
        if seen.kind == "Read" and "uc-2" in str(book.tab.texts()):
            seen_there.append(seen)
            if len(seen_there) == 2:
                book.tab.cells[2] = book.tab.cells[2][:4]

    bench.google.on_request = clear
    assert outcomes(bench.write(bench.delivery(2))) == ["written"]
    assert book.tab.texts()[2][4] == "Hi Ann2"


def test_a_stop_ends_it_after_what_is_in_hand(bench: Bench, book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("upscale_connect_google_sheets.writer._ROWS", 4)
    book.tab.fill([HEADER, *map(person, range(12))])

    def stop(seen: Seen) -> None:
        if "uc-4" in str(seen.body):
            bench.stop.set()

    bench.google.on_request = stop
    results = list(bench.sink().write([bench.delivery(number) for number in range(12)]))
    assert outcomes(results) == ["written"] * 8
    assert [row[4] for row in book.tab.texts()[1:] if row[4:]] == [f"Hi Ann{number}" for number in range(8)]


def test_a_mark_that_a_killed_run_has_left_is_no_receipt(bench: Bench, book: Book) -> None:
    bench.write(bench.delivery(1))
    book.tab.put(1, 9, "uc-repair-1234")
    assert bench.find(bench.delivery(1)) == []
    assert outcomes(bench.write(bench.delivery(1))) == ["written"]
    assert book.tab.texts()[1][9] == "uc-1"


def test_a_long_tab_is_looked_at_in_pages(bench: Bench, book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("writer.PAGE", "writer.LONG_PAGE", "sink.PAGE"):
        monkeypatch.setattr(f"upscale_connect_google_sheets.{name}", 10)
    book.tab.rows = 45
    book.tab.fill([HEADER, *map(person, range(44))])
    deliveries = [bench.delivery(number) for number in range(44)]
    assert set(outcomes(bench.write(*deliveries))) == {"written"}
    book.tab.fill([*book.tab.cells, [*person(0), "Copied", "", "", "", "", "uc-x"]])
    found = bench.find(*deliveries)
    assert [one.receipt for one in found] == [f"uc-{number}" for number in range(44)]


class TestIds:
    """Leads that have an id in the sheet are found by it."""

    @pytest.fixture(autouse=True)
    def _ids(self, bench: Bench, book: Book) -> None:
        book.tab.fill([["ID", *HEADER], ["007", *person(1)], ["7", *person(2)], ["8", *person(3)]])
        bench.mapping = {**MAPPING, "automation_tool_lead_id": ("ID",)}

    def test_texts_are_compared(self, bench: Bench, book: Book) -> None:
        bench.write(bench.delivery(1, ID="007"), bench.delivery(2, ID="7"))
        assert [row[5:6] for row in book.tab.texts()[1:]] == [["Hi Ann1"], ["Hi Ann2"], []]

    def test_another_person_with_that_id_is_a_conflict(self, bench: Bench, book: Book) -> None:
        (result,) = bench.write(bench.delivery(9, ID="8"))
        assert result.outcome == "conflict"
        assert result.why.startswith("Sheet1!A4: it shows the LinkedIn profile https://www.linkedin.com/in/person-3")

    def test_a_name_is_compared_where_no_profile_is_shown(self, bench: Bench, book: Book) -> None:
        book.tab.put(3, 4, "")
        (result,) = bench.write(bench.delivery(9, ID="8"))
        assert (result.outcome, "it shows the name 'Ann3 Example'" in result.why) == ("conflict", True)

    def test_an_id_that_stands_twice_is_written_to_the_right_person(self, bench: Bench, book: Book) -> None:
        book.tab.put(3, 0, "7")
        assert outcomes(bench.write(bench.delivery(3, ID="7"))) == ["written"]
        assert [row[5:6] for row in book.tab.texts()[1:]] == [[], [], ["Hi Ann3"]]

    def test_an_id_that_stands_twice_without_a_profile_is_asked(self, bench: Bench, book: Book) -> None:
        for row in (2, 3):
            book.tab.put(row, 0, "7")
            book.tab.put(row, 4, "")
        (result,) = bench.write(bench.delivery(3, ID="7"))
        assert (
            result.why == "Sheet1!A3 and Sheet1!A4 both have what names this lead, and do not show whose rows they are"
        )

    def test_a_record_without_an_id_has_no_row(self, bench: Bench, book: Book) -> None:
        (result,) = bench.write(bench.delivery(3, ID=" "))
        assert result.why == "its record names no lead any more, so no row can be found"

    def test_campaigns_part_rows_of_one_person(self, bench: Bench, book: Book) -> None:
        book.tab.fill([["Campaign", *HEADER], ["spring", *person(1)], ["autumn", *person(1)]])
        bench.mapping = {**MAPPING, "automation_tool_campaign_id": ("Campaign",)}
        bench.write(bench.delivery(1, "Fall", Campaign="autumn"))
        assert [row[5:6] for row in book.tab.texts()[1:]] == [[], ["Fall"]]
