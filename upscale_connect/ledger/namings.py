"""What the ledger knows of a person's names, and the messages of everybody else, in which they may stand."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..models import Lead, Record
from .database import Database
from .leads import unpack_lead, unpack_record

_CHUNK = 1000


@dataclass(frozen=True, slots=True)
class OtherMessage:
    """A message that was bought for somebody else. `lead` is None if it is not kept; `texts`: all its versions."""

    id: int
    sync: str
    lead_id: str
    type: str
    review: str
    lead: Lead | None
    place: str
    texts: tuple[str, ...]


class NamingTables:
    """The part of the ledger that finds names in the messages of others."""

    db: Database

    def people_of(self, keys: Sequence[str]) -> list[tuple[Lead, Record]]:
        """The leads of the person with these LinkedIn keys, as they were read."""
        query = (
            "SELECT l.lead_id, l.fields, c.customer, c.campaign, l.record FROM lead l"
            " JOIN campaign c ON c.id = l.campaign_id WHERE l.person IN (SELECT value FROM json_each(?)) ORDER BY l.id"
        )
        with self.db.reading() as tx:
            rows = tx.execute(query, (json.dumps(list(keys)),)).fetchall()
        return [(unpack_lead(*row[:4]), unpack_record(row[4])) for row in rows]

    def messages_of_others(self, keys: Sequence[str]) -> Iterator[OtherMessage]:
        """Every message whose text is kept and that was bought for none of these LinkedIn keys."""
        query = (
            "SELECT p.id, s.name, p.lead_id, p.type, p.review, p.text, l.fields, c.customer, c.campaign, l.record"
            " FROM purchase p JOIN sync s ON s.id = p.sync_id JOIN campaign c ON c.id = p.campaign_id"
            " LEFT JOIN lead l ON l.sync_id = p.sync_id AND l.campaign_id = p.campaign_id AND l.lead_id = p.lead_id"
            " WHERE p.id > ? AND p.text IS NOT NULL AND p.person NOT IN (SELECT value FROM json_each(?))"
            " ORDER BY p.id LIMIT ?"
        )
        last, known = 0, json.dumps(list(keys))
        while True:
            with self.db.reading() as tx:
                rows = tx.execute(query, (last, known, _CHUNK)).fetchall()
                chunk = json.dumps([row[0] for row in rows])
                versions: dict[int, list[str]] = {}
                for number, text in tx.execute(
                    "SELECT purchase_id, text FROM version WHERE purchase_id IN (SELECT value FROM json_each(?))"
                    " ORDER BY id",
                    (chunk,),
                ):
                    versions.setdefault(number, []).append(text)
            for number, sync, lead_id, kind, review, text, fields, customer, campaign, record in rows:
                lead = unpack_lead(lead_id, fields, customer, campaign) if fields else None
                place = unpack_record(record).where if record else ""
                texts = (text, *versions.get(number, ()))
                yield OtherMessage(number, sync, lead_id, kind, review, lead, place, texts)
            if not rows:
                return
            last = rows[-1][0]
