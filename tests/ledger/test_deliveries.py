"""Which messages each sink has to write, and what became of it."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upscale_connect.ledger import DeliveryResult, DueDelivery, make_receipt
from upscale_connect.ledger.deliveries import CHUNK
from upscale_connect.ledger.values import DeliveryState

if TYPE_CHECKING:
    from tests.ledger.conftest import Books

KIND = "connection_request"


def bought(books: Books, *lead_ids: str, types: Sequence[str] = (KIND,)) -> None:
    """Leads with all their messages."""
    batch = books.attempt("accepted", *lead_ids, types=types)
    texts = {(lead_id, kind): f"{kind} for {lead_id}" for lead_id in lead_ids for kind in types}
    books.complete(batch.attempt_id, texts)


def due(books: Books, sink: int) -> list[DueDelivery]:
    books.ledger.enqueue_deliveries(books.sync, sink, books.at)
    return books.ledger.due_deliveries(books.sync, sink)


def store(books: Books, sink: int, one: DueDelivery, state: DeliveryState, reason: str = "") -> None:
    result = DeliveryResult(one.campaign_id, one.lead.lead_id, state, one.receipt, reason)
    books.ledger.store_results(sink, [result], books.run_id, books.at)


@pytest.fixture
def sink(books: Books) -> int:
    return books.ledger.bind_sink(books.sync, "crm")


def test_what_is_due(books: Books, sink: int) -> None:
    bought(books, "lead_2", "lead_1", types=(KIND, "first_follow_up"))
    books.attempt("complete", "failed")
    books.attempt("accepted", "pending")
    books.queue("queued")
    first, second = due(books, sink)
    assert (first.lead.lead_id, second.lead.lead_id) == ("lead_1", "lead_2")
    assert first.lead.key == "customer_1/campaign_1/lead_1"
    assert first.record.fields == {"ID": "lead_1"}
    assert {kind: message.text for kind, message in first.messages.items()} == {
        KIND: "connection_request for lead_1",
        "first_follow_up": "first_follow_up for lead_1",
    }
    assert first.messages[KIND].generated_at == books.at
    assert (first.tried, first.attempts) == (False, 0)
    assert first.receipt != second.receipt


@pytest.mark.parametrize(
    ("state", "again"),
    [
        ("written", False),
        ("unchanged", False),
        ("skipped", False),
        ("conflict", False),
        ("parked", False),
        ("failed", True),
        ("unknown", True),
    ],
)
def test_result_says_whether_it_is_due_again(books: Books, sink: int, state: DeliveryState, again: bool) -> None:
    bought(books, "lead_1")
    (one,) = due(books, sink)
    books.ledger.mark_unknown(sink, [one], books.at)
    store(books, sink, one, state, "why")
    books.reopen()
    assert [(two.tried, two.attempts) for two in due(books, sink)] == ([(state == "unknown", 1)] if again else [])
    assert books.query("SELECT state, receipt, attempts, reason FROM delivery") == [(state, one.receipt, 1, "why")]


def test_handed_to_a_sink_is_unknown_until_it_answers(books: Books, sink: int) -> None:
    """A run killed here cannot know; the receipt is what it may be recognised by."""
    bought(books, "lead_1", "lead_2")
    first, _ = due(books, sink)
    books.ledger.mark_unknown(sink, [first], books.at)
    books.reopen()
    again, other = due(books, sink)
    assert (again.tried, again.receipt, again.attempts) == (True, first.receipt, 1)
    assert (other.tried, other.attempts) == (False, 0)


def test_events_of_results(books: Books, sink: int) -> None:
    """Plain success makes none."""
    bought(books, "lead_1")
    (one,) = due(books, sink)
    before = len(books.events())
    for state in ("written", "unchanged", "skipped", "conflict", "failed", "parked"):
        store(books, sink, one, state, "words of a person")
    assert books.events()[before:] == ["skipped", "conflict", "failed", "parked"]
    assert books.query("SELECT DISTINCT sink_id, lead_id, detail FROM event WHERE sink_id IS NOT NULL") == [
        (sink, "lead_1", "")
    ]


def test_each_lead_gets_one_delivery_for_each_sink(books: Books, sink: int) -> None:
    other = books.ledger.bind_sink(books.sync, "file")
    bought(books, "lead_1")
    (one,) = due(books, sink)
    store(books, sink, one, "written")
    bought(books, "lead_2")
    assert [two.lead.lead_id for two in due(books, sink)] == ["lead_2"]
    assert [two.lead.lead_id for two in due(books, other)] == ["lead_1", "lead_2"]
    before = books.dump()
    due(books, sink)
    assert books.dump() == before


def test_new_type_gives_a_new_receipt(books: Books, sink: int) -> None:
    bought(books, "lead_1")
    (one,) = due(books, sink)
    store(books, sink, one, "written")
    bought(books, "lead_1", types=("first_follow_up",))
    (two,) = due(books, sink)
    assert set(two.messages) == {KIND, "first_follow_up"}
    assert two.receipt != one.receipt


def test_more_than_are_read_at_once(books: Books, sink: int) -> None:
    names = [f"lead_{number:04}" for number in range(CHUNK + 10)]
    books.queue(*names)
    batch = books.prepare(limit=len(names))
    assert batch is not None
    books.submit(batch.attempt_id)
    books.accept(batch.attempt_id)
    books.complete(batch.attempt_id, {(name, KIND): "Hello" for name in names})
    first = due(books, sink)
    after = (first[-1].campaign_id, first[-1].lead.lead_id)
    second = books.ledger.due_deliveries(books.sync, sink, after)
    assert [one.lead.lead_id for one in (*first, *second)] == names
    assert len(first) == CHUNK
    after = (second[-1].campaign_id, second[-1].lead.lead_id)
    assert books.ledger.due_deliveries(books.sync, sink, after) == []


# The right person.


def test_message_of_another_person_is_not_due(books: Books, sink: int) -> None:
    """The lead id names somebody else in the source now."""
    bought(books, "lead_1")
    books.plan(books.wish("lead_1", person="in/somebody-else"))
    assert due(books, sink) == []
    assert books.ledger.missing_rows(books.sync, sink) == []


def test_person_that_changes_while_it_is_due(books: Books, sink: int) -> None:
    """It is handed out without messages, put aside without a receipt, and due again when the person is back."""
    bought(books, "lead_1")
    due(books, sink)
    books.plan(books.wish("lead_1", person="in/somebody-else"))
    (one,) = due(books, sink)
    assert one.messages == {}
    books.ledger.store_results(
        sink, [DeliveryResult(one.campaign_id, "lead_1", "skipped", "", "another person")], "run-1", books.at
    )
    assert due(books, sink) == []
    books.plan(books.wish("lead_1"))
    bought(books, "lead_2")
    assert [two.lead.lead_id for two in due(books, sink)] == ["lead_1", "lead_2"]


def test_skipped_by_the_sink_stays_skipped(books: Books, sink: int) -> None:
    bought(books, "lead_1")
    (one,) = due(books, sink)
    store(books, sink, one, "skipped", "by its rule")
    bought(books, "lead_2")
    assert [two.lead.lead_id for two in due(books, sink)] == ["lead_2"]


def test_lead_of_another_sync_is_not_due(books: Books, sink: int) -> None:
    bought(books, "lead_1")
    autumn = books.ledger.bind_sync("autumn")
    other = books.ledger.bind_sink(autumn, "crm")
    books.ledger.enqueue_deliveries(autumn, other, books.at)
    assert books.ledger.due_deliveries(autumn, other) == []
    books.plan(books.wish("lead_1"), sync=autumn)
    books.ledger.store_read(autumn, "fingerprint", None, "digest")
    books.ledger.enqueue_deliveries(autumn, other, books.at)
    assert [one.lead.lead_id for one in books.ledger.due_deliveries(autumn, other)] == ["lead_1"]


# A person's word.


def test_retry_frees_what_waits_for_a_person(books: Books, sink: int) -> None:
    bought(books, "lead_1", "lead_2", "lead_3", "lead_4")
    states: list[DeliveryState] = ["parked", "conflict", "written", "skipped"]
    for one, state in zip(due(books, sink), states, strict=True):
        store(books, sink, one, state, "why")
    other = books.ledger.bind_sink(books.sync, "file")
    foreign, *_ = due(books, other)
    store(books, other, foreign, "parked")
    before = len(books.events())
    assert books.ledger.retry_deliveries(sink, "run-2", books.at) == 2
    assert books.events()[before:] == ["retried", "retried"]
    rows = books.query("SELECT lead_id, state, attempts, reason FROM delivery WHERE sink_id = ?", sink)
    assert rows[:2] == [("lead_1", "due", 0, ""), ("lead_2", "due", 0, "")]
    assert [row[1] for row in rows[2:]] == ["written", "skipped"]
    assert books.ledger.retry_deliveries(sink, "run-2", books.at) == 0
    assert books.query("SELECT state FROM delivery WHERE sink_id = ? AND lead_id = 'lead_1'", other) == [("parked",)]


# Tables.


def test_rewrite(books: Books, sink: int) -> None:
    bought(books, "lead_1", "lead_2")
    rows = [(books.campaign, "lead_1", "uc-1"), (books.campaign, "lead_2", "uc-2")]
    assert (books.ledger.read_stamps(sink), books.ledger.read_shown(sink)) == ([], 0)
    assert books.ledger.store_rewrite(sink, "stamp", 7, iter(rows[:1]), books.at) == (1, 0)
    assert (books.ledger.read_stamps(sink), books.ledger.read_shown(sink)) == (["stamp"], 7)
    assert books.ledger.missing_rows(books.sync, sink) == [(books.campaign, "lead_2")]
    assert books.ledger.store_rewrite(sink, "stamp 2", 8, iter(rows), books.at) == (1, 1)
    assert books.ledger.missing_rows(books.sync, sink) == []
    assert books.ledger.store_rewrite(sink, "stamp 3", 9, iter([(books.campaign, "lead_1", "uc-9")]), books.at) == (
        1,
        0,
    )
    assert books.query("SELECT lead_id, state, receipt FROM delivery") == [
        ("lead_1", "written", "uc-9"),
        ("lead_2", "written", "uc-2"),
    ]


def test_announced_stamps_are_known_until_a_rewrite_is_stored(books: Books, sink: int) -> None:
    books.ledger.announce_stamp(sink, "one")
    assert books.ledger.read_stamps(sink) == ["one"]
    books.ledger.store_rewrite(sink, "one", 7, iter([]), books.at)
    for stamp in ("two", 'thr"ee'):
        books.ledger.announce_stamp(sink, stamp)
    assert books.ledger.read_stamps(sink) == ["one", "two", 'thr"ee']
    books.ledger.store_rewrite(sink, 'thr"ee', 7, iter([]), books.at)
    assert books.ledger.read_stamps(sink) == ['thr"ee']


def test_rewrite_that_breaks_off(books: Books, sink: int) -> None:
    rows = iter([(books.campaign, "lead_1", "uc-1"), (99, "lead_2", "uc-2")])
    with books.refused_whole(sqlite3.IntegrityError):
        books.ledger.store_rewrite(sink, "stamp", 7, rows, books.at)


# Receipts.


@given(st.text(max_size=5, alphabet="0123456789abcdef"), st.lists(st.integers(1, 99), unique=True, min_size=1))
def test_receipt_does_not_depend_on_the_order(ledger: str, purchases: list[int]) -> None:
    receipt = make_receipt(ledger, purchases)
    assert receipt == make_receipt(ledger, reversed(purchases))
    assert receipt != make_receipt(ledger + "0", purchases)
    assert receipt != make_receipt(ledger, [*purchases, 100])
    assert receipt.startswith("uc-")
    assert len(receipt) == 15


def test_receipt_joins_no_numbers() -> None:
    assert len({make_receipt("a", numbers) for numbers in ([1, 23], [12, 3], [123], [1, 2, 3])}) == 4
