"""Erasing a person from a ledger file: the ledger itself, or one of its copies.

What was bought stays in the books, under keyed hashes instead of the person and the lead's ids: sums stay right, and
nobody can tell whom they are about. Hashed entries of the do-not-contact list keep the person from being bought again.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from ..errors import LedgerError
from ..suppression import Entry, find_emails
from .database import Database, open_copy
from .dossier import read_pairs, read_values
from .leads import unpack_lead, unpack_record
from .suppressions import add_entries, find_key, hash_value, hide_entries, make_key
from .syncs import add_event, name_ledger, touch
from .texts import TEXT
from .times import to_text

#: What stands in place of a lead id and of a person, before the hash.
FORGOTTEN = "forgotten:"
#: What stands in place of a name or an address in a sentence.
REDACTED = "(forgotten)"
#: A shorter end of a profile's address stands in too many words.
_SHORTEST_SLUG = 5
_FORGOTTEN = re.compile(re.escape(FORGOTTEN) + "[0-9a-f]{32}")

#: Sentences in which somebody may be named: table → columns.
_SENTENCES: Mapping[str, tuple[str, ...]] = {
    "aside": ("reason", "value"),
    "delivery": ("reason",),
    "event": ("detail",),
    "attempt": ("detail", "failed_reason"),
    "purchase": ("reason",),
    "finding": ("message",),
    "verdict": ("reason",),
    "suppression": ("reason",),
    "run": ("report",),
}


@dataclass(frozen=True, slots=True)
class Erased:
    """What was taken out of one file: rows of leads, and messages whose text is gone."""

    leads: int
    messages: int


class ErasureTables:
    """The part of the ledger that forgets."""

    db: Database

    def was_forgotten(self, key: str) -> bool:
        """Whether somebody with this LinkedIn key was erased before."""
        with self.db.reading() as tx:
            secret = find_key(tx)
            query = "SELECT 1 FROM suppression WHERE kind = 'linkedin' AND value IS NULL AND hash = ?"
            return secret is not None and bool(tx.execute(query, (hash_value(secret, "linkedin", key),)).fetchone())

    def require_alone(self) -> None:
        """Raises LedgerError if another program has the ledger open in a way that would keep old pages alive."""
        self.db.checkpoint()

    def erase(
        self, keys: Sequence[str], entries: Sequence[Entry], actor: str, at: datetime, texts: Sequence[str] = ()
    ) -> Erased:
        """Take the person with these LinkedIn keys out, and keep hashed entries in their place. Durable on return;
        old pages of the file and its log are gone after `scrub`.

        `texts`: of messages of others that name the person; these messages lose all their texts.
        """
        with self.db.transaction() as tx:
            return _erase(tx, make_key(tx), keys, entries, actor, to_text(at), texts)

    def scrub(self) -> None:
        """Write the file anew and empty its log, so that nothing erased is left in them. Raises LedgerError."""
        self.db.scrub()

    def erase_copy(
        self,
        copy: Path,
        keys: Sequence[str],
        entries: Sequence[Entry],
        actor: str,
        at: datetime,
        texts: Sequence[str] = (),
    ) -> Erased:
        """Do the same to a copy of this ledger, whatever its age. Raises LedgerError if it is none, or damaged."""
        with self.db.transaction() as tx:
            ledger_id, secret = name_ledger(tx), make_key(tx)
        with closing(open_copy(copy)) as database:
            with database.transaction() as tx:
                if name_ledger(tx) != ledger_id:
                    raise LedgerError(f"{copy}: this is a copy of another ledger", hint="it was not touched")
                tx.execute("INSERT OR REPLACE INTO meta VALUES ('suppression_key', ?)", (secret.hex(),))
                erased = _erase(tx, secret, keys, entries, actor, to_text(at), texts)
            database.scrub()
        return erased

    def leave_out_forgotten(
        self, wanted: Mapping[str, tuple[str, ...]], shown: Iterable[str]
    ) -> tuple[dict[str, tuple[str, ...]], set[str]]:
        """Of the leads of a batch those that are not forgotten; of the ids that an answer shows those that are."""
        alive = {lead_id: types for lead_id, types in wanted.items() if not _FORGOTTEN.fullmatch(lead_id)}
        if len(alive) == len(wanted):
            return alive, set()
        with self.db.reading() as tx:
            key = find_key(tx)
        return alive, {lead_id for lead_id in shown if key and _rename(key, "id", lead_id) in wanted}


def _erase(
    tx: sqlite3.Connection,
    secret: bytes,
    keys: Sequence[str],
    entries: Sequence[Entry],
    actor: str,
    now: str,
    texts: Sequence[str],
) -> Erased:
    leads = messages = 0
    for key in keys:
        pairs = read_pairs(tx, key)
        tokens = sorted({*_read_tokens(tx, key), *_name_ids(pairs)}, key=len, reverse=True)
        touch(tx, [row[0] for row in tx.execute("SELECT DISTINCT sync_id FROM lead WHERE person = ?", (key,))])
        messages += _erase_messages(tx, secret, key, now)
        hide_entries(tx, read_values(tx, key, pairs))
        leads += tx.execute("DELETE FROM lead WHERE person = ?", (key,)).rowcount
        # A row that names somebody else by now keeps the aliases of whom it named before.
        for table in ("alias", "duplicate_alias"):
            tx.execute(f"DELETE FROM {table} WHERE person = ?1 OR alias = ?1", (key,))
        for campaign_id, lead_id in pairs:
            _erase_traces(tx, campaign_id, lead_id, _rename(secret, "id", lead_id))
        _redact(tx, tokens)
    messages += _erase_texts(tx, texts, now)
    add_entries(tx, entries, actor, now, hashed=True)
    add_event(tx, now, actor, "forgotten", detail=f"{leads} leads, {messages} messages")
    return Erased(leads, messages)


def _rename(secret: bytes, kind: str, value: str) -> str:
    return FORGOTTEN + hash_value(secret, kind, value).hex()[:32]


def _read_tokens(tx: sqlite3.Connection, key: str) -> Iterator[str]:
    """What names the person in a sentence: profile, names, addresses, and the messages themselves."""
    yield key
    slug = key.rpartition(":")[2]
    if len(slug) >= _SHORTEST_SLUG:
        yield slug
        yield quote(slug)
    for lead_id, packed, fields in tx.execute("SELECT lead_id, record, fields FROM lead WHERE person = ?", (key,)):
        lead, record = unpack_lead(lead_id, fields, "", ""), unpack_record(packed)
        yield lead.linkedin_url
        yield f"{lead.first_name} {lead.last_name}"
        yield from find_emails(record)
    for (text,) in tx.execute(f"SELECT {TEXT} FROM purchase p WHERE p.person = ? AND p.text IS NOT NULL", (key,)):
        yield text


def _name_ids(pairs: Iterable[tuple[int, str]]) -> Iterator[str]:
    """Lead ids as sentences have them: in quotes, so that a short one is not found everywhere."""
    return (repr(lead_id) for _, lead_id in pairs)


def _erase_messages(tx: sqlite3.Connection, secret: bytes, key: str, now: str) -> int:
    """Texts, versions and what was said of them go; the purchases stay, as nobody's."""
    theirs = "SELECT id FROM purchase WHERE person = ?"
    for table in ("version", "finding", "verdict"):
        tx.execute(f"DELETE FROM {table} WHERE purchase_id IN ({theirs})", (key,))
    tx.execute("DELETE FROM purchase WHERE person = ? AND state = 'queued'", (key,))
    rows = tx.execute("SELECT id, lead_id, text FROM purchase WHERE person = ?", (key,)).fetchall()
    tx.executemany(
        "UPDATE purchase SET lead_id = ?, person = ?, text = NULL, reason = NULL, purged_at = ?,"
        " review = CASE WHEN review IN ('', 'held') THEN 'rejected' ELSE review END WHERE id = ?",
        [
            (_rename(secret, "id", lead_id), _rename(secret, "linkedin", key), now, number)
            for number, lead_id, _ in rows
        ],
    )
    return sum(text is not None for _, _, text in rows)


