"""The SQLite file: opened safely, brought to the newest shape, written in durable transactions."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from json import JSONDecodeError
from pathlib import Path

from ..errors import DiskFullError, LedgerError, UpscaleConnectError
from . import disk, shape
from .backup import copy_database
from .folder import check_place
from .read_only import locate

#: SQLite waits this long for another writer.
BUSY_SECONDS = 10
BUSY_PAUSE = 0.02
_PLACE = "give this user the right to write there, or set `ledger:` to another file"


class Database:
    """One connection, shared by the threads of a run behind a lock.

    Every `transaction` is synced to the disk before it returns (WAL, `synchronous=FULL`), because money may
    depend on it.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self._lock = threading.RLock()
        self._is_sound = False

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing. Takes the write lock at once, so that reading and writing see one state."""
        with self._lock, _explaining():
            self.connection.execute("BEGIN IMMEDIATE")
            try:
                yield self.connection
                self.connection.execute("COMMIT")
            except BaseException:
                # Where the disk is full or broken, SQLite has rolled back by itself.
                if self.connection.in_transaction:
                    self.connection.execute("ROLLBACK")
                raise

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        with self._lock, _explaining():
            yield self.connection

    def require_sound(self) -> None:
        """Raises LedgerError if the file is damaged. Reads all of it, once; later calls cost nothing.

        SQLite by itself looks only at what it reads: a lead that a damaged index no longer finds would be new.
        """
        with self.reading() as connection:
            if not self._is_sound and not _check_file(connection):
                raise make_damaged()
            self._is_sound = True

    def find_damage(self, error: BaseException) -> LedgerError | None:
        """Whether an error that nobody expects, such as a bug's, may come from a damaged file."""
        if not isinstance(error, Exception) or (isinstance(error, UpscaleConnectError) and error.exit_code != 1):
            return None
        if isinstance(error, JSONDecodeError):  # of a text that we wrote: no index and no constraint knows of it
            return make_damaged()
        try:
            with self.reading() as connection:
                return None if _check_file(connection) else make_damaged()
        except LedgerError as found:
            return found
        except sqlite3.Error:
            return None

    def checkpoint(self) -> None:
        """Take the log into the file and empty it. Raises LedgerError if another program needs the log."""
        with self._lock, _explaining():
            busy = self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        if busy:
            raise LedgerError("another program holds the ledger", hint="end it (such as `serve`), then run again")

    def scrub(self) -> None:
        """Write the file anew, without a trace of what was deleted. Raises LedgerError."""
        with self._lock, _explaining():
            self.connection.execute("PRAGMA temp_store = MEMORY")
            self.connection.execute("VACUUM")
        self.checkpoint()

    def close(self) -> None:
        with self._lock:
            self.connection.close()


@contextmanager
def _explaining() -> Iterator[None]:
    """What the file or its disk did wrong becomes a LedgerError; a mistake in a statement of ours stays one."""
    try:
        yield
    except sqlite3.IntegrityError:
        raise
    except UnicodeDecodeError:  # of a message of SQLite's that quotes a damaged file
        raise make_damaged() from None
    except sqlite3.DatabaseError as error:
        name = getattr(error, "sqlite_errorname", None)
        if name is None and isinstance(error, sqlite3.OperationalError):  # a text that is none
            raise make_damaged() from None
        if name in (None, "SQLITE_ERROR"):
            raise
        raise explain(error) from None


def _check_file(connection: sqlite3.Connection) -> bool:
    """Whether all pages, indexes and constraints are whole, and the tables are ours."""
    return connection.execute("PRAGMA integrity_check(1)").fetchone() == ("ok",) and has_our_shape(connection)


