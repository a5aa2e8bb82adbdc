"""Copies of the ledger: whole, durable and private, also while a run writes."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path

from ..errors import DiskFullError, LedgerError, UsageError
from . import disk
from .inbox import locate_inbox
from .spooled import find_missing, locate_spool


def name_backup(ledger: Path, at: datetime) -> Path:
    """`upscale-connect.2026-11-25T101231Z.backup.db` beside the ledger: sorted by time, and no ledger's own name."""
    return ledger.with_name(f"{ledger.stem}.{at:%Y-%m-%dT%H%M%SZ}.backup{ledger.suffix}")


def back_up(ledger: Path, target: Path) -> list[Path]:
    """Copy the ledger, the callbacks that wait in its inbox, and its spool. Returns the files that were made.

    SQLite's own backup reads one state of the database, whatever is written meanwhile. Raises UsageError if a file
    of that name is there, LedgerError if there is no ledger or the copy cannot be written; then nothing is left.
    """
    if not ledger.is_file():
        raise LedgerError(f"{ledger}: there is no ledger here", hint="the first `upscale-connect sync` makes it")
    inbox, spool = locate_inbox(ledger), locate_spool(ledger)
    copies = [target, locate_inbox(target), locate_spool(target)]
    if taken := next((copy for copy in copies if copy.exists()), None):
        raise UsageError(f"{taken} exists already", hint="name another file; a backup replaces nothing")
    made: list[Path] = []
    try:
        for source, copy in zip((ledger, inbox), copies, strict=False):
            if source.exists():
                os.close(os.open(copy, os.O_CREAT | os.O_RDWR | os.O_EXCL, 0o600))
                made.append(copy)
                copy_database(source, copy)
        with closing(sqlite3.connect(target)) as copied:
            missing = find_missing(copied, spool)
        if missing:
            made.append(copies[2])
            disk.replace(copies[2], spool.read_bytes())
    except (OSError, sqlite3.Error) as error:
        for copy in made:
            copy.unlink(missing_ok=True)
        raise _explain(error, target) from None
    return made


def copy_database(source: Path, copy: Path) -> None:
    """Into a file that is there already; durable on return. Raises OSError or sqlite3.Error."""
    with closing(sqlite3.connect(source)) as reader, closing(sqlite3.connect(copy)) as writer:
        reader.backup(writer)
    disk.sync(copy)


def _explain(error: Exception, target: Path) -> LedgerError:
    name = getattr(error, "sqlite_errorname", "")
    if name.startswith("SQLITE_FULL") or (isinstance(error, OSError) and disk.is_full(error)):
        hint = "free some space, or name a file elsewhere"
        return DiskFullError(f"{target}: the disk is full; no backup was made", hint=hint)
    if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
        hint = "see `upscale-connect ledger verify`"
        return LedgerError(f"{target}: no backup was made: the ledger is damaged", hint=hint)
    reason = error.strerror if isinstance(error, OSError) else name
    return LedgerError(f"{target}: no backup was made ({reason})", hint="see its folder and its rights")
