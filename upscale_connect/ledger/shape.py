"""The shape of a ledger: the numbered scripts that make it, and which of them a file has seen."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from importlib import resources


def read_scripts() -> list[str]:
    folder = resources.files(__package__).joinpath("migrations")
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".sql"))
    return [folder.joinpath(name).read_text(encoding="utf-8") for name in names]


def is_blank(connection: sqlite3.Connection) -> bool:
    """A first run has made the file, and nothing in it yet."""
    return read_version(connection) == 0 and connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0] == 0


def read_version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def is_older(connection: sqlite3.Connection) -> bool:
    """Whether the next run brings this ledger to a newer shape."""
    return read_version(connection) < len(read_scripts())


def split(script: str) -> Iterator[str]:
    """`executescript` would commit our transaction, so statements are run one by one."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def read_shape(connection: sqlite3.Connection) -> list[tuple[str, str, str]]:
    return connection.execute("SELECT type, name, coalesce(sql, '') FROM sqlite_schema ORDER BY type, name").fetchall()
