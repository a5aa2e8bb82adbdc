"""New revisions: messages that a person wants bought once more, knowing that each is a purchase of its own."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ..errors import UsageError
from .database import Database
from .leads import GIVEN_UP, IS_NEWEST
from .syncs import add_event, touch
from .times import to_text
from .values import PurchaseState


@dataclass(frozen=True, slots=True)
class Bought:
    """The newest revision of what a sync's lead has of a message type.

    `given_up`: it was dropped while it was in doubt. `other_person`: there is a message for somebody whom the row does
    not name any more. `adopted`: it was taken over from a sink.
    """

    id: int
    campaign_id: int
    lead_id: str
    type: str
    revision: int
    state: PurchaseState
    given_up: bool
    other_person: bool
    adopted: bool

    @property
    def may_be_regenerated(self) -> bool:
        return self.state in ("ready", "failed") and not self.given_up and not self.other_person


@dataclass(frozen=True, slots=True)
class Failure:
    """A lead without a message of these types. `has_page`: a page about the lead itself was given.

    The API made none and took nothing for it, or it was `adopted` without a text: then what was paid is not known.
    """

    lead_id: str
    place: str
    types: str
    reason: str
    has_website: bool
    has_page: bool
    adopted: bool


class RevisionTables:
    """The part of the ledger that knows revisions."""

    db: Database

    def bought(self, sync_id: int, campaign_id: int, lead_id: str) -> list[Bought]:
        """What a lead of a sync has, by type."""
        with self.db.reading() as tx:
            return _read(tx, "l.campaign_id = ? AND l.lead_id = ?", (sync_id, campaign_id, lead_id))

    def failed(self, sync_id: int, lead_id: str | None = None) -> list[Bought]:
        """What there is no message of, for leads of a sync (or one of them).

        The API took nothing for it, as far as this ledger bought it; of what was adopted that is not known.
        """
        chosen = "p.state = 'failed' AND coalesce(p.lead_id = ?, 1)"
        with self.db.reading() as tx:
            return [one for one in _read(tx, chosen, (sync_id, lead_id)) if one.may_be_regenerated]

    def failures(self, sync_id: int, lead_id: str | None = None, limit: int = 1000) -> list[Failure]:
        """The leads (or this one) of which there is no message, and nobody has given it up."""
        with self.db.reading() as tx:
            rows = tx.execute(
                "SELECT p.lead_id, json_extract(l.record, '$[1]'), group_concat(p.type, ', '), p.reason,"
                " json_extract(l.fields, '$[5]') IS NOT NULL, json_extract(l.fields, '$[6]') IS NOT NULL,"
                " p.adopted IS NOT NULL"
                " FROM purchase p JOIN lead l"
                " ON l.sync_id = p.sync_id AND l.campaign_id = p.campaign_id AND l.lead_id = p.lead_id"
                " WHERE p.sync_id = ?1 AND p.state = 'failed' AND coalesce(p.lead_id = ?2, 1)"
                f" AND {IS_NEWEST} AND NOT {GIVEN_UP} GROUP BY p.campaign_id, p.lead_id, p.adopted IS NOT NULL"
                " ORDER BY min(p.id) LIMIT ?3",
                (sync_id, lead_id, limit),
            ).fetchall()
        return [Failure(*(*row[:4], *map(bool, row[4:]))) for row in rows]

    def regenerate(self, sync_id: int, request_id: int, bought: Sequence[Bought], actor: str, at: datetime) -> None:
        """Queue a new revision of each, to be bought with `request_id`. All or none.

        Raises UsageError if one has changed since it was looked at.
        """
        now = to_text(at)
        with self.db.transaction() as tx:
            for one in bought:
                done = tx.execute(
                    "INSERT INTO purchase (campaign_id, lead_id, type, revision, person, sync_id, request_id, state,"
                    " changed_at) SELECT p.campaign_id, p.lead_id, p.type, p.revision + 1, l.person, l.sync_id, ?,"
                    " 'queued', ? FROM purchase p JOIN lead l ON l.sync_id = ? AND l.campaign_id = p.campaign_id"
                    " AND l.lead_id = p.lead_id"
                    f" WHERE p.id = ? AND p.state = ? AND {IS_NEWEST} AND NOT {GIVEN_UP}"
                    " AND (p.state = 'failed' OR p.person = l.person)",
                    (request_id, now, sync_id, one.id, one.state),
                ).rowcount
                if done != 1:
                    raise UsageError(
                        f"the {one.type} of lead {one.lead_id!r} has changed meanwhile",
                        hint="nothing was changed; look again, then decide",
                    )
                add_event(
                    tx,
                    now,
                    actor,
                    "regenerated",
                    sync_id=sync_id,
                    campaign_id=one.campaign_id,
                    lead_id=one.lead_id,
                    detail=f"{one.type}, revision {one.revision + 1}",
                )
            touch(tx, [sync_id])


def _read(tx: sqlite3.Connection, chosen: str, values: Sequence[object]) -> list[Bought]:
    rows = tx.execute(
        f"SELECT p.id, p.campaign_id, p.lead_id, p.type, p.revision, p.state, {GIVEN_UP},"
        " p.state = 'ready' AND p.person <> l.person, p.adopted IS NOT NULL"
        " FROM lead l JOIN purchase p ON p.campaign_id = l.campaign_id AND p.lead_id = l.lead_id"
        f" AND p.state <> 'refused' WHERE l.sync_id = ? AND {chosen} AND {IS_NEWEST} ORDER BY p.id",
        values,
    )
    return [Bought(*(*row[:6], *map(bool, row[6:]))) for row in rows]