def has_our_shape(connection: sqlite3.Connection) -> bool:
    """Whether tables and indexes are those that the migrations make."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as model:
        _migrate(Database(model), None)
        return shape.read_shape(connection) == shape.read_shape(model)


def make_damaged() -> LedgerError:
    """What the file holds cannot be what was stored."""
    return LedgerError(
        "the ledger is damaged or is no ledger",
        hint="restore it from a backup; an empty one would buy everything again",
    )


def explain(error: sqlite3.Error | UnicodeDecodeError) -> LedgerError:
    """What the file or its disk did wrong, as one of our errors."""
    if isinstance(error, UnicodeDecodeError):
        return make_damaged()
    name = getattr(error, "sqlite_errorname", "")
    if disk.is_full(error):
        return DiskFullError("the disk is full: the ledger cannot be written", hint="free some space, then run again")
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return LedgerError("another program holds the ledger", hint="close it, then run again; nothing is lost")
    if name.startswith("SQLITE_READONLY"):
        return LedgerError("the ledger is read-only", hint="give this user the right to write to it and its folder")
    if name.startswith(("SQLITE_NOTADB", "SQLITE_CORRUPT")):
        return make_damaged()
    return LedgerError(f"the ledger cannot be used ({name or 'SQLite error'})", hint="see its folder and its rights")


def open_database(path: Path, *, force: bool = False, read_only: bool = False) -> Database:
    """Open or make the ledger's file.

    A missing file opened read-only is an empty ledger in memory. Raises LedgerError: the folder is missing or
    synced by a cloud drive or network file system (unless forced), the file is no ledger, or is newer.
    """
    if read_only and not path.exists():
        return _memory()
    if not read_only:
        check_place(path, force=force)
        _make_file(path)
    try:
        return _connect(path, read_only)
    except (sqlite3.Error, UnicodeDecodeError) as error:
        explained = explain(error)
        raise type(explained)(f"{path}: {explained.message}", hint=explained.hint) from None


def open_copy(path: Path) -> Database:
    """A copy of a ledger, brought to the newest shape without a copy of its own. Raises LedgerError."""
    try:
        return _connect(path, read_only=False, keep_old=False)
    except (sqlite3.Error, UnicodeDecodeError) as error:
        explained = explain(error)
        raise type(explained)(f"{path}: {explained.message}", hint=explained.hint) from None


def _memory() -> Database:
    database = Database(sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False))
    _migrate(database, None)
    return database


def _connect(path: Path, read_only: bool, *, keep_old: bool = True) -> Database:
    # Opened for writing also by who only reads, and then forbidden to: SQLite keeps the files of its WAL beside
    # a database until the last connection closes that may remove them.
    mode = "rw" if os.access(path, os.W_OK) else "ro"
    connection = sqlite3.connect(
        locate(path, mode=mode),
        uri=True,
        timeout=BUSY_SECONDS,
        isolation_level=None,
        check_same_thread=False,
    )
    database = Database(connection)
    try:
        connection.execute("PRAGMA foreign_keys = ON")
        blank = shape.is_blank(connection)
        if not blank:
            check_shape(connection, path, read_only)
        if read_only:
            connection.execute("PRAGMA query_only = ON")
            if blank:
                connection.close()
                return _memory()
        else:
            _make_durable(connection)
            _migrate(database, path if keep_old else None)
    except BaseException:
        connection.close()
        raise
    return database


def _enter_wal(connection: sqlite3.Connection, sleep: Callable[[float], object]) -> str:
    """Choose the journal, which is kept in the file. SQLite does not wait here for one that does so at this moment."""
    for _ in range(int(BUSY_SECONDS / BUSY_PAUSE)):
        try:
            return str(connection.execute("PRAGMA journal_mode = WAL").fetchone()[0])
        except sqlite3.OperationalError as error:
            if not error.sqlite_errorname.startswith("SQLITE_BUSY"):
                raise
            sleep(BUSY_PAUSE)
    return str(connection.execute("PRAGMA journal_mode = WAL").fetchone()[0])


def _make_durable(connection: sqlite3.Connection) -> None:
    """Set what durability rests on, and read it back: a library may have been built to ignore it."""
    journal = _enter_wal(connection, time.sleep)
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA secure_delete = ON")
    synchronous = connection.execute("PRAGMA synchronous").fetchone()[0]
    if journal != "wal" or synchronous != 2:
        raise LedgerError(
            f"SQLite does not keep its promises here (journal {journal}, synchronous {synchronous})",
            hint="put the ledger on a local disk",
        )


def _make_file(path: Path, flags: int = os.O_EXCL) -> None:
    """Make a private file. One that is there is left closed: closing it would end the POSIX locks of the whole
    process on it, also those that SQLite holds in another connection.
    """
    try:
        os.close(os.open(path, os.O_CREAT | os.O_RDWR | flags, 0o600))
    except FileExistsError:
        if not (path.is_file() and os.access(path, os.W_OK)):
            raise LedgerError(f"{path}: the ledger cannot be written", hint=_PLACE) from None
    except OSError as error:
        raise LedgerError(f"{path}: the ledger cannot be written ({error.strerror})", hint=_PLACE) from None


def check_shape(connection: sqlite3.Connection, path: Path, read_only: bool) -> None:
    """Before anything is written to it: is this file a ledger, and one that this version can use?"""
    version, newest = shape.read_version(connection), len(shape.read_scripts())
    query = "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name IN ('attempt', 'purchase')"
    if not version or connection.execute(query).fetchone()[0] != 2:
        raise LedgerError(
            f"{path}: this database belongs to another program", hint="set `ledger:` to a file of its own"
        )
    if version > newest:
        raise LedgerError(
            f"{path}: this ledger was written by a newer upscale-connect",
            hint="update upscale-connect: pip install --upgrade upscale-connect",
        )
    if version < newest and read_only:
        raise LedgerError(f"{path}: this ledger is of an older shape", hint="run `upscale-connect collect` once")


def _migrate(database: Database, path: Path | None) -> None:
    """Run the numbered scripts that this file has not seen, all or none, with a backup before."""
    scripts = shape.read_scripts()
    if shape.read_version(database.connection) == len(scripts):
        return
    with database.transaction() as connection:
        version = shape.read_version(connection)  # another process may have been faster
        if path and 0 < version < len(scripts):
            _back_up(path, path.with_name(f"{path.name}.v{version}.backup"))
        for script in scripts[version:]:
            for statement in shape.split(script):
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {len(scripts)}")


def _back_up(path: Path, target: Path) -> None:
    """What is committed, read by a connection of its own: the one that migrates holds the write lock."""
    _make_file(target, os.O_TRUNC)
    copy_database(path, target)
