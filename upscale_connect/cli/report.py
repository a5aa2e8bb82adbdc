"""The report of a run in plain lines. What it counts and what it means is the engine's affair."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING

import click

from . import PROGRAM
from .invocation import Invocation
from .options import show_config_option
from .output import printable, say

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from ..engine import NeedsPerson, SyncReport, SyncResult
    from ..engine.report import RecordCounts

#: Width of the words in front.
_LABEL = 11


def print_report(report: SyncReport, config_file: Path, *, bought: bool) -> None:
    """`bought`: whether the run was meant to read and buy, and not only to collect."""
    for result in report.syncs:
        say(printable(result.name))
        told = list(_tell(result, bought, config_file))
        for text in told or ["nothing was open" if result.error is None else "stopped"]:
            say(f"  {printable(text)}")
    print_needs(report.needs_person)


def print_errors(report: SyncReport) -> None:
    """Why a sync stopped: on stderr, a line each, whatever else is printed."""
    from .failure import print_failure

    invocation = click.get_current_context().ensure_object(Invocation)
    for result in report.syncs:
        if result.error is not None:
            print_failure(result.error, invocation, about=result.name)


def print_needs(needs: Iterable[NeedsPerson]) -> None:
    """What waits for a person, each with the command that goes on."""
    lines = [f"  {need.sync}: {need.what} ({need.count}): {need.command}" for need in needs]
    if lines:
        say("\nNeeds you:")
    for line in lines:
        say(printable(line))


def complete_needs(report: SyncReport, config_file: Path) -> None:
    """Make the commands of a report such that they work as they stand."""
    report.needs_person = [replace(need, command=complete(need.command, config_file)) for need in report.needs_person]


def complete(command: str, config_file: Path) -> str:
    """The command with `-c FILE`, where it needs that to find the configuration."""
    return command.replace(PROGRAM, PROGRAM + show_config_option(config_file), 1)


def tell_counts(counts: Mapping[str, int]) -> str:
    """Those that are not zero: `10 new, 1 duplicate`."""
    return ", ".join(f"{number} {name.replace('_', ' ')}" for name, number in counts.items() if number)


def tell_records(counts: RecordCounts) -> str:
    """Records and their classes, which add up."""
    classes = asdict(counts)
    read = classes.pop("read")
    return f"{read} records: {tell_counts(classes)}" if read else "nothing new in the source"


def line(label: str, text: str) -> str:
    return f"{label:<{_LABEL}} {text}"


def _tell(result: SyncResult, bought: bool, config_file: Path) -> Iterator[str]:
    messages, attempts = result.messages, result.attempts
    if bought and (result.records.read or not (result.error or result.interrupted)):
        yield line("read", tell_records(result.records))
    if messages.requested or attempts.refused:
        requests = asdict(attempts)
        sent = tell_counts({name: requests[name] for name in ("accepted", "refused")})
        yield line("bought", f"{messages.requested} messages" + (f"; requests: {sent}" if sent else ""))
    if received := tell_counts(
        {"received": messages.generated, "failed": messages.failed, "pending": messages.pending}
    ):
        yield line("messages", received)
    if messages.failed:
        command = complete(f"{PROGRAM} todo {result.name}", config_file)
        yield line("", f"failed ones cost nothing; `{command}` tells why")
    if attempts.in_doubt:
        yield line("in doubt", f"{attempts.in_doubt} attempts: they may have been paid, and are never sent again")
    if spent := tell_counts({"spent": result.credits.spent, "reserved": result.credits.reserved}):
        yield line("credits", spent)
    for name, counts in result.sinks.items():
        if written := tell_counts(asdict(counts)):
            yield line(name, written)
    if result.interrupted:
        yield line("interrupted", "before it had read and bought everything; the next run goes on")
    for sentence in result.notes:
        yield line("note", sentence)
