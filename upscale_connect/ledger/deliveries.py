"""Deliveries: which messages each sink has to write, and what became of it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from ..models import Message
from .leads import unpack_lead, unpack_record
from .receipts import ShownText, choose_receipt
from .syncs import SyncTables, add_event
from .texts import IS_CLEAR, VERSION
from .times import from_text, to_text
from .values import DeliveryResult, DueDelivery, EventKind

#: A delivery that failed this often waits for a person.
MAX_ATTEMPTS = 5
#: Of a sync, to a sink: so that it is looked at again.
NOTHING_SHOWN = -1
#: Deliveries are read and stored this many at a time.
CHUNK = 500
_EVENTS: dict[str, EventKind] = {
    "skipped": "skipped",
    "conflict": "conflict",
    "failed": "failed",
    "parked": "parked",
}

#: The condition of the index `delivery_open`, which SQLite uses only where it is said in these words.
IS_OPEN = "d.state IN ('due', 'unknown', 'failed', 'conflict', 'parked')"

# A message belongs to the lead only if it was bought for the person that the lead names now.
_THERE = (
    "SELECT 1 FROM purchase p WHERE p.campaign_id = l.campaign_id AND p.lead_id = l.lead_id"
    " AND p.state <> 'refused' AND p.state = 'ready' AND p.purged_at IS NULL AND p.person = l.person"
)


def _ready(drafts: bool) -> str:
    """Which messages a sink gets. `drafts`: also those that a person has to look at, because it is done there."""
    return f"{_THERE} AND p.review <> 'rejected'" if drafts else f"{_THERE} AND {IS_CLEAR}"


class DeliveryTables(SyncTables):
    """The part of the ledger that knows sinks and deliveries."""

    def enqueue_deliveries(self, sync_id: int, sink_id: int, at: datetime, *, drafts: bool = False) -> None:
        """Every lead of the sync that has a message gets a delivery for this sink, once.

        `drafts`: messages that a person has to look at count, too.

        One that was skipped without a receipt is due again if the lead names the person of its messages again; if
        it had been handed to the sink before, it may be there.
        """
        with self.db.transaction() as tx:
            changed = tx.execute("SELECT changed FROM sync WHERE id = ?", (sync_id,)).fetchone()[0]
            shown = tx.execute("SELECT shown FROM sink WHERE id = ?", (sink_id,)).fetchone()[0]
            if shown == changed:
                return
            tx.execute(
                "INSERT INTO delivery (sink_id, campaign_id, lead_id, state, changed_at)"
                f" SELECT ?, l.campaign_id, l.lead_id, 'due', ? FROM lead l WHERE l.sync_id = ? AND EXISTS"
                f" ({_ready(drafts)})"
                " ON CONFLICT (sink_id, campaign_id, lead_id) DO UPDATE SET changed_at = excluded.changed_at,"
                " state = CASE WHEN delivery.attempts THEN 'unknown' ELSE 'due' END"
                " WHERE delivery.state = 'skipped' AND delivery.receipt = ''",
                (sink_id, to_text(at), sync_id),
            )
            tx.execute("UPDATE sink SET shown = ? WHERE id = ?", (changed, sink_id))

    def due_deliveries(
        self, sync_id: int, sink_id: int, after: tuple[int, str] = (0, ""), *, drafts: bool = False
    ) -> list[DueDelivery]:
        """The next deliveries to write, in the order of their keys behind `after`.

        A lead all of whose messages wait for a person is left out; with `drafts` it is not.
        """
        ledger = self.identity()
        with self.db.reading() as tx:
            rows = tx.execute(
                "SELECT d.campaign_id, d.lead_id, d.state, d.attempts, l.fields, l.record, l.person, c.customer,"
                " c.campaign FROM delivery d JOIN campaign c ON c.id = d.campaign_id JOIN lead l"
                " ON l.sync_id = ? AND l.campaign_id = d.campaign_id AND l.lead_id = d.lead_id"
                f" WHERE d.sink_id = ? AND d.state IN ('due', 'unknown', 'failed') AND {IS_OPEN}"
                f" AND (EXISTS ({_ready(drafts)}) OR NOT EXISTS ({_THERE}))"
                " AND (d.campaign_id, d.lead_id) > (?, ?) ORDER BY d.campaign_id, d.lead_id LIMIT ?",
                (sync_id, sink_id, *after, CHUNK),
            ).fetchall()
            due = []
            for campaign_id, lead_id, state, attempts, fields, record, person, customer, campaign in rows:
                bought = read_messages(tx, campaign_id, lead_id, person, drafts=drafts)
                due.append(
                    DueDelivery(
                        campaign_id,
                        unpack_lead(lead_id, fields, customer, campaign),
                        unpack_record(record),
                        bought.messages,
                        bought.earlier,
                        choose_receipt(ledger, bought.shown),
                        state == "unknown",
                        attempts,
                        bought.is_draft,
                    )
                )
        return due

    def mark_unknown(self, sink_id: int, due: Sequence[DueDelivery], at: datetime) -> None:
        """Before a sink gets them: from now on they may have been written."""
        with self.db.transaction() as tx:
            tx.executemany(
                "UPDATE delivery SET state = 'unknown', receipt = ?, attempts = attempts + 1, changed_at = ?"
                " WHERE sink_id = ? AND campaign_id = ? AND lead_id = ?",
                [(one.receipt, to_text(at), sink_id, one.campaign_id, one.lead.lead_id) for one in due],
            )

    def store_results(self, sink_id: int, results: Iterable[DeliveryResult], run_id: str, at: datetime) -> None:
        """What became of deliveries (write W8): after the sink said so, never before."""
        now = to_text(at)
        with self.db.transaction() as tx:
            for result in results:
                is_news = result.state != "skipped" or not _is_skipped_so(tx, sink_id, result)
                tx.execute(
                    "INSERT INTO delivery (sink_id, campaign_id, lead_id, state, receipt, attempts, reason, changed_at)"
                    " VALUES (?1, ?2, ?3, ?4, ?5, 1, ?6, ?7)"
                    " ON CONFLICT (sink_id, campaign_id, lead_id) DO UPDATE SET state = ?4, receipt = ?5, reason = ?6,"
                    " changed_at = ?7",
                    (
                        sink_id,
                        result.campaign_id,
                        result.lead_id,
                        result.state,
                        result.receipt,
                        result.reason,
                        now,
                    ),
                )
                if is_news and (kind := _EVENTS.get(result.state)):
                    add_event(
                        tx,
                        now,
                        run_id,
                        kind,
                        sink_id=sink_id,
                        campaign_id=result.campaign_id,
                        lead_id=result.lead_id,
                    )

    def retry_deliveries(self, sink_id: int, run_id: str, at: datetime, lead_id: str | None = None) -> int:
        """What waits for a person at this sink (of one lead) is due again: that person says so. Returns how many."""
        now = to_text(at)
        with self.db.transaction() as tx:
            rows = tx.execute(
                "UPDATE delivery SET state = 'due', attempts = 0, reason = '', changed_at = ?"
                " WHERE sink_id = ? AND state IN ('conflict', 'parked') AND coalesce(lead_id = ?, 1)"
                " RETURNING campaign_id, lead_id",
                (now, sink_id, lead_id),
            ).fetchall()
            for campaign_id, lead_id in rows:
                add_event(tx, now, run_id, "retried", sink_id=sink_id, campaign_id=campaign_id, lead_id=lead_id)
        return len(rows)

    def redeliver(self, sync_id: int, sink_id: int, actor: str, at: datetime, *, ask: bool) -> int:
        """What a sink has written is due again, and a table is rewritten, because a person says so.

        `ask`: the sink is asked first what it has. Returns the number of deliveries.
        """
        with self.db.transaction() as tx:
            count = tx.execute(
                "UPDATE delivery SET state = ?, attempts = ?, reason = '', changed_at = ?"
                " WHERE sink_id = ? AND state IN ('written', 'unchanged') AND EXISTS (SELECT 1 FROM purchase p"
                " WHERE p.campaign_id = delivery.campaign_id AND p.lead_id = delivery.lead_id"
                " AND p.state <> 'refused' AND p.state = 'ready' AND p.purged_at IS NULL)",
                ("unknown" if ask else "due", int(ask), to_text(at), sink_id),
            ).rowcount
            tx.execute("UPDATE sink SET shown = ? WHERE id = ?", (NOTHING_SHOWN, sink_id))
            detail = f"{count} deliveries"
            add_event(tx, to_text(at), actor, "redelivered", sync_id=sync_id, sink_id=sink_id, detail=detail)
        return count

    def read_shown(self, sink_id: int) -> int:
        """What of the sync a table showed after its last rewrite."""
        with self.db.reading() as tx:
            return int(tx.execute("SELECT shown FROM sink WHERE id = ?", (sink_id,)).fetchone()[0])

    def read_stamps(self, sink_id: int) -> list[str]:
        """The stamps that a table's target may have from us: of the last rewrite, and of any that was killed since."""
        with self.db.reading() as tx:
            stamp, announced = tx.execute("SELECT stamp, announced FROM sink WHERE id = ?", (sink_id,)).fetchone()
        return [*([] if stamp is None else [stamp]), *json.loads(announced)]

    def announce_stamp(self, sink_id: int, stamp: str) -> None:
        """A table is about to get this stamp. Each is kept until a rewrite is stored: after a kill any may be there."""
        with self.db.transaction() as tx:
            tx.execute("UPDATE sink SET announced = json_insert(announced, '$[#]', ?) WHERE id = ?", (stamp, sink_id))

    def store_rewrite(
        self, sink_id: int, stamp: str, shown: int, rows: Iterator[tuple[int, str, str]], at: datetime
    ) -> tuple[int, int]:
        """A table was written whole: (campaign id, lead id, receipt) of every row with messages.

        Returns how many of these deliveries are new, and how many were shown before.
        """
        now = to_text(at)
        total = written = 0
        with self.db.transaction() as tx:
            while chunk := list(islice(rows, CHUNK)):
                total += len(chunk)
                written += tx.executemany(
                    "INSERT INTO delivery (sink_id, campaign_id, lead_id, state, receipt, attempts, changed_at)"
                    " VALUES (?1, ?2, ?3, 'written', ?4, 1, ?5) ON CONFLICT (sink_id, campaign_id, lead_id)"
                    " DO UPDATE SET state = 'written', receipt = ?4, reason = '', changed_at = ?5"
                    " WHERE receipt <> ?4 OR state <> 'written'",
                    [(sink_id, *row, now) for row in chunk],
                ).rowcount
            tx.execute("UPDATE sink SET stamp = ?, announced = '[]', shown = ? WHERE id = ?", (stamp, shown, sink_id))
        return written, total - written

    def not_skipped(self, sink_id: int, keys: Sequence[tuple[int, str]]) -> list[tuple[int, str]]:
        """Those of the (campaign id, lead id) whose delivery to this sink is not skipped yet."""
        query = "SELECT state FROM delivery WHERE sink_id = ? AND campaign_id = ? AND lead_id = ?"
        with self.db.reading() as tx:
            return [key for key in keys if tx.execute(query, (sink_id, *key)).fetchone() != ("skipped",)]

    def missing_rows(self, sync_id: int, sink_id: int) -> list[tuple[int, str]]:
        """Leads whose messages a table could not show, because their row is gone from the source."""
        with self.db.reading() as tx:
            return tx.execute(
                f"SELECT l.campaign_id, l.lead_id FROM lead l WHERE l.sync_id = ? AND EXISTS ({_ready(False)})"
                " AND NOT EXISTS (SELECT 1 FROM delivery d WHERE d.sink_id = ? AND d.campaign_id = l.campaign_id"
                " AND d.lead_id = l.lead_id AND d.state IN ('written', 'skipped'))",
                (sync_id, sink_id),
            ).fetchall()


