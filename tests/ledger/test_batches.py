"""The queue, and the batches taken from it: purchase keys are bought at most once."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from upscale_connect.errors import InvariantError, LedgerError
from upscale_connect.ledger import Ledger
from upscale_connect.ledger.values import AttemptState, PurchaseState
from upscale_connect.models import Lead

if TYPE_CHECKING:
    from tests.ledger.conftest import Books

ORDER = ("connection_request", "first_follow_up")
INSERT = (
    "INSERT INTO purchase (campaign_id, lead_id, revision, sync_id, batch_id, state, type, person, request_id,"
    " changed_at) VALUES (?, ?, ?, ?, ?, ?, 'connection_request', 'in/x', 1, '2026-03-04T05:06:07.000Z')"
)

#: State of a purchase → the state of an attempt that leads there.
REACHED: dict[PurchaseState, AttemptState] = {"pending": "submitting", "failed": "complete", "refused": "refused"}


def bring(books: Books, state: PurchaseState) -> None:
    """One purchase of lead_1 in this state."""
    if state == "queued":
        books.queue("lead_1")
    elif state == "ready":
        batch = books.attempt("accepted")
        books.complete(batch.attempt_id, {("lead_1", "connection_request"): "Hello"})
    elif state == "refused":
        books.refuse(books.attempt("submitting").attempt_id, "lead_1")
    else:
        books.attempt(REACHED[state])
    assert books.states() == {"lead_1": state}


@pytest.mark.parametrize("state", ["queued", "pending", "ready", "failed"])
def test_the_database_itself_refuses_a_second_purchase(books: Books, state: PurchaseState) -> None:
    bring(books, state)
    for again, batch in (("queued", None), ("pending", 1), ("ready", 1), ("failed", 1)):
        if batch and state == "queued":
            continue  # there is no batch yet
        with books.refused_whole(sqlite3.IntegrityError), books.ledger.db.transaction() as tx:
            tx.execute(INSERT, (books.campaign, "lead_1", 1, books.sync, batch, again))


def test_refused_purchase_may_be_bought_again(books: Books) -> None:
    bring(books, "refused")
    books.queue("lead_1")
    again = books.prepare()
    assert again is not None
    books.submit(again.attempt_id)
    assert books.query("SELECT state FROM purchase ORDER BY id") == [("refused",), ("pending",)]


def test_purchase_key_is_campaign_lead_type_and_revision(books: Books) -> None:
    books.queue("lead_1", types=ORDER)
    other = books.make_campaign("campaign_2")
    with books.ledger.db.transaction() as tx:
        tx.execute(INSERT, (other, "lead_1", 1, books.sync, None, "queued"))
        tx.execute(INSERT, (books.campaign, "LEAD_1", 1, books.sync, None, "queued"))
        tx.execute(INSERT, (books.campaign, "lead_1", 2, books.sync, None, "queued"))
    assert books.query("SELECT count(*) FROM purchase") == [(5,)]


@pytest.mark.parametrize(("state", "batch"), [("queued", 1), ("pending", None), ("lost", 1)])
def test_the_database_itself_refuses_a_state_that_there_is_not(books: Books, state: str, batch: int | None) -> None:
    books.attempt("accepted")
    with books.refused_whole(sqlite3.IntegrityError), books.ledger.db.transaction() as tx:
        tx.execute(INSERT, (books.campaign, "lead_9", 1, books.sync, batch, state))


@pytest.mark.parametrize("state", ["pending", "ready", "failed"])
def test_what_was_bought_is_not_queued_again(books: Books, state: PurchaseState) -> None:
    """Nor is anything of the chunk that it came in."""
    bring(books, state)
    with books.refused_whole(LedgerError):
        books.queue("lead_0", "lead_1", "lead_2")


def test_what_is_queued_follows_the_newest_plan(books: Books) -> None:
    books.queue("lead_1")
    autumn = books.ledger.bind_sync("autumn")
    books.plan(books.wish("lead_1", *ORDER, person="in/new"), sync=autumn, gone=[books.sync])
    assert books.ledger.queues(books.sync) == []
    ((lead, first), (_, second)) = books.query("SELECT lead_id, person FROM purchase")
    assert (lead, first, second) == ("lead_1", "in/new", "in/new")
    assert books.ledger.count_queue(autumn) == (1, 2)


# Taking a batch.


def test_batch_in_the_order_of_the_queue(books: Books) -> None:
    names = [f"lead_{number}" for number in (5, 3, 9, 1, 7)]
    books.queue(*names, types=ORDER)
    (queue,) = books.ledger.queues(books.sync)
    assert (queue.leads, queue.types, queue.customer, queue.campaign) == (5, ORDER, "customer_1", "campaign_1")
    first, second, third = (books.prepare(limit=2) for _ in range(3))
    assert first
    assert second
    assert third
    assert [lead.lead_id for batch in (first, second, third) for lead in batch.leads] == names
    assert (first.messages, third.messages) == (4, 2)
    assert first.places == ["leads.csv:lead_5", "leads.csv:lead_3"]
    assert books.prepare(limit=2) is None
    assert books.query("SELECT leads, messages FROM batch") == [(2, 4), (2, 4), (1, 2)]


def test_the_bytes_are_made_of_what_is_taken(books: Books) -> None:
    books.queue("lead_1", "lead_2", "lead_3")
    seen: list[Lead] = []

    def encode(leads: Sequence[Lead]) -> bytes:
        seen.extend(leads)
        return b"the body"

    batch = books.prepare(limit=2, encode=encode)
    assert batch is not None
    expected = [books.lead("lead_1"), books.lead("lead_2")]
    for lead in expected:
        lead.customer, lead.campaign = "customer_1", "campaign_1"
    assert seen == list(batch.leads) == expected
    assert books.query("SELECT body_hash FROM attempt") == [(hashlib.sha256(b"the body").digest(),)]


def test_body_that_cannot_be_made_takes_nothing(books: Books) -> None:
    books.queue("lead_1", "lead_2")

    def fail(leads: Sequence[Lead]) -> bytes:
        raise UnicodeEncodeError("utf-8", "\ud800", 0, 1, "surrogates not allowed")

    with books.refused_whole(UnicodeEncodeError):
        books.prepare(encode=fail)


@pytest.mark.parametrize(
    ("limit", "only", "leave_out", "taken"),
    [
        (25, ["lead_4", "lead_2", "stranger"], [], ["lead_2", "lead_4"]),
        (1, ["lead_4", "lead_2"], ["lead_2"], ["lead_4"]),
        (2, None, ["lead_1", "lead_3"], ["lead_2", "lead_4"]),
        (25, ["stranger"], [], None),
    ],
)
def test_certain_leads_of_a_queue(
    books: Books, limit: int, only: list[str] | None, leave_out: list[str], taken: list[str] | None
) -> None:
    books.queue("lead_1", "lead_2", "lead_3", "lead_4", types=ORDER)
    batch = books.prepare(limit, only=only, leave_out=leave_out)
    assert (batch and [lead.lead_id for lead in batch.leads]) == taken


def test_requests_that_differ_share_no_batch(books: Books) -> None:
    other = books.make_campaign("campaign_2")
    books.plan(
        books.wish("lead_1", "connection_request"),
        books.wish("lead_2", *ORDER),
        books.wish("lead_3", "connection_request", campaign=other),
        books.wish("lead_4", "connection_request"),
    )
    found = [(queue.campaign, queue.types, queue.leads) for queue in books.ledger.queues(books.sync)]
    assert found == [("campaign_1", ORDER[:1], 2), ("campaign_1", ORDER, 1), ("campaign_2", ORDER[:1], 1)]
    batches = [books.prepare() for _ in range(3)]
    taken = [[lead.lead_id for lead in batch.leads] for batch in batches if batch]
    assert taken == [["lead_1", "lead_4"], ["lead_2"], ["lead_3"]]


def test_types_that_were_queued_apart_are_taken_together(books: Books) -> None:
    """Each lead's second type stands far behind its first in the queue."""
    names = [f"lead_{number}" for number in range(7)]
    books.queue(*names)
    books.queue(*names, types=ORDER)
    batches = [books.prepare(limit=3) for _ in range(4)]
    sizes = [(len(batch.leads), batch.messages) if batch else None for batch in batches]
    assert sorted(size for size in sizes if size) == [(1, 2), (3, 6), (3, 6)]
    taken = [lead.lead_id for batch in batches if batch for lead in batch.leads]
    assert sorted(taken) == names


