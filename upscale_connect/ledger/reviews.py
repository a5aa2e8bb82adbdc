"""Messages that a person looks at before they are delivered: why, what was said, and what was made of them."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from ..errors import UsageError
from ..models import Lead, Record
from .database import Database
from .leads import IS_NEWEST, unpack_lead, unpack_record
from .syncs import add_event, touch
from .texts import TEXT
from .times import to_text

Review: TypeAlias = Literal["", "clear", "held", "approved", "rejected"]
#: The author of a version that no person made.
PROGRAM_AUTHOR = "upscale-connect"

Verdict: TypeAlias = Literal["approved", "rejected"]


@dataclass(frozen=True, slots=True)
class Draft:
    """A message that nobody has looked at yet."""

    purchase_id: int
    campaign_id: int
    type: str
    text: str
    lead: Lead


@dataclass(frozen=True, slots=True)
class Judgement:
    """What became of a draft. `findings`: rule → what is odd; empty for a clear one.

    `shorter`: the text to deliver instead of one that is too long, and `told`, what a person reads about that.
    """

    purchase_id: int
    findings: Sequence[tuple[str, str]] = ()
    shorter: str = ""
    told: str = ""


@dataclass(frozen=True, slots=True)
class Held:
    """A message that waits for a person. `original` is None if the text is the one that came."""

    id: int
    sync: str
    lead: Lead
    record: Record
    type: str
    text: str
    original: str | None
    findings: Sequence[tuple[str, str]]
    since: str
    review: Review

    @property
    def place(self) -> str:
        """Where in the source, for people."""
        return self.record.where

    @property
    def hash(self) -> bytes:
        return hash_text(self.text)


_IS_HELD = f"p.state = 'ready' AND p.review = 'held' AND {IS_NEWEST}"
_IS_REJECTED = f"p.state = 'ready' AND p.review = 'rejected' AND p.purged_at IS NULL AND {IS_NEWEST}"
_HELD = (
    f"SELECT p.id, s.name, p.lead_id, l.fields, c.customer, c.campaign, l.record, p.type, {TEXT},"
    f" p.text, p.changed_at, p.review FROM purchase p JOIN sync s ON s.id = p.sync_id JOIN campaign c"
    " ON c.id = p.campaign_id JOIN lead l ON l.sync_id = p.sync_id AND l.campaign_id = p.campaign_id"
    " AND l.lead_id = p.lead_id"
)


class ReviewTables:
    """The part of the ledger that knows reviews."""

    db: Database

    def drafts(self, sync_ids: Collection[int], limit: int = 1000) -> list[Draft]:
        """Messages that these syncs bought and that nobody has looked at, those of one campaign together."""
        query = (
            "SELECT p.id, p.campaign_id, p.type, p.text, p.lead_id, l.fields, c.customer, c.campaign FROM purchase p"
            " JOIN campaign c ON c.id = p.campaign_id JOIN lead l ON l.sync_id = p.sync_id"
            " AND l.campaign_id = p.campaign_id AND l.lead_id = p.lead_id"
            " WHERE p.sync_id IN (SELECT value FROM json_each(?)) AND p.state = 'ready' AND p.review = ''"
            " ORDER BY p.campaign_id, p.id LIMIT ?"
        )
        with self.db.reading() as tx:
            rows = tx.execute(query, (json.dumps(sorted(sync_ids)), limit)).fetchall()
        return [Draft(row[0], row[1], row[2], row[3], unpack_lead(*row[4:])) for row in rows]

    def leads_of_campaign(self, campaign_id: int) -> Iterator[Lead]:
        """Every lead of a campaign, whichever sync read it. To be read to its end before anything else is asked."""
        query = (
            "SELECT l.lead_id, l.fields, c.customer, c.campaign FROM lead l JOIN campaign c ON c.id = l.campaign_id"
            " WHERE l.campaign_id = ?"
        )
        with self.db.reading() as tx:
            for row in tx.execute(query, (campaign_id,)):
                yield unpack_lead(*row)

    def store_judgements(
        self, judgements: Sequence[Judgement], run_id: str, at: datetime, draft_sinks: Collection[int] = ()
    ) -> None:
        """What was delivered before is due again where the lead has more messages now; `draft_sinks` get the held, too.

        Tables need no further word of it: they were told when the messages came.
        """
        now = to_text(at)
        with self.db.transaction() as tx:
            for one in judgements:
                state = "held" if one.findings else "clear"
                tx.execute(
                    "UPDATE purchase SET review = ? WHERE id = ? AND state = 'ready' AND review = ''",
                    (state, one.purchase_id),
                )
                tx.executemany(
                    "INSERT OR REPLACE INTO finding VALUES (?, ?, ?)",
                    [(one.purchase_id, rule, message) for rule, message in one.findings],
                )
                if one.shorter:
                    _store_shorter(tx, one, run_id, now)
                _deliver_again(tx, one.purchase_id, now, draft_sinks if one.findings else None)
                if one.findings:
                    tell_review(tx, one.purchase_id, run_id, now, "held", ", ".join(rule for rule, _ in one.findings))

    def held_messages(
        self, sync_ids: Sequence[int], *, after: int = 0, limit: int = 10_000, rejected: bool = False
    ) -> list[Held]:
        """What waits for a person behind the message `after`, in the order in which it came.

        `rejected`: what a person refused instead.
        """
        query = (
            f"{_HELD} WHERE p.sync_id IN (SELECT value FROM json_each(?)) AND p.id > ?"
            f" AND {_IS_REJECTED if rejected else _IS_HELD} ORDER BY p.id LIMIT ?"
        )
        with self.db.reading() as tx:
            rows = tx.execute(query, (json.dumps(list(sync_ids)), after, limit)).fetchall()
            return [_unpack(tx, row) for row in rows]

    def count_held(self, sync_id: int) -> int:
        query = f"SELECT count(*) FROM purchase p WHERE p.sync_id = ? AND {_IS_HELD}"
        with self.db.reading() as tx:
            return int(tx.execute(query, (sync_id,)).fetchone()[0])

    def find_message(self, purchase_id: int) -> Held:
        """Raises UsageError if there is no such message."""
        with self.db.reading() as tx:
            row = tx.execute(
                f"{_HELD} WHERE p.id = ? AND p.state = 'ready' AND p.purged_at IS NULL", (purchase_id,)
            ).fetchone()
            if row is None:
                raise UsageError(f"there is no message {purchase_id}", hint="see `upscale-connect review list`")
            return _unpack(tx, row)

    def messages_of(self, campaign_id: int, lead_id: str) -> list[Held]:
        """The newest message of each type of a lead, as the sync that bought it knows the lead."""
        with self.db.reading() as tx:
            rows = tx.execute(
                f"{_HELD} WHERE p.campaign_id = ? AND p.lead_id = ? AND p.state = 'ready' AND p.state <> 'refused'"
                f" AND p.purged_at IS NULL AND {IS_NEWEST} ORDER BY p.id",
                (campaign_id, lead_id),
            ).fetchall()
            return [_unpack(tx, row) for row in rows]

    def decide(
        self, purchase_id: int, verdict: Verdict, seen: bytes, actor: str, at: datetime, reason: str = ""
    ) -> None:
        """A person's yes or no to the text with the hash `seen`. Raises UsageError if it is another one by now."""
        now = to_text(at)
        with self.db.transaction() as tx:
            _require_text(tx, purchase_id, seen)
            tx.execute(
                "INSERT INTO verdict (purchase_id, verdict, hash, actor, reason, at) VALUES (?, ?, ?, ?, ?, ?)",
                (purchase_id, verdict, seen, actor, reason, now),
            )
            tx.execute("UPDATE purchase SET review = ? WHERE id = ?", (verdict, purchase_id))
            tell_review(tx, purchase_id, actor, now, verdict, "")
            _deliver_again(tx, purchase_id, now)
            touch_leads(tx, purchase_id)

    def add_version(self, purchase_id: int, text: str, seen: bytes, author: str, place: str, at: datetime) -> None:
        """A person made another text of the one with the hash `seen`, and so approves it. The original stays.

        Raises UsageError if the text is another one by now.
        """
        now = to_text(at)
        with self.db.transaction() as tx:
            _require_text(tx, purchase_id, seen)
            tx.execute(
                "INSERT INTO version (purchase_id, text, author, place, at) VALUES (?, ?, ?, ?, ?)",
                (purchase_id, text, author, place, now),
            )
            tx.execute(
                "INSERT INTO verdict (purchase_id, verdict, hash, actor, at) VALUES (?, 'approved', ?, ?, ?)",
                (purchase_id, hash_text(text), author, now),
            )
            tx.execute("UPDATE purchase SET review = 'approved' WHERE id = ?", (purchase_id,))
            tell_review(tx, purchase_id, author, now, "edited", place)
            _deliver_again(tx, purchase_id, now)
            touch_leads(tx, purchase_id)


