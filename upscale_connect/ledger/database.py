"""The SQLite file: opened safely, brought to the newest shape, written in durable transactions."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from importlib import resources
from pathlib import Path
from urllib.parse import quote

from ..errors import LedgerError
from .folder import check_place

#: SQLite waits this long for another writer.
BUSY_SECONDS = 10


class Database:
    """One connection, shared by the threads of a run behind a lock.

    Every `transaction` is synced to the disk before it returns (WAL, `synchronous=FULL`), because money may
    depend on it.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self._lock = threading.RLock()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing. Takes the write lock at once, so that reading and writing see one state."""
        with self._lock:
            self._execute("BEGIN IMMEDIATE")
            try:
                yield self.connection
            except BaseException:
                self.connection.execute("ROLLBACK")
                raise
            self._execute("COMMIT")

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            yield self.connection

    def _execute(self, statement: str) -> None:
        try:
            self.connection.execute(statement)
        except sqlite3.OperationalError as error:
            if self.connection.in_transaction:
                self.connection.execute("ROLLBACK")
            raise _explain(error) from None

    def close(self) -> None:
        with self._lock:
            self.connection.close()


def _explain(error: sqlite3.Error) -> LedgerError:
    name = getattr(error, "sqlite_errorname", "")
    if name.startswith("SQLITE_FULL"):
        return LedgerError("the disk is full: the ledger cannot be written", hint="free some space, then run again")
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return LedgerError("another program holds the ledger", hint="close it, then run again; nothing is lost")
    if name.startswith("SQLITE_READONLY"):
        return LedgerError("the ledger is read-only", hint="give this user the right to write to it and its folder")
    if name.startswith(("SQLITE_NOTADB", "SQLITE_CORRUPT")):
        return LedgerError(
            "the ledger is damaged or is no ledger",
            hint="restore it from a backup; an empty one would buy everything again",
        )
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
    except sqlite3.Error as error:
        explained = _explain(error)
        raise LedgerError(f"{path}: {explained.message}", hint=explained.hint) from None


def _memory() -> Database:
    database = Database(sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False))
    _migrate(database, None)
    return database


def _connect(path: Path, read_only: bool) -> Database:
    # Opened for writing also by who only reads, and then forbidden to: SQLite keeps the files of its WAL beside
    # a database until the last connection closes that may remove them.
    mode = "rw" if os.access(path, os.W_OK) else "ro"
    connection = sqlite3.connect(
        f"file:{quote(str(path.absolute()).replace(os.sep, '/'))}?mode={mode}",
        uri=True,
        timeout=BUSY_SECONDS,
        isolation_level=None,
        check_same_thread=False,
    )
    database = Database(connection)
    try:
        connection.execute("PRAGMA foreign_keys = ON")
        if read_only:
            connection.execute("PRAGMA query_only = ON")
            if _is_blank(connection):
                connection.close()
                return _memory()
            if _version(connection) != len(_scripts()):
                _refuse_version(path, _version(connection))
        else:
            _make_durable(connection)
            _migrate(database, path)
    except BaseException:
        connection.close()
        raise
    return database


def _make_durable(connection: sqlite3.Connection) -> None:
    """Set what durability rests on, and read it back: a library may have been built to ignore it."""
    journal = connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA secure_delete = ON")
    synchronous = connection.execute("PRAGMA synchronous").fetchone()[0]
    if journal != "wal" or synchronous != 2:
        raise LedgerError(
            f"SQLite does not keep its promises here (journal {journal}, synchronous {synchronous})",
            hint="put the ledger on a local disk",
        )


def _make_file(path: Path) -> None:
    try:
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise LedgerError(f"{path}: the ledger cannot be written ({error.strerror})") from None


def _scripts() -> list[str]:
    folder = resources.files(__package__).joinpath("migrations")
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".sql"))
    return [folder.joinpath(name).read_text(encoding="utf-8") for name in names]


def _is_blank(connection: sqlite3.Connection) -> bool:
    """A first run has made the file, and nothing in it yet."""
    return _version(connection) == 0 and connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0] == 0


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _refuse_version(path: Path, version: int) -> None:
    if version > len(_scripts()):
        raise LedgerError(
            f"{path}: this ledger was written by a newer upscale-connect",
            hint="update upscale-connect: pip install --upgrade upscale-connect",
        )
    raise LedgerError(f"{path}: this ledger is of an older shape", hint="run `upscale-connect collect` once")


def _migrate(database: Database, path: Path | None) -> None:
    """Run the numbered scripts that this file has not seen, each in a transaction, with a backup before."""
    version = _version(database.connection)
    scripts = _scripts()
    if version == len(scripts):
        return
    if version > len(scripts) and path:
        _refuse_version(path, version)
    if version and path:
        _back_up(database.connection, path.with_name(f"{path.name}.v{version}.backup"))
    for number in range(version, len(scripts)):
        with database.transaction() as connection:
            if _version(connection) > number:
                continue
            for statement in _split(scripts[number]):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {number + 1}")


def _split(script: str) -> Iterator[str]:
    """`executescript` would commit our transaction, so statements are run one by one."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def _back_up(connection: sqlite3.Connection, path: Path) -> None:
    os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_TRUNC, 0o600))
    with closing(sqlite3.connect(path)) as copy:
        connection.backup(copy)
