"""Removing what nobody needs any more: texts that were delivered long ago, and leads that no source has."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Collection, Iterable
from datetime import datetime

from .aliases import keep_aliases
from .database import Database
from .leads import MAY_BE_PAID
from .syncs import add_event
from .texts import IS_CLEAR
from .times import to_text

#: Of a purchase `p`: a sink in use (JSON, ?2) has not got it for certain, or only since ?3.
_WAITS = (
    # From the few sinks to the lead of each: the other way round SQLite looks through all leads of the campaign.
    "EXISTS (SELECT 1 FROM sink s CROSS JOIN lead l ON l.sync_id = s.sync_id AND l.campaign_id = p.campaign_id"
    " AND l.lead_id = p.lead_id LEFT JOIN delivery d ON d.sink_id = s.id AND d.campaign_id = l.campaign_id"
    " AND d.lead_id = l.lead_id WHERE s.id IN (SELECT value FROM json_each(?2))"
    " AND (d.state IS NULL OR d.state NOT IN ('written', 'unchanged') OR d.changed_at > ?3))"
)
#: … and at least one has it.
_IS_DELIVERED = (
    "EXISTS (SELECT 1 FROM delivery d WHERE d.campaign_id = p.campaign_id AND d.lead_id = p.lead_id"
    " AND d.sink_id IN (SELECT value FROM json_each(?2)) AND d.state IN ('written', 'unchanged'))"
)
#: … and another answer for its batch may still come.
_IS_OPEN = (
    "EXISTS (SELECT 1 FROM attempt a WHERE a.batch_id = p.batch_id"
    " AND a.state IN ('prepared', 'submitting', 'accepted', 'in_doubt'))"
)


class RetentionTables:
    """The part of the ledger that lets go of what nobody needs any more."""

    db: Database

    def find_sinks(self, names: Iterable[tuple[int, str]]) -> list[int]:
        """The ids of sinks by (sync id, name), as far as they are known."""
        query = "SELECT id FROM sink WHERE sync_id = ? AND name = ?"
        with self.db.reading() as tx:
            return [row[0] for name in names for row in tx.execute(query, name)]

    def sinks_of(self, sync_id: int) -> list[int]:
        """The ids of all sinks that a sync ever had."""
        with self.db.reading() as tx:
            return [row[0] for row in tx.execute("SELECT id FROM sink WHERE sync_id = ?", (sync_id,))]

    def purge_texts(self, sync_id: int, sinks: Collection[int], until: datetime, run_id: str, at: datetime) -> int:
        """Remove the texts that this sync bought until then and that every sink in use has had since then.

        `sinks`: those in use, of all syncs. What waits, is held, rejected, in conflict or in doubt stays. Returns how
        many were removed.
        """
        now, oldest = to_text(at), to_text(until)
        with self.db.transaction() as tx:
            numbers = [
                row[0]
                for row in tx.execute(
                    "SELECT p.id FROM purchase p WHERE p.sync_id = ?1 AND p.changed_at <= ?3 AND p.state = 'ready'"
                    f" AND p.text IS NOT NULL AND {IS_CLEAR} AND {_IS_DELIVERED} AND NOT {_WAITS} AND NOT {_IS_OPEN}",
                    (sync_id, json.dumps(sorted(sinks)), oldest),
                )
            ]
            if numbers:
                _remove(tx, json.dumps(numbers), now)
                add_event(tx, now, run_id, "purged", sync_id=sync_id, detail=f"{len(numbers)} texts")
        return len(numbers)

    def purge_leads(
        self, sync_id: int, until: datetime, is_seen: Callable[[int, str], bool], run_id: str, at: datetime
    ) -> int:
        """After a read of everything: remove leads that it no longer held, unchanged since then, with nothing open.

        What was bought for them stays, with the LinkedIn keys of the person, and keeps them from being bought again.
        Returns how many were removed.
        """
        with self.db.transaction() as tx:
            gone = [
                number
                for number, campaign_id, lead_id in tx.execute(
                    "SELECT l.id, l.campaign_id, l.lead_id FROM lead l WHERE l.sync_id = ? AND l.read_at <= ?"
                    " AND NOT EXISTS (SELECT 1 FROM purchase p WHERE p.campaign_id = l.campaign_id"
                    " AND p.lead_id = l.lead_id AND p.state <> 'refused' AND (p.state IN ('queued', 'pending')"
                    f" OR (p.state = 'ready' AND p.text IS NOT NULL) OR {MAY_BE_PAID}))"
                    " AND NOT EXISTS (SELECT 1 FROM aside a WHERE a.sync_id = l.sync_id AND a.lead_id = l.lead_id)",
                    (sync_id, to_text(until)),
                ).fetchall()
                if not is_seen(campaign_id, lead_id)
            ]
            keep_aliases(tx, sync_id, gone)
            tx.executemany("DELETE FROM lead WHERE id = ?", [(number,) for number in gone])
            if gone:
                add_event(tx, to_text(at), run_id, "purged", sync_id=sync_id, detail=f"{len(gone)} leads")
        return len(gone)

    def has_purged(self) -> bool:
        """Whether texts were ever removed: then tables have what the ledger has not."""
        with self.db.reading() as tx:
            return tx.execute("SELECT 1 FROM event WHERE kind = 'purged' LIMIT 1").fetchone() is not None

    def receipt_at(self, sink_id: int, campaign_id: int, lead_id: str) -> str:
        """The receipt with which a sink got a lead's messages last; "" if it got none."""
        query = "SELECT receipt FROM delivery WHERE sink_id = ? AND campaign_id = ? AND lead_id = ?"
        with self.db.reading() as tx:
            row = tx.execute(query, (sink_id, campaign_id, lead_id)).fetchone()
        return str(row[0]) if row else ""


def _remove(tx: sqlite3.Connection, numbers: str, now: str) -> None:
    """The versions stay as rows: receipts count them."""
    chosen = "(SELECT value FROM json_each(?))"
    tx.execute(f"UPDATE version SET text = '' WHERE purchase_id IN {chosen}", (numbers,))
    tx.execute(f"DELETE FROM finding WHERE purchase_id IN {chosen}", (numbers,))
    tx.execute(f"UPDATE purchase SET text = NULL, purged_at = ? WHERE id IN {chosen}", (now, numbers))
