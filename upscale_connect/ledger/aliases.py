"""One person under several LinkedIn keys: which of them the leads showed together."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from ..models import Lead

#: Of a lead `l`: all keys of its person. Those of its own address, and those that other leads showed beside them.
PERSON_KEYS = (
    "(WITH shown (key) AS (SELECT l.person UNION SELECT alias FROM alias WHERE lead = l.id AND person = l.person)"
    " SELECT key FROM shown UNION SELECT a.person FROM shown JOIN alias a ON a.alias = shown.key"
    " UNION SELECT a.alias FROM shown JOIN alias a ON a.person = shown.key)"
)

#: The keys that parameter 1 lists (JSON), each with every key `other` under which a lead showed the same person.
SAME_PERSON = (
    "(WITH wanted (key) AS (SELECT value FROM json_each(?1)) SELECT key, key AS other FROM wanted"
    " UNION SELECT key, a.person FROM wanted JOIN alias a ON a.alias = key"
    " UNION SELECT key, a.alias FROM wanted JOIN alias a ON a.person = key)"
)


def store_aliases(tx: sqlite3.Connection, sync_id: int, stored: Sequence[tuple[int, Lead]]) -> None:
    """Keep the aliases that stored leads show now. What a lead showed of an earlier person stays.

    Each lead with its campaign's id.
    """
    shown = [(campaign_id, lead) for campaign_id, lead in stored if lead.aliases]
    if not shown and tx.execute("SELECT 1 FROM alias LIMIT 1").fetchone() is None:
        return
    find = "(SELECT id FROM lead WHERE sync_id = ? AND campaign_id = ? AND lead_id = ?)"
    tx.executemany(
        f"DELETE FROM alias WHERE lead = {find} AND person = ?",
        [(sync_id, campaign_id, lead.lead_id, lead.linkedin_key) for campaign_id, lead in stored],
    )
    tx.executemany(
        f"INSERT INTO alias (lead, person, alias) VALUES ({find}, ?, ?)",
        [
            (sync_id, campaign_id, lead.lead_id, lead.linkedin_key, alias)
            for campaign_id, lead in shown
            for alias in lead.aliases
        ],
    )
