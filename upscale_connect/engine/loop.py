"""One run over one or more syncs: for the command line, for cron, and as a library."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from ..clock import Clock, Stop, SystemClock
from ..config import Config, Sync
from ..errors import UpscaleConnectError
from ..ledger import Ledger, Scratch
from ..registry import Registry
from .connect import Services, close_run, open_run
from .examine import Examiner
from .forecast import Forecast, make_forecast
from .locks import lock_run
from .notify import find_stale, notify
from .people import LASTING, find_needs, name_obstacle
from .plan import Planner
from .report import NeedsPerson, SyncReport, SyncResult
from .run import NoProgress, Options, Progress
from .selection import select_syncs
from .send import find_pause
from .stages import Stages

#: A run that waits looks for callbacks this often, in seconds.
SLICE = 0.2

#: Nothing said about the run.
PLAIN = Options()


@contextmanager
def open_services(
    config: Config,
    *,
    read_only: bool = False,
    registry: Registry | None = None,
    clock: Clock | None = None,
    stop: Stop | None = None,
    progress: Progress | None = None,
) -> Iterator[Services]:
    """Plugins, ledger and sessions for the length of a run. Raises LedgerError."""
    with Ledger.open(config.ledger.path, force=config.ledger.force, read_only=read_only) as ledger:
        services = Services(
            config,
            registry or Registry.discover(),
            ledger,
            clock or SystemClock(),
            stop or threading.Event(),
            progress or NoProgress(),
        )
        try:
            with services.watch.running():
                yield services
        finally:
            services.close()


def sync(config: Config, names: Sequence[str] | None = None, wait: bool = False) -> SyncReport:
    """Collect and deliver what earlier runs bought, then read, plan and buy what is new.

    `names`: syncs or globs (`["acme/*"]`, `["*"]` for all); None: the only sync. `wait`: until every message is
    there. A sync that fails has its error in the report and stops no other; UsageError and LedgerError are
    raised.
    """
    with open_services(config) as services:
        return run_syncs(services, select_syncs(config, names), Options(wait=wait))


def run_syncs(services: Services, syncs: Sequence[Sync], options: Options, *, buy: bool = True) -> SyncReport:
    """Run these syncs one after the other, then wait for all of them if asked to. `buy=False` only collects."""
    run_id = uuid.uuid4().hex[:12]
    started_at = services.clock.now()
    results: list[SyncResult] = []
    needs: list[NeedsPerson] = []
    begun: list[Stages] = []
    try:
        for one in syncs:
            if services.stop.is_set() and results:
                break
            stages = _start(services, one, run_id, options, results)
            if stages is None:
                needs += _find_obstacle(results[-1])
                continue
            begun.append(stages)
            stages.guard(stages.begin)
            if buy:
                stages.guard(stages.buy)
            stages.run.result.interrupted = services.stop.is_set()
            if not options.wait:
                _end(services, begun.pop(), needs)
        _wait(services, begun, options)
        while begun:
            _end(services, begun.pop(0), needs)
    except BaseException:
        for stages in begun:
            stages.abandon()
        raise
    report = SyncReport(run_id, started_at, services.clock.now(), results, needs)
    if services.config.notify is not None:
        notify(services.config.notify, report, find_stale(services.config, services.ledger, services.clock.now()))
    return report


def _start(services: Services, one: Sync, run_id: str, options: Options, results: list[SyncResult]) -> Stages | None:
    """Build and lock a sync; what hinders it is its result."""
    try:
        run = open_run(services, one, run_id, options)
    except UpscaleConnectError as error:
        results.append(SyncResult(one.name, error=error))
        return None
    results.append(run.result)
    lock = None
    try:
        lock = lock_run(services.config, run.sync_id, one.name, services.stop, is_visit=options.is_visit)
        return Stages(run, lock)
    except UpscaleConnectError as error:
        run.result.fail(error)
        close_run(run)
        if lock is not None:
            lock.release()
        return None


def _find_obstacle(result: SyncResult) -> list[NeedsPerson]:
    """Of a sync that could not begin, and so has no run in the ledger."""
    error = result.error
    if error is None or error.exit_code not in LASTING:
        return []
    return [NeedsPerson(result.name, name_obstacle(error.message), 1, f"upscale-connect check {result.name}")]


def _end(services: Services, stages: Stages, needs: list[NeedsPerson]) -> None:
    stages.finish()
    run, result = stages.run, stages.run.result
    held = result.credits.estimated if result.held_for_size else 0
    at, limit, unadopted = services.clock.now(), run.options.limit, result.unadopted
    needs += find_needs(services.ledger, run.sync_id, at, held_messages=held, unadopted=unadopted, limit=limit)


def _wait(services: Services, waiting: Sequence[Stages], options: Options) -> None:
    """Poll until no request is open, the time is up, or somebody stops the run."""
    clock, stop = services.clock, services.stop
    deadline = None if options.timeout is None else clock.monotonic() + options.timeout
    while not stop.is_set():
        due = [(when, stages) for stages in waiting if stages.is_open and (when := stages.next_due()) is not None]
        if not due:
            return
        pause = max(0.01, (min(when for when, _ in due) - clock.now()).total_seconds())
        pause = min(pause, max(stages.run.account.poll.max_seconds for _, stages in due))
        if deadline is not None:
            if clock.monotonic() >= deadline:
                return
            pause = min(pause, deadline - clock.monotonic())
        for _, stages in due:
            stages.show_waiting()
        if _rest(services, pause, [stages for stages in waiting if stages.is_listening]):
            return
        for _, stages in due:
            stages.guard(stages.poll)


def _rest(services: Services, seconds: float, listening: Sequence[Stages]) -> bool:
    """Wait, and use callbacks that come in; True if the run should end. Ends early after a callback."""
    clock, stop = services.clock, services.stop
    until = clock.monotonic() + seconds
    while (left := until - clock.monotonic()) > 0:
        if stop.wait(min(left, SLICE) if listening else left):
            return True
        called = [stages for stages in listening if stages.has_callbacks()]
        for stages in called:
            stages.guard(stages.drain)
        if called:
            return False
    return False


def plan_syncs(
    services: Services, syncs: Sequence[Sync], options: Options = PLAIN
) -> tuple[SyncReport, dict[str, Forecast]]:
    """What these syncs would buy and cost. Writes nothing, buys nothing."""
    started_at = services.clock.now()
    results: list[SyncResult] = []
    forecasts: dict[str, Forecast] = {}
    for one in syncs:
        try:
            run = open_run(services, one, "plan", options, dry=True)
        except UpscaleConnectError as error:
            results.append(SyncResult(one.name, error=error))
            continue
        run.result.planned = True
        results.append(run.result)
        scratch = Scratch()
        try:
            planner = Planner(run, scratch, Examiner(run, scratch), dry=True)
            planner.plan()
            run.result.records.verify()
            forecasts[one.name] = make_forecast(run, planner.summary)
            run.result.credits.estimated = forecasts[one.name].messages
            if run.sync_id:
                find_pause(run)
                run.result.note_open(run.ledger.open_points(run.sync_id, run.now()))
        except UpscaleConnectError as error:
            run.result.fail(error)
        finally:
            scratch.close()
            close_run(run)
    return SyncReport("plan", started_at, services.clock.now(), results), forecasts
