"""Looks through a whole ledger for what must never be. Writes nothing."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from ..errors import LedgerError
from .database import Database, open_database
from .generation import Generation
from .inbox import locate_inbox
from .spooled import find_missing, locate_spool

_RESTORE = "keep this file, restore a backup beside it, and see docs/ledger.md before anything is bought again"
_REPORT = "buy nothing with it; report this, with these lines, as a bug"

#: What must never be → a query for the ids of rows that are so.
_NEVER = {
    "purchase keys that are there twice": "SELECT min(id) FROM purchase WHERE state <> 'refused'"
    " GROUP BY campaign_id, lead_id, type, revision HAVING count(*) > 1",
    "accepted attempts without a request id": "SELECT id FROM attempt WHERE state IN ('accepted', 'complete')"
    " AND secure_request_id IS NULL",
    "attempts that were refused or never sent, and have a request id": "SELECT id FROM attempt WHERE state IN"
    " ('prepared', 'submitting', 'refused') AND secure_request_id IS NOT NULL",
    "request ids that two attempts have": "SELECT min(id) FROM attempt WHERE secure_request_id IS NOT NULL"
    " GROUP BY lower(secure_request_id) HAVING count(*) > 1",
    "attempts without the time when they were sent": "SELECT id FROM attempt WHERE state IN"
    " ('submitting', 'accepted', 'complete', 'in_doubt') AND sent_at IS NULL AND cause IS NOT 'old copy'",
    "batches that two attempts are sending": "SELECT batch_id FROM attempt WHERE state IN ('prepared', 'submitting')"
    " GROUP BY batch_id HAVING count(*) > 1",
    "messages that nothing will bring any more": "SELECT p.id FROM purchase p WHERE p.state = 'pending' AND NOT EXISTS"
    " (SELECT 1 FROM attempt a WHERE a.batch_id = p.batch_id"
    " AND a.state IN ('prepared', 'submitting', 'accepted', 'in_doubt'))",
    "messages without a text": "SELECT id FROM purchase WHERE state = 'ready' AND text IS NULL",
}


@dataclass(frozen=True, slots=True)
class LedgerFinding:
    """`level` `error`: the ledger must not be trusted with money."""

    level: Literal["ok", "warning", "error"]
    message: str
    hint: str = ""


def verify(ledger: Path) -> Iterator[LedgerFinding]:
    """All there is to say about a ledger and the files beside it. Raises LedgerError if it cannot be opened at all."""
    if not ledger.is_file():
        raise LedgerError(f"{ledger}: there is no ledger here", hint="the first `upscale-connect sync` makes it")
    db = open_database(ledger, read_only=True)
    try:
        yield from _check_file(db)
        yield from _check_settings(db)
        yield from _check_states(db)
        yield _check_generation(db, Generation(ledger))
        yield from _check_spool(db, locate_spool(ledger))
    except LedgerError as error:  # a damaged page was met on the way
        yield LedgerFinding("error", error.message, _RESTORE)
    finally:
        db.close()
    yield from _check_inbox(locate_inbox(ledger))


def _check_file(db: Database) -> Iterator[LedgerFinding]:
    with db.reading() as tx:
        problems = [row[0] for row in tx.execute("PRAGMA integrity_check(10)") if row[0] != "ok"]
        orphans = tx.execute("PRAGMA foreign_key_check").fetchall()
    for problem in problems:
        yield LedgerFinding("error", f"the file is damaged: {problem}", _RESTORE)
    for table, row, parent, _ in orphans[:10]:
        yield LedgerFinding("error", f"row {row} of {table} names a row of {parent} that is not there", _RESTORE)
    if not problems and not orphans:
        yield LedgerFinding("ok", "the file is whole")


def _check_settings(db: Database) -> Iterator[LedgerFinding]:
    """What durability rests on. `synchronous` belongs to a connection: it is set as a run would, and read back."""
    with db.reading() as tx:
        journal = tx.execute("PRAGMA journal_mode").fetchone()[0]
        tx.execute("PRAGMA synchronous = FULL")
        synchronous = tx.execute("PRAGMA synchronous").fetchone()[0]
    if (journal, synchronous) == ("wal", 2):
        yield LedgerFinding("ok", "SQLite keeps its promises here (journal wal, synchronous full)")
    else:
        message = f"SQLite does not keep its promises here (journal {journal}, synchronous {synchronous})"
        yield LedgerFinding("error", message, "put the ledger on a local disk; the next run sets this again")


def _check_states(db: Database) -> Iterator[LedgerFinding]:
    count = 0
    with db.reading() as tx:
        for title, query in _NEVER.items():
            ids = [str(row[0]) for row in tx.execute(f"{query} LIMIT 11")]
            if ids:
                count += 1
                shown = ", ".join(ids[:10]) + (" and more" if len(ids) > 10 else "")
                yield LedgerFinding("error", f"{title}: {shown}", _REPORT)
        purchases = tx.execute("SELECT count(*) FROM purchase").fetchone()[0]
        attempts = tx.execute("SELECT count(*) FROM attempt").fetchone()[0]
    if not count:
        yield LedgerFinding("ok", f"{purchases} purchases and {attempts} attempts agree with each other")


def _check_generation(db: Database, generation: Generation) -> LedgerFinding:
    try:
        if generation.check(db):
            return LedgerFinding("ok", "it is the newest ledger that was used here")
    except LedgerError as error:
        return LedgerFinding("error", error.message, error.hint)
    hint = "the next run makes it; until then an old copy cannot be told from the newest ledger"
    return LedgerFinding("warning", f"{generation.path} is not there", hint)


def _check_inbox(inbox: Path) -> Iterator[LedgerFinding]:
    if not inbox.exists():
        return
    try:
        with closing(sqlite3.connect(f"file:{quote(str(inbox.absolute()))}?mode=ro", uri=True)) as db:
            problems = [row[0] for row in db.execute("PRAGMA integrity_check(10)") if row[0] != "ok"]
            unread = db.execute("SELECT count(*) FROM callback WHERE read_at IS NULL").fetchone()[0]
    except sqlite3.Error as error:
        problems, unread = [getattr(error, "sqlite_errorname", "") or "it cannot be read"], 0
    for problem in problems:
        hint = "move it away: callbacks that came in are lost, the messages are not, because they are asked for anyway"
        yield LedgerFinding("error", f"{inbox} is damaged: {problem}", hint)
    if not problems:
        yield LedgerFinding("ok", f"the inbox is whole; {unread} callbacks wait to be used")


def _check_spool(db: Database, spool: Path) -> Iterator[LedgerFinding]:
    try:
        with db.reading() as tx:
            missing = find_missing(tx, spool)
    except OSError as error:
        yield LedgerFinding("error", f"{spool} cannot be read ({error.strerror})", "see its rights")
        return
    if missing:
        message = f"{spool} holds {len(missing)} ids of paid requests that the ledger does not have yet"
        yield LedgerFinding("warning", message, "`upscale-connect collect` takes them over; do not remove the file")
