"""The spool: a second home for the ids of paid requests, until the ledger has them for certain.

A text file beside the ledger. The first line names the ledger, each other one is `CRC-32 [attempt id, run id,
secure_request_id, time]`, the list in JSON. An attempt is meant only if its id and its run agree: a ledger that
was restored from an old copy counts its attempts anew.
"""

from __future__ import annotations

import itertools
import json
import sqlite3
import zlib
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from filelock import Timeout

from ..errors import DiskFullError, LedgerError
from . import disk
from .attempts import accept
from .database import Database
from .spooled import SpooledReceipt, locate_spool, parse_receipts
from .times import to_text
from .values import AttemptState

#: States in which an attempt may be without the id that the API gave it.
_WITHOUT_ID: tuple[AttemptState, ...] = ("prepared", "submitting", "in_doubt", "dropped")


@dataclass(slots=True)
class SpoolImport:
    """What the spool brought: attempts that were accepted by it, and request ids that fit no attempt."""

    taken: int = 0
    unknown: list[str] = field(default_factory=list)


class Spool:
    """The file. Its methods raise LedgerError if it cannot be used."""

    def __init__(self, ledger: Path, ledger_id: str) -> None:
        self.path = locate_spool(ledger)
        self.lock = disk.lock_beside(self.path)
        self._first = f"upscale-connect spool of ledger {ledger_id}\n".encode()

    def append(self, attempt_id: int, run_id: str, secure_request_id: str, at: datetime) -> None:
        """Durable on return; safe among threads and processes. Needs nothing of the ledger."""
        content = json.dumps([attempt_id, run_id, secure_request_id, to_text(at)]).encode()
        # A line of its own whatever was torn before it.
        line = b"\n%08x %s\n" % (zlib.crc32(content), content)
        try:
            with disk.lock_beside(self.path):
                first = b"" if self._is_ours() else self._first
                disk.append(self.path, first + line)
        except (OSError, Timeout) as error:
            raise self.explain(error) from None

    def read(self) -> list[SpooledReceipt]:
        """All whole lines, in order. The lock must be held."""
        try:
            if not self._is_ours():
                return []
            return parse_receipts(self.path.read_bytes())
        except OSError as error:
            raise self.explain(error) from None

    def empty(self) -> None:
        """The lock must be held, and all that `read` gave must be in the ledger."""
        try:
            disk.empty(self.path)
        except OSError as error:
            raise self.explain(error) from None

    def _is_ours(self) -> bool:
        """Whether there are lines of this ledger; those of another one are put aside, never thrown away."""
        try:
            with self.path.open("rb") as file:
                first = file.readline(200)
        except FileNotFoundError:
            return False
        if first and first != self._first:
            self.path.rename(self._find_name())
            disk.sync_folder(self.path.parent)
            return False
        return bool(first)

    def _find_name(self) -> Path:
        names = (self.path.with_name(f"{self.path.name}.{number}") for number in itertools.count(1))
        return next(name for name in names if not name.exists())

    def explain(self, error: OSError | Timeout) -> LedgerError:
        if disk.is_full(error):
            return DiskFullError(f"{self.path}: the disk is full", hint="free some space, then run again")
        reason = "locked by another process" if isinstance(error, Timeout) else (error.strerror or "unknown reason")
        return LedgerError(
            f"{self.path}: the spool cannot be used ({reason})", hint="see its folder, its rights and its disk"
        )


class SpoolTables:
    """The part of the ledger that takes over what a run could spool, but not store."""

    db: Database
    spool: Spool

    def import_spool(self, sync_id: int, run_id: str, at: datetime) -> SpoolImport:
        """Give attempts of a sync the ids that the API gave them; an id, once known, wins over any doubt.

        Only the holder of the sync's lock may call it, and before `recover`. Lines of other syncs stay. The spool is
        emptied when the ledger has all of it.
        """
        result = SpoolImport()
        if not self.spool.path.exists():
            return result
        try:
            with disk.lock_beside(self.spool.path):
                receipts = self.spool.read()
                if not receipts:
                    return result
                with self.db.transaction() as tx:
                    stored = [_take(tx, receipt, sync_id, run_id, at, result) for receipt in receipts]
                if all(stored):
                    self.spool.empty()
        except Timeout as error:
            raise self.spool.explain(error) from None
        return result


def _take(
    tx: sqlite3.Connection, receipt: SpooledReceipt, sync_id: int, run_id: str, at: datetime, result: SpoolImport
) -> bool:
    """Whether the ledger has this id now."""
    number, request_id = receipt.attempt_id, receipt.secure_request_id
    query = (
        "SELECT b.sync_id, a.state, a.secure_request_id FROM attempt a JOIN batch b ON b.id = a.batch_id"
        " WHERE a.id = ? AND a.run_id = ?"
    )
    owner, state, known = tx.execute(query, (number, receipt.run_id)).fetchone() or (None, "", None)
    if known == request_id:
        return True
    taken = tx.execute("SELECT 1 FROM attempt WHERE secure_request_id = ?", (request_id,)).fetchone()
    if taken or known is not None or state not in _WITHOUT_ID:
        result.unknown.append(request_id)
        return False
    if owner != sync_id:
        return False
    accept(tx, number, run_id, at, request_id, at, _WITHOUT_ID)
    result.taken += 1
    return True
