"""Connections to SQLite files of which not a byte changes, whatever a killed run has left beside them."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from urllib.parse import quote


def locate(path: Path, **options: str | int) -> str:
    """The address of a file for `sqlite3.connect(…, uri=True)`."""
    chosen = "&".join(f"{name}={value}" for name, value in options.items())
    return f"file:{quote(str(path.absolute()).replace(os.sep, '/'))}?{chosen}"


@contextmanager
def connect_read_only(path: Path, timeout: float = 10) -> Iterator[sqlite3.Connection]:
    """Reads what is committed, also while others write. Raises sqlite3.Error.

    A connection that may write would take the write-ahead log of a killed run into the file. This one may not; it
    leaves an empty log beside a file that had none, which the last other connection to close takes away.
    """
    log = path.with_name(f"{path.name}-wal")
    had_log = log.exists()
    # On a medium that cannot be written no log can be made, and nobody else writes.
    is_fixed = not had_log and not os.access(path.parent, os.W_OK)
    address = locate(path, immutable=1) if is_fixed else locate(path, mode="ro")
    try:
        with closing(sqlite3.connect(address, uri=True, timeout=timeout, isolation_level=None)) as connection:
            yield connection
    finally:
        if not had_log and not is_fixed and log.exists() and os.access(path, os.W_OK):
            with suppress(sqlite3.Error), closing(sqlite3.connect(locate(path, mode="rw"), uri=True)) as last:
                last.execute("PRAGMA query_only = ON")
                last.execute("PRAGMA schema_version").fetchone()