def _is_skipped_so(tx: sqlite3.Connection, sink_id: int, result: DeliveryResult) -> bool:
    """Whether this was told before: such a delivery is due again with each change, and may be skipped each time."""
    query = "SELECT reason FROM delivery WHERE sink_id = ? AND campaign_id = ? AND lead_id = ? AND receipt = ''"
    key = (sink_id, result.campaign_id, result.lead_id)
    return bool(result.reason) and tx.execute(query, key).fetchone() == (result.reason,)


@dataclass(frozen=True, slots=True)
class Bought:
    """What was bought for a person, by type: the newest message and earlier texts; `shown` makes their receipt.

    `is_draft`: one of the newest messages waits for a person.
    """

    messages: dict[str, Message]
    earlier: dict[str, list[str]]
    shown: list[ShownText]
    is_draft: bool


def read_messages(
    tx: sqlite3.Connection, campaign_id: int, lead_id: str, person: str, *, drafts: bool = False
) -> Bought:
    """`drafts`: also messages that wait for a person."""
    messages: dict[str, Message] = {}
    earlier: dict[str, list[str]] = {}
    newest: dict[str, ShownText] = {}
    waits: dict[str, bool] = {}
    allowed = "p.review <> 'rejected'" if drafts else IS_CLEAR
    for kind, original, changed_at, number, version, adopted, is_allowed, is_clear in tx.execute(
        f"SELECT p.type, p.text, p.changed_at, p.id, {VERSION}, p.adopted, {allowed}, {IS_CLEAR} FROM purchase p"
        " WHERE p.campaign_id = ? AND p.lead_id = ? AND p.person = ? AND p.state <> 'refused' AND p.state = 'ready'"
        " AND p.purged_at IS NULL ORDER BY p.revision",
        (campaign_id, lead_id, person),
    ):
        texts = [original]
        if version:
            versions = tx.execute("SELECT text FROM version WHERE purchase_id = ? ORDER BY id", (number,))
            texts += [row[0] for row in versions]
        if not is_allowed:  # it may stand there as a draft
            earlier.setdefault(kind, []).extend(texts)
            continue
        if before := messages.get(kind):
            earlier.setdefault(kind, []).append(before.text)
        if texts[:-1]:
            earlier.setdefault(kind, []).extend(texts[:-1])
        messages[kind] = Message(kind, texts[-1], from_text(changed_at))
        newest[kind] = (number, version, adopted)
        waits[kind] = not is_clear
    return Bought(messages, earlier, list(newest.values()), any(waits.values()))
