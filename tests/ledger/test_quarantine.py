"""Leads that the API refused, in quarantine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from upscale_connect.errors import UsageError

if TYPE_CHECKING:
    from tests.ledger.conftest import Books


def refuse_one(books: Books) -> None:
    """The API refuses lead 1 by name; what else was in its batch is queued again."""
    batch = books.prepare()
    assert batch is not None
    books.submit(batch.attempt_id)
    books.refuse(batch.attempt_id, "lead_1")


def test_refused_lead_is_told_again_when_it_is_refused_again(books: Books) -> None:
    books.queue("lead_1", "lead_2")
    refuse_one(books)
    (entry,) = books.ledger.quarantine([books.sync])
    assert (entry.kind, entry.lead_id, entry.campaign, entry.reason) == ("refused", "lead_1", "campaign_1", "bad")
    books.ledger.drop_entries([entry.id], "alice", books.at)
    assert books.ledger.quarantine([books.sync]) == []
    assert books.ledger.find_entry(entry.id).dropped_by == "alice"
    assert books.query("SELECT actor, lead_id FROM event WHERE kind = 'dismissed'") == [("alice", "lead_1")]
    books.queue("lead_1")
    refuse_one(books)
    assert [one.id for one in books.ledger.quarantine([books.sync])] == [entry.id]


def test_all_or_none(books: Books) -> None:
    books.queue("lead_1")
    refuse_one(books)
    (entry,) = books.ledger.quarantine([books.sync])
    with books.refused_whole(UsageError):
        books.ledger.drop_entries([entry.id, entry.id + 1], "alice", books.at)
    with pytest.raises(UsageError, match="no entry 7"):
        books.ledger.find_entry(7)
