"""Looks through a whole ledger for what must never be. Not a byte changes."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ..errors import LedgerError
from .database import BUSY_SECONDS, Database, check_shape, explain, has_our_shape
from .generation import Generation
from .inbox import locate_inbox
from .read_only import connect_read_only
from .shape import is_older
from .spooled import find_missing, locate_spool, read_spool

_RESTORE = "keep this file, restore a backup beside it, and see docs/ledger.md before anything is bought again"
_REPORT = "buy nothing with it (`upscale-connect pause --all`), keep a copy, and report this as a bug"
_MOVE_INBOX = "move it away: callbacks that came in are lost, messages are not, because requests are asked for anyway"


@dataclass(frozen=True, slots=True)
class LedgerFinding:
    """`level` `error`: the ledger must not be trusted with money."""

    level: Literal["ok", "warning", "error"]
    message: str
    hint: str = ""


_OLDER = LedgerFinding(
    "warning",
    "it was last used by an older upscale-connect: only the file itself was looked at",
    "the next run makes a backup and brings it to the newer shape; then look again",
)


@dataclass(frozen=True, slots=True)
class Rule:
    """What must never be, what it would mean, and a query for the ids of the rows that are so."""

    what: str
    meaning: str
    query: str


RULES = (
    Rule(
        "purchase keys that are there twice",
        "these messages may have been paid for twice",
        "SELECT min(id) FROM purchase WHERE state <> 'refused'"
        " GROUP BY campaign_id, lead_id, type, revision HAVING count(*) > 1",
    ),
    Rule(
        "purchases in a batch of another campaign",
        "their messages may come for somebody else",
        "SELECT p.id FROM purchase p JOIN batch b ON b.id = p.batch_id WHERE p.campaign_id <> b.campaign_id",
    ),
    Rule(
        "messages that nothing will bring any more",
        "they wait for an answer that nobody asks for",
        "SELECT p.id FROM purchase p WHERE p.state = 'pending' AND NOT EXISTS (SELECT 1 FROM attempt a"
        " WHERE a.batch_id = p.batch_id AND a.state IN ('prepared', 'submitting', 'accepted', 'in_doubt'))",
    ),
    Rule(
        "messages without a text",
        "what was paid for is lost",
        "SELECT id FROM purchase WHERE state = 'ready' AND text IS NULL AND purged_at IS NULL",
    ),
    Rule(
        "batches that no attempt was made for",
        "nothing tells whether they were sent",
        "SELECT id FROM batch WHERE id NOT IN (SELECT batch_id FROM attempt UNION"
        " SELECT batch_id FROM purchase WHERE adopted IS NOT NULL AND batch_id IS NOT NULL)",
    ),
    Rule(
        "batches that two attempts are sending",
        "they may be paid for twice",
        "SELECT batch_id FROM attempt WHERE state IN ('prepared', 'submitting') GROUP BY batch_id HAVING count(*) > 1",
    ),
    Rule(
        "accepted attempts without a request id",
        "their messages cannot be fetched",
        "SELECT id FROM attempt WHERE state IN ('accepted', 'complete') AND secure_request_id IS NULL",
    ),
    Rule(
        "attempts that were refused or never sent, and have a request id",
        "what they bought would be bought again",
        "SELECT id FROM attempt WHERE state IN ('prepared', 'submitting', 'refused') AND secure_request_id IS NOT NULL",
    ),
    Rule(
        "request ids that two attempts have",
        "one of the two has the messages of the other",
        "SELECT min(id) FROM attempt WHERE secure_request_id IS NOT NULL"
        " GROUP BY lower(secure_request_id) HAVING count(*) > 1",
    ),
    Rule(
        "attempts without the time when they were sent",
        "they are missing in the limit of a day",
        "SELECT id FROM attempt WHERE state IN ('submitting', 'accepted', 'complete', 'in_doubt')"
        " AND sent_at IS NULL AND cause IS NOT 'old copy'",
    ),
    Rule(
        "leads that a sink has messages of, and that have none",
        "it is not known any more what stands there",
        "SELECT d.lead_id FROM delivery d WHERE d.state IN ('written', 'unchanged') AND NOT EXISTS (SELECT 1"
        # The second condition is the one of the index, which SQLite uses only where it is said in these words.
        " FROM purchase p WHERE p.campaign_id = d.campaign_id AND p.lead_id = d.lead_id AND p.state = 'ready'"
        " AND p.state <> 'refused')",
    ),
)


def verify(ledger: Path, *, is_copy: bool = False) -> Iterator[LedgerFinding]:
    """All there is to say about a ledger and the files beside it. Raises LedgerError if it cannot be opened at all.

    `is_copy`: it is a backup, of which nobody expects that it is the newest.
    """
    if not ledger.is_file() or not ledger.stat().st_size:
        raise LedgerError(f"{ledger}: there is no ledger here", hint="the first `upscale-connect sync` makes it")
    try:
        with connect_read_only(ledger, BUSY_SECONDS) as connection:
            check_shape(connection, ledger, read_only=False)
            yield from _check_ledger(Database(connection), ledger, is_copy=is_copy)
    except (sqlite3.Error, UnicodeDecodeError) as error:
        explained = explain(error)
        raise LedgerError(f"{ledger}: {explained.message}", hint=explained.hint) from None
    yield from _check_inbox(locate_inbox(ledger))


def _check_ledger(db: Database, ledger: Path, *, is_copy: bool) -> Iterator[LedgerFinding]:
    try:
        yield from _check_file(db)
        yield from _check_settings(db)
        if is_older(db.connection):
            yield _OLDER
        else:
            yield from _check_rules(db)
        if not is_copy:
            yield _check_generation(db, Generation(ledger))
        yield from _check_spool(db, locate_spool(ledger))
    except LedgerError as error:  # a damaged page was met on the way
        yield LedgerFinding("error", error.message, _RESTORE)


def _check_file(db: Database) -> Iterator[LedgerFinding]:
    with db.reading() as tx:
        problems = [row[0] for row in tx.execute("PRAGMA integrity_check(10)") if row[0] != "ok"]
        orphans = tx.execute("PRAGMA foreign_key_check").fetchall()
        if not is_older(tx) and not has_our_shape(tx):
            problems.append("its tables or indexes are not those that a ledger has")
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


def _check_rules(db: Database) -> Iterator[LedgerFinding]:
    count = 0
    with db.reading() as tx:
        for rule in RULES:
            ids = [str(row[0]) for row in tx.execute(f"{rule.query} LIMIT 11")]
            if ids:
                count += 1
                shown = ", ".join(ids[:10]) + (" and more" if len(ids) > 10 else "")
                yield LedgerFinding("error", f"{rule.what}: {shown}; {rule.meaning}", _REPORT)
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
        with connect_read_only(inbox) as db:
            problems = [row[0] for row in db.execute("PRAGMA integrity_check(10)") if row[0] != "ok"]
            unread = db.execute("SELECT count(*) FROM callback WHERE read_at IS NULL").fetchone()[0]
    except sqlite3.Error as error:
        problems, unread = [getattr(error, "sqlite_errorname", "") or "it cannot be read"], 0
    for problem in problems:
        yield LedgerFinding("error", f"{inbox} is damaged: {problem}", _MOVE_INBOX)
    if not problems:
        yield LedgerFinding("ok", f"the inbox is whole; {unread} callbacks wait to be used")


def _check_spool(db: Database, spool: Path) -> Iterator[LedgerFinding]:
    try:
        with db.reading() as tx:
            missing = find_missing(tx, read_spool(spool))
    except OSError as error:
        yield LedgerFinding("error", f"{spool} cannot be read ({error.strerror})", "see its rights")
        return
    if missing:
        message = f"{spool} holds {len(missing)} ids of paid requests that the ledger does not have yet"
        yield LedgerFinding("warning", message, "`upscale-connect collect` takes them over; do not remove the file")
