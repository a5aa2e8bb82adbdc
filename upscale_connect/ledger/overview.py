"""What stands in the ledger now, for `status`, `todo` and `explain`. Reads only."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from .database import Database
from .deliveries import IS_OPEN
from .events import Line, read_events, tell_event, tell_purchase
from .leads import IS_NEWEST
from .messages import OVERDUE_AFTER
from .times import to_text
from .values import Doubt, OpenPoints, Standing


@dataclass(frozen=True, slots=True)
class AsideRow:
    """A record that is set aside, for people."""

    kind: str
    place: str
    field: str
    value: str
    reason: str
    customer: str | None
    campaign: str | None
    lead_id: str | None
    since: str


@dataclass(frozen=True, slots=True)
class StuckDelivery:
    """A delivery that waits for a person."""

    sink: str
    lead_id: str
    campaign: str
    state: str
    reason: str


@dataclass(frozen=True, slots=True)
class LeadMatch:
    """A lead that a person asked for."""

    sync: str
    sync_id: int
    campaign_id: int
    customer: str
    campaign: str
    lead_id: str
    person: str
    name: str
    place: str
    read_at: str


@dataclass(frozen=True, slots=True)
class LastRun:
    """How the last run of a sync ended, well or not. `error` and `hint` are what stopped it; empty if nothing did."""

    run_id: str
    started_at: str
    finished_at: str
    exit_code: int
    error: str
    hint: str


class Overview:
    """The part of the ledger that answers people."""

    db: Database

    def sync_names(self) -> list[str]:
        with self.db.reading() as tx:
            return [row[0] for row in tx.execute("SELECT name FROM sync ORDER BY name")]

    def open_points(self, sync_id: int, at: datetime) -> OpenPoints:
        """What a sync has open: found through indexes, however many leads it has."""
        with self.db.reading() as tx:
            name, finished_at = tx.execute("SELECT name, finished_at FROM sync WHERE id = ?", (sync_id,)).fetchone()
            pending, in_doubt, doubts, oldest, overdue = tx.execute(
                "SELECT coalesce(sum(CASE WHEN a.state <> 'in_doubt' THEN b.messages END), 0),"
                " coalesce(sum(CASE WHEN a.state = 'in_doubt' THEN b.messages END), 0),"
                " count(CASE WHEN a.state = 'in_doubt' THEN 1 END),"
                " min(CASE WHEN a.state = 'accepted' THEN a.answered_at END),"
                " count(CASE WHEN a.state = 'accepted' AND a.answered_at < ? THEN 1 END)"
                " FROM attempt a JOIN batch b ON b.id = a.batch_id"
                " WHERE a.state IN ('prepared', 'submitting', 'accepted', 'in_doubt') AND b.sync_id = ?",
                (to_text(at - OVERDUE_AFTER), sync_id),
            ).fetchone()
            asides = dict(
                tx.execute(
                    "SELECT kind, count(*) FROM aside WHERE sync_id = ? AND dropped_by IS NULL GROUP BY kind",
                    (sync_id,),
                ).fetchall()
            )
            query = "SELECT count(*) FROM aside WHERE sync_id = ? AND kind = 'held' AND field = 'receipt'"
            unadopted = tx.execute(query, (sync_id,)).fetchone()[0]
            stuck = tx.execute(
                "SELECT count(*) FROM sink s JOIN delivery d INDEXED BY delivery_open ON d.sink_id = s.id"
                f" WHERE s.sync_id = ? AND d.state IN ('conflict', 'parked') AND {IS_OPEN}",
                (sync_id,),
            ).fetchone()[0]
        return OpenPoints(name, pending, in_doubt, doubts, overdue, asides, unadopted, stuck, oldest, finished_at)

    def standing(self, sync_id: int, at: datetime) -> Standing:
        """Counts of what a sync has open and done. Looks at every lead."""
        points = self.open_points(sync_id, at)
        with self.db.reading() as tx:
            states = dict(
                tx.execute(
                    "SELECT state, count(*) FROM purchase p WHERE sync_id = ?"
                    f" AND (state <> 'failed' OR {IS_NEWEST}) GROUP BY state",
                    (sync_id,),
                ).fetchall()
            )
            leads = tx.execute("SELECT count(*) FROM lead WHERE sync_id = ?", (sync_id,)).fetchone()[0]
            deliveries: dict[str, dict[str, int]] = {}
            for sink, state, count in tx.execute(
                "SELECT s.name, d.state, count(*) FROM sink s JOIN delivery d ON d.sink_id = s.id"
                " WHERE s.sync_id = ? GROUP BY s.name, d.state",
                (sync_id,),
            ):
                deliveries.setdefault(sink, {})[state] = count
        return Standing(
            **asdict(points),
            leads=leads,
            queued=states.get("queued", 0),
            ready=states.get("ready", 0),
            failed=states.get("failed", 0),
            deliveries=deliveries,
        )

    def last_run(self, sync_id: int) -> LastRun | None:
        with self.db.reading() as tx:
            row = tx.execute(
                "SELECT id, started_at, finished_at, exit_code, coalesce(json_extract(report, '$.error.message'), ''),"
                " coalesce(json_extract(report, '$.error.hint'), '') FROM run WHERE sync_id = ?"
                " ORDER BY finished_at DESC LIMIT 1",
                (sync_id,),
            ).fetchone()
        return LastRun(*row) if row else None

    def good_since(self, sync_id: int) -> str | None:
        """When a sync last ended well; if it never did, when its first run began, None if there was no run."""
        query = (
            "SELECT coalesce(finished_at, (SELECT min(started_at) FROM run WHERE sync_id = sync.id))"
            " FROM sync WHERE id = ?"
        )
        with self.db.reading() as tx:
            row = tx.execute(query, (sync_id,)).fetchone()
        return None if row is None else row[0]

    def doubts(self, sync_id: int) -> list[Doubt]:
        with self.db.reading() as tx:
            rows = tx.execute(
                "SELECT a.id, s.name, c.customer, c.campaign, b.leads, b.messages, a.sent_at, coalesce(a.cause, ''),"
                " coalesce(a.detail, ''), a.token_tail FROM attempt a JOIN batch b ON b.id = a.batch_id"
                " JOIN sync s ON s.id = b.sync_id JOIN campaign c ON c.id = b.campaign_id"
                " WHERE a.state = 'in_doubt' AND b.sync_id = ? ORDER BY a.id",
                (sync_id,),
            ).fetchall()
        return [Doubt(*row) for row in rows]

    def asides(self, sync_id: int, kinds: Sequence[str], limit: int = 1000) -> list[AsideRow]:
        with self.db.reading() as tx:
            rows = tx.execute(
                "SELECT s.kind, s.place, s.field, s.value, s.reason, c.customer, c.campaign, s.lead_id, s.since"
                " FROM aside s LEFT JOIN campaign c ON c.id = s.campaign_id"
                " WHERE s.sync_id = ? AND s.kind IN (SELECT value FROM json_each(?)) ORDER BY s.id LIMIT ?",
                (sync_id, json.dumps(list(kinds)), limit),
            ).fetchall()
        return [AsideRow(*row) for row in rows]

    def stuck_deliveries(self, sync_id: int, limit: int = 1000) -> list[StuckDelivery]:
        with self.db.reading() as tx:
            rows = tx.execute(
                "SELECT s.name, d.lead_id, c.campaign, d.state, d.reason FROM sink s"
                " JOIN delivery d ON d.sink_id = s.id JOIN campaign c ON c.id = d.campaign_id"
                " WHERE s.sync_id = ? AND d.state IN ('conflict', 'parked') ORDER BY s.name, d.lead_id LIMIT ?",
                (sync_id, limit),
            ).fetchall()
        return [StuckDelivery(*row) for row in rows]

    def find_leads(self, text: str, person: str | None) -> list[LeadMatch]:
        """Leads by id, LinkedIn key (`person`) or name of file and row, over all syncs."""
        with self.db.reading() as tx:
            rows = tx.execute(
                "SELECT s.name, s.id, c.id, c.customer, c.campaign, l.lead_id, l.person, l.fields, l.record, l.read_at"
                " FROM lead l JOIN sync s ON s.id = l.sync_id JOIN campaign c ON c.id = l.campaign_id"
                " WHERE l.lead_id = ?1 OR l.person = ?2 OR json_extract(l.record, '$[1]') = ?1"
                " OR c.customer || '/' || c.campaign || '/' || l.lead_id = ?1 ORDER BY s.name, l.id LIMIT 100",
                (text, person or ""),
            ).fetchall()
        matches = []
        for sync, sync_id, campaign_id, customer, campaign, lead_id, person, packed, record, read_at in rows:
            fields = json.loads(packed)
            name, place = f"{fields[3]} {fields[4]} ({fields[2]})", json.loads(record)[1]
            matches.append(
                LeadMatch(sync, sync_id, campaign_id, customer, campaign, lead_id, person, name, place, read_at)
            )
        return matches

    def similar_leads(self, text: str, limit: int = 5) -> list[str]:
        """Ids and places that hold this text, for who misspelt one."""
        with self.db.reading() as tx:
            rows = tx.execute(
                "SELECT lead_id FROM lead WHERE instr(lower(lead_id), lower(?1)) UNION"
                " SELECT place FROM aside WHERE instr(lower(place), lower(?1)) LIMIT ?2",
                (text, limit),
            ).fetchall()
        return [row[0] for row in rows]

    def find_asides(self, text: str) -> list[tuple[str, AsideRow]]:
        """Records set aside, by place or lead id, with the name of their sync."""
        with self.db.reading() as tx:
            rows = tx.execute(
                "SELECT y.name, s.kind, s.place, s.field, s.value, s.reason, c.customer, c.campaign, s.lead_id, s.since"
                " FROM aside s JOIN sync y ON y.id = s.sync_id LEFT JOIN campaign c ON c.id = s.campaign_id"
                " WHERE s.place = ?1 OR s.lead_id = ?1 ORDER BY s.id LIMIT 100",
                (text,),
            ).fetchall()
        return [(row[0], AsideRow(*row[1:])) for row in rows]

    def story(self, match: LeadMatch) -> list[Line]:
        """Everything that happened to a lead, oldest first: purchases, attempts, deliveries, events."""
        lines: list[Line] = []
        key = (match.campaign_id, match.lead_id)
        with self.db.reading() as tx:
            for row in tx.execute(
                "SELECT p.type, p.state, p.text, p.reason, p.changed_at, a.id, a.state, a.sent_at, a.answered_at,"
                " a.secure_request_id, a.cause, p.adopted, p.id FROM purchase p LEFT JOIN attempt a"
                " ON a.batch_id = p.batch_id WHERE p.campaign_id = ? AND p.lead_id = ? ORDER BY p.id, a.number",
                key,
            ):
                lines.extend(tell_purchase(row))
            for sink, state, receipt, reason, at in tx.execute(
                "SELECT s.name, d.state, d.receipt, d.reason, d.changed_at FROM delivery d"
                " JOIN sink s ON s.id = d.sink_id WHERE d.campaign_id = ? AND d.lead_id = ? AND s.sync_id = ?",
                (*key, match.sync_id),
            ):
                note = f" ({reason})" if reason else f" with receipt {receipt}" if receipt else ""
                lines.append(Line(at, f"sink {sink}: {state}{note}"))
            lines.extend(Line(at, tell_event(*rest)) for at, *rest in read_events(tx, *key))
        unique = {(line.at, line.text): line for line in lines}
        return sorted(unique.values(), key=lambda line: line.at)
