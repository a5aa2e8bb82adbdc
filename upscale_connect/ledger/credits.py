"""The credits of an account, as far as the ledger knows."""

from __future__ import annotations

from dataclasses import dataclass

from .database import Database

_OF_ATTEMPTS = (
    "SELECT coalesce(sum({messages}), 0) FROM attempt a JOIN batch b ON b.id = a.batch_id"
    " JOIN campaign c ON c.id = b.campaign_id WHERE c.account_id = ? AND a.state IN ({states})"
)
_RESERVED = _OF_ATTEMPTS.format(messages="b.messages", states="'prepared', 'submitting', 'accepted', 'in_doubt'")
# What was dropped and had never been sent bought nothing.
_DROPPED = _OF_ATTEMPTS.format(messages="b.messages", states="'dropped'") + " AND a.sent_at IS NOT NULL"
# Of a batch that was accepted twice only the messages of the first request stand beside the leads.
_TWICE = (
    _OF_ATTEMPTS.format(messages="min(coalesce(a.generated, b.messages), b.messages)", states="'complete'")
    + " AND EXISTS (SELECT 1 FROM attempt o WHERE o.batch_id = b.id AND o.id < a.id AND o.state = 'complete')"
)


_NEWEST = (
    "SELECT a.state = 'refused' AND a.cause = 'NoCreditsError' FROM attempt a JOIN batch b ON b.id = a.batch_id"
    " JOIN campaign c ON c.id = b.campaign_id WHERE c.account_id = ? AND a.sent_at IS NOT NULL"
    " ORDER BY a.id DESC LIMIT 1"
)
_QUEUED = "SELECT campaign_id FROM purchase WHERE sync_id = ? AND state = 'queued'"


@dataclass(frozen=True, slots=True)
class AccountCredits:
    """Messages, a credit each. `queued`: to be bought. `reserved`: sent and not settled. `spent`: they came.

    `dropped`: a person settled their request without knowing; perhaps they were spent.
    """

    queued: int = 0
    reserved: int = 0
    spent: int = 0
    dropped: int = 0


class CreditTables:
    """The part of the ledger that knows credits."""

    db: Database

    def credits(self, account_id: int) -> AccountCredits:
        """Over all syncs. A batch that was sent twice is reserved twice, and spent twice if both were accepted."""
        with self.db.reading() as tx:
            states = dict(
                tx.execute(
                    "SELECT p.state, count(*) FROM purchase p JOIN campaign c ON c.id = p.campaign_id"
                    " WHERE c.account_id = ? AND p.state IN ('queued', 'ready') GROUP BY p.state",
                    (account_id,),
                ).fetchall()
            )
            (reserved,) = tx.execute(_RESERVED, (account_id,)).fetchone()
            (twice,) = tx.execute(_TWICE, (account_id,)).fetchone()
            (dropped,) = tx.execute(_DROPPED, (account_id,)).fetchone()
        return AccountCredits(states.get("queued", 0), reserved, states.get("ready", 0) + twice, dropped)

    def lacking(self, sync_id: int) -> list[tuple[str, int]]:
        """Accounts whose newest request was refused for lack of credits, each with the messages of a sync that wait."""
        with self.db.reading() as tx:
            accounts = tx.execute(
                "SELECT DISTINCT o.id, o.name FROM campaign c JOIN account o ON o.id = c.account_id"
                f" WHERE c.id IN ({_QUEUED})",
                (sync_id,),
            ).fetchall()
            found = []
            for account_id, name in accounts:
                if tx.execute(_NEWEST, (account_id,)).fetchone() != (1,):
                    continue
                count = (
                    f"SELECT count(*) FROM ({_QUEUED}) q JOIN campaign c ON c.id = q.campaign_id WHERE account_id = ?"
                )
                found.append((name, int(tx.execute(count, (sync_id, account_id)).fetchone()[0])))
        return found
