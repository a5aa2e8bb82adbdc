"""The generation: a number beside the ledger that tells the newest ledger from an old copy, and from none.

It goes up whenever the ledger is opened for writing, and right before each paid request: first in the ledger, then in
a file beside it, both durable. A crash in between leaves the ledger ahead, which harms nobody; a ledger behind the file
was replaced by an old copy. The other order could not tell a crash from such a copy.
"""

from __future__ import annotations

import json
import logging
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import Timeout

from ..errors import DiskFullError, LedgerError
from . import disk
from .database import Database
from .syncs import name_ledger

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Mark:
    """Which ledger, and how often its number went up."""

    ledger_id: str
    number: int


class Generation:
    """The file beside a ledger."""

    def __init__(self, ledger: Path) -> None:
        self._ledger = ledger
        self.path = ledger.with_name(f"{ledger.name}.generation")
        self._threads = threading.Lock()

    def require_ledger(self) -> None:
        """To be called before a ledger is made. Raises LedgerError if there was one here."""
        if self.path.exists() and not (self._ledger.exists() and self._ledger.stat().st_size):
            raise self._miss_ledger()

    def begin(self, db: Database) -> None:
        """The ledger was opened for writing. Raises as `advance` does.

        Without the file the ledger is believed, but attempts that it takes for unsent may have been sent since.
        """
        with self.advance(db, is_opened=True):
            pass

    @contextmanager
    def advance(self, db: Database, *, is_opened: bool = False) -> Iterator[sqlite3.Connection]:
        """A transaction that makes an old copy of every copy made before it.

        Raises LedgerError, and changes nothing, if this is not the newest ledger or the file cannot be written.
        """
        try:
            with self._threads, disk.lock_beside(self.path):
                newest = self._read()
                with db.transaction() as tx:
                    if newest is not None:
                        self._compare(tx, newest)
                    yield tx
                    mark = _raise_number(tx, is_doubtful=is_opened and newest is None)
                    # A full disk is met here, where all of it can still be taken back.
                    draft = disk.draft(self.path, json.dumps([mark.ledger_id, mark.number]).encode())
                disk.put(draft, self.path)
        except (OSError, Timeout) as error:
            raise self._explain(error) from None

    def warn(self, db: Database) -> None:
        """Log what `begin` would raise, for who only reads."""
        try:
            self.check(db)
        except LedgerError as error:
            log.warning("%s; %s", error.message, error.hint)

    def check(self, db: Database) -> bool:
        """Whether the file is there. Raises what `begin` would raise, and writes nothing."""
        try:
            newest = self._read()
        except OSError as error:
            raise self._explain(error) from None
        if newest is None:
            return False
        with db.reading() as tx:
            self._compare(tx, newest)
        return True

    def _read(self) -> _Mark | None:
        try:
            ledger_id, number = json.loads(self.path.read_bytes())
            return _Mark(str(ledger_id), int(number))
        except FileNotFoundError:
            return None
        except (ValueError, TypeError):
            raise LedgerError(
                f"{self.path}: this file is damaged: it cannot tell whether the ledger is the newest one",
                hint="if you are sure that it is, remove this file, then run again",
            ) from None

    def _compare(self, tx: sqlite3.Connection, newest: _Mark) -> None:
        mark = _read_mark(tx)
        if mark is None:
            raise self._miss_ledger()
        if mark.ledger_id != newest.ledger_id:
            raise LedgerError(
                f"{self._ledger}: this is another ledger than the one that was here before",
                hint=f"bring that one back: this one may buy again what it bought; if you mean it, remove {self.path}",
            )
        if mark.number < newest.number:
            raise LedgerError(
                f"{self._ledger}: this ledger is an old copy of itself: what was bought since would be bought again",
                hint=f"bring the newest one back; if it is lost, see docs/ledger.md before you remove {self.path}",
            )

    def _miss_ledger(self) -> LedgerError:
        return LedgerError(
            f"{self._ledger}: the ledger is missing: an empty one would buy everything again",
            hint=f"bring it back, or restore a backup; if you mean to start anew, remove {self.path}",
        )

    def _explain(self, error: OSError | Timeout) -> LedgerError:
        hint = "nothing is bought without it: see its folder, its rights and its disk"
        if disk.is_full(error):
            return DiskFullError(f"{self.path}: the disk is full", hint="free some space, then run again")
        if isinstance(error, Timeout):
            return LedgerError(f"{self.path}: another process holds it", hint="let it end, then run again")
        return LedgerError(f"{self.path}: cannot be used ({error.strerror})", hint=hint)


def _raise_number(tx: sqlite3.Connection, *, is_doubtful: bool) -> _Mark:
    ledger_id = name_ledger(tx)
    before = _read_mark(tx)
    number = before.number + 1 if before else 1
    if is_doubtful and number > 1:
        newest = tx.execute("SELECT coalesce(max(id), 0) FROM attempt").fetchone()[0]
        _store(tx, "copied_attempts", newest)
        _forget_what_was_seen(tx)
    _store(tx, "generation", number)
    return _Mark(ledger_id, number)


def _forget_what_was_seen(tx: sqlite3.Connection) -> None:
    """What was bought since, only the sinks can tell: every source is read, and every sink asked, once more."""
    tx.execute("UPDATE sync SET fingerprint = '', cursor = NULL")
    tx.execute("UPDATE sink SET examined = NULL")


def _read_mark(tx: sqlite3.Connection) -> _Mark | None:
    found = dict(tx.execute("SELECT key, value FROM meta WHERE key IN ('ledger_id', 'generation')").fetchall())
    return _Mark(found["ledger_id"], int(found.get("generation", 0))) if "ledger_id" in found else None


def _store(tx: sqlite3.Connection, key: str, value: int) -> None:
    statement = "INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value"
    tx.execute(statement, (key, str(value)))
