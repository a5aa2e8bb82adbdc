"""From messages to sinks that are written lead by lead. A delivery is marked after its sink said so."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any, get_args

from ..contracts import Delivery, Outcome, Sink, WriteResult
from ..errors import SinkError
from ..ledger import MAX_ATTEMPTS, DeliveryResult, DeliveryState, DueDelivery
from .report import SinkCounts
from .run import Run
from .shield import describe_reason, shield, shield_iterator

#: Results that are stored together.
CHUNK = 500
_OUTCOMES = frozenset(get_args(Outcome))


class Deliverer:
    """Writes what is due to one sink, in one stream: how much it takes at a time is the sink's affair.

    One for a whole run. What a sink did not take, or could not, is tried again by the next run.
    """

    def __init__(self, run: Run, name: str, sink: Sink[Any], sink_id: int, counts: SinkCounts) -> None:
        self._run = run
        self.name = name
        self._sink = sink
        self._sink_id = sink_id
        self._waiting: dict[int, tuple[Delivery, DueDelivery]] = {}  # by the identity of the delivery
        self._failed: set[tuple[int, str]] = set()
        self._left_out: set[tuple[int, str]] = set()
        self._broken = False
        self._ended = False
        self._drafts = name in run.sync.review.where
        self.counts = counts

    def deliver(self) -> None:
        """Write all that is due. Raises SinkError if the sink fails as a whole; the rest stays due."""
        if self._broken:
            return
        self._broken = True
        self._write()
        self._broken = False

    def _write(self) -> None:
        run = self._run
        run.ledger.enqueue_deliveries(run.sync_id, self._sink_id, run.now(), drafts=self._drafts)
        self._waiting, self._ended = {}, False
        handed = self._hand_out()
        first = next(handed, None)
        if first is None:
            return
        results: list[DeliveryResult] = []
        try:
            with shield(self._error, run.config.secrets):
                written = iter(self._sink.write(chain((first,), handed)))
            for answer in shield_iterator(written, self._error, run.config.secrets, run.watch.tick):
                results.append(self._accept(answer))
                if len(results) == CHUNK:
                    self._store(results)
                    results = []
        finally:
            self._store(results)
            self.counts.unknown += len(self._waiting)
        if not run.stop.is_set() and (self._waiting or not self._ended):
            raise self._error(f"it gave no result for {len(self._waiting) or 'all'} of its deliveries")

    def _hand_out(self) -> Iterator[Delivery]:
        """The deliveries as the sink asks for them; from then on each may have been written.

        Where a repeat would show, that is noted one by one: what the sink never got needs no question later.
        """
        run = self._run
        after = (0, "")
        while not run.stop.is_set() and (
            due := run.ledger.due_deliveries(run.sync_id, self._sink_id, after, drafts=self._drafts)
        ):
            after = (due[-1].campaign_id, due[-1].lead.lead_id)
            due = [one for one in due if (one.campaign_id, one.lead.lead_id) not in self._failed]
            due = self._leave_out_suppressed(self._leave_out_others(due))
            if self._sink.repeatable:
                run.ledger.mark_unknown(self._sink_id, due, run.now())
            else:
                due = self._leave_out_found(due)
            for one in due:
                if not self._sink.repeatable:
                    run.ledger.mark_unknown(self._sink_id, [one], run.now())
                delivery = _make_delivery(one)
                self._waiting[id(delivery)] = (delivery, one)
                yield delivery
        self._ended = True

    def _leave_out_others(self, due: Sequence[DueDelivery]) -> list[DueDelivery]:
        """No message is written for another person than the one that it was bought for."""
        run = self._run
        reason = "its messages were bought for another person than the row names now"
        strangers = [one for one in due if not one.messages]
        if strangers:
            # Without a receipt: it is due again when the row names its person again.
            results = [DeliveryResult(one.campaign_id, one.lead.lead_id, "skipped", "", reason) for one in strangers]
            self._store(results)
            self._count_skipped(results)
        run.progress.update(run.sync.name, f"delivering to {self.name}", self.counts.written, None)
        return [one for one in due if one.messages]

    def _leave_out_suppressed(self, due: Sequence[DueDelivery]) -> list[DueDelivery]:
        """Nothing is written for whom somebody has put on a list, or who opted out, since the messages were bought."""
        self._run.gate.refresh()
        allowed: list[DueDelivery] = []
        left_out: list[DeliveryResult] = []
        for one in due:
            if why := self._run.gate.find(one.lead, one.record):
                reason = f"{why}; an earlier try may have written it" if one.tried else why
                # Without a receipt: it is due again when nothing is against it any more.
                left_out.append(DeliveryResult(one.campaign_id, one.lead.lead_id, "skipped", "", reason))
            else:
                allowed.append(one)
        self._store(left_out)
        self._count_skipped(left_out)
        return allowed

    def _count_skipped(self, results: Sequence[DeliveryResult]) -> None:
        """Each lead once: what is left out is due again with each change, also within a run."""
        new = {(result.campaign_id, result.lead_id) for result in results} - self._left_out
        self._left_out |= new
        self.counts.skipped += len(new)

    def _leave_out_found(self, due: Sequence[DueDelivery]) -> list[DueDelivery]:
        """Ask a sink that must not be written twice whether an earlier try got through."""
        tried = [one for one in due if one.tried]
        if not tried:
            return list(due)
        with shield(self._error, self._run.config.secrets):
            found = self._sink.find([_make_delivery(one) for one in tried])
            receipts = None if found is None else {(one.key, one.receipt) for one in found}
        settled: list[DeliveryResult] = []
        for one in tried:
            if receipts is None:
                settled.append(
                    self._result(one, "parked", "it may have been written already, and the sink cannot tell")
                )
                self.counts.unknown += 1
            elif (one.lead.key, one.receipt) in receipts:
                settled.append(self._result(one, "written", ""))
                self.counts.unchanged += 1
        self._store(settled)
        done = {(result.campaign_id, result.lead_id) for result in settled}
        return [one for one in due if (one.campaign_id, one.lead.lead_id) not in done]

    def _accept(self, result: object) -> DeliveryResult:
        if not isinstance(result, WriteResult) or id(result.delivery) not in self._waiting:
            raise self._error("it gave a result that belongs to no delivery in hand")
        if not isinstance(result.outcome, str) or result.outcome not in _OUTCOMES:
            outcome = describe_reason(result.outcome, self._run.config.secrets)
            raise self._error(f"it gave the outcome {outcome!r}, which there is not")
        _, one = self._waiting.pop(id(result.delivery))
        setattr(self.counts, result.outcome, getattr(self.counts, result.outcome) + 1)
        state: DeliveryState = result.outcome
        if result.outcome == "failed":
            self._failed.add((one.campaign_id, one.lead.lead_id))
            if not result.retry or one.attempts + 1 >= MAX_ATTEMPTS:
                state = "parked"
        return self._result(one, state, describe_reason(result.why, self._run.config.secrets))

    def _result(self, one: DueDelivery, state: DeliveryState, reason: str) -> DeliveryResult:
        return DeliveryResult(one.campaign_id, one.lead.lead_id, state, one.receipt, reason)

    def _store(self, results: Sequence[DeliveryResult]) -> None:
        if results:
            self._run.ledger.store_results(self._sink_id, results, self._run.id, self._run.now())

    def _error(self, failure: str) -> SinkError:
        return SinkError(
            f"the sink {self.name!r} of {self._run.sync.name!r} failed: {failure}",
            hint="the messages are safe in the ledger; correct it, then run `upscale-connect collect`",
        )


def _make_delivery(one: DueDelivery) -> Delivery:
    return Delivery(one.lead.key, one.record, one.lead, one.messages, one.receipt, one.earlier, one.is_draft)
