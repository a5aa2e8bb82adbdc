"""What a person decides about an attempt that is in doubt. Each act is one transaction, with who did it."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from ..errors import UsageError
from ..models import Lead, Record, RequestDescription
from .attempts import accept, move
from .batches import hash_token, requeue
from .database import Database
from .leads import unpack_lead, unpack_record
from .syncs import add_event
from .times import to_text
from .values import AttemptState

#: (Lead id, name and company, place in the source).
CaseLead: TypeAlias = tuple[str, str, str]

_CASE = (
    "SELECT a.id, a.number, a.state, a.batch_id, b.sync_id, s.name, o.name, c.id, c.customer, c.campaign,"
    " r.description, r.types, b.leads, b.messages, a.sent_at, coalesce(a.cause, ''), coalesce(a.detail, ''), a.status,"
    " coalesce(a.bytes_sent, 0), a.token_hash, a.token_tail, a.secure_request_id"
    " FROM attempt a JOIN batch b ON b.id = a.batch_id JOIN sync s ON s.id = b.sync_id"
    " JOIN campaign c ON c.id = b.campaign_id JOIN account o ON o.id = c.account_id"
    " JOIN request r ON r.id = b.request_id WHERE "
)
# An attempt that was dropped before it was ever sent is no doubt that a person has given up.
_OPEN = "(a.state = 'in_doubt' OR (a.state = 'dropped' AND a.sent_at IS NOT NULL))"


@dataclass(frozen=True, slots=True)
class Case:
    """An attempt with all that a person needs to decide about it.

    `leads` and `messages` are counts. `cause`, `detail`, `status` and `bytes_sent` are what was seen when its answer
    was awaited. `token_tail` are the last characters of its callback address.
    """

    attempt_id: int
    number: int
    state: AttemptState
    batch_id: int
    sync_id: int
    sync: str
    account: str
    campaign_id: int
    customer: str
    campaign: str
    description: RequestDescription
    types: tuple[str, ...]
    leads: int
    messages: int
    sent_at: str | None
    cause: str
    detail: str
    status: int | None
    bytes_sent: int
    token_hash: bytes
    token_tail: str
    secure_request_id: str | None

    @property
    def is_open(self) -> bool:
        """In doubt, or dropped while it was: a person may still decide about it."""
        return self.state == "in_doubt" or (self.state == "dropped" and self.sent_at is not None)

    def tell_state(self) -> str:
        """What it is now, for people."""
        if self.secure_request_id is not None:
            return f"accepted as request {self.secure_request_id}"
        if self.state == "dropped" and self.sent_at is None:
            return "never sent"
        return self.state.replace("_", " ")


class DecisionTables:
    """The part of the ledger that a person decides about."""

    db: Database

    def find_case(self, attempt_id: int) -> Case | None:
        """An attempt in whatever state."""
        with self.db.reading() as tx:
            row = tx.execute(f"{_CASE} a.id = ?", (attempt_id,)).fetchone()
        return None if row is None else _make_case(row)

    def open_cases(self, *, dropped: bool = False) -> list[Case]:
        """The attempts in doubt of all syncs, the oldest first; `dropped`: also those that were given up."""
        chosen = _OPEN if dropped else "a.state = 'in_doubt'"
        with self.db.reading() as tx:
            return [_make_case(row) for row in tx.execute(f"{_CASE} {chosen} ORDER BY a.id")]

    def siblings(self, case: Case) -> list[Case]:
        """The other attempts to send the same batch, the oldest first."""
        with self.db.reading() as tx:
            rows = tx.execute(
                f"{_CASE} a.batch_id = ? AND a.id <> ? ORDER BY a.number", (case.batch_id, case.attempt_id)
            )
            return [_make_case(row) for row in rows]

    def case_leads(self, case: Case) -> list[CaseLead]:
        """The leads of an attempt's batch, in the order of the request."""
        with self.db.reading() as tx:
            found = _read_batch(tx, case.batch_id)
        leads = []
        for lead_id, _, _, fields, record in found:
            values = json.loads(fields)
            leads.append((lead_id, f"{values[3]} {values[4]} ({values[2]})", str(json.loads(record)[1])))
        return leads

    def case_records(self, case: Case) -> list[tuple[Lead, Record]]:
        """The leads of an attempt's batch with their records, as they were read last."""
        with self.db.reading() as tx:
            found = _read_batch(tx, case.batch_id)
        return [
            (unpack_lead(lead_id, fields, case.customer, case.campaign), unpack_record(record))
            for lead_id, _, _, fields, record in found
        ]

    def twins(self, attempt_id: int) -> list[int]:
        """The other attempts for the same batch that were accepted, too: it was paid for each of them."""
        with self.db.reading() as tx:
            query = (
                "SELECT o.id FROM attempt a JOIN attempt o ON o.batch_id = a.batch_id AND o.id <> a.id"
                " WHERE a.id = ? AND o.state IN ('accepted', 'complete') ORDER BY o.id"
            )
            return [row[0] for row in tx.execute(query, (attempt_id,))]

    def find_owner(self, secure_request_id: str) -> int | None:
        """The attempt that has this request id; letter case means nothing in one."""
        with self.db.reading() as tx:
            query = "SELECT id FROM attempt WHERE secure_request_id = ? COLLATE NOCASE"
            row = tx.execute(query, (secure_request_id,)).fetchone()
        return None if row is None else int(row[0])

    def attach(self, attempt_id: int, actor: str, at: datetime, secure_request_id: str, next_poll_at: datetime) -> None:
        """A person knows the request that an attempt became, and the API has confirmed it.

        Raises UsageError if the attempt is no longer open, or the request belongs to another one.
        """
        with self.db.transaction() as tx:
            case = _require_open(tx, attempt_id)
            query = "SELECT id FROM attempt WHERE secure_request_id = ? COLLATE NOCASE"
            if owner := tx.execute(query, (secure_request_id,)).fetchone():
                raise UsageError(f"request {secure_request_id} belongs to attempt {owner[0]}")
            accept(tx, attempt_id, actor, at, secure_request_id, next_poll_at, ("in_doubt", "dropped"))
            add_event(
                tx,
                to_text(at),
                actor,
                "attached",
                sync_id=case.sync_id,
                attempt_id=attempt_id,
                detail=secure_request_id,
            )

    def drop(self, attempt_id: int, actor: str, at: datetime) -> None:
        """A person gives an attempt up: it is in doubt no more, and its purchases stay taken.

        A late proof still counts. Raises UsageError if it is not in doubt.
        """
        with self.db.transaction() as tx:
            case = _require_open(tx, attempt_id)
            if case.state == "dropped":
                raise UsageError(f"attempt {attempt_id} was dropped before")
            move(tx, attempt_id, ("in_doubt",), "dropped", actor, at)
            tx.execute(
                "UPDATE purchase SET reason = ? WHERE batch_id = ? AND state = 'pending'",
                (f"dropped by {actor} as attempt {attempt_id}: perhaps paid, never received", case.batch_id),
            )
            requeue(tx, case.batch_id, to_text(at))

    def prepare_again(
        self,
        attempt_id: int,
        actor: str,
        run_id: str,
        at: datetime,
        token: str,
        encode: Callable[[Sequence[Lead]], bytes],
    ) -> tuple[int, bytes]:
        """A person wants a batch sent once more (write W10): a new attempt with a token of its own.

        The old attempt stays as it is. Returns the new attempt and its request's bytes. Raises UsageError if the
        attempt is no longer open, if a newer one may have been accepted, or if a lead names another person now.
        """
        now = to_text(at)
        with self.db.transaction() as tx:
            case = _require_open(tx, attempt_id)
            newest = _require_newest(tx, case)
            leads = _read_leads(tx, case)
            body = encode(leads)
            number = tx.execute(
                "INSERT INTO attempt (batch_id, number, state, run_id, token_hash, token_tail, body_hash, prepared_at)"
                " VALUES (?, ?, 'prepared', ?, ?, ?, ?, ?) RETURNING id",
                (case.batch_id, newest + 1, run_id, hash_token(token), token[-8:], hashlib.sha256(body).digest(), now),
            ).fetchone()[0]
            # Its reason is kept, for the case that nothing comes of this attempt.
            tx.execute(
                "UPDATE purchase SET state = 'pending', changed_at = ? WHERE batch_id = ? AND state = 'failed'",
                (now, case.batch_id),
            )
            detail = f"as attempt {number}"
            add_event(tx, now, actor, "resent", sync_id=case.sync_id, attempt_id=attempt_id, detail=detail)
            add_event(tx, now, actor, "prepared", sync_id=case.sync_id, attempt_id=number)
        return int(number), body


