"""What became of messages that a person looked at: what was said of them, and which sinks have them."""

from __future__ import annotations

from dataclasses import dataclass

from .database import Database
from .texts import IS_CLEAR


@dataclass(frozen=True, slots=True)
class Said:
    """A person's word about a text. `is_current`: about the text that the message has now."""

    verdict: str
    actor: str
    reason: str
    at: str
    is_current: bool


class VerdictTables:
    """The part of the ledger that recalls what people said of messages."""

    db: Database

    def said_of(self, purchase_id: int, seen: bytes) -> list[Said]:
        """Oldest first. `seen`: the hash of the text that the message has now."""
        query = "SELECT verdict, actor, reason, at, hash = ?2 FROM verdict WHERE purchase_id = ?1 ORDER BY id"
        with self.db.reading() as tx:
            rows = tx.execute(query, (purchase_id, seen)).fetchall()
        return [Said(verdict, actor, reason, at, bool(current)) for verdict, actor, reason, at, current in rows]

    def delivered_to(self, purchase_id: int) -> list[str]:
        """The sinks, as `sync: sink`, that have this message for certain."""
        query = (
            "SELECT y.name || ': ' || s.name FROM purchase p JOIN delivery d ON d.campaign_id = p.campaign_id"
            " AND d.lead_id = p.lead_id JOIN sink s ON s.id = d.sink_id JOIN sync y ON y.id = s.sync_id"
            f" WHERE p.id = ? AND {IS_CLEAR} AND d.state IN ('written', 'unchanged') ORDER BY y.name, s.name"
        )
        with self.db.reading() as tx:
            return [row[0] for row in tx.execute(query, (purchase_id,))]
