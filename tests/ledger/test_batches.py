"""The batches that are taken from a queue, and what they count against the budget."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.ledger.conftest import ORDER
from upscale_connect.errors import InvariantError
from upscale_connect.ledger import Ledger
from upscale_connect.ledger.values import AttemptState
from upscale_connect.models import Lead

if TYPE_CHECKING:
    from tests.ledger.conftest import Books


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
