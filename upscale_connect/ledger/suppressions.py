"""Entries of do-not-contact lists that the ledger keeps itself."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from ..suppression import Entry, HashedEntry, Kind
from .database import Database
from .syncs import add_event
from .times import to_text


@dataclass(frozen=True, slots=True)
class SuppressionRow:
    """An entry as it is kept. `value` is None where only its hash is."""

    id: int
    customer: str | None
    kind: Kind
    value: str | None
    reason: str
    source: str
    actor: str
    at: str


class SuppressionTables:
    """The part of the ledger that knows who gets no message."""

    db: Database

    def suppression_mark(self) -> str:
        """Another text after each change of the entries; cheap to ask for."""
        with self.db.reading() as tx:
            row = tx.execute("SELECT value FROM meta WHERE key = 'suppression_mark'").fetchone()
        return str(row[0]) if row else ""

    def read_suppressions(self) -> tuple[list[Entry], list[HashedEntry]]:
        """All entries: those with their value, and those of which only the hash is known."""
        entries, hashed = [], []
        with self.db.reading() as tx:
            for customer, kind, digest, value, reason, source in tx.execute(
                "SELECT customer, kind, hash, value, reason, source FROM suppression ORDER BY id"
            ):
                if value is None:
                    hashed.append(HashedEntry(kind, digest, customer, reason, source))
                else:
                    entries.append(Entry(kind, value, customer, reason, source))
        return entries, hashed

    def suppression_hasher(self) -> Callable[[Kind, str], bytes] | None:
        """Makes the hash of a value as this ledger does; None if it has no hash yet."""
        with self.db.reading() as tx:
            key = find_key(tx)
        return None if key is None else lambda kind, value: hash_value(key, kind, value)

    def list_suppressions(self) -> list[SuppressionRow]:
        with self.db.reading() as tx:
            rows = tx.execute(
                "SELECT id, customer, kind, value, reason, source, actor, at FROM suppression ORDER BY id"
            ).fetchall()
        return [SuppressionRow(*row) for row in rows]

    def suppress(self, entries: Sequence[Entry], actor: str, at: datetime, *, hashed: bool = False) -> int:
        """Keep these entries; `hashed`: without their values. Returns how many were not known before."""
        with self.db.transaction() as tx:
            return add_entries(tx, entries, actor, to_text(at), hashed=hashed)

    def unsuppress(self, entries: Iterable[Entry], actor: str, at: datetime) -> int:
        """Take these entries out, by kind, value and customer. Returns how many were there."""
        count = 0
        with self.db.transaction() as tx:
            key = make_key(tx)
            for entry in entries:
                count += tx.execute(
                    "DELETE FROM suppression WHERE coalesce(customer, '') = ? AND kind = ? AND hash = ?",
                    (entry.customer or "", entry.kind, hash_value(key, entry.kind, entry.value)),
                ).rowcount
            if count:
                _note_change(tx)
                add_event(tx, to_text(at), actor, "unsuppressed", detail=f"{count} entries")
        return count


def add_entries(tx: sqlite3.Connection, entries: Iterable[Entry], actor: str, now: str, *, hashed: bool) -> int:
    """Returns how many were not known before. One that is kept without its value stays so."""
    key = make_key(tx)
    count = 0
    for entry in entries:
        count += tx.execute(
            "INSERT INTO suppression (customer, kind, hash, value, reason, source, actor, at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (coalesce(customer, ''), kind, hash) DO NOTHING",
            (
                entry.customer,
                entry.kind,
                hash_value(key, entry.kind, entry.value),
                None if hashed else entry.value,
                entry.reason,
                entry.source,
                actor,
                now,
            ),
        ).rowcount
    if count:
        _note_change(tx)
        add_event(tx, now, actor, "suppressed", detail=f"{count} entries")
    return count


def hide_entries(tx: sqlite3.Connection, values: Iterable[str]) -> None:
    """Entries that name one person by these values keep only their hash."""
    for value in values:
        tx.execute(
            "UPDATE suppression SET value = NULL WHERE kind IN ('linkedin', 'email', 'id') AND value = ?", (value,)
        )


def hash_value(key: bytes, kind: str, value: str) -> bytes:
    """Nobody can tell the value from it without the key, or try out values."""
    return hmac.digest(key, f"{kind}\0{value}".encode("utf-8", "surrogatepass"), hashlib.sha256)


def find_key(tx: sqlite3.Connection) -> bytes | None:
    row = tx.execute("SELECT value FROM meta WHERE key = 'suppression_key'").fetchone()
    return bytes.fromhex(row[0]) if row else None


def make_key(tx: sqlite3.Connection) -> bytes:
    """The key of this ledger's hashes, made when it is first needed. It never leaves the ledger."""
    tx.execute("INSERT OR IGNORE INTO meta VALUES ('suppression_key', ?)", (secrets.token_hex(32),))
    key = find_key(tx)
    assert key is not None
    return key


def _note_change(tx: sqlite3.Connection) -> None:
    statement = "INSERT INTO meta VALUES ('suppression_mark', ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value"
    tx.execute(statement, (secrets.token_hex(8),))