def _make_case(row: Sequence[Any]) -> Case:
    description = RequestDescription(**json.loads(row[10]))
    return Case(*(*row[:10], description, tuple(json.loads(row[11])), *row[12:]))


def _require_open(tx: sqlite3.Connection, attempt_id: int) -> Case:
    row = tx.execute(f"{_CASE} a.id = ?", (attempt_id,)).fetchone()
    if row is None:
        raise UsageError(f"there is no attempt {attempt_id}", hint="see `upscale-connect doubts list --dropped`")
    case = _make_case(row)
    if not case.is_open:
        raise UsageError(
            f"attempt {attempt_id} is not in doubt: it is {case.tell_state()}",
            hint="nothing was changed; see `upscale-connect doubts list`",
        )
    return case


def _require_newest(tx: sqlite3.Connection, case: Case) -> int:
    """The highest number of the batch's attempts. One consent pays for one more request, not for several.

    Later attempts that certainly bought nothing do not count.
    """
    later = tx.execute(
        f"{_CASE} a.batch_id = ? AND a.number > ? ORDER BY a.number", (case.batch_id, case.number)
    ).fetchall()
    for one in map(_make_case, later):
        if one.state != "refused" and not (one.state == "dropped" and one.sent_at is None):
            raise UsageError(
                f"attempt {case.attempt_id} was sent again as attempt {one.attempt_id}, which is {one.tell_state()}",
                hint=f"nothing was sent; decide about attempt {one.attempt_id}",
            )
    accepted = tx.execute(
        "SELECT id FROM attempt WHERE batch_id = ? AND state IN ('accepted', 'complete')", (case.batch_id,)
    ).fetchone()
    if accepted:
        raise UsageError(
            f"attempt {accepted[0]} for the same leads was accepted, so there is nothing to send again",
            hint=f"give this one up: `upscale-connect doubts drop {case.attempt_id}`",
        )
    return int(tx.execute("SELECT max(number) FROM attempt WHERE batch_id = ?", (case.batch_id,)).fetchone()[0])


