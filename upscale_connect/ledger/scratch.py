"""What a run has seen so far: in a temporary file of SQLite's, so that memory does not grow with the source."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping

#: Rows that are written together.
CHUNK = 1000


class Scratch:
    """Thrown away with the run; nothing of it is needed after a crash."""

    def __init__(self) -> None:
        # An empty name makes a temporary database that SQLite keeps in memory until it outgrows its cache.
        self._db = sqlite3.connect("", isolation_level=None)
        self._db.execute("PRAGMA journal_mode = OFF")
        self._db.execute("PRAGMA synchronous = OFF")
        self._db.execute("BEGIN")
        self._db.execute("CREATE TABLE seen (key TEXT PRIMARY KEY, place TEXT NOT NULL) WITHOUT ROWID")
        self._db.execute("CREATE TABLE shown (campaign_id INTEGER, lead_id TEXT, receipt TEXT)")
        self._db.execute("CREATE TABLE kept (receipt TEXT, type TEXT, text TEXT, PRIMARY KEY (receipt, type))")
        self._shown: list[tuple[int, str, str]] = []

    def claim(self, key: str, place: str) -> str | None:
        """Take a key for this place; the place that has it already, None if it was free."""
        if self._db.execute("INSERT OR IGNORE INTO seen VALUES (?, ?)", (key, place)).rowcount:
            return None
        return self.find(key)

    def find(self, key: str) -> str | None:
        """The place that has a key, None if it is free."""
        row = self._db.execute("SELECT place FROM seen WHERE key = ?", (key,)).fetchone()
        return None if row is None else str(row[0])

    def release(self, key: str) -> None:
        self._db.execute("DELETE FROM seen WHERE key = ?", (key,))

    def has(self, key: str) -> bool:
        return self.find(key) is not None

    def show(self, campaign_id: int, lead_id: str, receipt: str) -> None:
        """Note that a table got this lead's messages."""
        self._shown.append((campaign_id, lead_id, receipt))
        if len(self._shown) == CHUNK:
            self._write_shown()

    def _write_shown(self) -> None:
        self._db.executemany("INSERT INTO shown VALUES (?, ?, ?)", self._shown)
        self._shown.clear()

    def shown(self) -> Iterator[tuple[int, str, str]]:
        self._write_shown()
        yield from self._db.execute("SELECT campaign_id, lead_id, receipt FROM shown ORDER BY rowid")

    def keep(self, receipt: str, texts: Mapping[str, str]) -> None:
        """Note what a table's target shows beside a receipt: message type → text."""
        rows = [(receipt, kind, text) for kind, text in texts.items()]
        self._db.executemany("INSERT OR REPLACE INTO kept VALUES (?, ?, ?)", rows)

    def kept(self, receipt: str) -> dict[str, str]:
        return dict(self._db.execute("SELECT type, text FROM kept WHERE receipt = ?", (receipt,)).fetchall())

    def close(self) -> None:
        self._db.close()
