"""Purchases that this ledger did not make: what the sinks show of them, and how a person takes them over."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from ..models import Lead, Record
from .asides import IS_SHOWN
from .deliveries import DeliveryTables
from .leads import IN_DOUBT, store_leads
from .messages import syncs_with
from .receipts import GivenReceipts, ShownReceipt
from .syncs import add_event, touch
from .times import to_text

#: Why an adopted purchase has no text.
NO_TEXT = "adopted without a text: no sink showed this message; perhaps it was paid, perhaps never requested"


@dataclass(frozen=True, slots=True)
class SinkState:
    """What is remembered of a sink. `id` is None if the ledger has not met it yet.

    `stamps`: what a table may look like from us. `examined`: the options with which it showed no receipt of another
    ledger. `shared`: it has shown one.
    """

    id: int | None = None
    stamps: Sequence[str] = ()
    examined: str | None = None
    shared: bool = False


@dataclass(frozen=True, slots=True)
class Adoption:
    """A lead with the messages that were bought for it elsewhere.

    `texts`: message type → text, None for a type that is wanted and of which no text stands there. `sink_ids`: the
    sinks that show `receipt`, none if that is "": then a table only showed that messages were awaited. `request_id`:
    what the sync would request for these types today. `is_draft`: the messages are looked at as if they had
    just come.
    """

    campaign_id: int
    lead: Lead
    record: Record
    digest: bytes
    request_id: int
    receipt: str
    texts: Mapping[str, str | None]
    sink_ids: Sequence[int]
    is_draft: bool = False


class AdoptionTables(DeliveryTables):
    """The part of the ledger that knows what it did not buy itself."""

    def find_sink(self, sync_id: int, name: str, formerly: str | None = None) -> SinkState:
        query = "SELECT id, examined, shared FROM sink WHERE sync_id = ? AND name = ?"
        with self.db.reading() as tx:
            for known in (name, formerly):
                if row := tx.execute(query, (sync_id, known)).fetchone():
                    return SinkState(row[0], self.read_stamps(row[0]), row[1], bool(row[2]))
        return SinkState()

    def store_examined(self, sink_id: int, examined: str | None, *, shared: bool) -> None:
        """`examined`: every lead was asked about with these options; None: that is not so."""
        with self.db.transaction() as tx:
            statement = "UPDATE sink SET examined = ?, shared = shared OR ? WHERE id = ?"
            tx.execute(statement, (examined, shared, sink_id))

    def has_shown(self, sync_id: int) -> bool:
        """Whether leads of a sync are held because of what a sink shows."""
        with self.db.reading() as tx:
            query = f"SELECT EXISTS (SELECT 1 FROM aside a WHERE a.sync_id = ? AND {IS_SHOWN})"
            return bool(tx.execute(query, (sync_id,)).fetchone()[0])

    def find_unknown(self, customer: str, campaign: str, shown: Collection[ShownReceipt]) -> set[ShownReceipt]:
        """Those of these receipts that this ledger gave neither to the lead nor to its person.

        To the person it may have given them as a lead of another campaign, with the same place in a sink. One that is
        awaited is known if there is a purchase in this campaign to bring it.
        """
        with self.db.reading() as tx:
            given = GivenReceipts(tx, customer, campaign)
            given.read(shown)
        return {one for one in shown if not given.has(one)}

    def find_given(self, receipts: Collection[str]) -> set[str]:
        """Those of these receipts that any sink got from this ledger, for whatever lead. Looks at every delivery."""
        with self.db.reading() as tx:
            query = "SELECT receipt FROM delivery WHERE receipt IN (SELECT value FROM json_each(?))"
            return {row[0] for row in tx.execute(query, (json.dumps(list(receipts)),))}

    def adopt(self, sync_id: int, adoptions: Sequence[Adoption], actor: str, at: datetime) -> None:
        """Take over these leads with their messages: bought, and delivered where they are shown. All or none.

        A text is a new revision where the ledger has another one. What the sync had queued is bought by that.
        """
        now = to_text(at)
        groups: dict[tuple[int, int], list[Adoption]] = {}
        for one in adoptions:
            groups.setdefault((one.campaign_id, one.request_id), []).append(one)
        with self.db.transaction() as tx:
            store_leads(tx, sync_id, now, [(one.campaign_id, one.lead, one.record, one.digest) for one in adoptions])
            for (campaign_id, request_id), members in groups.items():
                batch_id = _make_batch(tx, sync_id, campaign_id, request_id, members, now)
                for one in members:
                    _store_purchases(tx, sync_id, batch_id, one, now)
                    _store_deliveries(tx, one, now)
                    _tell(tx, sync_id, one, actor, now)
                tx.execute(
                    "DELETE FROM batch WHERE id = ?1 AND ?1 NOT IN (SELECT batch_id FROM purchase WHERE batch_id = ?1)",
                    (batch_id,),
                )
                touch(tx, syncs_with(tx, campaign_id, [one.lead.lead_id for one in members]))

    def note_shown(self, sync_id: int, sink_id: int) -> None:
        """A table shows what was adopted from it: until something else changes it need not be rewritten."""
        with self.db.transaction() as tx:
            changed = "(SELECT changed FROM sync WHERE id = ?)"
            tx.execute(f"UPDATE sink SET shown = {changed} WHERE id = ?", (sync_id, sink_id))

    def has_purchases(self, sync_id: int) -> bool:
        with self.db.reading() as tx:
            query = (
                "SELECT EXISTS (SELECT 1 FROM lead l JOIN purchase p ON p.campaign_id = l.campaign_id"
                " AND p.lead_id = l.lead_id AND p.state <> 'refused' WHERE l.sync_id = ?)"
            )
            return bool(tx.execute(query, (sync_id,)).fetchone()[0])


def _make_batch(
    tx: sqlite3.Connection, sync_id: int, campaign_id: int, request_id: int, members: Sequence[Adoption], now: str
) -> int:
    """What purchases belong to. This one has no attempt: nothing was sent for it."""
    row = tx.execute(
        "INSERT INTO batch (sync_id, campaign_id, request_id, leads, messages, created_at)"
        " VALUES (?, ?, ?, ?, ?, ?) RETURNING id",
        (sync_id, campaign_id, request_id, len(members), sum(len(one.texts) for one in members), now),
    ).fetchone()
    return int(row[0])


def _store_purchases(tx: sqlite3.Connection, sync_id: int, batch_id: int, one: Adoption, now: str) -> None:
    review = "" if one.is_draft else "clear"  # it was delivered, so it has passed
    for kind, text in one.texts.items():
        key = (one.campaign_id, one.lead.lead_id, kind)
        # What is in doubt here was bought: the sink shows it. The attempt stays in doubt, its message does not.
        settled = tx.execute(
            "UPDATE purchase AS p SET state = 'ready', text = ?, adopted = ?, changed_at = ?, review = ?"
            " WHERE p.campaign_id = ? AND p.lead_id = ? AND p.type = ? AND p.state <> 'refused' AND ? IS NOT NULL"
            f" AND {IN_DOUBT}",
            (text, one.receipt, now, review, *key, text),
        ).rowcount
        if settled:
            continue
        bought = (
            "FROM purchase WHERE campaign_id = ?1 AND lead_id = ?2 AND type = ?3 AND state <> 'refused'"
            " AND state <> 'queued'"
        )
        tx.execute(
            "INSERT INTO purchase (campaign_id, lead_id, type, revision, person, sync_id, request_id, batch_id, state,"
            " text, reason, changed_at, adopted, review)"
            f" SELECT ?1, ?2, ?3, 1 + coalesce((SELECT max(revision) {bought}), 0),"
            " ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13"
            f" WHERE ?9 IS NOT NULL OR NOT EXISTS (SELECT 1 {bought})"
            " ON CONFLICT (campaign_id, lead_id, type, revision) WHERE state <> 'refused' DO UPDATE SET"
            " person = excluded.person, request_id = excluded.request_id, batch_id = excluded.batch_id,"
            " state = excluded.state, text = excluded.text, reason = excluded.reason,"
            " changed_at = excluded.changed_at, adopted = excluded.adopted, review = excluded.review"
            " WHERE purchase.state = 'queued' AND purchase.sync_id = excluded.sync_id",
            (
                *key,
                one.lead.linkedin_key,
                sync_id,
                one.request_id,
                batch_id,
                "failed" if text is None else "ready",
                text,
                NO_TEXT if text is None else None,
                now,
                one.receipt,
                review,
            ),
        )


def _store_deliveries(tx: sqlite3.Connection, one: Adoption, now: str) -> None:
    """A sink that shows the messages has them, if there are any; one that has others gets them."""
    if any(text is not None for text in one.texts.values()):
        tx.execute(
            "UPDATE delivery SET state = 'due', attempts = 0, changed_at = ? WHERE campaign_id = ? AND lead_id = ?"
            " AND state <> 'unknown'",
            (now, one.campaign_id, one.lead.lead_id),
        )
    tx.executemany(
        "INSERT INTO delivery (sink_id, campaign_id, lead_id, state, receipt, attempts, changed_at)"
        " SELECT ?1, ?2, ?3, 'written', ?4, 1, ?5 WHERE EXISTS (SELECT 1 FROM purchase WHERE campaign_id = ?2"
        " AND lead_id = ?3 AND state <> 'refused' AND state = 'ready') ON CONFLICT (sink_id, campaign_id, lead_id)"
        " DO UPDATE SET state = 'written', receipt = ?4, reason = '', changed_at = ?5",
        [(sink_id, one.campaign_id, one.lead.lead_id, one.receipt, now) for sink_id in one.sink_ids],
    )


def _tell(tx: sqlite3.Connection, sync_id: int, one: Adoption, actor: str, now: str) -> None:
    """The lead is no longer held, and its story says why."""
    key = {"campaign_id": one.campaign_id, "lead_id": one.lead.lead_id}
    tx.execute(
        f"DELETE FROM aside AS a WHERE a.sync_id = :sync_id AND {IS_SHOWN} AND a.campaign_id = :campaign_id"
        " AND a.lead_id = :lead_id",
        {"sync_id": sync_id, **key},
    )
    detail = f"{', '.join(one.texts) or 'nothing new'} {f'with receipt {one.receipt}' if one.receipt else 'unseen'}"
    add_event(
        tx, now, actor, "adopted", sync_id=sync_id, campaign_id=one.campaign_id, lead_id=one.lead.lead_id, detail=detail
    )
