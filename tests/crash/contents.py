"""What a ledger holds, as one short text."""

from __future__ import annotations

import hashlib
import sqlite3


def hash_contents(connection: sqlite3.Connection) -> str:
    """A hash of every row of every table, and of the shape's number; "empty" without any table."""
    tables = [
        name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
    ]
    if not tables:
        return "empty"
    rows = [connection.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall() for table in tables]
    version = connection.execute("PRAGMA user_version").fetchone()
    return hashlib.sha256(repr((version, tables, rows)).encode()).hexdigest()[:16]
