"""How far a campaign has come, by message type."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.ledger.test_plans_of_queries import Watcher
from upscale_connect.ledger import Funnel, Wave

if TYPE_CHECKING:
    from tests.ledger.conftest import Books

TYPES = ("connection_request", "first_follow_up")


def test_each_lead_is_counted_once(books: Books) -> None:
    books.queue("a", "b", "c", "d")
    batch = books.prepare(limit=2)
    assert batch is not None
    books.submit(batch.attempt_id)
    books.accept(batch.attempt_id)
    books.complete(batch.attempt_id, {("a", "connection_request"): "Hello"})
    books.queue("a", types=("first_follow_up",))
    (funnel,) = books.ledger.funnels(books.sync, TYPES)
    first, second = funnel.waves
    assert (funnel.customer, funnel.campaign, funnel.leads) == ("customer_1", "campaign_1", 4)
    assert first == Wave("connection_request", queued=2, bought=1, ready=1, failed=1, open=0)
    assert second == Wave("first_follow_up", queued=1, bought=0, ready=0, failed=0, open=3)


def test_campaigns_are_told_apart(books: Books) -> None:
    books.queue("a")
    other = books.make_campaign("campaign_0")
    books.plan(books.wish("a", *TYPES, person="in/other", campaign=other), books.wish("b", campaign=other))
    assert [(one.campaign, one.leads, one.waves[1].open) for one in books.ledger.funnels(books.sync, TYPES)] == [
        ("campaign_0", 2, 1),
        ("campaign_1", 1, 1),
    ]


def test_a_sync_without_leads_has_no_funnel(books: Books) -> None:
    empty: list[Funnel] = []
    assert books.ledger.funnels(books.sync, TYPES) == empty


def test_purchases_are_found_by_their_key(books: Books) -> None:
    """It may look at every lead of the sync, but never through all purchases for each of them."""
    books.queue("a", "b", types=TYPES)
    lines = Watcher(books.ledger).watch(lambda: books.ledger.funnels(books.sync, TYPES))
    assert any("p USING INDEX purchase_key (campaign_id=? AND lead_id=?)" in line for line in lines), lines
    assert not [line for line in lines if line.startswith("SCAN p")]
