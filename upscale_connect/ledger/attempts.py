"""Batches and attempts: the money protocol's writes. Each transition is a compare-and-set, durable on return."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime

from ..errors import InvariantError
from ..models import Lead, RequestDescription
from .database import Database
from .leads import unpack_lead, unpack_record
from .syncs import add_event, touch
from .times import to_text
from .values import Aside, AttemptState, Batch, EventKind, Queue


def pack_description(description: RequestDescription) -> str:
    return json.dumps(asdict(description), sort_keys=True, ensure_ascii=False)


class AttemptTables:
    """The part of the ledger that knows what is sent, what was sent, and what became of it."""

    db: Database

    def queues(self, sync_id: int) -> list[Queue]:
        """What may share a POST, in the order in which it was queued."""
        with self.db.reading() as tx:
            rows = tx.execute(
                "SELECT c.id, c.customer, c.campaign, r.id, r.description, r.types, count(DISTINCT p.lead_id)"
                " FROM purchase p JOIN campaign c ON c.id = p.campaign_id JOIN request r ON r.id = p.request_id"
                " WHERE p.sync_id = ? AND p.state = 'queued' GROUP BY c.id, r.id ORDER BY min(p.id)",
                (sync_id,),
            ).fetchall()
        return [
            Queue(
                row[0],
                row[1],
                row[2],
                row[3],
                RequestDescription(**json.loads(row[4])),
                tuple(json.loads(row[5])),
                row[6],
            )
            for row in rows
        ]

    def prepare(
        self,
        sync_id: int,
        queue: Queue,
        limit: int,
        *,
        run_id: str,
        at: datetime,
        token: str,
        encode: Callable[[Sequence[Lead]], bytes],
    ) -> tuple[Batch, bytes] | None:
        """Take up to `limit` leads from a queue into a batch with a prepared attempt (write W1).

        Returns the batch and its request's bytes, None if the queue is empty. Only a hash of the callback
        token and its last 8 characters are kept.
        """
        now = to_text(at)
        with self.db.transaction() as tx:
            rows = _take(tx, sync_id, queue, limit)
            if not rows:
                return None
            leads = [unpack_lead(row[0], row[1], queue.customer, queue.campaign) for row in rows]
            body = encode(leads)
            batch_id = tx.execute(
                "INSERT INTO batch (sync_id, campaign_id, request_id, leads, messages, created_at)"
                " VALUES (?, ?, ?, ?, ?, ?) RETURNING id",
                (sync_id, queue.campaign_id, queue.request_id, len(leads), len(leads) * len(queue.types), now),
            ).fetchone()[0]
            moved = tx.executemany(
                "UPDATE purchase SET state = 'pending', batch_id = ?, changed_at = ?"
                " WHERE campaign_id = ? AND lead_id = ? AND request_id = ? AND sync_id = ?"
                " AND state = 'queued' AND state <> 'refused'",  # the second term lets SQLite use the key's index
                [(batch_id, now, queue.campaign_id, lead.lead_id, queue.request_id, sync_id) for lead in leads],
            ).rowcount
            if moved != len(leads) * len(queue.types):
                raise InvariantError(f"a batch of {len(leads)} leads moved {moved} purchases")
            attempt_id = tx.execute(
                "INSERT INTO attempt (batch_id, number, state, run_id, token_hash, token_tail, body_hash, prepared_at)"
                " VALUES (?, 1, 'prepared', ?, ?, ?, ?, ?) RETURNING id",
                (batch_id, run_id, hash_token(token), token[-8:], hashlib.sha256(body).digest(), now),
            ).fetchone()[0]
            add_event(tx, now, run_id, "prepared", sync_id=sync_id, attempt_id=attempt_id)
            touch(tx, [sync_id])
        places = [unpack_record(row[2]).where for row in rows]
        return Batch(batch_id, attempt_id, queue, leads, places), body

    def mark_submitting(self, attempt_id: int, run_id: str, at: datetime, size: int) -> None:
        """The intent, committed before the first byte leaves (write W2)."""
        with self.db.transaction() as tx:
            _move(tx, attempt_id, ("prepared",), "submitting", run_id, at, sent_at=to_text(at), bytes_sent=size)

    def mark_unsent(self, attempt_id: int, run_id: str, at: datetime, cause: str) -> None:
        """Nothing was sent, or a 429 answered: the same attempt may be tried again."""
        with self.db.transaction() as tx:
            _move(tx, attempt_id, ("prepared", "submitting"), "prepared", run_id, at, sent_at=None, cause=cause)

    def mark_accepted(
        self, attempt_id: int, run_id: str, at: datetime, secure_request_id: str, next_poll_at: datetime
    ) -> None:
        """The receipt (write W3). An id, once known, wins over any doubt."""
        with self.db.transaction() as tx:
            taken = tx.execute("SELECT id FROM attempt WHERE secure_request_id = ?", (secure_request_id,)).fetchone()
            if taken and taken[0] != attempt_id:
                raise InvariantError(
                    f"the API gave request id {secure_request_id} to two attempts ({taken[0]} and {attempt_id})",
                    hint="report this to Upscale support; nothing more is bought in this run",
                )
            _move(
                tx,
                attempt_id,
                ("submitting", "in_doubt", "dropped"),
                "accepted",
                run_id,
                at,
                secure_request_id=secure_request_id,
                answered_at=to_text(at),
                next_poll_at=to_text(next_poll_at),
            )

    def mark_in_doubt(
        self,
        attempt_id: int,
        run_id: str,
        at: datetime,
        *,
        cause: str,
        detail: str = "",
        status: int | None = None,
        bytes_sent: int = 0,
    ) -> None:
        """It may have been accepted (write W4): never sent again by the program."""
        with self.db.transaction() as tx:
            _move(
                tx,
                attempt_id,
                ("submitting",),
                "in_doubt",
                run_id,
                at,
                cause=cause,
                detail=detail,
                status=status,
                bytes_sent=bytes_sent,
            )

    def mark_refused(
        self,
        attempt_id: int,
        run_id: str,
        at: datetime,
        *,
        cause: str,
        detail: str,
        status: int | None,
        leads: Mapping[str, Aside],
    ) -> None:
        """Refused for certain: nothing was bought. `leads` that the API named are set aside, the rest is queued."""
        with self.db.transaction() as tx:
            batch_id, sync_id, campaign_id = _move(
                tx, attempt_id, ("submitting",), "refused", run_id, at, cause=cause, detail=detail, status=status
            )
            for lead_id, aside in leads.items():
                _refuse_lead(tx, batch_id, sync_id, campaign_id, lead_id, aside, run_id, to_text(at))
            _requeue(tx, batch_id, to_text(at))

    def give_back(self, attempt_id: int, run_id: str, at: datetime, cause: str) -> None:
        """A prepared attempt that is not sent after all: its leads are queued again."""
        with self.db.transaction() as tx:
            batch_id, _, _ = _move(tx, attempt_id, ("prepared",), "dropped", run_id, at, cause=cause)
            _requeue(tx, batch_id, to_text(at))

    def recover(self, sync_id: int, run_id: str, at: datetime) -> int:
        """Settle what a killed run left; only the holder of the sync's lock may call it.

        `prepared` was never sent: its leads are queued again. `submitting` has no owner any more: in doubt.
        Returns the number of attempts put in doubt.
        """
        doubts = 0
        with self.db.transaction() as tx:
            rows = tx.execute(
                "SELECT a.id, a.state, a.batch_id FROM attempt a JOIN batch b ON b.id = a.batch_id"
                " WHERE a.state IN ('prepared', 'submitting') AND b.sync_id = ?",
                (sync_id,),
            ).fetchall()
            for attempt_id, state, batch_id in rows:
                if state == "prepared":
                    _move(tx, attempt_id, ("prepared",), "dropped", run_id, at, cause="never sent")
                    _requeue(tx, batch_id, to_text(at))
                else:
                    detail = "the run that sent it ended before the answer"
                    _move(tx, attempt_id, ("submitting",), "in_doubt", run_id, at, cause="interrupted", detail=detail)
                    doubts += 1
        return doubts

    def doubts_of(self, campaign_id: int) -> int:
        """Attempts of a campaign that are in doubt, whoever sent them."""
        with self.db.reading() as tx:
            return int(
                tx.execute(
                    "SELECT count(*) FROM attempt a JOIN batch b ON b.id = a.batch_id"
                    " WHERE a.state = 'in_doubt' AND b.campaign_id = ?",
                    (campaign_id,),
                ).fetchone()[0]
            )

    def bought_since(self, sync_id: int, since: datetime) -> int:
        """Messages of this sync that were sent since then and not refused; doubt counts as bought."""
        with self.db.reading() as tx:
            return int(
                tx.execute(
                    "SELECT coalesce(sum(b.messages), 0) FROM attempt a JOIN batch b ON b.id = a.batch_id"
                    " WHERE a.sent_at >= ? AND b.sync_id = ?"
                    " AND a.state IN ('submitting', 'accepted', 'complete', 'in_doubt')",
                    (to_text(since), sync_id),
                ).fetchone()[0]
            )


def hash_token(token: str) -> bytes:
    """What is kept of a callback token: a stolen ledger gives no live tokens."""
    return hashlib.sha256(token.encode("ascii")).digest()


def _take(tx: sqlite3.Connection, sync_id: int, queue: Queue, limit: int) -> list[tuple[str, str, str]]:
    """The first leads of a queue: id, fields, record. Reads no more of the queue than it takes."""
    queued = tx.execute(
        "SELECT lead_id FROM purchase WHERE sync_id = ? AND request_id = ? AND campaign_id = ? AND state = 'queued'"
        " ORDER BY id LIMIT ?",
        (sync_id, queue.request_id, queue.campaign_id, limit * len(queue.types)),
    )
    first = list(dict.fromkeys(row[0] for row in queued))[:limit]
    return [
        tx.execute(
            "SELECT lead_id, fields, record FROM lead WHERE sync_id = ? AND campaign_id = ? AND lead_id = ?",
            (sync_id, queue.campaign_id, lead_id),
        ).fetchone()
        for lead_id in first
    ]


def _move(
    tx: sqlite3.Connection,
    attempt_id: int,
    before: Sequence[AttemptState],
    after: EventKind,
    run_id: str,
    at: datetime,
    **columns: object,
) -> tuple[int, int, int]:
    """Compare-and-set an attempt's state, with its event. Returns batch, sync and campaign id."""
    assignments = "".join(f", {name} = ?" for name in columns)
    marks = ", ".join("?" * len(before))
    row = tx.execute(
        f"UPDATE attempt SET state = ?{assignments} WHERE id = ? AND state IN ({marks}) RETURNING batch_id",
        (after, *columns.values(), attempt_id, *before),
    ).fetchone()
    if row is None:
        raise InvariantError(
            f"attempt {attempt_id} is not {' or '.join(before)}: another run may work on this ledger",
            hint="nothing more was sent; let the other run end, then run again",
        )
    batch_id = int(row[0])
    sync_id, campaign_id = tx.execute("SELECT sync_id, campaign_id FROM batch WHERE id = ?", (batch_id,)).fetchone()
    add_event(
        tx,
        to_text(at),
        run_id,
        after,
        sync_id=sync_id,
        attempt_id=attempt_id,
        detail=str(columns.get("cause") or ""),
    )
    touch(tx, [sync_id])
    return batch_id, int(sync_id), int(campaign_id)


