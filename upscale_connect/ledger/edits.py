"""Texts that a person put in the place of a message, in a table that is no review place: where, and since when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from .database import Database
from .leads import IS_NEWEST, unpack_record
from .texts import IS_CLEAR, VERSION
from .times import to_text

#: Of an edit `e`: a message came since it was first seen, which the person's text hides.
_HIDES = (
    "EXISTS (SELECT 1 FROM purchase p WHERE p.campaign_id = e.campaign_id AND p.lead_id = e.lead_id AND p.type = e.type"
    f" AND p.state = 'ready' AND {IS_CLEAR} AND p.purged_at IS NULL AND {IS_NEWEST}"
    f" AND (p.id <> e.purchase_id OR {VERSION} <> e.version))"
)


@dataclass(frozen=True, slots=True)
class Edit:
    """A text that is not ours. `purchase_id` is of the newest message of that lead and type."""

    campaign_id: int
    lead_id: str
    type: str
    hash: bytes
    purchase_id: int


@dataclass(frozen=True, slots=True)
class EditedText:
    """An edit, for people. `hides`: whether a newer message cannot be shown because of it."""

    sink: str
    lead_id: str
    place: str
    type: str
    since: str
    hides: bool


class EditTables:
    """The part of the ledger that knows where a person's text stands instead of a message."""

    db: Database

    def searched_stamp(self, sink_id: int) -> str:
        """The stamp of the target that was last searched for edits; "" if none was."""
        with self.db.reading() as tx:
            return str(tx.execute("SELECT searched FROM sink WHERE id = ?", (sink_id,)).fetchone()[0])

    def count_edits(self, sink_id: int) -> int:
        with self.db.reading() as tx:
            return int(tx.execute("SELECT count(*) FROM edit WHERE sink_id = ?", (sink_id,)).fetchone()[0])

    def store_edits(self, sink_id: int, stamp: str, edits: Sequence[Edit], at: datetime) -> int:
        """These are all edits of a table now. One that was known keeps its time. Returns how many are new."""
        with self.db.transaction() as tx:
            query = "SELECT campaign_id, lead_id, type, hash, purchase_id, version, since FROM edit WHERE sink_id = ?"
            known = {row[:4]: row[4:] for row in tx.execute(query, (sink_id,))}
            tx.execute("DELETE FROM edit WHERE sink_id = ?", (sink_id,))
            new = 0
            for one in edits:
                key = (one.campaign_id, one.lead_id, one.type, one.hash)
                if key not in known:
                    new += 1
                    (version,) = tx.execute(
                        f"SELECT {VERSION} FROM purchase p WHERE p.id = ?", (one.purchase_id,)
                    ).fetchone()
                    known[key] = (one.purchase_id, version, to_text(at))
                tx.execute("INSERT INTO edit VALUES (?, ?, ?, ?, ?, ?, ?, ?)", (sink_id, *key, *known[key]))
            tx.execute("UPDATE sink SET searched = ? WHERE id = ?", (stamp, sink_id))
        return new

    def edited_texts(self, sync_id: int, limit: int = 10_000) -> list[EditedText]:
        """Those of a sync's tables, in the order of their rows."""
        query = (
            f"SELECT s.name, e.lead_id, l.record, e.type, e.since, {_HIDES} FROM sink s JOIN edit e ON e.sink_id = s.id"
            " LEFT JOIN lead l ON l.sync_id = s.sync_id AND l.campaign_id = e.campaign_id AND l.lead_id = e.lead_id"
            " WHERE s.sync_id = ? ORDER BY s.name, l.id, e.type LIMIT ?"
        )
        with self.db.reading() as tx:
            rows = tx.execute(query, (sync_id, limit)).fetchall()
        return [
            EditedText(sink, lead_id, unpack_record(record).where if record else "", kind, since, bool(hides))
            for sink, lead_id, record, kind, since, hides in rows
        ]

    def count_hidden(self, sync_id: int) -> int:
        """Messages that a table of the sync cannot show, because a person's text stands there."""
        query = f"SELECT count(*) FROM sink s JOIN edit e ON e.sink_id = s.id WHERE s.sync_id = ? AND {_HIDES}"
        with self.db.reading() as tx:
            return int(tx.execute(query, (sync_id,)).fetchone()[0])
