"""The stages of one sync's run, in their order. Each reads from the ledger and commits to it."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from functools import partial
from typing import Any

from ..config import suggest
from ..contracts import Connector, Sink, Table
from ..errors import (
    InvariantError,
    LockHeldError,
    NotSentError,
    SinkError,
    SourceError,
    UpscaleConnectError,
    UsageError,
)
from ..ledger import Scratch
from .budget import Estimate, estimate_queue, start_budget
from .callbacks import CallbackReader
from .collect import Collector
from .connect import bind_sinks, close_run
from .deliver import Deliverer
from .examine import Examiner
from .locks import SyncLock, lock_run
from .plan import Planner
from .recover import recover
from .report import SinkCounts, pick_exit_code
from .retention import purge_texts
from .review import Reviewer
from .review_places import ReviewPlaces
from .run import Run, refuse_placeholders
from .send import find_pause
from .shield import shield
from .submit import Submitter
from .tables import TableWriter

#: A long run rewrites its tables this often, in seconds.
TABLE_PAUSE = 30.0


class Stages:
    """One sync between the taking and the release of its lock."""

    def __init__(self, run: Run, lock: SyncLock) -> None:
        self.run = run
        self.started_at = run.now()
        self._locks = [lock]
        self._collector = Collector(run)
        self._callbacks = CallbackReader(run, self._collector)
        self._scratch = Scratch()
        self._rewritten_at = run.clock.monotonic()
        self._sink_ids = bind_sinks(run)
        self._reviewer = Reviewer(run, self._sink_ids)
        self._examiner = Examiner(run, self._scratch)
        run.result.sinks = {name: SinkCounts() for name in run.sinks}
        self._deliverers = [
            Deliverer(run, name, sink, self._sink_ids[name], run.result.sinks[name])
            for name, sink in run.sinks.items()
            if isinstance(sink, Sink)
        ]

    def guard(self, stage: Callable[[], None]) -> None:
        """Run a stage; an error of ours ends it and is kept as the sync's error."""
        try:
            stage()
        except UpscaleConnectError as error:
            self.run.fail(error)

    def begin(self) -> None:
        """Settle what a killed run left, then collect and deliver what earlier runs bought."""
        run = self.run
        purge_texts(run)
        self._look_after_orphans()
        doubts = sum(recover(run, sync_id) for sync_id in self._collector.sync_ids)
        if doubts:
            run.note(
                f"{doubts} attempt{'s' if doubts > 1 else ''} of a run that was interrupted may have been accepted"
            )
        if run.options.retry and (number := self._retry()):
            run.note(f"deliveries tried again that a sink had refused: {number}")
        if run.options.redeliver is not None:
            run.note(f"deliveries made again: {self._redeliver(run.options.redeliver)}")
        if decided := ReviewPlaces(run, self._sink_ids).read():
            run.note(f"{decided} messages were approved, edited or rejected where they are reviewed")
        self._callbacks.drain()
        self._collector.collect(all_of_them=not run.options.due_only)
        if not run.sync.opt_out:  # else at the end: the source may say by now that somebody has opted out
            self._deliver_sinks()

    def _look_after_orphans(self) -> None:
        """Take on the open requests of syncs that are no longer in the configuration: they were paid for."""
        run = self.run
        names = {name for sync in run.config.syncs.values() for name in (sync.name, sync.formerly) if name}
        for sync_id, name in run.ledger.orphans(run.account_id, names):
            try:
                self._locks.append(lock_run(run.config, sync_id, name))
            except LockHeldError:
                continue
            self._collector.sync_ids.append(sync_id)
            run.note(
                f"requests of {name!r}, which is no longer in the configuration, are collected:"
                f" if it has another name now, say `formerly: {name}` there"
            )

    def _retry(self) -> int:
        run, options = self.run, self.run.options
        actor, lead_id = options.actor or run.id, options.retry_lead
        return sum(run.ledger.retry_deliveries(sink, actor, run.now(), lead_id) for sink in self._sink_ids.values())

    def _redeliver(self, name: str) -> int:
        """Raises UsageError if the sync has no such sink. One that shows repeats is asked what it has."""
        run, sink = self.run, self.run.sinks.get(name)
        if sink is None:
            raise UsageError(f"{run.sync.name!r} has no sink {name!r}", hint=suggest(name, list(run.sinks)))
        ask = isinstance(sink, Sink) and not sink.repeatable
        actor = run.options.actor or run.id
        return run.ledger.redeliver(run.sync_id, self._sink_ids[name], actor, run.now(), ask=ask)

    def buy(self) -> None:
        """Read, plan, and buy what is new. Nothing is bought after an error."""
        run = self.run
        if run.result.error or run.stop.is_set():
            return
        with self._watch_source():
            Planner(run, self._scratch, self._examiner).plan()
        if run.stop.is_set():
            return
        ledger, limits = run.ledger, run.sync.limits
        budget = start_budget(ledger, run.sync_id, limits, run.now(), run.options.limit)
        planned = estimate_queue(ledger, run.sync_id, limits, budget)
        run.result.credits.estimated = planned.messages
        if (over := ledger.count_queue(run.sync_id)[1] - planned.blocked - budget.messages) > 0:
            run.note(f"{over} messages are over the limits of a run or a day, and wait for a later one")
        if not (planned.messages or planned.blocked) or find_pause(run):
            return
        if error := run.exhausted.get(run.account.name):
            run.result.fail(error)  # another sync of this run has found out; asking again would tell the same
            return
        refuse_placeholders(run)
        if not self._approved(planned):
            return
        self._check_connectors()
        Submitter(run, self._scratch, budget).submit()

    def poll(self) -> None:
        """Collect what is due now; deliver what came of it, tables every 30 s."""
        self._deliver_new(self._collector.collect(all_of_them=False))

    def drain(self) -> None:
        """Use the callbacks that came in; deliver what came of it."""
        self._deliver_new(self._callbacks.drain())

    @property
    def is_listening(self) -> bool:
        """Whether callbacks may come in while this sync waits."""
        return self._callbacks.is_listening

    def has_callbacks(self) -> bool:
        return self._callbacks.has_news()

    def _deliver_new(self, complete: int) -> None:
        """Deliver after so many requests became complete."""
        if complete:
            self._deliver_sinks()
            if self.run.clock.monotonic() - self._rewritten_at >= TABLE_PAUSE:
                self._rewrite_tables()

    def next_due(self) -> datetime | None:
        return self._collector.next_due()

    def show_waiting(self) -> None:
        """Tell the progress how many of the open messages are there."""
        run, counts = self.run, self.run.result.messages
        done = counts.generated + counts.failed
        pending = sum(attempt.messages for attempt in run.ledger.open_attempts(run.sync_id))
        run.progress.update(run.sync.name, "waiting for messages", done, done + pending)

    @property
    def is_open(self) -> bool:
        """Whether waiting may still bring messages: not after an error that every further question would meet."""
        error = self.run.result.error
        return error is None or not (error.exit_code in (1, 2, 8) or isinstance(error, NotSentError))

    def abandon(self) -> None:
        """Leave without a word to the sinks or the books: something worse than an error happened."""
        self._scratch.close()
        self._callbacks.close()
        close_run(self.run)
        self._release()

    def finish(self) -> None:
        """Deliver to tables, close the books, release the lock."""
        run = self.run
        try:
            self.guard(self.drain)
            self.guard(self._deliver_sinks)
            self.guard(self._rewrite_tables)
            if run.config.privacy.retention_days == 0:
                self.guard(partial(purge_texts, run))
            self.guard(self._close_books)
        finally:
            self._scratch.close()
            self._callbacks.close()
            close_run(run)
            self._release()

    def _release(self) -> None:
        for lock in self._locks:
            lock.release()

    def _approved(self, planned: Estimate) -> bool:
        """Whether a purchase of this size may go on without a person, or a person says so."""
        run = self.run
        if planned.messages <= run.sync.limits.hold_above or run.options.yes:
            return True
        if run.options.approve is not None and run.options.approve(run.sync.name, planned.leads, planned.messages):
            return True
        run.result.held_for_size = True
        run.result.records.move("new", "held", run.result.records.new)
        return False

    def _check_connectors(self) -> None:
        """Before money is spent: every place that the messages will go to must be able to take them."""
        run = self.run
        with (
            shield(
                lambda why: SourceError(f"the source of {run.sync.name!r} failed its check: {why}"), run.config.secrets
            ),
            self._watch_source(),
        ):
            self._require("source", run.source, SourceError)
        for name, sink in run.sinks.items():
            with (
                shield(
                    lambda why: SinkError(f"a sink of {run.sync.name!r} failed its check: {why}"), run.config.secrets
                ),
                self._watch_sink(name),
            ):
                self._require(f"sink {name!r}", sink, SinkError)

    def _require(self, role: str, connector: Connector[Any], error: type[UpscaleConnectError]) -> None:
        for finding in connector.check():
            if finding.level == "error":
                raise error(f"the {role} of {self.run.sync.name!r}: {finding.message}", hint=finding.hint)

    def _deliver_sinks(self) -> None:
        """What came is looked at, then each sink in turn; one that fails stops no other."""
        self._reviewer.judge()
        for deliverer in self._deliverers:
            with self._watch_sink(deliverer.name):
                self.guard(deliverer.deliver)

    def _rewrite_tables(self) -> None:
        for name, table in self.run.sinks.items():
            if isinstance(table, Table):
                writer = TableWriter(self.run, name, table, self._sink_ids[name])
                with self._watch_sink(name):
                    self.guard(partial(writer.refresh, self._examiner))
                _add(self.run.result.sinks[name], writer.counts)
        self._rewritten_at = self.run.clock.monotonic()

    def _watch_source(self) -> AbstractContextManager[None]:
        return self.run.watch.over(f"the source {self.run.sync.source.plugin!r} of {self.run.sync.name!r}")

    def _watch_sink(self, name: str) -> AbstractContextManager[None]:
        return self.run.watch.over(f"the sink {name!r} of {self.run.sync.name!r}")

    def _close_books(self) -> None:
        """What stands at the end, the law of conservation, and the run's row in the ledger."""
        run, result = self.run, self.run.result
        points = run.ledger.open_points(run.sync_id, run.now())
        result.note_open(points)
        result.held = points.asides.get("held", 0) + run.ledger.count_held(run.sync_id)
        # An answer that came after all ends the worry: with nothing open there is no reason to run again.
        result.unreachable = result.unreachable and points.pending > 0
        try:
            result.records.verify()
        except InvariantError as error:
            run.fail(error)
        run.ledger.store_run(
            run.id,
            run.sync_id,
            self.started_at,
            run.now(),
            pick_exit_code(result.exit_codes()),
            json.dumps(result.as_json()),
            well=result.error is None and not result.unreachable and not result.interrupted,
        )


def _add(total: SinkCounts, more: SinkCounts) -> None:
    for name in SinkCounts.__dataclass_fields__:
        setattr(total, name, getattr(total, name) + getattr(more, name))
