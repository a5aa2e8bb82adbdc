"""The quarantine: records that cannot become leads, and leads that the API refused, as a person goes through them.

And which rows were put aside because they repeat others.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..errors import UsageError
from ..http.json_body import mend
from .database import Database
from .syncs import add_event
from .times import to_text

_ENTRY = (
    "SELECT q.id, s.name, q.kind, q.place, q.field, q.value, q.reason, c.customer, c.campaign, q.lead_id, q.since,"
    " q.dropped_by, q.sync_id, q.campaign_id FROM aside q JOIN sync s ON s.id = q.sync_id"
    " LEFT JOIN campaign c ON c.id = q.campaign_id WHERE q.kind IN ('quarantined', 'refused')"
)


@dataclass(frozen=True, slots=True)
class Entry:
    """A record in quarantine. `kind`: `quarantined` by us, or `refused` by the API.

    `place`, `field` and `value` say where in the source; `dropped_by`: who wants to be told of it no more.
    """

    id: int
    sync: str
    kind: str
    place: str
    field: str
    value: str
    reason: str
    customer: str | None
    campaign: str | None
    lead_id: str | None
    since: str
    dropped_by: str | None


class QuarantineTables:
    """The part of the ledger that knows the quarantine."""

    db: Database

    def quarantine(self, sync_ids: Sequence[int], *, dropped: bool = False, limit: int = 10_000) -> list[Entry]:
        """The entries of these syncs, in the order of the syncs' names; `dropped`: also those that were dropped."""
        chosen = "" if dropped else " AND q.dropped_by IS NULL"
        with self.db.reading() as tx:
            rows = tx.execute(
                f"{_ENTRY} AND q.sync_id IN (SELECT value FROM json_each(?)){chosen} ORDER BY s.name, q.id LIMIT ?",
                (json.dumps(list(sync_ids)), limit),
            )
            return [Entry(*row[:12]) for row in rows]

    def known_duplicates(self, sync_id: int, places: Sequence[str]) -> dict[str, tuple[str, str]]:
        """Of these places those where a duplicate was read last: place → its lead id, and why it is one."""
        keys = {mend(f"duplicate:{place}"): place for place in places}
        query = (
            "SELECT key, lead_id, reason FROM aside WHERE sync_id = ? AND key IN (SELECT value FROM json_each(?))"
            " AND kind = 'duplicate' AND lead_id IS NOT NULL"
        )
        with self.db.reading() as tx:
            rows = tx.execute(query, (sync_id, json.dumps(list(keys)))).fetchall()
        return {keys[key]: (lead_id, reason) for key, lead_id, reason in rows}

    def find_entry(self, entry_id: int) -> Entry:
        """Raises UsageError if it is not (any more) in quarantine."""
        with self.db.reading() as tx:
            return Entry(*_read(tx, entry_id)[:12])

    def drop_entries(self, entry_ids: Sequence[int], actor: str, at: datetime) -> None:
        """A person needs not be told of these any more, as long as they stay as they are: all or none.

        Raises UsageError for one that is not in quarantine, or was dropped before.
        """
        with self.db.transaction() as tx:
            for entry_id in entry_ids:
                row = _read(tx, entry_id)
                if row[11] is not None:
                    raise UsageError(f"entry {entry_id} was dropped before, by {row[11]}", hint="nothing was changed")
                tx.execute("UPDATE aside SET dropped_by = ? WHERE id = ?", (actor, entry_id))
                add_event(
                    tx,
                    to_text(at),
                    actor,
                    "dismissed",
                    sync_id=row[12],
                    campaign_id=row[13],
                    lead_id=row[9],
                    detail=f"entry {entry_id} of the quarantine",
                )


def _read(tx: sqlite3.Connection, entry_id: int) -> Any:
    row = tx.execute(f"{_ENTRY} AND q.id = ?", (entry_id,)).fetchone()
    if row is None:
        hint = "see `upscale-connect quarantine list`; a record that was corrected has left it"
        raise UsageError(f"there is no entry {entry_id} in quarantine", hint=hint)
    return row