def test_lead_of_which_a_type_is_gone_is_not_taken(books: Books) -> None:
    """The request would buy a type that no purchase stands for."""
    books.queue("lead_1", types=ORDER)
    wish = books.wish("lead_1")
    wish.withdraw = ["first_follow_up"]
    books.plan(wish)
    with books.refused_whole(InvariantError):
        books.prepare()


def test_two_runs_take_one_queue(books: Books) -> None:
    """Without any lock, each lead goes into one batch only."""
    books.queue("lead_1", "lead_2", "lead_3")
    (queue,) = books.ledger.queues(books.sync)
    first = books.prepare(limit=2, queue=queue)
    with Ledger.open(books.path) as other:
        mine, books.ledger = books.ledger, other
        second = books.prepare(limit=2, queue=queue)
        third = books.prepare(limit=2, queue=queue)
        books.ledger = mine
    assert first is not None
    assert second is not None
    assert [[lead.lead_id for lead in batch.leads] for batch in (first, second)] == [["lead_1", "lead_2"], ["lead_3"]]
    assert third is None


def test_queue_of_another_sync_is_not_taken(books: Books) -> None:
    books.queue("lead_1")
    (queue,) = books.ledger.queues(books.sync)
    autumn = books.ledger.bind_sync("autumn")
    before = books.dump()
    assert books.prepare(queue=queue, sync=autumn) is None
    assert books.dump() == before


