"""Who has messages already, under whatever lead id and LinkedIn key."""

from __future__ import annotations

import json
from collections.abc import Iterable

from .aliases import read_people
from .database import Database
from .leads import MAY_BE_PAID


class PeopleTables:
    """The part of the ledger that knows people beside their leads."""

    db: Database

    def keys_of(self, keys: Iterable[str]) -> dict[str, tuple[str, ...]]:
        """LinkedIn key → all keys of the same person, as far as records have ever shown it. Without those alone."""
        with self.db.reading() as tx:
            return read_people(tx, keys)

    def bought_for(self, campaign_id: int, keys: Iterable[str]) -> dict[str, dict[str, str]]:
        """LinkedIn key → the lead ids under which messages were bought for it in this campaign.

        Each lead id with the sync that bought them and the place in its source, for people.
        """
        found: dict[str, dict[str, str]] = {}
        with self.db.reading() as tx:
            for key, lead_id, sync, record in tx.execute(
                "SELECT p.person, p.lead_id, s.name, l.record FROM json_each(?1) wanted"
                " CROSS JOIN purchase p ON p.campaign_id = ?2 AND p.person = wanted.value"
                " JOIN sync s ON s.id = p.sync_id LEFT JOIN lead l"
                " ON l.sync_id = p.sync_id AND l.campaign_id = ?2 AND l.lead_id = p.lead_id"
                f" WHERE p.state IN ('pending', 'ready') OR {MAY_BE_PAID}",
                (json.dumps(list(keys)), campaign_id),
            ):
                place = _read_place(record)
                found.setdefault(key, {})[lead_id] = f"{place} of {sync!r}" if place else repr(sync)
        return found


def _read_place(record: str | None) -> str:
    """Where a lead stands in its source; "" if that is not known, or damaged: it is for people only."""
    try:
        return str(json.loads(record)[1]) if record else ""
    except (ValueError, LookupError, TypeError):
        return ""
