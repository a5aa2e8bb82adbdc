"""Syncs that buy nothing for now, because a person said so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from .database import Database
from .syncs import add_event
from .times import to_text


@dataclass(frozen=True, slots=True)
class Pause:
    """Since when a sync buys nothing, and who said so."""

    at: str
    by: str


class SyncPaused(Exception):  # noqa: N818  # no error: nothing is to be sent, because a person said so
    """Raised where a paid request was about to leave."""


class PauseTables:
    """The part of the ledger that knows which syncs are paused."""

    db: Database

    def find_pause(self, sync_id: int) -> Pause | None:
        """None if the sync may buy."""
        with self.db.reading() as tx:
            row = tx.execute("SELECT paused_at, paused_by FROM sync WHERE id = ?", (sync_id,)).fetchone()
        return None if row is None or row[0] is None else Pause(*row)

    def pause(self, sync_id: int, actor: str, at: datetime) -> bool:
        """From now on the sync buys nothing. False if it was paused before: then that stays as it is."""
        query = "UPDATE sync SET paused_at = ?, paused_by = ? WHERE id = ? AND paused_at IS NULL"
        with self.db.transaction() as tx:
            if not tx.execute(query, (to_text(at), actor, sync_id)).rowcount:
                return False
            add_event(tx, to_text(at), actor, "paused", sync_id=sync_id)
        return True

    def resume(self, sync_id: int, actor: str, at: datetime) -> bool:
        """The sync may buy again. False if it was not paused."""
        query = "UPDATE sync SET paused_at = NULL, paused_by = NULL WHERE id = ? AND paused_at IS NOT NULL"
        with self.db.transaction() as tx:
            if not tx.execute(query, (sync_id,)).rowcount:
                return False
            add_event(tx, to_text(at), actor, "resumed", sync_id=sync_id)
        return True