def _requeue(tx: sqlite3.Connection, batch_id: int, now: str) -> None:
    tx.execute(
        "UPDATE purchase SET state = 'queued', batch_id = NULL, changed_at = ?"
        " WHERE batch_id = ? AND state = 'pending'",
        (now, batch_id),
    )


def _refuse_lead(
    tx: sqlite3.Connection,
    batch_id: int,
    sync_id: int,
    campaign_id: int,
    lead_id: str,
    aside: Aside,
    run_id: str,
    now: str,
) -> None:
    tx.execute(
        "UPDATE purchase SET state = 'refused', reason = ?, changed_at = ?"
        " WHERE batch_id = ? AND lead_id = ? AND state = 'pending'",
        (aside.reason, now, batch_id, lead_id),
    )
    tx.execute(
        "INSERT INTO aside (sync_id, key, kind, place, field, value, reason, campaign_id, lead_id, digest, since,"
        " run_id)"
        " SELECT ?1, ?2, 'refused', ?3, ?4, '', ?5, ?6, ?7, digest, ?8, ?9 FROM lead"
        " WHERE sync_id = ?1 AND campaign_id = ?6 AND lead_id = ?7"
        " ON CONFLICT (sync_id, key) DO UPDATE SET reason = excluded.reason, digest = excluded.digest,"
        " place = excluded.place, field = excluded.field, since = excluded.since, run_id = excluded.run_id",
        (sync_id, aside.key, aside.place, aside.field, aside.reason, campaign_id, lead_id, now, run_id),
    )
    add_event(tx, now, run_id, "quarantined", sync_id=sync_id, campaign_id=campaign_id, lead_id=lead_id)
