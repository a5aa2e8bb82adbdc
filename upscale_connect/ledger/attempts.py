"""Attempts: the transitions of the money protocol. Each is a compare-and-set, durable on return."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from datetime import datetime

from ..errors import InvariantError
from .batches import requeue
from .database import Database
from .generation import Generation
from .pauses import SyncPaused
from .syncs import add_event, touch
from .times import to_text
from .values import Aside, AttemptState, EventKind


class AttemptTables:
    """The part of the ledger that knows what was sent, and what became of it."""

    db: Database
    generation: Generation

    def mark_submitting(self, attempt_id: int, run_id: str, at: datetime, size: int) -> None:
        """The intent, committed before the first byte leaves (write W2). Copies of the ledger are old ones from now on.

        Raises LedgerError if this is an old copy itself: another ledger works in its place. Raises SyncPaused, and
        changes nothing, if a person has paused the sync.
        """
        with self.generation.advance(self.db) as tx:
            columns = {"sent_at": to_text(at), "bytes_sent": size}
            _, sync_id, _ = move(tx, attempt_id, ("prepared",), "submitting", run_id, at, **columns)
            if tx.execute("SELECT 1 FROM sync WHERE id = ? AND paused_at IS NOT NULL", (sync_id,)).fetchone():
                raise SyncPaused

    def mark_unsent(self, attempt_id: int, run_id: str, at: datetime, cause: str) -> None:
        """Nothing was sent, or a 429 answered: the same attempt may be tried again."""
        with self.db.transaction() as tx:
            move(tx, attempt_id, ("prepared", "submitting"), "prepared", run_id, at, sent_at=None, cause=cause)

    def mark_accepted(
        self, attempt_id: int, run_id: str, at: datetime, secure_request_id: str, next_poll_at: datetime
    ) -> None:
        """The receipt (write W3). An id, once known, wins over any doubt."""
        with self.db.transaction() as tx:
            accept(tx, attempt_id, run_id, at, secure_request_id, next_poll_at)

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
            move(
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
            batch_id, sync_id, campaign_id = move(
                tx, attempt_id, ("submitting",), "refused", run_id, at, cause=cause, detail=detail, status=status
            )
            for lead_id, aside in leads.items():
                _refuse_lead(tx, batch_id, sync_id, campaign_id, lead_id, aside, run_id, to_text(at))
            requeue(tx, batch_id, to_text(at))

    def give_back(self, attempt_id: int, run_id: str, at: datetime, cause: str) -> None:
        """A prepared attempt that is not sent after all: its leads are queued again."""
        with self.db.transaction() as tx:
            batch_id, _, _ = move(tx, attempt_id, ("prepared",), "dropped", run_id, at, cause=cause)
            requeue(tx, batch_id, to_text(at))

    def recover(self, sync_id: int, run_id: str, at: datetime) -> int:
        """Settle what a killed run left; only the holder of the sync's lock may call it.

        `prepared` was never sent: its leads are queued again. `submitting` has no owner any more: in doubt. So is
        what a ledger that may be an old copy takes for unsent.
        Returns the number of attempts put in doubt.
        """
        doubts = 0
        with self.db.transaction() as tx:
            rows = tx.execute(
                "SELECT a.id, a.state, a.batch_id FROM attempt a JOIN batch b ON b.id = a.batch_id"
                " WHERE a.state IN ('prepared', 'submitting') AND b.sync_id = ?",
                (sync_id,),
            ).fetchall()
            copied = tx.execute("SELECT value FROM meta WHERE key = 'copied_attempts'").fetchone()
            for attempt_id, state, batch_id in rows:
                if state == "prepared" and copied and attempt_id <= int(copied[0]):
                    detail = "the ledger may be an old copy: whether it was sent since is not known"
                    move(tx, attempt_id, ("prepared",), "in_doubt", run_id, at, cause="old copy", detail=detail)
                    doubts += 1
                elif state == "prepared":
                    move(tx, attempt_id, ("prepared",), "dropped", run_id, at, cause="never sent")
                    requeue(tx, batch_id, to_text(at))
                else:
                    detail = "the run that sent it ended before the answer"
                    move(tx, attempt_id, ("submitting",), "in_doubt", run_id, at, cause="interrupted", detail=detail)
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


def move(
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


def accept(
    tx: sqlite3.Connection,
    attempt_id: int,
    actor: str,
    at: datetime,
    secure_request_id: str,
    next_poll_at: datetime,
    before: Sequence[AttemptState] = ("submitting", "in_doubt", "dropped"),
) -> None:
    """An attempt has its request: what was given up with it is waited for again.

    Where another attempt of the batch was accepted, too, the batch was paid twice: an alarm. Raises
    InvariantError if the request belongs to another attempt.
    """
    taken = tx.execute("SELECT id FROM attempt WHERE secure_request_id = ?", (secure_request_id,)).fetchone()
    if taken and taken[0] != attempt_id:
        raise InvariantError(
            f"the API gave request id {secure_request_id} to two attempts ({taken[0]} and {attempt_id})",
            hint="report this to Upscale support; nothing more is bought in this run",
        )
    batch_id, sync_id, _ = move(
        tx,
        attempt_id,
        before,
        "accepted",
        actor,
        at,
        secure_request_id=secure_request_id,
        answered_at=to_text(at),
        next_poll_at=to_text(next_poll_at),
    )
    others = tx.execute(
        "SELECT id, secure_request_id, state FROM attempt WHERE batch_id = ? AND id <> ? AND state IN"
        " ('accepted', 'complete') ORDER BY id",
        (batch_id, attempt_id),
    ).fetchall()
    if not any(state == "complete" for _, _, state in others):
        tx.execute(
            "UPDATE purchase SET state = 'pending', changed_at = ? WHERE batch_id = ? AND state = 'failed'",
            (to_text(at), batch_id),
        )
    for other, request_id, _ in others:
        detail = (
            f"paid twice: request {secure_request_id} of this attempt and request {request_id} of attempt {other}"
            " are for the same leads"
        )
        add_event(tx, to_text(at), actor, "alarm", sync_id=sync_id, attempt_id=attempt_id, detail=detail)


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
        " place = excluded.place, field = excluded.field, since = excluded.since, run_id = excluded.run_id,"
        " dropped_by = NULL",
        (sync_id, aside.key, aside.place, aside.field, aside.reason, campaign_id, lead_id, now, run_id),
    )
    add_event(tx, now, run_id, "quarantined", sync_id=sync_id, campaign_id=campaign_id, lead_id=lead_id)