def hash_text(text: str) -> bytes:
    """What a person's word is bound to."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def _unpack(tx: sqlite3.Connection, row: Sequence[str]) -> Held:
    number, sync, lead_id, fields, customer, campaign, record, kind, text, original, since, review = row
    findings = tx.execute("SELECT rule, message FROM finding WHERE purchase_id = ? ORDER BY rule", (number,)).fetchall()
    lead = unpack_lead(lead_id, fields, customer, campaign)
    other = original if original != text else None
    return Held(int(number), sync, lead, unpack_record(record), kind, text, other, findings, since, review)  # type: ignore[arg-type]  # the column has a CHECK


def _store_shorter(tx: sqlite3.Connection, one: Judgement, run_id: str, now: str) -> None:
    """A version by the program: marked as such, and with the finding that led to it."""
    tx.execute(
        "INSERT INTO version (purchase_id, text, author, place, at) VALUES (?, ?, ?, 'lint', ?)",
        (one.purchase_id, one.shorter, PROGRAM_AUTHOR, now),
    )
    tx.execute("INSERT OR REPLACE INTO finding VALUES (?, 'too_long', ?)", (one.purchase_id, one.told))
    tell_review(tx, one.purchase_id, run_id, now, "cut", one.told)


def _require_text(tx: sqlite3.Connection, purchase_id: int, seen: bytes) -> None:
    query = f"SELECT {TEXT} FROM purchase p WHERE p.id = ? AND p.state = 'ready' AND p.purged_at IS NULL"
    row = tx.execute(query, (purchase_id,)).fetchone()
    if row is None:
        raise UsageError(f"there is no message {purchase_id}", hint="see `upscale-connect review list`")
    if hash_text(row[0]) != seen:
        raise UsageError(
            f"message {purchase_id} has another text than the one that was seen",
            hint="nothing was changed; look at it again, then decide",
        )


def tell_review(tx: sqlite3.Connection, purchase_id: int, actor: str, now: str, kind: str, detail: str) -> None:
    row = tx.execute("SELECT sync_id, campaign_id, lead_id, type FROM purchase WHERE id = ?", (purchase_id,)).fetchone()
    sync_id, campaign_id, lead_id, message_type = row
    add_event(
        tx,
        now,
        actor,
        kind,  # type: ignore[arg-type]  # one of the words of reviews
        sync_id=sync_id,
        campaign_id=campaign_id,
        lead_id=lead_id,
        detail=f"{message_type}{': ' + detail if detail else ''}",
    )


def _deliver_again(tx: sqlite3.Connection, purchase_id: int, now: str, sinks: Collection[int] | None = None) -> None:
    """What was delivered of this lead, to all sinks or to these, is due again: it has another text, or one more."""
    chosen = "" if sinks is None else " AND sink_id IN (SELECT value FROM json_each(?))"
    values = [] if sinks is None else [json.dumps(sorted(sinks))]
    tx.execute(
        "UPDATE delivery SET state = 'due', attempts = 0, changed_at = ? WHERE state <> 'unknown'"
        f" AND (campaign_id, lead_id) = (SELECT campaign_id, lead_id FROM purchase WHERE id = ?){chosen}",
        (now, purchase_id, *values),
    )


def touch_leads(tx: sqlite3.Connection, purchase_id: int) -> None:
    """Every sync that has this lead shows something new."""
    rows = tx.execute(
        "SELECT DISTINCT l.sync_id FROM purchase p JOIN lead l ON l.campaign_id = p.campaign_id"
        " AND l.lead_id = p.lead_id WHERE p.id = ?",
        (purchase_id,),
    )
    touch(tx, [row[0] for row in rows])
