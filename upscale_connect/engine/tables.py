"""From messages to sinks that are written whole: every record of the source, with its status."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, TypeAlias

from ..contracts import Checkpoint, Cursor, Delivery, Row, Status, Table
from ..errors import SinkError, SourceError
from ..identity import find_stranger
from ..ledger import NOTHING_SHOWN, DeliveryResult, Purchase, Scratch, choose_receipt, from_text
from ..models import Message, Record
from .classify import Classifier, Verdict
from .edits import EditSearch
from .examine import CHUNK, Examiner
from .joins import recall
from .report import SinkCounts
from .run import Run
from .shield import shield, shield_iterator

#: Campaign id and lead id → what was bought.
_Owners: TypeAlias = Mapping[tuple[int, str], Sequence[Purchase]]


class TableWriter:
    """Rewrites one table when something that it shows has changed."""

    def __init__(self, run: Run, name: str, table: Table[Any], sink_id: int) -> None:
        self._run = run
        self._name = name
        self._table = table
        self._sink_id = sink_id
        self._ledger_id = run.ledger.identity()
        self._drafts = name in run.sync.review.where
        self._suppressed: dict[tuple[int, str], str] = {}
        self._read: Cursor | None = None
        self.counts = SinkCounts()

    def refresh(self, examiner: Examiner) -> None:
        """Rewrite the table if something changed since the last time, or its target is gone.

        Not while it shows messages that this ledger does not know: they were paid for.
        """
        search = EditSearch(self._run, self._name, self._table, self._sink_id)
        search.search()
        shown = self._run.ledger.read_shown(self._sink_id)
        with shield(self._error, self._run.config.secrets):
            stale = shown != self._run.ledger.changed(self._run.sync_id) or self._table.stamp() is None
        if not stale:
            return
        if unknown := examiner.count_unknown(self._name):
            self._run.result.unadopted = max(self._run.result.unadopted, unknown)
            self._run.note(
                f"{self._name} is not written: it shows the messages of {unknown} leads that this ledger did not buy;"
                f" see `upscale-connect adopt {self._run.sync.name}`"
            )
            return
        self.rewrite()
        search.search()

    def rewrite(self) -> None:
        """Show everything. Raises SourceError or SinkError; then the target is as it was."""
        run = self._run
        changed = run.ledger.changed(run.sync_id)
        stamps = run.ledger.read_stamps(self._sink_id)
        announced: list[str] = []
        self._suppressed = {}
        run.gate.refresh()
        scratch = Scratch()

        def announce(stamp: str) -> None:
            run.ledger.announce_stamp(self._sink_id, stamp)
            announced.append(stamp)

        try:
            self._read_kept(scratch)
            with shield(self._error, run.config.secrets):
                self._table.rewrite(self._rows(scratch), stamps, announce)
            if not announced:
                raise self._error("it was written without announcing its stamp: a fault of the plugin")
            shown = changed if self._has_shown_what_was_planned() else NOTHING_SHOWN
            written, unchanged = run.ledger.store_rewrite(
                self._sink_id, announced[-1], shown, scratch.shown(), run.now()
            )
        finally:
            scratch.close()
        self.counts.written += written
        self.counts.unchanged += unchanged
        self._skip_suppressed()
        self._skip_missing()

    def _skip_suppressed(self) -> None:
        """What was bought for somebody who gets no message is kept, and shown if nothing is against it any more."""
        run = self._run
        new = run.ledger.not_skipped(self._sink_id, list(self._suppressed))
        results = [DeliveryResult(*key, "skipped", "", self._suppressed[key]) for key in new]
        run.ledger.store_results(self._sink_id, results, run.id, run.now())
        self.counts.skipped += len(results)

    def _has_shown_what_was_planned(self) -> bool:
        """Whether the source was as the last complete reading found it. Else it may go back to that, unnoticed."""
        if self._read is None:
            return self._run.is_planned
        state = self._run.ledger.read_state(self._run.sync_id)
        return state.fingerprint == self._run.fingerprint() and state.cursor == json.loads(json.dumps(self._read))

    def _skip_missing(self) -> None:
        run = self._run
        missing = run.ledger.missing_rows(run.sync_id, self._sink_id)
        reason = "its row is no longer in the source"
        results = [DeliveryResult(campaign_id, lead_id, "skipped", "", reason) for campaign_id, lead_id in missing]
        if results:
            run.ledger.store_results(self._sink_id, results, run.id, run.now())
            self.counts.skipped += len(results)
            run.note(f"{len(results)} leads have messages but no row any more; see `upscale-connect explain LEAD`")

    def _rows(self, scratch: Scratch) -> Iterator[Row]:
        run = self._run
        classifier = Classifier(
            run.mapping,
            run.ledger,
            run.sync_id,
            run.account_id,
            scratch,
            run.gate,
            make=False,
            texts=True,
            read_back=run.read_back,
        )
        with shield(self._source_error, run.config.secrets):
            items = iter(run.source.read(None))
        self._read = None
        records = self._records(shield_iterator(items, self._source_error, run.config.secrets, run.watch.tick))
        count = 0
        while chunk := list(islice(records, CHUNK)):
            verdicts = classifier.classify(chunk)
            recall(run.ledger, run.sync_id, verdicts)
            owners = self._find_owners(verdicts)
            for verdict in verdicts:
                yield self._row(verdict, scratch, owners)
            count += len(chunk)
            run.progress.update(run.sync.name, f"writing {self._name}", count, None)

    def _records(self, items: Iterator[Any]) -> Iterator[Any]:
        for item in items:
            if isinstance(item, Checkpoint):
                self._read = item.cursor
            else:
                yield item

    def _find_owners(self, verdicts: Sequence[Verdict]) -> _Owners:
        """What was bought for the records that the duplicates repeat, if it is shown beside those, too."""
        run, wanted = self._run, dict[int, list[str]]()
        for verdict in verdicts if run.sync.duplicates == "copy" else ():
            if verdict.kind == "duplicate" and verdict.claim and verdict.claim.owner[0] and not verdict.suppressed:
                wanted.setdefault(verdict.campaign_id or 0, []).append(verdict.claim.owner[0])
        return {
            (campaign_id, lead_id): known.purchases
            for campaign_id, lead_ids in wanted.items()
            for lead_id, known in run.ledger.known(run.sync_id, campaign_id, lead_ids, texts=True).items()
        }

    def _row(self, verdict: Verdict, scratch: Scratch, owners: _Owners) -> Row:
        if verdict.kind == "duplicate" and (copied := self._copy(verdict, scratch, owners)) is not None:
            return Row(verdict.record, "duplicate", f"{verdict.why}; its messages are repeated here", copied)
        purchases = verdict.known.purchases if verdict.known else []
        if verdict.kind == "suppressed":
            self._note_suppressed(verdict, purchases)
            return Row(verdict.record, "suppressed", verdict.why)
        delivery = self._delivery(verdict, purchases, scratch)
        status, why = show_status(verdict, purchases, delivery)
        times = [purchase.changed_at for purchase in purchases]
        return Row(verdict.record, status, why, delivery, from_text(max(times)) if times else None)

    def _note_suppressed(self, verdict: Verdict, purchases: Sequence[Purchase]) -> None:
        if verdict.lead and verdict.campaign_id is not None and any(one.state == "ready" for one in purchases):
            self._suppressed[verdict.campaign_id, verdict.lead.lead_id] = verdict.why

    def _delivery(self, verdict: Verdict, purchases: Sequence[Purchase], scratch: Scratch) -> Delivery | None:
        lead, campaign_id = verdict.lead, verdict.campaign_id
        if lead is None or campaign_id is None or not isinstance(verdict.record, Record):
            return None
        # Whatever else is known of the row: a text stands only beside the person that it was bought for.
        theirs = [one for one in purchases if one.state == "ready" and one.person == lead.linkedin_key]
        ready = [one for one in theirs if one.is_clear or (self._drafts and one.review != "rejected")]
        messages, earlier = self._choose(ready, scratch, campaign_id, lead.lead_id)
        if not messages:
            return None
        for one in theirs:
            if one not in ready and one.text:  # it may stand there as a draft that was rejected
                earlier.setdefault(one.type, []).append(one.text)
        newest = {one.type: (one.id, one.version, one.adopted) for one in ready}
        receipt = choose_receipt(self._ledger_id, newest.values())
        scratch.show(campaign_id, lead.lead_id, receipt)
        return Delivery(lead.key, verdict.record, lead, messages, receipt, earlier)

    def _copy(self, verdict: Verdict, scratch: Scratch, owners: _Owners) -> Delivery | None:
        """The messages of the record that this one repeats, if it shows the same person.

        Without a receipt: by that a purchase is known, and there is none for this row.
        """
        lead, campaign_id, claim = verdict.lead, verdict.campaign_id, verdict.claim
        if lead is None or campaign_id is None or claim is None or not isinstance(verdict.record, Record):
            return None
        lead_id, name = claim.owner
        if find_stranger(lead, name=name) or (campaign_id, lead_id) in self._suppressed:
            return None
        bought = owners.get((campaign_id, lead_id), ())
        ready = [one for one in bought if one.state == "ready" and one.person in verdict.people and one.is_clear]
        messages, earlier = self._choose(ready, scratch, campaign_id, lead_id)
        return Delivery(lead.key, verdict.record, lead, messages, "", earlier) if messages else None

    def _choose(
        self, ready: Sequence[Purchase], scratch: Scratch, campaign_id: int, lead_id: str
    ) -> tuple[dict[str, Message], dict[str, list[str]]]:
        kept = self._recall(scratch, campaign_id, lead_id) if any(one.purged for one in ready) else {}
        return self._arrange(ready, kept)

    def _arrange(
        self, ready: Sequence[Purchase], kept: Mapping[str, str]
    ) -> tuple[dict[str, Message], dict[str, list[str]]]:
        """By type the newest message, and the texts before it. What was removed is as the target shows it (`kept`)."""
        messages: dict[str, Message] = {}
        earlier: dict[str, list[str]] = {}
        for one in ready:
            text = kept.get(one.type, "") if one.purged else one.text or ""
            if one.purged and not text:
                continue
            if before := messages.get(one.type):
                earlier.setdefault(one.type, []).append(before.text)
            if one.version and not one.purged:
                earlier.setdefault(one.type, []).extend(self._run.ledger.earlier_texts(one.id))
            messages[one.type] = Message(one.type, text, from_text(one.changed_at))
        return messages, earlier

    def _read_kept(self, scratch: Scratch) -> None:
        """What the target shows, as far as the ledger may not have it any more."""
        run = self._run
        if not run.ledger.has_purged():
            return
        with shield(self._error, run.config.secrets):
            shown = self._table.shown()
        for row in shield_iterator(iter(()) if shown is None else shown, self._error, run.config.secrets):
            if row.receipt:
                scratch.keep(row.receipt, row.fields)

    def _recall(self, scratch: Scratch, campaign_id: int, lead_id: str) -> dict[str, str]:
        """The texts of a lead that stand in the target, by the receipt with which it got them."""
        receipt = self._run.ledger.receipt_at(self._sink_id, campaign_id, lead_id)
        return scratch.kept(receipt) if receipt else {}

    def _error(self, failure: str) -> SinkError:
        return SinkError(
            f"the sink {self._name!r} of {self._run.sync.name!r} failed: {failure}",
            hint="the messages are safe in the ledger; correct it, then run `upscale-connect collect`",
        )

    def _source_error(self, failure: str) -> SourceError:
        return SourceError(
            f"the source of {self._run.sync.name!r} failed while {self._name!r} was written: {failure}",
            hint="the messages are safe in the ledger; correct it, then run `upscale-connect collect`",
        )


def show_status(verdict: Verdict, purchases: Sequence[Purchase], delivery: Delivery | None) -> tuple[Status, str]:
    """What a row shows of its record, and why."""
    if verdict.kind == "quarantined":
        return "quarantined", verdict.why
    if verdict.kind == "duplicate":
        return "duplicate", verdict.why
    if verdict.kind == "held":
        return "held", verdict.why
    if verdict.kind == "new" and verdict.known and verdict.known.held_reason:
        return "held", verdict.known.held_reason
    if any(one.in_doubt for one in purchases):
        return "in doubt", "it is not known whether the request was accepted"
    if any(one.state in ("pending", "queued") for one in purchases):
        return "waiting", ""
    newest = {one.type: one for one in purchases}.values()
    if any(one.state == "ready" and one.review in ("", "held") for one in newest):
        return "held", "it is looked at before it is delivered: `upscale-connect review list` shows why"
    if delivery is not None:
        return "delivered", ""
    if any(one.state == "ready" and one.purged and one.review != "rejected" for one in newest):
        return "delivered", "its text was removed, as it was delivered long ago"
    if any(one.state == "ready" and one.review == "rejected" for one in newest):
        return "rejected", "a person rejected its messages"
    person = verdict.lead.linkedin_key if verdict.lead else ""
    failed = next((one for one in newest if one.state == "failed" and one.person == person), None)
    if failed is not None:
        return "failed", failed.reason or ""
    return ("", "") if verdict.kind == "inactive" else ("waiting", "")