def _erase_texts(tx: sqlite3.Connection, texts: Sequence[str], now: str) -> int:
    """Messages of others, known by their texts: a copy may have other numbers. What was bought stays theirs."""
    query = "SELECT id FROM purchase WHERE text = ?1 UNION SELECT purchase_id FROM version WHERE text = ?1"
    found = {row[0] for text in filter(None, texts) for row in tx.execute(query, (text,))}
    for number in sorted(found):
        touch(tx, [row[0] for row in tx.execute("SELECT sync_id FROM purchase WHERE id = ?", (number,))])
        tx.execute("DELETE FROM finding WHERE purchase_id = ?", (number,))
        tx.execute("UPDATE version SET text = '' WHERE purchase_id = ?", (number,))  # receipts count them
        tx.execute(
            "UPDATE purchase SET text = NULL, purged_at = ?, review = 'rejected' WHERE id = ? AND text IS NOT NULL",
            (now, number),
        )
    return len(found)


def _erase_traces(tx: sqlite3.Connection, campaign_id: int, lead_id: str, renamed: str) -> None:
    """Deliveries, events and records set aside under an id of the person's. Those of a successor stay its own."""
    pair = (campaign_id, lead_id)
    tx.execute("DELETE FROM aside WHERE coalesce(campaign_id, ?1) = ?1 AND lead_id = ?2", pair)
    tx.execute("DELETE FROM edit WHERE campaign_id = ? AND lead_id = ?", pair)
    if tx.execute("SELECT 1 FROM purchase WHERE campaign_id = ? AND lead_id = ?", pair).fetchone():
        return
    settled = "state IN ('written', 'unchanged', 'skipped')"
    tx.execute(f"DELETE FROM delivery WHERE campaign_id = ? AND lead_id = ? AND NOT {settled}", pair)
    tx.execute("UPDATE delivery SET lead_id = ?, reason = '' WHERE campaign_id = ? AND lead_id = ?", (renamed, *pair))
    tx.execute("UPDATE event SET lead_id = ? WHERE campaign_id = ? AND lead_id = ?", (renamed, *pair))


def _redact(tx: sqlite3.Connection, tokens: Iterable[str]) -> None:
    """Wherever a sentence names the person. Reports of runs are JSON, in which some letters are written otherwise."""
    for token in filter(str.strip, tokens):
        for form in {token, json.dumps(token)[1:-1]}:
            for table, columns in _SENTENCES.items():
                for column in columns:
                    tx.execute(
                        f"UPDATE {table} SET {column} = replace({column}, ?1, ?2) WHERE instr({column}, ?1)",
                        (form, REDACTED),
                    )
            tx.execute("UPDATE aside SET key = ?2 || hex(randomblob(16)) WHERE instr(key, ?1)", (form, FORGOTTEN))
