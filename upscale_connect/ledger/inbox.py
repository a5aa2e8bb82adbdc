"""The inbox: callbacks as they came in, in a file of their own: no long write of the ledger delays an answer."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Literal, Self, TypeAlias

from ..errors import LedgerError
from .folder import check_place
from .times import to_text

#: One callback token may bring this many different request ids: more are somebody's game with a leaked token.
MAX_IDS = 100
#: Longest texts that are kept of a callback, in characters.
MAX_ID = 128
MAX_TEXT = 64
#: Counts above this are no counts.
MAX_COUNT = 1_000_000_000
#: The status that says a request is done. Any other one is kept, and only makes us ask sooner.
COMPLETE = "complete"
#: SQLite waits this long for another writer of the inbox.
BUSY_SECONDS = 5
#: Repeats are counted up to here; then a repeat costs no write any more.
MAX_REPEATS = 1000

#: `full`: the token brought `MAX_IDS` ids before, so this one is not kept.
Kept: TypeAlias = Literal["new", "repeated", "full"]
#: Status, time of completion, requested and generated count.
_Told: TypeAlias = "tuple[str, str, int | None, int | None]"

_SCHEMA = f"""
CREATE TABLE IF NOT EXISTS callback (
    token_hash        BLOB NOT NULL CHECK (length(token_hash) = 32),
    secure_request_id TEXT NOT NULL CHECK (length(secure_request_id) BETWEEN 1 AND {MAX_ID}),
    status            TEXT NOT NULL CHECK (length(status) <= {MAX_TEXT}),
    completed_at      TEXT NOT NULL CHECK (length(completed_at) <= {MAX_TEXT}),
    requested         INTEGER,
    generated         INTEGER,
    received_at       TEXT NOT NULL,
    repeats           INTEGER NOT NULL DEFAULT 0,
    asked_at          TEXT,
    unclear           INTEGER NOT NULL DEFAULT 0,
    read_at           TEXT,
    outcome           TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (token_hash, secure_request_id)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS callback_unread ON callback (received_at) WHERE read_at IS NULL;
CREATE INDEX IF NOT EXISTS callback_asked ON callback (asked_at) WHERE asked_at IS NOT NULL;
"""


@dataclass(frozen=True, slots=True)
class Callback:
    """A callback as it was told, not believed. Times are UTC text; `requested` and `generated` are its counts.

    `asked_at`: when the API was last asked because of it. `unclear`: how many answers decided nothing.
    """

    token_hash: bytes
    secure_request_id: str
    status: str
    completed_at: str
    requested: int | None
    generated: int | None
    received_at: str
    repeats: int
    asked_at: str | None
    unclear: int

    @property
    def says_complete(self) -> bool:
        return self.status == COMPLETE


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a callback. `others`: different ids that the same token brought before."""

    kept: Kept
    others: tuple[str, ...] = ()


class Inbox:
    """Callbacks by token hash and request id; the token itself never comes here.

    Safe to use from several threads and processes. What `put` took is on the disk when it returns. All methods
    raise LedgerError if the file cannot be used.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._db = connection
        self._path = path
        self._lock = threading.Lock()

    @classmethod
    def open(cls, ledger: Path, *, force: bool = False) -> Self:
        """The inbox of a ledger, made if need be. `force`: also in a folder that a cloud drive syncs."""
        path = locate_inbox(ledger)
        check_place(path, force=force)
        _make_file(path)
        connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        inbox = cls(connection, path)
        try:
            inbox._prepare()
        except BaseException:
            connection.close()
            raise
        return inbox

    def _prepare(self) -> None:
        with self._use() as db:
            journal = db.execute("PRAGMA journal_mode = WAL").fetchone()[0]
            db.execute("PRAGMA synchronous = FULL")
            if journal != "wal" or db.execute("PRAGMA synchronous").fetchone()[0] != 2:
                raise LedgerError(f"{self._path}: SQLite cannot keep it durably here", hint="use a local disk")
            for statement in _SCHEMA.split(";\n"):
                db.execute(statement)

    def put(
        self,
        token_hash: bytes,
        secure_request_id: str,
        status: str,
        completed_at: str,
        requested: int | None,
        generated: int | None,
        received_at: datetime,
    ) -> Receipt:
        """Keep a callback, durably (write W5). One that was there is counted.

        One that was there and now says that the request is complete, for the first time, is unread again.
        """
        key = (token_hash, secure_request_id)
        values = (status[:MAX_TEXT], completed_at[:MAX_TEXT], _count(requested), _count(generated))
        with self._writing() as db:
            known = {
                row[0]: (row[1], row[2])
                for row in db.execute(
                    "SELECT secure_request_id, status, repeats FROM callback WHERE token_hash = ?", (token_hash,)
                )
            }
            others = tuple(one for one in known if one != secure_request_id)
            if secure_request_id in known:
                self._repeat(db, key, values, *known[secure_request_id])
                return Receipt("repeated", others)
            if len(known) >= MAX_IDS:
                return Receipt("full", others)
            db.execute(
                "INSERT INTO callback (token_hash, secure_request_id, status, completed_at, requested, generated,"
                " received_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
                (*key, *values, to_text(received_at)),
            )
        return Receipt("new", others)

    def _repeat(self, db: sqlite3.Connection, key: tuple[bytes, str], values: _Told, status: str, repeats: int) -> None:
        if values[0] == COMPLETE != status:
            db.execute(
                "UPDATE callback SET status = ?, completed_at = ?, requested = ?, generated = ?, read_at = NULL,"
                " outcome = '', unclear = 0, repeats = repeats + 1 WHERE token_hash = ? AND secure_request_id = ?",
                (*values, *key),
            )
        elif repeats < MAX_REPEATS:
            db.execute("UPDATE callback SET repeats = repeats + 1 WHERE token_hash = ? AND secure_request_id = ?", key)

    def unread(self) -> list[Callback]:
        """What was not used yet: first what the API was never asked about, the oldest first.

        So callbacks that the API gives no clear answer about never keep the others waiting.
        """
        with self._use() as db:
            rows = db.execute(
                "SELECT token_hash, secure_request_id, status, completed_at, requested, generated, received_at,"
                " repeats, asked_at, unclear FROM callback WHERE read_at IS NULL"
                " ORDER BY asked_at IS NOT NULL, asked_at, received_at, token_hash, secure_request_id"
            ).fetchall()
        return [Callback(*row) for row in rows]

    def mark_read(self, callback: Callback, at: datetime, outcome: str) -> None:
        """It was used, or is of no use; `outcome` says for people which.

        A callback that has changed since it was read stays unread.
        """
        with self._use() as db:
            db.execute(
                "UPDATE callback SET read_at = ?, outcome = ? WHERE token_hash = ? AND secure_request_id = ?"
                " AND status = ?",
                (to_text(at), outcome, callback.token_hash, callback.secure_request_id, callback.status),
            )

    def mark_all_unread(self) -> None:
        """Use everything once more: this ledger may be an old copy, which does not know what came of it."""
        with self._use() as db:
            db.execute("UPDATE callback SET read_at = NULL, outcome = '', unclear = 0 WHERE read_at IS NOT NULL")

    def mark_asked(self, callback: Callback, at: datetime) -> None:
        """The API is asked about it now, because of this callback alone."""
        with self._use() as db:
            db.execute(
                "UPDATE callback SET asked_at = ? WHERE token_hash = ? AND secure_request_id = ?",
                (to_text(at), callback.token_hash, callback.secure_request_id),
            )

    def mark_unclear(self, callback: Callback) -> None:
        """The API was asked, and its answer decided nothing."""
        with self._use() as db:
            db.execute(
                "UPDATE callback SET unclear = unclear + 1 WHERE token_hash = ? AND secure_request_id = ?",
                (callback.token_hash, callback.secure_request_id),
            )

    def count_asked(self, at: datetime, *, within: timedelta) -> int:
        """For how many callbacks the API was asked, by any process, in the time before `at`."""
        with self._use() as db:
            query = "SELECT count(*) FROM callback WHERE asked_at > ? AND asked_at <= ?"
            return int(db.execute(query, (to_text(at - within), to_text(at))).fetchone()[0])

    def outcomes(self, token_hash: bytes) -> dict[str, str]:
        """Request id → what became of it, "" while unread, for all that one token brought."""
        with self._use() as db:
            query = "SELECT secure_request_id, outcome FROM callback WHERE token_hash = ? ORDER BY received_at"
            return dict(db.execute(query, (token_hash,)).fetchall())

    def version(self) -> int:
        """A number that changes when somebody else wrote to the inbox; cheap enough to ask five times a second."""
        with self._use() as db:
            return int(db.execute("PRAGMA data_version").fetchone()[0])

    def check(self) -> None:
        """Raises LedgerError unless the inbox can be written now."""
        with self._writing():
            pass

    def close(self) -> None:
        with self._lock:
            self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @contextmanager
    def _use(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            try:
                yield self._db
            except sqlite3.Error as error:
                name = getattr(error, "sqlite_errorname", type(error).__name__)
                raise LedgerError(
                    f"{self._path}: the inbox cannot be used ({name})",
                    hint="see its disk and its rights; requests are still asked for, so no message is lost",
                ) from None

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._use() as db:
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
                db.execute("COMMIT")
            finally:
                if db.in_transaction:
                    db.execute("ROLLBACK")


def locate_inbox(ledger: Path) -> Path:
    """Where the inbox of a ledger lies: beside it."""
    return ledger.with_name(f"{ledger.name}.inbox")


def _make_file(path: Path) -> None:
    """Make it private, if it is not there. One that is there is not opened: closing a file ends all POSIX locks of the
    process on it, also those that SQLite holds in another connection.
    """
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except FileExistsError:
        return
    except OSError as error:
        raise LedgerError(f"{path}: the inbox cannot be written ({error.strerror})") from None


def _count(value: int | None) -> int | None:
    return value if value is not None and 0 <= value <= MAX_COUNT else None
