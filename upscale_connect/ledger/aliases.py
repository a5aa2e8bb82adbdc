"""One person under several LinkedIn keys: which of them records showed together, and what that joins."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence

from ..identity import link_keys
from ..models import Lead

#: Where a key stands beside another one of the same person: table, column, other column.
_PAIRS = tuple(
    (table, *columns)
    for table in ("alias", "duplicate_alias")
    for columns in (("alias", "person"), ("person", "alias"))
)
_NEXT = " UNION ".join(
    f"SELECT a.{other} FROM same JOIN {table} a ON a.{one} = same.key" for table, one, other in _PAIRS
)
_NEXT_OTHER = " UNION ".join(
    f"SELECT key, a.{other} FROM same JOIN {table} a ON a.{one} = same.other" for table, one, other in _PAIRS
)
_BESIDE = " UNION ALL ".join(
    f"SELECT w.value, a.{other} FROM json_each(?1) w JOIN {table} a ON a.{one} = w.value"
    for table, one, other in _PAIRS
)
#: In place of a run, where the lead is gone and what was bought for it stays.
_KEPT = "kept"

_HAS_ANY = "SELECT EXISTS (SELECT 1 FROM alias) OR EXISTS (SELECT 1 FROM duplicate_alias)"

#: Of a lead `l`: all keys of its person, also those that only a chain of other records joins to its own.
PERSON_KEYS = f"(WITH RECURSIVE same (key) AS (SELECT l.person UNION {_NEXT}) SELECT key FROM same)"

#: The keys that parameter 1 lists (JSON), each with every key `other` of the same person, itself too.
SAME_PERSON = (
    "(WITH RECURSIVE same (key, other) AS (SELECT value, value FROM json_each(?1)"
    f" UNION {_NEXT_OTHER}) SELECT key, other FROM same)"
)


def read_people(tx: sqlite3.Connection, keys: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Key → all keys of the same person, its own too. A key that stands alone is left out.

    Step by step instead of in one query: what many keys have in common is read once.
    """
    if not tx.execute(_HAS_ANY).fetchone()[0]:
        return {}
    pairs: list[tuple[str, str]] = []
    reached, step = set[str](), set(keys)
    while step:
        reached |= step
        found = tx.execute(_BESIDE, (json.dumps(sorted(step)),)).fetchall()
        pairs += found
        step = {other for _, other in found} - reached
    return link_keys(pairs)


def store_aliases(tx: sqlite3.Connection, sync_id: int, stored: Sequence[tuple[int, Lead]]) -> None:
    """Keep the aliases that stored leads show now. What a lead showed of an earlier person stays.

    Each lead with its campaign's id.
    """
    shown = [(campaign_id, lead) for campaign_id, lead in stored if lead.aliases]
    if not shown and tx.execute("SELECT 1 FROM alias LIMIT 1").fetchone() is None:
        return
    find = "(SELECT id FROM lead WHERE sync_id = ? AND campaign_id = ? AND lead_id = ?)"
    tx.executemany(
        f"DELETE FROM alias WHERE lead = {find} AND person = ?",
        [(sync_id, campaign_id, lead.lead_id, lead.linkedin_key) for campaign_id, lead in stored],
    )
    tx.executemany(
        f"INSERT INTO alias (lead, person, alias) VALUES ({find}, ?, ?)",
        [
            (sync_id, campaign_id, lead.lead_id, lead.linkedin_key, alias)
            for campaign_id, lead in shown
            for alias in lead.aliases
        ],
    )


def store_duplicate_aliases(
    tx: sqlite3.Connection, sync_id: int, run_id: str, pairs: Iterable[tuple[str, str]]
) -> None:
    """Keep which keys records show together that repeat others."""
    tx.executemany(
        "INSERT OR REPLACE INTO duplicate_alias (sync_id, person, alias, run_id) VALUES (?, ?, ?, ?)",
        [(sync_id, person, alias, run_id) for person, alias in pairs],
    )


def forget_duplicate_aliases(tx: sqlite3.Connection, sync_id: int, run_id: str) -> None:
    """After a read of everything: what no record of this run shows any more. What was kept stays."""
    tx.execute("DELETE FROM duplicate_alias WHERE sync_id = ? AND run_id NOT IN (?, ?)", (sync_id, run_id, _KEPT))


def keep_aliases(tx: sqlite3.Connection, sync_id: int, leads: Iterable[int]) -> None:
    """Before leads are removed that something was bought for: by one of its keys the person may come back."""
    tx.executemany(
        "INSERT OR REPLACE INTO duplicate_alias (sync_id, person, alias, run_id) SELECT ?, a.person, a.alias, ?"
        " FROM alias a JOIN lead l ON l.id = a.lead WHERE l.id = ? AND EXISTS (SELECT 1 FROM purchase p"
        " WHERE p.campaign_id = l.campaign_id AND p.lead_id = l.lead_id AND p.state <> 'refused')",
        [(sync_id, _KEPT, number) for number in leads],
    )
