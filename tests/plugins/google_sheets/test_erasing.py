"""What was written for people who must be forgotten is taken away, whatever others do meanwhile."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from tests.plugins.google_sheets.conftest import HEADER, MAPPING, person
from tests.plugins.google_sheets.editor import EARLIER, OURS, Act, Editor, fill
from upscale_connect import Delivery, Lead, Message, Record

if TYPE_CHECKING:
    from tests.plugins.google_sheets.conftest import Bench
    from tests.plugins.google_sheets.fake import Book

LEADS = 20


def erase(bench: Bench, *deliveries: Delivery) -> list[tuple[str, str]]:
    """Outcome and reason of each, by a sink of its own."""
    return [(result.outcome, result.why) for result in bench.sink().erase(deliveries)]


def test_our_cells_are_emptied_and_no_others(bench: Bench, book: Book) -> None:
    bench.write(bench.delivery(1), bench.delivery(2))
    book.tab.put(1, 6, "yes")
    book.tab.put(1, 7, "call first")
    before = book.tab.texts()
    assert erase(bench, bench.delivery(1)) == [("written", "")]
    assert book.tab.texts() == [before[0], [*person(1), "", "", "yes", "call first", "", ""], before[2]]
    writes = bench.google.count("Write")
    assert erase(bench, bench.delivery(1)) == [("unchanged", "")]
    assert bench.google.count("Write") == writes


def test_where_nothing_was_written_nothing_is_made(bench: Bench, book: Book) -> None:
    before = book.tab.texts()
    assert erase(bench, bench.delivery(1), bench.delivery(9)) == [("unchanged", "")] * 2
    assert (book.tab.texts(), bench.google.count("Write")) == (before, 0)


def test_a_person_in_no_row_is_unchanged(bench: Bench, book: Book) -> None:
    bench.write(bench.delivery(1))
    book.tab.delete_rows(1)
    assert erase(bench, bench.delivery(1)) == [("unchanged", "")]


def test_every_row_of_the_person_is_emptied(bench: Bench, book: Book) -> None:
    """Also a text that somebody has copied without its receipt, and one that was ours before."""
    bench.write(bench.delivery(1, "Hello"), bench.delivery(2))
    book.tab.fill([*book.tab.cells, book.tab.cells[1], [*person(1), "Hello"], [*person(1), "Hi Ann1"]])
    assert erase(bench, bench.delivery(1, "Hello", earlier=["Hi Ann1"])) == [("written", "")]
    rows = [row[4:] for row in book.tab.texts()[1:]]
    assert [any(row) for row in rows] == [False, True, False, False, False]


def test_what_a_person_wrote_stays_and_is_told(bench: Bench, book: Book) -> None:
    bench.write(bench.delivery(1, follow_up="Again"), types=("connection_request", "follow_up"))
    book.tab.put(1, 4, "Dear Ann")
    ((outcome, why),) = erase(bench, bench.delivery(1, follow_up="Again"))
    assert (outcome, "Sheet1!A2: the column 'outreach_message' shows a text that this ledger does not know" in why) == (
        "conflict",
        True,
    )
    assert [cell for cell in book.tab.texts()[1][4:] if cell] == ["Dear Ann"]


def test_a_text_that_the_ledger_has_no_more_is_told(bench: Bench, book: Book) -> None:
    """It was delivered long ago: nobody can say whether a person has changed it."""
    bench.write(bench.delivery(1))
    purged = bench.delivery(1)
    purged.messages = {}
    ((outcome, why),) = erase(bench, purged)
    assert (outcome, "if it may go, empty the cell" in why) == ("conflict", True)
    assert book.tab.texts()[1][4:] == ["Hi Ann1", "", "", "", "", ""]


def test_a_message_of_a_type_that_is_no_longer_wanted(bench: Bench, book: Book) -> None:
    bench.write(bench.delivery(1, follow_up="Again"), types=("connection_request", "follow_up"))
    assert erase(bench, bench.delivery(1, follow_up="Again")) == [("written", "")]
    assert not any(book.tab.texts()[1][4:])


def test_another_persons_row_is_told(bench: Bench, book: Book) -> None:
    """Its id is the lead's, its profile is not."""
    bench.mapping = {**MAPPING, "automation_tool_lead_id": ("ID",)}
    book.tab.fill([["ID", *HEADER], ["7", *person(1)]])
    bench.write(bench.delivery(1, ID="7"))
    before = book.tab.texts()
    ((outcome, why),) = erase(bench, bench.delivery(2, ID="7", receipt="uc-1"))
    assert (outcome, "Sheet1!A2: it shows the LinkedIn profile" in why, book.tab.texts()) == ("conflict", True, before)