def _read_batch(tx: sqlite3.Connection, batch_id: int) -> list[tuple[str, str, str, str, str]]:
    """Lead id, person it is bought for, person it names now, fields and record of a batch's leads, in their order."""
    return tx.execute(
        "SELECT p.lead_id, p.person, l.person, l.fields, l.record FROM purchase p JOIN batch b ON b.id = p.batch_id"
        " JOIN lead l ON l.sync_id = b.sync_id AND l.campaign_id = p.campaign_id AND l.lead_id = p.lead_id"
        " WHERE p.batch_id = ? GROUP BY p.lead_id ORDER BY min(p.id)",
        (batch_id,),
    ).fetchall()


def _read_leads(tx: sqlite3.Connection, case: Case) -> list[Lead]:
    """The leads of a batch as they were read last. Raises UsageError if one is another person by now."""
    leads: list[Lead] = []
    for lead_id, person, named, fields, _ in _read_batch(tx, case.batch_id):
        if person != named:
            raise UsageError(
                f"lead {lead_id!r} named {person} when it was sent, and names {named} now: it cannot be sent again",
                hint=f"correct its row and run `upscale-connect sync {case.sync}`, or drop the attempt",
            )
        leads.append(unpack_lead(lead_id, fields, case.customer, case.campaign))
    if not leads:
        hint = f"drop the attempt: `upscale-connect doubts drop {case.attempt_id}`"
        raise UsageError("all people of this attempt were forgotten: nothing can be sent again", hint=hint)
    return leads
