"""Accepted attempts, and the messages that come back for them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from upscale_connect.ledger import OVERDUE_AFTER, Counts, DeliveryResult
from upscale_connect.ledger.values import DeliveryState

if TYPE_CHECKING:
    from tests.ledger.conftest import Books

ORDER = ("connection_request", "first_follow_up")


def test_open_attempts_in_the_order_they_were_accepted(books: Books) -> None:
    first = books.attempt("accepted", "lead_1", types=ORDER)
    books.attempt("in_doubt", "lead_2")
    books.attempt("complete", "lead_3")
    second = books.attempt("accepted", "lead_4")
    found = books.ledger.open_attempts(books.sync)
    assert [(one.id, one.batch_id, one.messages, one.types) for one in found] == [
        (first.attempt_id, first.id, 2, ORDER),
        (second.attempt_id, second.id, 1, ORDER[:1]),
    ]
    assert (found[0].customer, found[0].campaign, found[0].campaign_id) == ("customer_1", "campaign_1", books.campaign)
    assert (found[0].accepted_at, found[0].polls, found[0].last_digest) == (books.at, 0, None)
    autumn = books.ledger.bind_sync("autumn")
    assert books.ledger.open_attempts(autumn) == []


def test_leads_of_a_batch(books: Books) -> None:
    batch = books.attempt("accepted", "lead_2", "lead_1", types=ORDER)
    books.attempt("accepted", "lead_3")
    assert books.ledger.leads_of(batch.id) == {"lead_2": ORDER, "lead_1": ORDER}


def test_poll_is_remembered(books: Books) -> None:
    books.attempt("accepted")
    later = books.at + timedelta(minutes=5)
    books.ledger.note_poll(1, "digest", Counts(2, 1, None, "because"), later)
    books.ledger.note_poll(1, "digest 2", None, later)
    books.reopen()
    (opened,) = books.ledger.open_attempts(books.sync)
    assert (opened.polls, opened.last_digest, opened.next_poll_at) == (2, "digest 2", later)
    counts = books.query("SELECT requested, generated, failed, failed_reason FROM attempt")
    assert counts == [(2, 1, None, "because")]


def test_complete(books: Books) -> None:
    batch = books.attempt("accepted", "lead_1", "lead_2", types=ORDER)
    books.at += timedelta(minutes=2)
    texts = {("lead_1", ORDER[0]): "Hello", ("lead_1", ORDER[1]): "Again", ("lead_2", ORDER[0]): ""}
    assert books.complete(batch.attempt_id, texts) == (3, 1)
    assert books.query("SELECT lead_id, type, state, text, reason FROM purchase ORDER BY id") == [
        ("lead_1", ORDER[0], "ready", "Hello", None),
        ("lead_1", ORDER[1], "ready", "Again", None),
        ("lead_2", ORDER[0], "ready", "", None),
        ("lead_2", ORDER[1], "failed", None, "no web presence"),
    ]
    assert books.query("SELECT DISTINCT changed_at FROM purchase") == [("2026-03-04T05:08:07.000Z",)]
    ((state, completed, polls),) = books.query("SELECT state, completed_at, polls FROM attempt")
    assert (state, completed, polls) == ("complete", "2026-03-04T05:08:07.000Z", 1)
    assert books.ledger.open_attempts(books.sync) == []
    assert books.events()[-1] == "complete"


def test_texts_of_other_leads_and_types_are_not_stored(books: Books) -> None:
    """Not those of another batch, of another case, or of a type that was not bought."""
    other = books.attempt("accepted", "lead_2")
    batch = books.attempt("accepted", "lead_1")
    texts = {("lead_2", ORDER[0]): "x", ("LEAD_1", ORDER[0]): "x", ("lead_1", ORDER[1]): "x", ("", ""): "x"}
    assert books.complete(batch.attempt_id, texts) == (0, 1)
    assert books.query("SELECT count(*) FROM purchase WHERE text IS NOT NULL") == [(0,)]
    assert books.states() == {"lead_2": "pending", "lead_1": "failed"}
    assert [one.id for one in books.ledger.open_attempts(books.sync)] == [other.attempt_id]


def test_completed_twice_by_two_runs(books: Books) -> None:
    """The first answer stays, whatever the second one says."""
    batch = books.attempt("accepted")
    (opened,) = books.ledger.open_attempts(books.sync)
    books.complete(batch.attempt_id, {("lead_1", ORDER[0]): "Hello"})
    with books.refused_whole():
        books.ledger.complete(opened, "run-2", books.at, {("lead_1", ORDER[0]): "Other"}, Counts(1, 1, 0, None), "")


def test_message_of_any_text(books: Books) -> None:
    text = "Zoë \U0001f44b\n'; -- \0 end\r\n" + "x" * 10_000
    batch = books.attempt("accepted")
    books.complete(batch.attempt_id, {("lead_1", ORDER[0]): text})
    (known,) = books.ledger.known(books.sync, books.campaign, ["lead_1"], texts=True).values()
    assert known.purchases[0].text == text


def deliver(books: Books, sink: int, state: DeliveryState) -> None:
    result = DeliveryResult(books.campaign, "lead_1", state, "uc-1", "reason")
    books.ledger.store_results(sink, [result], "run-1", books.at)


def test_new_message_makes_deliveries_due_again(books: Books) -> None:
    """Of this lead, at every sink, in every sync that has it; but one that may be written stays so."""
    sinks = {name: books.ledger.bind_sink(books.sync, name) for name in ("one", "two", "three")}
    autumn = books.ledger.bind_sync("autumn")
    sinks["foreign"] = books.ledger.bind_sink(autumn, "one")
    states: dict[str, DeliveryState] = {"one": "written", "two": "parked", "three": "unknown", "foreign": "conflict"}
    for name, state in states.items():
        deliver(books, sinks[name], state)
    batch = books.attempt("accepted", "lead_1", "lead_2")
    neighbour = DeliveryResult(books.campaign, "lead_2", "written", "uc-2")
    books.ledger.store_results(sinks["one"], [neighbour], "run-1", books.at)
    books.complete(batch.attempt_id, {("lead_1", ORDER[0]): "Hello"})
    rows = books.query("SELECT sink_id, state, attempts FROM delivery WHERE lead_id = 'lead_1'")
    assert {sink: (state, attempts) for sink, state, attempts in rows} == {
        sinks["one"]: ("due", 0),
        sinks["two"]: ("due", 0),
        sinks["three"]: ("unknown", 1),
        sinks["foreign"]: ("due", 0),
    }
    assert books.query("SELECT state FROM delivery WHERE lead_id = 'lead_2'") == [("written",)]


def test_completion_shows_in_the_tables_of_every_sync_with_the_lead(books: Books) -> None:
    autumn, winter = books.ledger.bind_sync("autumn"), books.ledger.bind_sync("winter")
    batch = books.attempt("accepted", "lead_1")
    books.plan(books.wish("lead_1"), sync=autumn)
    books.plan(books.wish("lead_2"), sync=winter)
    before = {sync: books.ledger.changed(sync) for sync in (books.sync, autumn, winter)}
    books.complete(batch.attempt_id, {("lead_1", ORDER[0]): "Hello"})
    grown = {sync: books.ledger.changed(sync) - count for sync, count in before.items()}
    assert grown == {books.sync: 1, autumn: 1, winter: 0}


def test_overdue(books: Books) -> None:
    books.attempt("accepted")
    at = books.at + OVERDUE_AFTER
    assert books.ledger.standing(books.sync, at).overdue == 0
    assert books.ledger.standing(books.sync, at + timedelta(milliseconds=1)).overdue == 1
