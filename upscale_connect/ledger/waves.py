"""How far each campaign of a sync has come, message type by message type. Reads only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from .database import Database
from .leads import IS_NEWEST


@dataclass(frozen=True, slots=True)
class Wave:
    """One message type for the leads of a campaign, counted by lead. `open`: for these it was never wanted.

    `bought`: sent to the API and not failed, also what is in doubt; `ready`: those of them whose message came. `held`:
    it was not bought, and a person has to look at the lead, or at the refusal of the API, before it can be.
    """

    type: str
    queued: int
    bought: int
    ready: int
    failed: int
    open: int
    held: int = 0


@dataclass(frozen=True, slots=True)
class Funnel:
    """A campaign of a sync, with the waves in the order of the configuration."""

    customer: str
    campaign: str
    leads: int
    waves: tuple[Wave, ...]


#: Leads of a sync that are set aside, and have no message of a type.
_HELD = (
    "SELECT l.campaign_id, count(DISTINCT l.id) FROM aside a CROSS JOIN lead l ON l.sync_id = a.sync_id"
    " AND l.campaign_id = a.campaign_id AND l.lead_id = a.lead_id WHERE a.sync_id = ?1"
    " AND a.kind IN ('held', 'refused') AND NOT EXISTS (SELECT 1 FROM purchase p WHERE p.campaign_id = l.campaign_id"
    " AND p.lead_id = l.lead_id AND p.type = ?2 AND p.state <> 'refused') GROUP BY 1"
)


class Waves:
    """The part of the ledger that counts by campaign and message type."""

    db: Database

    def funnels(self, sync_id: int, types: Sequence[str]) -> list[Funnel]:
        """One for each campaign in which the sync has leads, by name. Looks at every lead of the sync."""
        with self.db.reading() as tx:
            campaigns = tx.execute(
                "SELECT c.id, c.customer, c.campaign, count(*) FROM lead l JOIN campaign c ON c.id = l.campaign_id"
                " WHERE l.sync_id = ? GROUP BY c.id ORDER BY c.customer, c.campaign",
                (sync_id,),
            ).fetchall()
            counts: dict[tuple[int, str], Counter[str]] = {}
            for campaign, kind, state, count in tx.execute(
                "SELECT l.campaign_id, p.type, p.state, count(*) FROM lead l CROSS JOIN purchase p"
                " INDEXED BY purchase_key ON p.campaign_id = l.campaign_id AND p.lead_id = l.lead_id"
                f" WHERE l.sync_id = ? AND p.state <> 'refused' AND {IS_NEWEST} GROUP BY 1, 2, 3",
                (sync_id,),
            ):
                counts.setdefault((campaign, kind), Counter())[state] = count
            for kind in types:
                for campaign, count in tx.execute(_HELD, (sync_id, kind)):
                    counts.setdefault((campaign, kind), Counter())["held"] = count
        return [
            Funnel(
                customer,
                campaign,
                leads,
                tuple(_make_wave(kind, counts.get((campaign_id, kind), Counter()), leads) for kind in types),
            )
            for campaign_id, customer, campaign, leads in campaigns
        ]


def _make_wave(kind: str, states: Counter[str], leads: int) -> Wave:
    return Wave(
        kind,
        states["queued"],
        states["pending"] + states["ready"],
        states["ready"],
        states["failed"],
        leads - states.total(),
        states["held"],
    )
