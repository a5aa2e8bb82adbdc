"""Leads, queued purchases and records set aside: what planning reads and writes, a thousand at a time."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Collection, Sequence
from datetime import datetime

from ..errors import LedgerError, LockHeldError
from ..http.json_body import mend
from ..models import Lead, Record
from .aliases import forget_duplicate_aliases, store_aliases, store_duplicate_aliases
from .asides import IS_SHOWN, store_asides
from .database import Database, make_damaged
from .syncs import add_event, touch
from .texts import TEXT, VERSION
from .times import to_text
from .values import Aside, Known, Purchase, Wish

_to_json = json.JSONEncoder(ensure_ascii=False, check_circular=False).encode  # `json.dumps` makes one for each call

#: Of a purchase `p`: a person dropped its attempt, which may have been paid.
GIVEN_UP = (
    "(p.state = 'failed' AND p.batch_id IN"
    " (SELECT batch_id FROM attempt WHERE state = 'dropped' AND sent_at IS NOT NULL))"
)
#: Of a purchase `p`: there is no message, and yet it may have been paid.
MAY_BE_PAID = f"({GIVEN_UP} OR (p.state = 'failed' AND p.adopted IS NOT NULL))"
#: Of a purchase `p`: there is no newer revision of it.
IS_NEWEST = (
    "NOT EXISTS (SELECT 1 FROM purchase n WHERE n.campaign_id = p.campaign_id AND n.lead_id = p.lead_id"
    " AND n.type = p.type AND n.revision > p.revision AND n.state <> 'refused')"
)
#: Of a purchase `p`: nothing of its batch is known to be accepted.
IN_DOUBT = (
    "(p.state = 'pending' AND EXISTS (SELECT 1 FROM attempt a WHERE a.batch_id = p.batch_id AND a.state = 'in_doubt')"
    " AND NOT EXISTS (SELECT 1 FROM attempt a WHERE a.batch_id = p.batch_id AND a.state IN"
    " ('prepared', 'submitting', 'accepted')))"
)


def pack_lead(lead: Lead) -> str:
    """The values of a lead that its row has no column for."""
    return _to_json(
        [
            lead.linkedin_url,
            lead.linkedin_key,
            lead.company,
            lead.first_name,
            lead.last_name,
            lead.website_url,
            lead.specified_url,
            *lead.aliases,
        ]
    )


def unpack_lead(lead_id: str, fields: str, customer: str, campaign: str) -> Lead:
    """Raises LedgerError if that is not what `pack_lead` made."""
    try:
        url, key, company, first_name, last_name, website, specified, *aliases = json.loads(fields)
    except (ValueError, TypeError):
        raise make_damaged() from None
    lead = Lead(lead_id, url, key, company, first_name, last_name, website, specified, customer, campaign)
    lead.aliases = tuple(aliases)
    return lead


def pack_record(record: Record) -> str:
    return mend(_to_json([record.id, record.where, dict(record.fields)]))


def unpack_record(text: str) -> Record:
    """Raises LedgerError if that is not what `pack_record` made."""
    try:
        record_id, where, fields = json.loads(text)
    except (ValueError, TypeError):
        raise make_damaged() from None
    return Record(record_id, fields, where)


class LeadTables:
    """The part of the ledger that knows leads, what they queue for, and what was set aside."""

    db: Database

    def known(
        self, sync_id: int, campaign_id: int, lead_ids: Sequence[str], *, texts: bool = False
    ) -> dict[str, Known]:
        """What is known of these leads. `texts`: with the messages themselves."""
        known = {lead_id: Known() for lead_id in lead_ids}
        wanted = json.dumps(list(known))
        text, version = (TEXT, VERSION) if texts else ("NULL", "0")
        with self.db.reading() as tx:
            for lead_id, digest in tx.execute(
                "SELECT lead_id, digest FROM lead WHERE sync_id = ? AND campaign_id = ?"
                " AND lead_id IN (SELECT value FROM json_each(?))",
                (sync_id, campaign_id, wanted),
            ):
                known[lead_id].digest = digest
            for row in tx.execute(
                f"SELECT p.lead_id, p.type, p.state, p.person, p.sync_id, p.request_id, {IN_DOUBT}, {text}, p.reason,"
                f" p.changed_at, p.id, p.review, {version}, {MAY_BE_PAID}, p.purged_at IS NOT NULL, p.adopted"
                " FROM purchase p"
                " WHERE p.state <> 'refused' AND campaign_id = ? AND lead_id IN (SELECT value FROM json_each(?))"
                " ORDER BY lead_id, type, revision",
                (campaign_id, wanted),
            ):
                known[row[0]].purchases.append(Purchase(*row[1:]))
            for lead_id, kind, digest, reason in tx.execute(
                f"SELECT a.lead_id, a.kind, a.digest, a.reason FROM aside a WHERE a.sync_id = ?"
                f" AND (a.kind = 'refused' OR {IS_SHOWN}) AND a.campaign_id = ?"
                " AND a.lead_id IN (SELECT value FROM json_each(?))",
                (sync_id, campaign_id, wanted),
            ):
                if kind == "held":
                    known[lead_id].held_reason = reason
                else:
                    known[lead_id].refused_digest = digest
                    known[lead_id].refused_reason = reason
        return known

    def bind_request(self, description: str, types: str) -> int:
        query = "SELECT id FROM request WHERE description = ? AND types = ?"
        with self.db.transaction() as tx:
            row = tx.execute(query, (description, types)).fetchone()
            if row is None:
                insert = "INSERT INTO request (description, types) VALUES (?, ?) RETURNING id"
                row = tx.execute(insert, (description, types)).fetchone()
            return int(row[0])

    def store_plan(
        self,
        sync_id: int,
        run_id: str,
        at: datetime,
        wishes: Sequence[Wish],
        asides: Sequence[Aside],
        settled: Sequence[str] = (),
        gone: Collection[int] = (),
        pairs: Collection[tuple[str, str]] = (),
    ) -> dict[str, int]:
        """Store a planned chunk.

        `settled` are the keys of asides that its records have outgrown, `gone` the syncs whose queue this one may
        take over, `pairs` the LinkedIn keys that duplicates show together. Returns how many asides of each kind were
        not known before. Raises LedgerError, and LockHeldError if another run was faster.
        """
        now = to_text(at)
        with self.db.transaction() as tx:
            stored = [(wish.campaign_id, wish.lead, wish.record, wish.digest) for wish in wishes if wish.store]
            store_leads(tx, sync_id, now, stored)
            _queue(tx, sync_id, now, wishes, json.dumps([sync_id, *gone]))
            if settled:
                tx.execute(
                    "DELETE FROM aside WHERE sync_id = ? AND kind IN ('quarantined', 'held')"
                    " AND key IN (SELECT value FROM json_each(?))",
                    (sync_id, json.dumps(settled)),
                )
            store_duplicate_aliases(tx, sync_id, run_id, pairs)
            return store_asides(tx, sync_id, run_id, now, asides)

    def withdraw(
        self,
        sync_id: int,
        run_id: str,
        at: datetime,
        leads: Sequence[tuple[int | None, str]],
        asides: Sequence[Aside],
        gone: Collection[int] = (),
        pairs: Collection[tuple[str, str]] = (),
    ) -> None:
        """Take leads (campaign id, lead id) from the queue again, after their chunk was stored.

        What was never bought and is not held goes wholly, but for the LinkedIn keys (`pairs`) that it showed together.
        """
        with self.db.transaction() as tx:
            owners = json.dumps([sync_id, *gone])
            tx.executemany(
                "DELETE FROM purchase WHERE campaign_id = ? AND lead_id = ? AND state = 'queued'"
                " AND state <> 'refused' AND sync_id IN (SELECT value FROM json_each(?))",
                [(*key, owners) for key in leads],
            )
            store_duplicate_aliases(tx, sync_id, run_id, pairs)
            store_asides(tx, sync_id, run_id, to_text(at), asides)
            tx.executemany(
                "DELETE FROM lead WHERE sync_id = ?1 AND campaign_id = ?2 AND lead_id = ?3"
                " AND NOT EXISTS (SELECT 1 FROM purchase WHERE campaign_id = ?2 AND lead_id = ?3) AND NOT EXISTS"
                " (SELECT 1 FROM aside WHERE sync_id = ?1 AND lead_id = ?3 AND kind = 'held' AND campaign_id = ?2)",
                [(sync_id, *key) for key in leads],
            )
            touch(tx, [sync_id])

    def finish_read(self, sync_id: int, run_id: str, at: datetime, is_seen: Callable[[int, str], bool]) -> int:
        """After a read of everything: what it no longer held is taken from the queue and from the asides.

        Returns the number of leads taken from the queue.
        """
        with self.db.transaction() as tx:
            gone = [
                (campaign_id, lead_id)
                for campaign_id, lead_id in tx.execute(
                    "SELECT DISTINCT campaign_id, lead_id FROM purchase WHERE sync_id = ? AND state = 'queued'",
                    (sync_id,),
                )
                if not is_seen(campaign_id, lead_id)
            ]
            tx.executemany(
                "DELETE FROM purchase WHERE state = 'queued' AND state <> 'refused'"
                " AND sync_id = ? AND campaign_id = ? AND lead_id = ?",
                [(sync_id, *key) for key in gone],
            )
            tx.execute(
                "DELETE FROM aside WHERE sync_id = ? AND run_id <> ? AND kind IN ('quarantined', 'duplicate', 'held')",
                (sync_id, run_id),
            )
            forget_duplicate_aliases(tx, sync_id, run_id)
            refused = tx.execute(
                "SELECT campaign_id, lead_id, id FROM aside WHERE sync_id = ? AND kind = 'refused'", (sync_id,)
            ).fetchall()
            tx.executemany("DELETE FROM aside WHERE id = ?", [(row[2],) for row in refused if not is_seen(*row[:2])])
            if gone:
                touch(tx, [sync_id])
                add_event(tx, to_text(at), run_id, "dropped", sync_id=sync_id, detail=f"{len(gone)} queued leads")
        return len(gone)

    def count_queue(self, sync_id: int) -> tuple[int, int]:
        """Leads and messages that wait to be bought."""
        with self.db.reading() as tx:
            row = tx.execute(
                "SELECT count(*), (SELECT count(*) FROM (SELECT DISTINCT campaign_id, lead_id FROM purchase"
                " WHERE sync_id = ?1 AND state = 'queued')) FROM purchase WHERE sync_id = ?1 AND state = 'queued'",
                (sync_id,),
            ).fetchone()
        return int(row[1]), int(row[0])


def store_leads(
    tx: sqlite3.Connection, sync_id: int, now: str, leads: Sequence[tuple[int, Lead, Record, bytes]]
) -> None:
    """Leads of a sync as they were read: campaign id, lead, record and digest of each."""
    tx.executemany(
        "INSERT INTO lead (sync_id, campaign_id, lead_id, person, fields, record, digest, read_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (sync_id, campaign_id, lead_id) DO UPDATE SET"
        " person = excluded.person, fields = excluded.fields, record = excluded.record,"
        " digest = excluded.digest, read_at = excluded.read_at",
        [
            (sync_id, campaign_id, lead.lead_id, lead.linkedin_key, pack_lead(lead), pack_record(record), digest, now)
            for campaign_id, lead, record, digest in leads
        ],
    )
    store_aliases(tx, sync_id, [(campaign_id, lead) for campaign_id, lead, _, _ in leads])


def _queue(tx: sqlite3.Connection, sync_id: int, now: str, wishes: Sequence[Wish], owners: str) -> None:
    moved = tx.executemany(
        "INSERT INTO purchase (campaign_id, lead_id, type, person, sync_id, request_id, state, changed_at, revision)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'queued', ?7, coalesce((SELECT max(revision + (state = 'failed'))"
        " FROM purchase WHERE campaign_id = ?1 AND lead_id = ?2 AND type = ?3 AND state <> 'refused'"
        " AND (state = 'queued' OR (state = 'failed' AND person <> ?4))), 1))"
        " ON CONFLICT (campaign_id, lead_id, type, revision) WHERE state <> 'refused' DO UPDATE SET"
        " person = excluded.person, sync_id = excluded.sync_id, request_id = excluded.request_id"
        " WHERE purchase.state = 'queued' AND purchase.sync_id IN (SELECT value FROM json_each(?8))",
        [
            (wish.campaign_id, wish.lead.lead_id, kind, wish.lead.linkedin_key, sync_id, wish.request_id, now, owners)
            for wish in wishes
            for kind in wish.queue
        ],
    ).rowcount
    if moved not in (-1, sum(len(wish.queue) for wish in wishes)):
        raise _find_faster(tx, sync_id, wishes)
    tx.executemany(
        "DELETE FROM purchase WHERE campaign_id = ? AND lead_id = ? AND type = ?"
        " AND state = 'queued' AND state <> 'refused'"  # the second term lets SQLite use the key's index
        " AND sync_id IN (SELECT value FROM json_each(?))",
        [(wish.campaign_id, wish.lead.lead_id, kind, owners) for wish in wishes for kind in wish.withdraw],
    )
    tx.executemany(
        "DELETE FROM aside WHERE kind = 'refused' AND sync_id = ? AND campaign_id = ? AND lead_id = ?",
        [(sync_id, wish.campaign_id, wish.lead.lead_id) for wish in wishes if wish.store and wish.queue],
    )


def _find_faster(tx: sqlite3.Connection, sync_id: int, wishes: Sequence[Wish]) -> LedgerError | LockHeldError:
    """Since these leads were looked up, another run has taken one of them."""
    query = (
        "SELECT s.name FROM purchase p JOIN sync s ON s.id = p.sync_id"
        " WHERE p.campaign_id = ? AND p.lead_id = ? AND p.state <> 'refused' AND p.sync_id <> ? LIMIT 1"
    )
    for wish in wishes:
        row = tx.execute(query, (wish.campaign_id, wish.lead.lead_id, sync_id)).fetchone() if wish.queue else None
        if row is not None:
            return LockHeldError(row[0])
    return LedgerError("another run bought some of these leads at the same moment", hint="nothing is lost; run again")