# People.


def test_person_bought_under_another_id_is_held(books: Books) -> None:
    books.attempt("submitting", "lead_1")
    books.plan(books.wish("lead_2", *ORDER, person="in/lead_1"), books.wish("lead_3", *ORDER))
    batch = books.prepare()
    assert batch is not None
    assert [lead.lead_id for lead in batch.leads] == ["lead_3"]
    assert books.query("SELECT kind, lead_id, place, reason FROM aside") == [
        ("held", "lead_2", "leads.csv:lead_2", "bought as lead_1")
    ]
    assert "lead_2" not in books.states()
    assert books.ledger.count_queue(books.sync) == (0, 0)


def test_one_person_twice_in_a_queue(books: Books) -> None:
    books.plan(*(books.wish(f"lead_{number}", "connection_request", person="in/same") for number in range(3)))
    batch = books.prepare()
    assert batch is not None
    assert [lead.lead_id for lead in batch.leads] == ["lead_0"]
    assert [row.lead_id for row in books.ledger.asides(books.sync, ["held"])] == ["lead_1", "lead_2"]


def test_a_whole_chunk_of_the_queue_is_held(books: Books) -> None:
    """What comes behind it is taken all the same."""
    books.attempt("submitting", "lead_0")
    books.plan(*(books.wish(f"lead_{number}", ORDER[0], person="in/lead_0") for number in range(1, 6)))
    books.queue("lead_6")
    batch = books.prepare(limit=2)
    assert batch is not None
    assert [lead.lead_id for lead in batch.leads] == ["lead_6"]


def test_queue_of_repetitions_only(books: Books) -> None:
    books.attempt("submitting", "lead_0")
    books.plan(books.wish("lead_1", ORDER[0], person="in/lead_0"))
    assert books.prepare() is None
    assert [row.lead_id for row in books.ledger.asides(books.sync, ["held"])] == ["lead_1"]
    assert books.ledger.queues(books.sync) == []


@pytest.mark.parametrize("state", ["failed", "refused"])
def test_person_that_no_message_was_made_for_is_bought(books: Books, state: PurchaseState) -> None:
    bring(books, state)
    books.plan(books.wish("lead_2", ORDER[0], person="in/lead_1"))
    batch = books.prepare()
    assert batch is not None
    assert [lead.lead_id for lead in batch.leads] == ["lead_2"]


def test_person_of_another_campaign_is_bought(books: Books) -> None:
    books.attempt("submitting", "lead_1")
    other = books.make_campaign("campaign_2")
    books.plan(books.wish("lead_2", ORDER[0], person="in/lead_1", campaign=other))
    assert books.prepare() is not None


# The budget.


@pytest.mark.parametrize(
    ("state", "bought"),
    [
        ("prepared", 0),
        ("submitting", 2),
        ("accepted", 2),
        ("complete", 2),
        ("in_doubt", 2),
        ("refused", 0),
        ("dropped", 0),
    ],
)
def test_bought_between(books: Books, state: AttemptState, bought: int) -> None:
    books.attempt(state, types=ORDER)
    sync, at, moment = books.sync, books.at, timedelta(milliseconds=1)
    assert books.ledger.bought_between(sync, at, at) == bought
    assert books.ledger.bought_between(sync, at + moment, at + timedelta(days=1)) == 0
    assert books.ledger.bought_between(sync, at - timedelta(days=1), at - moment) == 0
    assert books.ledger.bought_between(books.ledger.bind_sync("autumn"), at, at) == 0
