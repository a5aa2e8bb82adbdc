"""Purchases: a purchase key is bought at most once, and so is a person."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import pytest

from tests.ledger.conftest import ORDER
from upscale_connect.errors import LedgerError
from upscale_connect.ledger.values import AttemptState, PurchaseState

if TYPE_CHECKING:
    from tests.ledger.conftest import Books

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
