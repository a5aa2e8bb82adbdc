"""What became of messages that a person looked at: what was said of them, and which sinks have them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from .database import Database
from .reviews import tell_review, touch_leads
from .texts import IS_CLEAR
from .times import to_text


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

    def rejected_because(self, reason: str) -> list[int]:
        """The messages whose last word is a no for this reason."""
        query = (
            "SELECT v.purchase_id FROM verdict v JOIN purchase p ON p.id = v.purchase_id WHERE v.reason = ?"
            " AND v.verdict = 'rejected' AND p.review = 'rejected' AND p.state = 'ready' AND p.purged_at IS NULL"
            " AND NOT EXISTS (SELECT 1 FROM verdict n WHERE n.purchase_id = v.purchase_id AND n.id > v.id)"
            " ORDER BY v.purchase_id"
        )
        with self.db.reading() as tx:
            return [row[0] for row in tx.execute(query, (reason,))]

    def hold_again(self, purchase_id: int, run_id: str, at: datetime) -> None:
        """What was rejected waits for a person again: the reason is gone."""
        with self.db.transaction() as tx:
            query = "UPDATE purchase SET review = 'held' WHERE id = ? AND review = 'rejected' RETURNING 1"
            if tx.execute(query, (purchase_id,)).fetchone():
                tell_review(tx, purchase_id, run_id, to_text(at), "held", "no longer suppressed")
                touch_leads(tx, purchase_id)

    def delivered_to(self, purchase_id: int) -> list[str]:
        """The sinks, as `sync: sink`, that have this message for certain."""
        query = (
            "SELECT y.name || ': ' || s.name FROM purchase p JOIN delivery d ON d.campaign_id = p.campaign_id"
            " AND d.lead_id = p.lead_id JOIN sink s ON s.id = d.sink_id JOIN sync y ON y.id = s.sync_id"
            f" WHERE p.id = ? AND {IS_CLEAR} AND d.state IN ('written', 'unchanged') ORDER BY y.name, s.name"
        )
        with self.db.reading() as tx:
            return [row[0] for row in tx.execute(query, (purchase_id,))]
