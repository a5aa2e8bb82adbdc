"""What a run has seen so far: in a temporary file of SQLite's, so that memory does not grow with the source."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence

from ..models import Lead

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
        self._db.execute(
            "CREATE TABLE seen (key TEXT PRIMARY KEY, place TEXT NOT NULL, number INTEGER, lead_id TEXT, name TEXT)"
            " WITHOUT ROWID"
        )
        self._db.execute("CREATE TABLE note (number INTEGER PRIMARY KEY, body TEXT)")
        self._db.execute("CREATE TABLE shown (campaign_id INTEGER, lead_id TEXT, receipt TEXT)")
        self._db.execute("CREATE TABLE kept (receipt TEXT, type TEXT, text TEXT, PRIMARY KEY (receipt, type))")
        self._db.execute(
            "CREATE TABLE trace (id INTEGER PRIMARY KEY, campaign TEXT, lead_id TEXT, sink TEXT, body TEXT,"
            " UNIQUE (lead_id, campaign, sink))"
        )
        self._db.execute(
            "CREATE TABLE trace_person (person TEXT, campaign TEXT, trace INTEGER,"
            " PRIMARY KEY (person, campaign, trace)) WITHOUT ROWID"
        )
        self._shown: list[tuple[int, str, str]] = []

    def claim(self, key: str, place: str, number: int = 0, lead_id: str = "", name: str = "") -> str | None:
        """Take a key for this place; the place that has it already, None if it was free.

        `number`, `lead_id` and `name`: of the record that takes it.
        """
        values = (key, place, number, lead_id, name)
        if self._db.execute("INSERT OR IGNORE INTO seen VALUES (?, ?, ?, ?, ?)", values).rowcount:
            return None
        return self.find(key)

    def find_holder(self, key: str) -> tuple[str, int, str, str] | None:
        """Place, number, lead id and name of the record that has a key, None if it is free."""
        row = self._db.execute("SELECT place, number, lead_id, name FROM seen WHERE key = ?", (key,)).fetchone()
        return None if row is None else (str(row[0]), int(row[1]), str(row[2]), str(row[3]))

    def find(self, key: str) -> str | None:
        """The place that has a key, None if it is free."""
        row = self._db.execute("SELECT place FROM seen WHERE key = ?", (key,)).fetchone()
        return None if row is None else str(row[0])

    def release(self, key: str) -> None:
        self._db.execute("DELETE FROM seen WHERE key = ?", (key,))

    def has(self, key: str) -> bool:
        return self.find(key) is not None

    def note(self, bodies: Sequence[tuple[int, str]]) -> None:
        """Keep something about records by their numbers."""
        self._db.executemany("INSERT INTO note VALUES (?, ?)", bodies)

    def noted(self, number: int) -> str | None:
        row = self._db.execute("SELECT body FROM note WHERE number = ?", (number,)).fetchone()
        return None if row is None else str(row[0])

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

    def note_trace(self, sink: str, lead: Lead, body: str) -> bool:
        """Keep what a sink shows of a lead; False if it has shown something of this lead before, which stays."""
        campaign = _name_campaign(lead)
        insert = "INSERT OR IGNORE INTO trace (campaign, lead_id, sink, body) VALUES (?, ?, ?, ?) RETURNING id"
        row = self._db.execute(insert, (campaign, lead.lead_id, sink, body)).fetchone()
        if row is None:
            return False
        people = {lead.linkedin_key, *lead.aliases}
        insert = "INSERT INTO trace_person VALUES (?, ?, ?)"
        self._db.executemany(insert, [(person, campaign, row[0]) for person in people])
        return True

    def find_traces(self, lead: Lead, people: Sequence[str]) -> list[str]:
        """What was kept of a lead id, or of a person with one of these LinkedIn keys."""
        query = (
            "SELECT body FROM trace WHERE (lead_id = ?2 AND campaign = ?1) OR id IN (SELECT trace FROM trace_person"
            " WHERE person IN (SELECT value FROM json_each(?3)) AND campaign = ?1) ORDER BY id"
        )
        values = (_name_campaign(lead), lead.lead_id, json.dumps(list(people)))
        return [row[0] for row in self._db.execute(query, values)]

    def traces(self) -> Iterator[str]:
        """Everything that was kept, lead by lead."""
        for row in self._db.execute("SELECT body FROM trace ORDER BY campaign, lead_id, id"):
            yield row[0]

    def close(self) -> None:
        self._db.close()


def _name_campaign(lead: Lead) -> str:
    return f"{lead.customer}\x1f{lead.campaign}"
