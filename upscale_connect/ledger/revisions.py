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

    `given_up`: it was dropped while it was in doubt. `other_person`: it was bought for somebody whom the row does not
    name any more.
    """

    id: int
    campaign_id: int
    lead_id: str
    type: str
    revision: int
    state: PurchaseState
    given_up: bool
    other_person: bool

    @property
    def may_be_regenerated(self) -> bool:
        return self.state in ("ready", "failed") and not self.given_up and not self.other_person


class RevisionTables:
    """The part of the ledger that knows revisions."""

    db: Database

    def bought(self, sync_id: int, campaign_id: int, lead_id: str) -> list[Bought]:
        """What a lead of a sync has, by type."""
        with self.db.reading() as tx:
            return _read(tx, "l.campaign_id = ? AND l.lead_id = ?", (sync_id, campaign_id, lead_id))

    def failed(self, sync_id: int, lead_id: str | None = None) -> list[Bought]:
        """What the API made no message of, for leads of a sync (or one of them), and took nothing for."""
        chosen = "p.state = 'failed' AND coalesce(p.lead_id = ?, 1)"
        with self.db.reading() as tx:
            return [one for one in _read(tx, chosen, (sync_id, lead_id)) if one.may_be_regenerated]

    def regenerate(self, sync_id: int, request_id: int, bought: Sequence[Bought], actor: str, at: datetime) -> None:
        """Queue a new revision of each, to be bought with `request_id`. All or none.

        Raises UsageError if one has changed since it was looked at.
        """
        now = to_text(at)
        with self.db.transaction() as tx:
            for one in bought:
                done = tx.execute(
                    "INSERT INTO purchase (campaign_id, lead_id, type, revision, person, sync_id, request_id, state,"
                    " changed_at) SELECT p.campaign_id, p.lead_id, p.type, p.revision + 1, p.person, ?, ?, 'queued', ?"
                    f" FROM purchase p WHERE p.id = ? AND p.state = ? AND {IS_NEWEST} AND NOT {GIVEN_UP}",
                    (sync_id, request_id, now, one.id, one.state),
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
        f"SELECT p.id, p.campaign_id, p.lead_id, p.type, p.revision, p.state, {GIVEN_UP}, p.person <> l.person"
        " FROM lead l JOIN purchase p ON p.campaign_id = l.campaign_id AND p.lead_id = l.lead_id"
        f" AND p.state <> 'refused' WHERE l.sync_id = ? AND {chosen} AND {IS_NEWEST} ORDER BY p.id",
        values,
    )
    return [Bought(*(*row[:6], bool(row[6]), bool(row[7]))) for row in rows]
