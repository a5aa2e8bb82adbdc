"""Batches: what waits to be bought, and how it is taken into one request."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime

from ..errors import InvariantError
from ..models import Lead, Record, RequestDescription
from .aliases import PERSON_KEYS, read_people
from .asides import store_asides
from .database import Database
from .leads import MAY_BE_PAID, unpack_lead, unpack_record
from .syncs import add_event, touch
from .times import to_text
from .values import Aside, Batch, Queue, Withdrawal


def pack_description(description: RequestDescription) -> str:
    return json.dumps(asdict(description), sort_keys=True, ensure_ascii=False)


class BatchTables:
    """The part of the ledger that knows the queue and the batches made of it."""

    db: Database

    def queues(self, sync_id: int) -> list[Queue]:
        """What may share a POST, in the order in which it was queued."""
        with self.db.reading() as tx:
            rows = tx.execute(
                "SELECT c.id, c.customer, c.campaign, r.id, r.description, r.types, count(DISTINCT p.lead_id)"
                " FROM purchase p JOIN campaign c ON c.id = p.campaign_id JOIN request r ON r.id = p.request_id"
                " WHERE p.sync_id = ? AND p.state = 'queued' GROUP BY c.id, r.id ORDER BY min(p.id)",
                (sync_id,),
            ).fetchall()
        return [
            Queue(
                row[0],
                row[1],
                row[2],
                row[3],
                RequestDescription(**json.loads(row[4])),
                tuple(json.loads(row[5])),
                row[6],
            )
            for row in rows
        ]

    def prepare(
        self,
        sync_id: int,
        queue: Queue,
        limit: int,
        *,
        run_id: str,
        at: datetime,
        token: str,
        encode: Callable[[Sequence[Lead]], bytes],
        hold: Callable[[Withdrawal], Aside | None],
        screen: Callable[[Lead, Record], str],
        only: Sequence[str] | None = None,
        leave_out: Sequence[str] = (),
    ) -> tuple[Batch, bytes] | None:
        """Take up to `limit` leads from a queue into a batch with a prepared attempt (write W1).

        `only`: ids of the leads that may be taken; `leave_out`: of those that stay in the queue.
        `screen`: why a lead gets no message. It leaves the queue, and so does one whose person was bought, since it
        was queued, under another id of the campaign. `hold` is told of each; it says how it is put aside, if it is.
        Returns the batch and its request's bytes, None if the queue is empty.
        Only a hash of the callback token and its last 8 characters are kept.
        """
        now = to_text(at)
        with self.db.transaction() as tx:
            taken, withdrawn = _take(tx, sync_id, queue, limit, screen, only, leave_out)
            _store_withdrawn(tx, sync_id, run_id, now, [(one, hold(one)) for one in withdrawn])
            if not taken:
                return None
            leads = [lead for lead, _ in taken]
            body = encode(leads)
            batch_id = _store_batch(tx, sync_id, queue, [lead.lead_id for lead in leads], now)
            attempt_id = tx.execute(
                "INSERT INTO attempt (batch_id, number, state, run_id, token_hash, token_tail, body_hash, prepared_at)"
                " VALUES (?, 1, 'prepared', ?, ?, ?, ?, ?) RETURNING id",
                (batch_id, run_id, hash_token(token), token[-8:], hashlib.sha256(body).digest(), now),
            ).fetchone()[0]
            add_event(tx, now, run_id, "prepared", sync_id=sync_id, attempt_id=attempt_id)
            touch(tx, [sync_id])
        return Batch(batch_id, attempt_id, queue, leads, [place for _, place in taken]), body

    def has_accepted(self, campaign_id: int, request_id: int) -> bool:
        """Whether the API has ever accepted this request for some lead of the campaign."""
        query = (
            "SELECT 1 FROM batch b JOIN attempt a ON a.batch_id = b.id WHERE b.campaign_id = ? AND b.request_id = ?"
            " AND a.state IN ('accepted', 'complete') LIMIT 1"
        )
        with self.db.reading() as tx:
            return tx.execute(query, (campaign_id, request_id)).fetchone() is not None

    def bought_between(self, sync_id: int, start: datetime, end: datetime) -> int:
        """Messages of this sync that were sent then and not refused; doubt, also a dropped one, is bought."""
        with self.db.reading() as tx:
            return int(
                tx.execute(
                    # By itself SQLite would choose the states' index, and look through all attempts there ever were.
                    "SELECT coalesce(sum(b.messages), 0) FROM attempt a INDEXED BY attempt_sent"
                    " JOIN batch b ON b.id = a.batch_id WHERE a.sent_at BETWEEN ? AND ? AND b.sync_id = ?"
                    " AND a.state IN ('submitting', 'accepted', 'complete', 'in_doubt', 'dropped')",
                    (to_text(start), to_text(end), sync_id),
                ).fetchone()[0]
            )


def hash_token(token: str) -> bytes:
    """What is kept of a callback token: a stolen ledger gives no live tokens."""
    return hashlib.sha256(token.encode("ascii")).digest()


def _store_withdrawn(
    tx: sqlite3.Connection, sync_id: int, run_id: str, now: str, withdrawn: Sequence[tuple[Withdrawal, Aside | None]]
) -> None:
    for one, aside in withdrawn:
        if aside is not None:
            store_asides(tx, sync_id, run_id, now, [aside])
        else:
            key = (one.campaign_id, one.lead.lead_id)
            add_event(tx, now, run_id, "suppressed", sync_id=sync_id, campaign_id=key[0], lead_id=key[1])
    if withdrawn:
        touch(tx, [sync_id])


def _store_batch(tx: sqlite3.Connection, sync_id: int, queue: Queue, lead_ids: Sequence[str], now: str) -> int:
    """A new batch, and the purchases of these leads moved into it. Returns its id."""
    messages = len(lead_ids) * len(queue.types)
    batch_id = tx.execute(
        "INSERT INTO batch (sync_id, campaign_id, request_id, leads, messages, created_at)"
        " VALUES (?, ?, ?, ?, ?, ?) RETURNING id",
        (sync_id, queue.campaign_id, queue.request_id, len(lead_ids), messages, now),
    ).fetchone()[0]
    moved = tx.execute(
        # By itself SQLite would choose the queue's index, and look through the whole queue.
        "UPDATE purchase INDEXED BY purchase_key SET state = 'pending', batch_id = ?, changed_at = ?"
        " WHERE campaign_id = ? AND lead_id IN (SELECT value FROM json_each(?)) AND request_id = ?"
        " AND sync_id = ? AND state = 'queued' AND state <> 'refused'",
        (batch_id, now, queue.campaign_id, json.dumps(list(lead_ids)), queue.request_id, sync_id),
    ).rowcount
    if moved != messages:
        raise InvariantError(f"a batch of {len(lead_ids)} leads moved {moved} purchases")
    return int(batch_id)


def _take(
    tx: sqlite3.Connection,
    sync_id: int,
    queue: Queue,
    limit: int,
    screen: Callable[[Lead, Record], str],
    only: Sequence[str] | None,
    leave_out: Sequence[str],
) -> tuple[list[tuple[Lead, str]], list[Withdrawal]]:
    """The first leads of a queue that may be bought, with their places, and those found not to be.

    Reads no more of the queue than it takes.
    """
    taken: dict[str, tuple[Lead, str]] = {}
    ids: dict[str, str] = {}  # LinkedIn key → the lead id that has it
    withdrawn: list[Withdrawal] = []
    while not taken and (first := _read_queue(tx, sync_id, queue, limit, only, leave_out)):
        found = _read_leads(tx, sync_id, queue.campaign_id, first)
        leads = {key: unpack_lead(key, found[key][0], queue.customer, queue.campaign) for key in first}
        people = read_people(tx, (lead.linkedin_key for lead in leads.values()))
        for lead_id, lead in leads.items():
            _, packed, other = found[lead_id]
            record = unpack_record(packed)
            suppressed = screen(lead, record)
            keys = people.get(lead.linkedin_key, (lead.linkedin_key,))
            if other is None:
                other = next((ids[key] for key in keys if key in ids), None)
            if other is None and not suppressed:
                taken[lead_id] = (lead, record.where)
                ids.update(dict.fromkeys(keys, lead_id))
            else:
                messages = _withdraw(tx, sync_id, queue.campaign_id, lead_id)
                withdrawn.append(Withdrawal(lead, record.where, queue.campaign_id, messages, other or "", suppressed))
    return list(taken.values()), withdrawn


def _read_queue(
    tx: sqlite3.Connection,
    sync_id: int,
    queue: Queue,
    limit: int,
    only: Sequence[str] | None,
    leave_out: Sequence[str],
) -> list[str]:
    table, chosen = "purchase", ""
    if only is not None:
        # By itself SQLite would choose the queue's index, and look through the whole queue.
        table = "purchase INDEXED BY purchase_key"
        chosen = " AND state <> 'refused' AND lead_id IN (SELECT value FROM json_each(?4))"
    queued = tx.execute(
        f"SELECT lead_id FROM {table} WHERE sync_id = ?1 AND request_id = ?2 AND campaign_id = ?3 AND state = 'queued'"
        f"{chosen} AND lead_id NOT IN (SELECT value FROM json_each(?5)) ORDER BY id LIMIT ?6",
        (
            sync_id,
            queue.request_id,
            queue.campaign_id,
            json.dumps(only),
            json.dumps(leave_out),
            limit * len(queue.types),
        ),
    )
    return list(dict.fromkeys(row[0] for row in queued))[:limit]


def _read_leads(
    tx: sqlite3.Connection, sync_id: int, campaign_id: int, lead_ids: Sequence[str]
) -> dict[str, tuple[str, str, str | None]]:
    """Lead id → fields, record, and another id under which the person was bought in this campaign."""
    rows = tx.execute(
        "SELECT l.lead_id, l.fields, l.record, (SELECT p.lead_id FROM purchase p"
        f" WHERE p.campaign_id = l.campaign_id AND p.person IN {PERSON_KEYS} AND p.lead_id <> l.lead_id"
        f" AND (p.state IN ('pending', 'ready') OR {MAY_BE_PAID}) LIMIT 1) FROM lead l"
        " WHERE l.sync_id = ? AND l.campaign_id = ? AND l.lead_id IN (SELECT value FROM json_each(?))",
        (sync_id, campaign_id, json.dumps(lead_ids)),
    )
    return {row[0]: row[1:] for row in rows}


def _withdraw(tx: sqlite3.Connection, sync_id: int, campaign_id: int, lead_id: str) -> int:
    """Take a lead from the queue. Returns the number of its messages."""
    return tx.execute(
        "DELETE FROM purchase INDEXED BY purchase_key WHERE campaign_id = ? AND lead_id = ? AND sync_id = ?"
        " AND state = 'queued' AND state <> 'refused'",
        (campaign_id, lead_id, sync_id),
    ).rowcount


def requeue(tx: sqlite3.Connection, batch_id: int, now: str) -> None:
    """What a batch did not buy waits again, in its old place.

    Not while another attempt of it is open or may have bought it, and not after a person has given it up.
    """
    others = dict(
        tx.execute(
            "SELECT state, count(sent_at) FROM attempt WHERE batch_id = ? GROUP BY state", (batch_id,)
        ).fetchall()
    )
    if others.keys() & {"prepared", "submitting", "accepted", "complete", "in_doubt"}:
        return
    # What was dropped and had never been sent bought nothing.
    after = "'failed'" if others.get("dropped") else "'queued', batch_id = NULL"
    if not others.get("dropped"):  # nobody is bought for who was forgotten meanwhile
        tx.execute(
            "DELETE FROM purchase WHERE batch_id = ? AND state = 'pending' AND purged_at IS NOT NULL", (batch_id,)
        )
    tx.execute(
        f"UPDATE purchase SET state = {after}, changed_at = ? WHERE batch_id = ? AND state = 'pending'",
        (now, batch_id),
    )
