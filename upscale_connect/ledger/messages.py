"""Accepted attempts and the messages that come back for them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from ..errors import InvariantError
from .database import Database
from .syncs import add_event, touch
from .times import from_text, to_text
from .values import Counts, OpenAttempt

#: A request that is open for longer than this is shown as overdue, and asked for rarely.
OVERDUE_AFTER = timedelta(hours=24)

_OPEN = (
    "SELECT a.id, a.batch_id, a.secure_request_id, c.customer, c.campaign, c.id, r.types, b.messages, a.polls,"
    " a.answered_at, a.next_poll_at, a.last_digest, o.name"
    " FROM attempt a JOIN batch b ON b.id = a.batch_id JOIN campaign c ON c.id = b.campaign_id"
    " JOIN account o ON o.id = c.account_id JOIN request r ON r.id = b.request_id WHERE a.state = 'accepted'"
)


class MessageTables:
    """The part of the ledger that knows accepted attempts and messages."""

    db: Database

    def open_attempts(self, sync_id: int) -> list[OpenAttempt]:
        """The accepted attempts of a sync, those first that were accepted first."""
        with self.db.reading() as tx:
            rows = tx.execute(_OPEN + " AND b.sync_id = ? ORDER BY a.id", (sync_id,)).fetchall()
        return [
            OpenAttempt(
                id=row[0],
                batch_id=row[1],
                secure_request_id=row[2],
                customer=row[3],
                campaign=row[4],
                campaign_id=row[5],
                types=tuple(json.loads(row[6])),
                messages=row[7],
                polls=row[8],
                accepted_at=from_text(row[9]),
                next_poll_at=from_text(row[10]),
                last_digest=row[11],
                account=row[12],
            )
            for row in rows
        ]

    def leads_of(self, batch_id: int) -> dict[str, tuple[str, ...]]:
        """Lead id → the message types that this batch bought for it."""
        found: dict[str, list[str]] = {}
        with self.db.reading() as tx:
            for lead_id, kind in tx.execute(
                "SELECT lead_id, type FROM purchase WHERE batch_id = ? ORDER BY id", (batch_id,)
            ):
                found.setdefault(lead_id, []).append(kind)
        return {lead_id: tuple(kinds) for lead_id, kinds in found.items()}

    def note_poll(self, attempt_id: int, digest: str | None, counts: Counts | None, next_poll_at: datetime) -> None:
        """Remember what an unfinished request looked like, and when to ask again."""
        with self.db.transaction() as tx:
            tx.execute(
                "UPDATE attempt SET polls = polls + 1, last_digest = ?, next_poll_at = ? WHERE id = ?",
                (digest, to_text(next_poll_at), attempt_id),
            )
            if counts:
                tx.execute(
                    "UPDATE attempt SET requested = ?, generated = ?, failed = ?, failed_reason = ? WHERE id = ?",
                    (counts.requested, counts.generated, counts.failed, counts.failed_reason, attempt_id),
                )

    def complete(
        self,
        attempt: OpenAttempt,
        run_id: str,
        at: datetime,
        texts: Mapping[tuple[str, str], str],
        counts: Counts,
        missing_reason: str,
    ) -> tuple[int, int]:
        """Store a complete result (write W7): every purchase of the batch becomes ready or failed.

        `texts`: (lead id, message type) → text. Of a batch that was paid twice, the second result fills in only
        what the first had not. Returns how many became ready and how many failed.
        """
        now = to_text(at)
        with self.db.transaction() as tx:
            rows = [
                (number, (lead_id, kind), state)
                for number, lead_id, kind, state in tx.execute(
                    "SELECT id, lead_id, type, state FROM purchase"
                    " WHERE batch_id = ? AND state IN ('pending', 'failed')",
                    (attempt.batch_id,),
                )
            ]
            ready = [(texts[key], now, number) for number, key, _ in rows if key in texts]
            failed = [
                (missing_reason, now, number) for number, key, state in rows if key not in texts and state == "pending"
            ]
            tx.executemany("UPDATE purchase SET state = 'ready', text = ?, changed_at = ? WHERE id = ?", ready)
            tx.executemany("UPDATE purchase SET state = 'failed', reason = ?, changed_at = ? WHERE id = ?", failed)
            done = tx.execute(
                "UPDATE attempt SET state = 'complete', completed_at = ?, polls = polls + 1, requested = ?,"
                " generated = ?, failed = ?, failed_reason = ? WHERE id = ? AND state = 'accepted'",
                (now, counts.requested, counts.generated, counts.failed, counts.failed_reason, attempt.id),
            ).rowcount
            if done != 1:
                raise InvariantError(f"attempt {attempt.id} was completed twice")
            add_event(tx, now, run_id, "complete", attempt_id=attempt.id)
            lead_ids = {key[0] for _, key, _ in rows}
            touch(tx, syncs_with(tx, attempt.campaign_id, lead_ids))
        return len(ready), len(failed)


def syncs_with(tx: sqlite3.Connection, campaign_id: int, lead_ids: Iterable[str]) -> list[int]:
    """Every sync that has one of these leads: its tables show something new."""
    rows = tx.execute(
        "SELECT id FROM sync WHERE EXISTS (SELECT 1 FROM lead l WHERE l.sync_id = sync.id AND l.campaign_id = ?"
        " AND l.lead_id IN (SELECT value FROM json_each(?)))",
        (campaign_id, json.dumps(list(lead_ids))),
    )
    return [row[0] for row in rows]
