"""Records that are set aside, each with its reason."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from ..http.json_body import mend
from .syncs import add_event
from .values import Aside

#: Of an aside `a`: the lead is held because of what a sink shows.
IS_SHOWN = "(a.kind = 'held' AND a.field IN ('receipt', 'stranger'))"


def store_asides(
    tx: sqlite3.Connection, sync_id: int, run_id: str, now: str, asides: Sequence[Aside]
) -> dict[str, int]:
    """Put records aside. Returns how many of each kind were not known before."""
    fresh: dict[str, int] = {}
    for aside in asides:
        key = mend(aside.key)
        before = tx.execute("SELECT kind FROM aside WHERE sync_id = ? AND key = ?", (sync_id, key)).fetchone()
        if before is None or before[0] != aside.kind:
            fresh[aside.kind] = fresh.get(aside.kind, 0) + 1
            if aside.kind in ("held", "quarantined") and aside.lead_id is not None:
                add_event(
                    tx,
                    now,
                    run_id,
                    aside.kind,
                    sync_id=sync_id,
                    campaign_id=aside.campaign_id,
                    lead_id=aside.lead_id,
                )
        tx.execute(
            "INSERT INTO aside (sync_id, key, kind, place, field, value, reason, campaign_id, lead_id, digest,"
            " since, run_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (sync_id, key) DO UPDATE SET kind = excluded.kind, place = excluded.place,"
            " field = excluded.field, value = excluded.value, reason = excluded.reason,"
            " campaign_id = excluded.campaign_id, lead_id = excluded.lead_id, digest = excluded.digest,"
            " run_id = excluded.run_id, dropped_by = CASE WHEN (kind, field, value, reason)"
            " = (excluded.kind, excluded.field, excluded.value, excluded.reason) THEN dropped_by END",
            (
                sync_id,
                key,
                aside.kind,
                mend(aside.place),
                aside.field,
                mend(aside.value),
                mend(aside.reason),
                aside.campaign_id,
                aside.lead_id,
                aside.digest,
                now,
                run_id,
            ),
        )
    return fresh
