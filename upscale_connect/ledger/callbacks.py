"""What a callback can find in the ledger, and what it leaves there."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ..errors import LedgerError
from .database import Database
from .syncs import add_event
from .times import from_text, to_text
from .values import AttemptState

#: An alarm is shown to people for this long.
ALARM_DAYS = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class CalledAttempt:
    """The attempt that a callback token was made for, with what an answer about it must show."""

    id: int
    batch_id: int
    sync_id: int
    state: AttemptState
    secure_request_id: str | None
    account: str
    customer: str
    campaign: str
    types: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Alarm:
    """A callback that named another request than the one its token was made for. `detail` names both."""

    at: str
    attempt_id: int
    detail: str


class CallbackTables:
    """The part of the ledger that callbacks refer to."""

    db: Database

    def find_token(self, token_hash: bytes) -> CalledAttempt | None:
        """The attempt of a callback token, in whatever state, by the token's hash. Raises LedgerError."""
        try:
            row = self._read_token(token_hash)
        except sqlite3.Error as error:
            name = getattr(error, "sqlite_errorname", type(error).__name__)
            raise LedgerError(f"the ledger cannot be read now ({name})") from None
        if row is None:
            return None
        return CalledAttempt(*(*row[:-1], tuple(json.loads(row[-1]))))

    def _read_token(self, token_hash: bytes) -> Any:
        with self.db.reading() as tx:
            return tx.execute(
                "SELECT a.id, a.batch_id, b.sync_id, a.state, a.secure_request_id, o.name, c.customer, c.campaign,"
                " r.types FROM attempt a JOIN batch b ON b.id = a.batch_id JOIN campaign c ON c.id = b.campaign_id"
                " JOIN account o ON o.id = c.account_id JOIN request r ON r.id = b.request_id"
                " WHERE a.token_hash = ?",
                (token_hash,),
            ).fetchone()

    def find_request(self, secure_request_id: str) -> int | None:
        """The attempt that has this request id."""
        with self.db.reading() as tx:
            query = "SELECT id FROM attempt WHERE secure_request_id = ?"
            row = tx.execute(query, (secure_request_id,)).fetchone()
        return None if row is None else int(row[0])

    def add_bound(self, attempt: CalledAttempt, run_id: str, at: datetime, secure_request_id: str) -> None:
        """A callback, confirmed by the API, told that the attempt had been accepted."""
        with self.db.transaction() as tx:
            add_event(
                tx,
                to_text(at),
                run_id,
                "bound",
                sync_id=attempt.sync_id,
                attempt_id=attempt.id,
                detail=secure_request_id,
            )

    def add_alarm(self, attempt: CalledAttempt, run_id: str, at: datetime, detail: str) -> None:
        with self.db.transaction() as tx:
            add_event(tx, to_text(at), run_id, "alarm", sync_id=attempt.sync_id, attempt_id=attempt.id, detail=detail)

    def count_alarms(self, attempt_id: int) -> int:
        with self.db.reading() as tx:
            query = "SELECT count(*) FROM event WHERE attempt_id = ? AND kind = 'alarm'"
            return int(tx.execute(query, (attempt_id,)).fetchone()[0])

    def next_poll(self, sync_id: int) -> datetime | None:
        """When the next open request of a sync is due; None if none is open."""
        with self.db.reading() as tx:
            row = tx.execute(
                "SELECT min(a.next_poll_at) FROM attempt a JOIN batch b ON b.id = a.batch_id"
                " WHERE a.state = 'accepted' AND b.sync_id = ?",
                (sync_id,),
            ).fetchone()
        return None if row[0] is None else from_text(row[0])

    def alarms(self, sync_id: int, at: datetime) -> list[Alarm]:
        """The alarms of the last 30 days, the oldest first."""
        with self.db.reading() as tx:
            rows = tx.execute(
                "SELECT at, attempt_id, detail FROM event WHERE sync_id = ? AND kind = 'alarm' AND at > ? ORDER BY id",
                (sync_id, to_text(at - ALARM_DAYS)),
            ).fetchall()
        return [Alarm(*row) for row in rows]
