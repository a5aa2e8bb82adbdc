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
from .read_only import connect_read_only
from .spooled import find_missing, locate_spool, read_spool

_DAMAGED = "keep the backups that you have, and see `upscale-connect ledger verify`"


def name_backup(ledger: Path, at: datetime) -> Path:
    """`upscale-connect.2026-11-25T101231Z.backup.db` beside the ledger: sorted by time, and no ledger's own name."""
    return ledger.with_name(f"{ledger.stem}.{at:%Y-%m-%dT%H%M%SZ}.backup{ledger.suffix}")


def find_backups(ledger: Path) -> list[Path]:
    """The copies of a ledger that lie beside it: those of `name_backup`, those made before a migration, and drafts."""
    folder = ledger.parent
    patterns = (f"{ledger.stem}.*.backup{ledger.suffix}", f"{ledger.name}.v*.backup")
    found = [path for pattern in patterns for end in ("", ".part") for path in folder.glob(pattern + end)]
    return sorted({path for path in found if path.is_file()})


def back_up(ledger: Path, target: Path) -> list[Path]:
    """Copy the ledger, the callbacks in its inbox, and its spool. Returns the files that were made.

    SQLite's own backup reads one state of the database, whatever is written meanwhile. Raises UsageError if a file
    of that name is there, LedgerError if there is no ledger, if it is damaged, or if the copy cannot be written; then
    nothing is left.
    """
    if not ledger.is_file():
        raise LedgerError(f"{ledger}: there is no ledger here", hint="the first `upscale-connect sync` makes it")
    copies = [target, locate_inbox(target), locate_spool(target)]
    if taken := next((copy for copy in copies if copy.exists()), None):
        raise UsageError(f"{taken} exists already", hint="name another file; a backup replaces nothing")
    drafts = {copy: copy.with_name(f"{copy.name}.part") for copy in copies}
    try:
        made = _draft(ledger, *drafts.values())
        # The ledger last: where its copy is, all of it is.
        done = [copy for copy, draft in drafts.items() if draft in made]
        for copy in reversed(done):
            disk.put(drafts[copy], copy)
    except (OSError, sqlite3.Error) as error:
        raise _explain(error, target) from None
    finally:
        for draft in drafts.values():
            draft.unlink(missing_ok=True)
    return done


def _draft(ledger: Path, target: Path, inbox_copy: Path, spool_copy: Path) -> list[Path]:
    """Copy what there is. The ledger last: what it knows already may also wait beside it, but nothing is in neither."""
    made = []
    if (inbox := locate_inbox(ledger)).exists():
        _make_anew(inbox_copy)
        copy_database(inbox, inbox_copy)
        made.append(inbox_copy)
    spooled = read_spool(spool := locate_spool(ledger))
    _make_anew(target)
    copy_database(ledger, target)
    # An id that comes meanwhile is spooled before the ledger has it; a run that begins meanwhile empties the spool.
    later = read_spool(spool)
    spooled = later if later.startswith(spooled) else spooled + b"\n" + later
    with connect_read_only(target) as copied:
        missing = find_missing(copied, spooled)
    if missing:
        disk.replace(spool_copy, spooled)
        made.append(spool_copy)
    return [target, *made]


def _make_anew(draft: Path) -> None:
    """A private file without content; a backup that was killed may have left one."""
    os.close(os.open(draft, os.O_CREAT | os.O_RDWR | os.O_TRUNC, 0o600))


def copy_database(source: Path, copy: Path) -> None:
    """Into an empty file; durable on return. Raises OSError, sqlite3.Error, and LedgerError for a damaged database:
    its copy might take the place of a whole one.
    """
    with closing(sqlite3.connect(source)) as reader, closing(sqlite3.connect(copy)) as writer:
        reader.backup(writer)
        is_whole = writer.execute("PRAGMA integrity_check(1)").fetchone() == ("ok",)
    if not is_whole:
        raise LedgerError(f"{source}: it is damaged, so no backup was made", hint=_DAMAGED)
    disk.sync(copy)


def _explain(error: Exception, target: Path) -> LedgerError:
    name = getattr(error, "sqlite_errorname", "")
    if isinstance(error, OSError | sqlite3.Error) and disk.is_full(error):
        hint = "free some space, or name a file elsewhere"
        return DiskFullError(f"{target}: the disk is full; no backup was made", hint=hint)
    if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
        return LedgerError(f"{target}: no backup was made: the ledger is damaged", hint=_DAMAGED)
    reason = error.strerror if isinstance(error, OSError) else name
    return LedgerError(f"{target}: no backup was made ({reason})", hint="see its folder and its rights")
