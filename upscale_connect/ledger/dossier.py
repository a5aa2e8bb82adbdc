"""All that the ledger holds about one person: found by what somebody knows of them, and told whole."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ..models import Lead, Record
from ..suppression import find_emails, read_email, show_value
from .aliases import read_people
from .database import Database
from .deliveries import read_messages
from .leads import unpack_lead, unpack_record
from .suppressions import find_key, hash_value
from .values import DueDelivery


@dataclass(frozen=True, slots=True)
class Mention:
    """A lead of the ledger, or what was bought for one that is gone. `name` and `place` are empty then.

    `person` is a LinkedIn key.
    """

    person: str
    sync: str
    customer: str
    campaign: str
    lead_id: str
    name: str = ""
    place: str = ""


class DossierTables:
    """The part of the ledger that tells what it holds about a person."""

    db: Database

    def find_people(self, text: str, keys: Collection[str]) -> dict[tuple[str, ...], list[Mention]]:
        """All LinkedIn keys of a person → the person's leads, for everybody whom a text may mean.

        It is one of these `keys`, a lead id, a record id, `customer/campaign/lead id`, or an e-mail address.
        """
        email = read_email(text)
        found: dict[tuple[str, ...], list[Mention]] = {}
        with self.db.reading() as tx:
            meant = set(keys) | _read_owners(tx, text) | (_read_by_email(tx, email) if email else set())
            for key in sorted(meant):
                person = read_person(tx, key)
                if person not in found and (mentions := [*_read_leads(tx, person), *_read_gone(tx, person)]):
                    found[person] = mentions
        return found

    def deliveries_of(self, sync_id: int, sink_id: int, key: str) -> list[DueDelivery]:
        """Whatever a sink may have of a person, as far as it is known: for who must take it away."""
        with self.db.reading() as tx:
            rows = tx.execute(
                "SELECT d.campaign_id, d.lead_id, d.receipt, d.attempts, c.customer, c.campaign, l.fields, l.record"
                " FROM delivery d JOIN campaign c ON c.id = d.campaign_id LEFT JOIN lead l ON l.sync_id = ?1"
                " AND l.campaign_id = d.campaign_id AND l.lead_id = d.lead_id AND l.person = ?3 WHERE d.sink_id = ?2"
                " AND (l.id IS NOT NULL OR EXISTS (SELECT 1 FROM purchase p WHERE p.campaign_id = d.campaign_id"
                " AND p.lead_id = d.lead_id AND p.person = ?3))",
                (sync_id, sink_id, key),
            ).fetchall()
            found = []
            for campaign_id, lead_id, receipt, attempts, customer, campaign, fields, packed in rows:
                if fields is None:  # its lead is not kept any more
                    lead = Lead(lead_id, show_value("linkedin", key), key, "", "", "", None, None, customer, campaign)
                else:
                    lead = unpack_lead(lead_id, fields, customer, campaign)
                record = Record(None, {}) if packed is None else unpack_record(packed)
                bought = read_messages(tx, campaign_id, lead_id, key, drafts=True)
                found.append(
                    DueDelivery(campaign_id, lead, record, bought.messages, bought.earlier, receipt, True, attempts)
                )
        return found

    def dossier(self, keys: Sequence[str]) -> dict[str, Any]:
        """Everything about the person with these LinkedIn keys, as plain values."""
        with self.db.reading() as tx:
            pairs = list(dict.fromkeys(pair for key in keys for pair in read_pairs(tx, key)))
            return {
                "linkedin_keys": list(keys),
                "leads": [_tell_lead(row) for key in keys for row in tx.execute(_LEADS, (key,))],
                "messages": [one for key in keys for one in _tell_messages(tx, key)],
                "deliveries": [one for pair in pairs for one in _select(tx, _DELIVERIES, pair)],
                "do_not_contact": [one for key in keys for one in _tell_entries(tx, key)],
                "set_aside": [one for pair in pairs for one in _select(tx, _ASIDES, pair)],
                "events": [one for pair in pairs for one in _select(tx, _EVENTS, pair)],
            }


_LEADS = (
    "SELECT s.name, c.customer, c.campaign, l.lead_id, l.person, l.fields, l.record, l.read_at FROM lead l"
    " JOIN sync s ON s.id = l.sync_id JOIN campaign c ON c.id = l.campaign_id WHERE l.person = ? ORDER BY l.id"
)
_MESSAGES = (
    "SELECT p.id, c.customer, c.campaign, p.lead_id, p.type, p.revision, p.state, p.text, p.reason, p.changed_at,"
    " p.purged_at, a.secure_request_id, a.sent_at, o.name AS account FROM purchase p"
    " JOIN campaign c ON c.id = p.campaign_id JOIN account o ON o.id = c.account_id"
    " LEFT JOIN attempt a ON a.batch_id = p.batch_id WHERE p.person = ? ORDER BY p.id, a.number"
)
_VERSIONS = "SELECT text, author, place, at FROM version WHERE purchase_id = ? ORDER BY id"
_FINDINGS = "SELECT rule, message FROM finding WHERE purchase_id = ? ORDER BY rule"
_VERDICTS = "SELECT verdict, actor, reason, at FROM verdict WHERE purchase_id = ? ORDER BY id"
_DELIVERIES = (
    "SELECT y.name AS sync, s.name AS sink, d.lead_id, d.state, d.receipt, d.reason, d.changed_at FROM delivery d"
    " JOIN sink s ON s.id = d.sink_id JOIN sync y ON y.id = s.sync_id WHERE d.campaign_id = ? AND d.lead_id = ?"
)
_ASIDES = (
    "SELECT y.name AS sync, a.kind, a.place, a.field, a.value, a.reason, a.since FROM aside a JOIN sync y"
    " ON y.id = a.sync_id WHERE coalesce(a.campaign_id, ?1) = ?1 AND a.lead_id = ?2"
)
_ENTRIES = "SELECT kind, value, customer, reason, source, actor, at FROM suppression WHERE kind = ? AND hash = ?"
_EVENTS = "SELECT at, actor, kind, detail FROM event WHERE campaign_id = ? AND lead_id = ? ORDER BY id"


def read_person(tx: sqlite3.Connection, key: str) -> tuple[str, ...]:
    """Every LinkedIn key under which leads showed the person with this one, that one too, in their order."""
    return tuple(sorted(read_people(tx, [key]).get(key, (key,))))


def read_pairs(tx: sqlite3.Connection, key: str) -> list[tuple[int, str]]:
    """Campaign id and lead id of everything that was read or bought for a person."""
    return tx.execute(
        "SELECT campaign_id, lead_id FROM lead WHERE person = ?1 UNION"
        " SELECT campaign_id, lead_id FROM purchase WHERE person = ?1",
        (key,),
    ).fetchall()


def read_values(tx: sqlite3.Connection, key: str, pairs: Iterable[tuple[int, str]]) -> set[str]:
    """By what entries of a do-not-contact list may name the person."""
    values = {key}
    for (packed,) in tx.execute("SELECT record FROM lead WHERE person = ?", (key,)):
        record = unpack_record(packed)
        values |= {record.id or key, *find_emails(record)}
    for campaign_id, lead_id in pairs:
        names = tx.execute("SELECT customer, campaign FROM campaign WHERE id = ?", (campaign_id,)).fetchone()
        values |= {lead_id, "/".join((*names, lead_id))}
    return values


def _read_owners(tx: sqlite3.Connection, text: str) -> set[str]:
    rows = tx.execute(
        "SELECT l.person FROM lead l JOIN campaign c ON c.id = l.campaign_id WHERE l.lead_id = ?1"
        " OR json_extract(l.record, '$[0]') = ?1 OR c.customer || '/' || c.campaign || '/' || l.lead_id = ?1 UNION"
        " SELECT p.person FROM purchase p JOIN campaign c ON c.id = p.campaign_id WHERE p.lead_id = ?1"
        " OR c.customer || '/' || c.campaign || '/' || p.lead_id = ?1",
        (text,),
    )
    return {row[0] for row in rows}


def _read_by_email(tx: sqlite3.Connection, email: str) -> set[str]:
    """By a whole address in any column of a record."""
    domain = email.rpartition("@")[2]
    rows = tx.execute("SELECT person, record FROM lead WHERE instr(lower(record), ?)", (domain,))
    return {person for person, packed in rows if email in find_emails(unpack_record(packed))}


def _read_leads(tx: sqlite3.Connection, keys: Sequence[str]) -> list[Mention]:
    mentions = []
    for row in (row for key in keys for row in tx.execute(_LEADS, (key,))):
        sync, customer, campaign, lead_id, key, fields, packed, _ = row
        lead = unpack_lead(lead_id, fields, customer, campaign)
        name = f"{lead.first_name} {lead.last_name} ({lead.company})"
        mentions.append(Mention(key, sync, customer, campaign, lead_id, name, unpack_record(packed).where))
    return mentions


def _read_gone(tx: sqlite3.Connection, keys: Sequence[str]) -> list[Mention]:
    """What was bought for a person under ids whose lead is not kept, or is somebody else by now."""
    query = (
        "SELECT DISTINCT p.person, s.name, c.customer, c.campaign, p.lead_id FROM purchase p JOIN sync s"
        " ON s.id = p.sync_id JOIN campaign c ON c.id = p.campaign_id WHERE p.person = ?1 AND NOT EXISTS (SELECT 1"
        " FROM lead l WHERE l.campaign_id = p.campaign_id AND l.lead_id = p.lead_id AND l.person = ?1)"
    )
    return [Mention(*row) for key in keys for row in tx.execute(query, (key,))]


def _tell_lead(row: tuple[str, ...]) -> dict[str, Any]:
    sync, customer, campaign, lead_id, _, fields, packed, read_at = row
    lead, record = unpack_lead(lead_id, fields, customer, campaign), unpack_record(packed)
    return {
        "sync": sync,
        "customer": customer,
        "campaign": campaign,
        "lead_id": lead_id,
        "linkedin": lead.linkedin_url,
        "first_name": lead.first_name,
        "last_name": lead.last_name,
        "company": lead.company,
        "website": lead.website_url,
        "specified_url": lead.specified_url,
        "record_id": record.id,
        "place": record.where,
        "record": dict(record.fields),
        "read_at": read_at,
    }


def _tell_messages(tx: sqlite3.Connection, key: str) -> list[dict[str, Any]]:
    messages: dict[int, dict[str, Any]] = {}
    for row in _select(tx, _MESSAGES, (key,)):
        number, request = row.pop("id"), row.pop("secure_request_id")
        told = messages.setdefault(number, {**row, "requests": []})
        told["requests"] += [request] if request else []
    for number, told in messages.items():
        told["versions"] = _select(tx, _VERSIONS, (number,))
        told["findings"] = _select(tx, _FINDINGS, (number,))
        told["verdicts"] = _select(tx, _VERDICTS, (number,))
    return list(messages.values())


def _tell_entries(tx: sqlite3.Connection, key: str) -> list[dict[str, Any]]:
    """Those that mean this person and nobody else, hashed ones too."""
    secret = find_key(tx)
    hashes = [
        (kind, hash_value(secret, kind, value))
        for value in sorted(read_values(tx, key, read_pairs(tx, key)))
        for kind in ("linkedin", "email", "id")
        if secret is not None
    ]
    return [one for pair in hashes for one in _select(tx, _ENTRIES, pair)]


def _select(tx: sqlite3.Connection, query: str, values: tuple[object, ...]) -> list[dict[str, Any]]:
    cursor = tx.execute(query, values)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor]