def test_our_texts_beside_another_address_go(bench: Bench, book: Book) -> None:
    """The address was corrected after the message came: the receipt tells whose it is."""
    bench.write(bench.delivery(1), bench.delivery(2))
    book.tab.put(1, 3, "https://www.linkedin.com/in/ann-the-first")
    assert erase(bench, bench.delivery(1)) == [("written", "")]
    assert [any(row[4:]) for row in book.tab.texts()[1:]] == [False, True]


def test_a_lead_whose_record_is_not_kept_any_more(bench: Bench, book: Book) -> None:
    bench.mapping = {**MAPPING, "automation_tool_lead_id": ("ID",)}
    book.tab.fill([["ID", *HEADER], ["1", *person(1)]])
    bench.write(bench.delivery(1, ID="1"))
    lead = Lead("1", person(1)[3], "li:in:person-1", "", "", "", customer="customer", campaign="campaign")
    message = Message("connection_request", "Hi Ann1", bench.stop.clock.now())
    delivery = Delivery(lead.key, Record(None, {}), lead, {message.type: message}, "uc-1")
    assert erase(bench, delivery) == [("written", "")]
    assert not any(book.tab.texts()[1][5:])


def test_without_a_column_of_receipts_a_person_must_look(bench: Bench, book: Book) -> None:
    book.tab.fill([[*HEADER, "outreach_message"], [*person(1), "Hi Ann1"]])
    ((outcome, why),) = erase(bench, bench.delivery(1))
    assert (outcome, "a column 'outreach_message', but none with receipts" in why) == ("conflict", True)
    assert bench.google.count("Write") == 0


def test_a_protected_row_is_told(bench: Bench, book: Book) -> None:
    bench.write(bench.delivery(1))
    book.tab.protected = [(1, 2, 0, 26)]
    ((outcome, why),) = erase(bench, bench.delivery(1))
    assert (outcome, "Sheet1!A2: a cell that we must write is protected" in why) == ("failed", True)


def test_rows_of_others_that_have_one_key_stay_as_they_are(bench: Bench, book: Book) -> None:
    """The second row of a person has no message: it must not get the first one's."""
    bench.write(bench.delivery(1), bench.delivery(2))
    book.tab.fill([book.tab.cells[0], person(2), *book.tab.cells[1:]])
    before = book.tab.texts()
    assert erase(bench, bench.delivery(1)) == [("written", "")]
    assert [row for row in book.tab.texts() if row[0] == "Ann2"] == [before[1], before[3]]


@pytest.mark.parametrize("seed", [0, 1, 3, 7, 17, 138, 218])
def test_a_colleague_works_on_the_sheet_meanwhile(bench: Bench, book: Book, seed: int) -> None:
    """Before each of our requests: everybody else keeps what is theirs, in our columns and in the user's."""
    chance = random.Random(seed)
    book.tab.rows, book.tab.columns = 1000, 26
    fill(book.tab, LEADS, earlier=range(0, LEADS, 2), edited=range(1, LEADS, 3))
    kinds = chance.choices(["nothing", "sort", "insert", "insert above", "delete"], [40, 30, 15, 3, 12], k=500)
    editor = Editor(book.tab, [Act(kind, chance.randrange(1 << 16), chance.randrange(1 << 16)) for kind in kinds])
    before = editor.leads()
    gone = [0, 2, 8]
    deliveries = [bench.delivery(number, EARLIER.format(number), receipt=f"old-{number}") for number in gone]
    bench.google.on_request = editor
    results = erase(bench, *deliveries)
    assert {outcome for outcome, _ in results} <= {"written", "unchanged"}
    now = editor.leads()
    assert before.keys() - editor.deleted == now.keys()
    for url, row in now.items():
        own = before[url]
        if url in {person(number)[3] for number in gone}:
            own = [*own[:OURS], "", "", own[OURS + 2], own[OURS + 3]]
        assert [*row, *[""] * 12][:12] == [*own, *[""] * 12][:12], url
    assert not any(any(line[OURS:]) for line in book.tab.texts() if len(line) > OURS and not line[3])
