"""What `sync`, `collect` and `retry` share: their options, one run of the engine, and its report."""

from __future__ import annotations

import io
import re
import sys
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

import click

from .interruption import Interruption
from .options import config_option, json_option, names_option, read_config
from .output import emit_json, is_terminal, note
from .person import name_user
from .progress import ProgressBars, divert_log, show_progress

if TYPE_CHECKING:
    import logging
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path
    from typing import TypeAlias

    from ..config import Sync
    from ..engine import NeedsPerson, SyncReport
    from ..engine.connect import Services

    #: Sync and what it is → how many.
    Needs: TypeAlias = Mapping[tuple[str, str], int]

F = TypeVar("F", bound="Callable[..., object]")

SAFE = "Ctrl-C is safe; go on with `upscale-connect collect`."

#: Every key that a report has if nothing could start.
EMPTY: dict[str, object] = {"run_id": None, "started_at": None, "finished_at": None, "syncs": [], "needs_person": []}

#: Exit codes that ask nothing of anybody: well, and another run works on it.
ORDINARY = frozenset((0, 4))

_SECONDS = {"s": 1, "m": 60, "h": 3600}


def _read_duration(_ctx: click.Context, _param: click.Parameter, value: str | None) -> float | None:
    """`90s`, `20m`, `2h` → seconds."""
    from ..errors import UsageError

    if value is None:
        return None
    found = re.fullmatch(r"(\d{1,6}(?:\.\d+)?)([smh])", value.strip(), re.ASCII)
    if found is None:
        raise UsageError("--timeout must be a duration", hint="such as 90s, 20m or 2h")
    return float(found[1]) * _SECONDS[found[2]]


@dataclass(frozen=True, slots=True)
class RunArguments:
    """The options that every running command has."""

    config_file: Path
    names: tuple[str, ...]
    every: bool
    wait: bool | None
    timeout: float | None
    quiet: bool
    as_json: bool


def run_options(function: F) -> F:
    """Gives a command the fields of `RunArguments`."""
    decorators = (
        names_option,
        click.option(
            "--wait/--no-wait", default=None, help="Wait for the messages; default: only where a person watches."
        ),
        click.option("--timeout", callback=_read_duration, metavar="DURATION", help="How long to wait: 90s, 20m, 2h."),
        click.option("--quiet", is_flag=True, help="Print nothing unless it failed or needs you anew."),
        config_option,
        json_option(**EMPTY),
    )
    for decorate in reversed(decorators):
        function = decorate(function)
    return function


def run_command(
    arguments: RunArguments,
    *,
    buy: bool,
    limit: int | None = None,
    yes: bool = False,
    retry: bool = False,
    retry_lead: str | None = None,
    redeliver: str | None = None,
) -> int:
    """One run over the syncs that are meant; its report is shown, its exit code returned."""
    from ..engine import NoProgress, Options, find_needs, open_services, run_syncs, select_syncs
    from .redaction import divert_prints
    from .report import complete_needs

    config = read_config(arguments.config_file)
    syncs = select_syncs(config, arguments.names, everything=arguments.every)
    watched = is_terminal(sys.stderr) and not arguments.quiet
    wait = _decide_wait(arguments, watched)
    with ExitStack() as stack:
        interruption = stack.enter_context(Interruption())
        stack.enter_context(divert_prints())
        log = stack.enter_context(_arrange_log(arguments))
        bars = stack.enter_context(show_progress()) if watched else None
        approve = _make_approval(interruption, bars) if bars and _can_answer(arguments) else None
        options = Options(
            wait=wait,
            timeout=arguments.timeout,
            limit=limit,
            yes=yes,
            approve=approve,
            retry=retry,
            retry_lead=retry_lead,
            redeliver=redeliver,
            actor=name_user(),
        )
        services = stack.enter_context(open_services(config, stop=interruption.stop, progress=bars or NoProgress()))
        known = _known_needs(services, syncs, find_needs)
        report = run_syncs(services, syncs, options, buy=buy)
    complete_needs(report, arguments.config_file)
    return _show(report, arguments, known, log.getvalue(), interruption.exit_code or report.exit_code, bought=buy)


def _show(report: SyncReport, arguments: RunArguments, known: Needs, log: str, code: int, *, bought: bool) -> int:
    """Print what the run did, and what it noted in its `log`; returns the exit code."""
    from .report import print_errors, print_report

    shown = _leave_out_ordinary(report, known) if arguments.quiet else report
    is_shown = not arguments.quiet or code not in ORDINARY or bool(shown.syncs)
    if is_shown:
        sys.stderr.write(log)
    print_errors(shown)
    if arguments.as_json:
        return emit_json(report.as_json(), code)
    if is_shown:
        print_report(shown, arguments.config_file, bought=bought)
    return code


def _decide_wait(arguments: RunArguments, watched: bool) -> bool:
    wait = watched if arguments.wait is None else arguments.wait
    if wait and watched:
        note(SAFE)
    if arguments.timeout is not None and not wait:
        note("Note: this run does not wait, so --timeout means nothing; add --wait.")
    return wait


@contextmanager
def _arrange_log(arguments: RunArguments) -> Iterator[io.StringIO]:
    """Where the engine's notes go: people find them in the report. A quiet run keeps all warnings in the buffer."""
    from ..engine.run import log

    buffer = io.StringIO()
    with ExitStack() as stack:
        if not arguments.as_json:
            log.addFilter(_drop)
            stack.callback(log.removeFilter, _drop)
        if arguments.quiet:
            stack.enter_context(divert_log(buffer))
        yield buffer


def _drop(_record: logging.LogRecord) -> bool:
    return False


def _can_answer(arguments: RunArguments) -> bool:
    return is_terminal(sys.stdin) and not arguments.as_json


def _make_approval(interruption: Interruption, bars: ProgressBars) -> Callable[[str, int, int], bool]:
    def approve(sync: str, leads: int, messages: int) -> bool:
        with bars.paused():
            return interruption.ask(
                f"{sync}: buy {messages:,} messages for {leads:,} leads, for up to {messages:,} credits?"
            )

    return approve


def _known_needs(services: Services, syncs: Sequence[Sync], find: Callable[..., list[NeedsPerson]]) -> Needs:
    """What waited for a person when the last run ended."""
    from ..ledger import from_text

    ledger, found = services.ledger, {}
    for one in syncs:
        sync_id = ledger.find_sync(one.name, one.formerly)
        last = None if sync_id is None else ledger.last_run(sync_id)
        if sync_id is not None and last is not None:
            needs = find(ledger, sync_id, from_text(last.finished_at))
            found.update({(one.name, need.what): need.count for need in needs})
    return found


def _leave_out_ordinary(report: SyncReport, known: Needs) -> SyncReport:
    """The report without the syncs of which nobody needs to hear: cron may run hundreds, and mail what is printed."""
    news = {need.sync for need in report.needs_person if _is_news(need, known)}
    return replace(report, syncs=[one for one in report.syncs if one.name in news or not one.exit_codes() <= ORDINARY])


def _is_news(need: NeedsPerson, known: Needs) -> bool:
    return need.count > known.get((need.sync, need.what), 0)
