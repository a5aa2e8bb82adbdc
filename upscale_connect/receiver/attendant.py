"""Collects and delivers while the receiver runs: soon after a callback, and whenever a request is due. Never buys."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from ..config import Sync
from ..engine import Options, SyncReport, SyncResult, run_syncs
from ..engine.connect import Services
from ..engine.notify import notify
from ..errors import LockHeldError, UpscaleConnectError
from ..ledger import Inbox

#: How often the inbox is looked at, and the ledger for requests that other runs have made, in seconds.
SLICE = 0.1
ROUND = 20.0
#: A sync that another run holds is visited again after so many seconds. A visit that left callbacks unread is
#: repeated then, too, with pauses that grow to a minute.
SHORT_PAUSE = 2.0
LONGER_PAUSE = 60.0
#: After a failure: twice as long each time.
FIRST_PAUSE = 60.0
LONGEST_PAUSE = 900.0

#: The first visit asks for all that is open, the others for what is due.
FIRST_VISIT = Options(is_visit=True)
LATER_VISIT = Options(is_visit=True, due_only=True)

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Visits:
    """One sync as the attendant knows it.

    `not_before` is on the monotonic clock. `is_wanted`: it is to be visited then, whether something came or not.
    `needs`: what waits for a person → how many.
    """

    sync: Sync
    not_before: float = -math.inf
    failures: int = 0
    needs: dict[str, int] = field(default_factory=dict)
    is_first: bool = True
    is_wanted: bool = True


class Attendant:
    """Visits syncs: takes the lock of one, uses its callbacks, collects what is due, delivers, lets it go."""

    def __init__(self, services: Services, syncs: Sequence[Sync], inbox: Inbox) -> None:
        self._services = services
        # A visit is no run of the user's: it tells people only what is new since the one before.
        self._notify = services.config.notify
        services.config = services.config.model_copy(update={"notify": None})
        self._visits = [Visits(sync) for sync in syncs]
        self._inbox = inbox
        self._version = -1

    def visit_due(self) -> None:
        """Visit every sync that has something to do now; at first, all."""
        self._version = self._inbox.version()
        called = self._find_called()
        for visits in self._visits:
            if self._services.stop.is_set():
                return
            if self._is_due(visits, called):
                self._visit(visits)

    def pause(self) -> None:
        """Wait until something came in, something is due, a round is over, or the end."""
        clock, stop = self._services.clock, self._services.stop
        started = clock.monotonic()
        until = min([started + ROUND, *self._wake_times()])
        while not stop.wait(SLICE):
            if self._inbox.version() != self._version or clock.monotonic() >= until:
                return

    def _wake_times(self) -> list[float]:
        """When each sync has to be visited, on the monotonic clock."""
        clock, called, times = self._services.clock, self._find_called(), []
        for visits in self._visits:
            due_at = self._next_poll(visits)
            if visits.is_wanted or self._sync_id(visits) in called:
                times.append(visits.not_before)
            elif due_at is not None:
                seconds = (due_at - clock.now()).total_seconds()
                times.append(max(visits.not_before, clock.monotonic() + seconds))
        return times

    def _is_due(self, visits: Visits, called: set[int]) -> bool:
        if self._services.clock.monotonic() < visits.not_before:
            return False
        if visits.is_wanted or self._sync_id(visits) in called:
            return True
        due_at = self._next_poll(visits)
        return due_at is not None and due_at <= self._services.clock.now()

    def _sync_id(self, visits: Visits) -> int | None:
        return self._services.ledger.find_sync(visits.sync.name, visits.sync.formerly)

    def _next_poll(self, visits: Visits) -> datetime | None:
        sync_id = self._sync_id(visits)
        return None if sync_id is None else self._services.ledger.next_poll(sync_id)

    def _find_called(self) -> set[int]:
        """The syncs that have callbacks to use."""
        found = (self._services.ledger.find_token(callback.token_hash) for callback in self._inbox.unread())
        return {attempt.sync_id for attempt in found if attempt is not None}

    def _visit(self, visits: Visits) -> None:
        clock = self._services.clock
        started = clock.monotonic()
        try:
            options = FIRST_VISIT if visits.is_first else LATER_VISIT
            report = run_syncs(self._services, [visits.sync], options, buy=False)
        except UpscaleConnectError as error:
            self._fail(visits, error)
            return
        (result,) = report.syncs
        visits.is_wanted = isinstance(result.error, LockHeldError)
        if visits.is_wanted:
            visits.not_before = clock.monotonic() + SHORT_PAUSE
            return
        visits.is_first = False
        self._tell(visits, report)
        if result.error is not None or result.exit_codes() & {9, 10}:
            self._fail(visits, result.error)
            return
        log.info("%s: %s", visits.sync.name, _summarise(result))
        # A large table takes long to write: no more than half of the time is spent on that.
        took = clock.monotonic() - started
        pause = 0.0
        if self._sync_id(visits) in self._find_called():
            pause = min(SHORT_PAUSE * 2**visits.failures, LONGER_PAUSE)
            visits.failures = min(visits.failures + 1, 10)
        else:
            visits.failures = 0
        visits.not_before = clock.monotonic() + max(took, pause)

    def _fail(self, visits: Visits, error: UpscaleConnectError | None) -> None:
        pause = min(FIRST_PAUSE * 2**visits.failures, LONGEST_PAUSE)
        visits.failures = min(visits.failures + 1, 10)
        visits.is_first, visits.is_wanted = False, True
        visits.not_before = self._services.clock.monotonic() + pause
        told = f"{error.message} ({error.hint})" if error is not None else "not everything could be fetched or written"
        log.warning("%s: %s; tried again in %.0f s", visits.sync.name, told, pause)

    def _tell(self, visits: Visits, report: SyncReport) -> None:
        needs = {need.what: need.count for need in report.needs_person}
        news = any(count > visits.needs.get(what, 0) for what, count in needs.items())
        if self._notify is not None and news:
            notify(self._notify, report, [])
        visits.needs = needs


def attend(services: Services, syncs: Sequence[Sync], is_alive: Callable[[], bool]) -> bool:
    """Visit these syncs until `services.stop` is set, or the receiver is not alive any more: then False."""
    ledger = services.config.ledger
    with Inbox.open(ledger.path, force=ledger.force) as inbox:
        attendant = Attendant(services, syncs, inbox)
        while not services.stop.is_set():
            if not is_alive():
                return False
            attendant.visit_due()
            attendant.pause()
    return True


def _summarise(result: SyncResult) -> str:
    delivered = sum(counts.written for counts in result.sinks.values())
    return f"{result.attempts.complete} requests complete, {result.messages.generated} messages, {delivered} written"
