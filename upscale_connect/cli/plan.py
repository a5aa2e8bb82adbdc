"""`upscale-connect plan`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from .credits import read_books
from .options import config_option, json_option, names_option, read_config
from .output import emit_json, printable, say
from .report import line, print_errors, tell_records
from .running import EMPTY

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ..config import Config
    from ..engine import Forecast, PlanSummary, SyncReport

#: Examples of each kind that are printed; `--json` has more.
EXAMPLES = 5


@click.command("plan", short_help="Show what a sync would buy and cost; buys nothing")
@names_option
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="As if `sync` got the same option.")
@config_option
@json_option(**EMPTY, accounts=[], plans=[])
def plan(names: tuple[str, ...], every: bool, limit: int | None, config_file: Path, as_json: bool) -> int:
    """Show what a sync would buy and cost; buys nothing, and writes nothing.

    \b
    Example:
      upscale-connect plan
      upscale-connect plan 'acme/*' --limit 10 --json
    """
    from ..engine import Options, open_services, plan_syncs, select_syncs
    from .redaction import divert_prints

    config = read_config(config_file)
    syncs = select_syncs(config, names, everything=every)
    with divert_prints(), open_services(config, read_only=True) as services:
        report, forecasts = plan_syncs(services, syncs, Options(limit=limit))
        needed = _count_needed(config, forecasts)
        books = read_books(services.ledger, [config.accounts[name] for name in needed], needed)
    print_errors(report)
    if as_json:
        more = {
            "accounts": [one.as_json() for one in books],
            "plans": [
                {"sync": result.name, **forecasts[result.name].as_json(), "notes": result.notes}
                for result in report.syncs
                if result.name in forecasts
            ],
        }
        return emit_json({**report.as_json(), **more}, report.exit_code)
    print_plan(config, report, forecasts)
    for one in books:
        say(f"account {printable(one.account)}")
        for text in one.tell():
            say(f"  {printable(text)}")
    return report.exit_code


def _count_needed(config: Config, forecasts: dict[str, Forecast]) -> dict[str, int]:
    """Account → messages that its syncs would buy now."""
    needed: dict[str, int] = {}
    for name, forecast in forecasts.items():
        account = config.syncs[name].account
        needed[account] = needed.get(account, 0) + forecast.messages
    return needed


def print_plan(config: Config, report: SyncReport, forecasts: dict[str, Forecast]) -> None:
    """What each sync would do, except those that failed."""
    for result in report.syncs:
        if result.error is not None:
            continue
        say(printable(result.name))
        told = _tell(config, result.name, forecasts[result.name])
        notes = (line("note", sentence) for sentence in result.notes)
        for text in (line("read", tell_records(result.records)), *told, *notes):
            say(f"  {printable(text)}")


def _tell(config: Config, name: str, forecast: Forecast) -> Iterator[str]:
    summary, sync = forecast.summary, config.syncs[name]
    campaigns = {(customer, campaign) for (customer, campaign, _), leads in summary.groups.items() if leads}
    wanted = ", ".join(f"{number} {kind}" for kind, number in summary.messages.items() if number)
    yield line("would buy", f"{forecast.messages} messages for {forecast.leads} leads")
    if wanted:
        yield line("types", wanted)
        yield line("campaigns", f"{len(campaigns)}; requests: {forecast.requests}")
        yield line("credits", f"{forecast.messages} at most: a message that cannot be made costs nothing")
    if later := forecast.later:
        limit = f"{sync.limits.messages_per_run} per run, {sync.limits.messages_per_day} per day, or --limit"
        yield line("later", f"{later} messages are over the limits ({limit})")
    if forecast.blocked:
        yield line("blocked", f"{forecast.blocked} messages of campaigns with an attempt in doubt: see `doubts list`")
    if forecast.approval:
        yield line("approval", f"more than {sync.limits.hold_above} (limits.hold_above): sync asks, or needs --yes")
    for kind, samples in summary.samples.items():
        for place, why in samples:
            yield line(kind, f"{place}: {why}")
    yield from _tell_people(summary)
    yield from _tell_changes(summary)


def _tell_people(summary: PlanSummary) -> Iterator[str]:
    """Who may be one person, and which addresses are odd."""
    if summary.alike:
        yield line("possible", f"duplicates: {summary.alike} of the same name and company, other address; such as:")
        for place, first in summary.lookalikes[:EXAMPLES]:
            yield line("", f"{place}: like {first}; both would be bought, remove one if it is one person")
    if summary.odd:
        yield line("odd", f"addresses of LinkedIn: {summary.odd}; such as:")
        for place, why in summary.addresses[:EXAMPLES]:
            yield line("", f"{place}: {why}")


def _tell_changes(summary: PlanSummary) -> Iterator[str]:
    """What hygiene does to names, companies and websites, and what it would do if it were on."""
    for title, applied in (("cleaned", True), ("suggested", False)):
        counts = [(rule, count) for (rule, was), count in sorted(summary.changes.items()) if was is applied and count]
        if counts:
            yield line(title, f"{', '.join(f'{rule} {count}' for rule, count in counts)}; such as:")
        for place, change in summary.examples(applied=applied):
            yield line("", f"{place}: {change.field} {change.before!r} \u2192 {change.after!r} ({change.rule})")
