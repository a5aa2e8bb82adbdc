"""A batch that the API refuses, whole or for one of its leads."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.ledger.conftest import Books


def test_refused_leads_are_set_aside_and_the_rest_waits_again(books: Books) -> None:
    books.at += timedelta(hours=1)
    batch = books.attempt("submitting", "lead_1", "lead_2", "lead_3", types=("connection_request", "first_follow_up"))
    books.refuse(batch.attempt_id, "lead_2")
    assert books.states() == {"lead_1": "queued", "lead_2": "refused", "lead_3": "queued"}
    assert books.ledger.count_queue(books.sync) == (2, 4)
    aside = "SELECT kind, place, field, reason, campaign_id, lead_id, digest, since FROM aside"
    since = "2026-03-04T06:06:07.000Z"
    expected = ("refused", "leads.csv:lead_2", "first_name", "bad", books.campaign, "lead_2")
    assert books.query(aside) == [(*expected, b"lead_2 in/lead_2", since)]
    known = books.ledger.known(books.sync, books.campaign, ["lead_1", "lead_2"])
    assert (known["lead_2"].refused_digest, known["lead_2"].refused_reason) == (b"lead_2 in/lead_2", "bad")
    assert known["lead_2"].purchases == []
    assert known["lead_1"].refused_digest is None
    assert books.events() == ["prepared", "submitting", "refused", "quarantined"]


def test_lead_refused_twice_shows_the_newer_reason(books: Books) -> None:
    batch = books.attempt("submitting", "lead_1")
    books.refuse(batch.attempt_id, "lead_1")
    books.queue("lead_1")
    assert books.query("SELECT count(*) FROM aside") == [(0,)]
    again = books.prepare()
    assert again is not None
    books.submit(again.attempt_id)
    books.refuse(again.attempt_id, "lead_1")
    assert books.query("SELECT count(*) FROM aside") == [(1,)]
    assert books.query("SELECT state, count(*) FROM purchase GROUP BY state") == [("refused", 2)]


def test_refusal_names_a_lead_that_is_not_in_the_batch(books: Books) -> None:
    """Another lead's purchase must not fall for it."""
    books.attempt("accepted", "lead_1")
    second = books.attempt("submitting", "lead_2")
    books.refuse(second.attempt_id, "lead_1")
    assert books.states() == {"lead_1": "pending", "lead_2": "queued"}


def test_refused_batch_waits_in_its_old_place(books: Books) -> None:
    books.queue("lead_1", "lead_2", "lead_3")
    first = books.prepare(limit=2)
    assert first is not None
    books.submit(first.attempt_id)
    books.refuse(first.attempt_id)
    second = books.prepare(limit=3)
    assert second is not None
    assert [lead.lead_id for lead in second.leads] == ["lead_1", "lead_2", "lead_3"]
