"""`upscale-connect adopt`."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from . import PROGRAM
from .consent import agree
from .interruption import Interruption
from .options import config_option, json_option, read_config
from .output import emit_json, note, print_table, printable, say
from .person import name_user
from .report import complete

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ..config import Config, Sync
    from ..engine.adopt import Findings

#: More refusals than this are not listed one by one for people.
LISTED = 25
CAVEATS = (
    "Texts are taken as they stand there now: what a person has edited cannot be told from the original.",
    "A message that was requested, but is not shown, counts as bought without a text.",
)


@click.command("adopt", short_help="Take over what was bought with a ledger that was lost")
@click.argument("name", metavar="[SYNC]", required=False)
@click.option("--dry-run", is_flag=True, help="Only show what would be taken over.")
@click.option("--yes", is_flag=True, help="Take it over without a question.")
@config_option
@json_option(sync=None, dry_run=None, adopted=None, leads=None, messages=None, missing=None, sinks={}, refused=[])
def adopt(name: str | None, dry_run: bool, yes: bool, config_file: Path, as_json: bool) -> int:
    """Take over what was bought with a ledger that was lost, or with another one; buys nothing.

    The sinks show it by receipts that this ledger did not give. Until then such leads are held. What is taken over
    counts as bought and delivered, and the other sinks get it.

    \b
    Example:
      upscale-connect adopt spring --dry-run
      upscale-connect adopt spring --yes
    """
    from ..engine import open_services
    from ..engine.adopt import adopt as act

    config = read_config(config_file)
    sync = _pick(config, name)
    with ExitStack() as stack:
        interruption = Interruption()
        services = stack.enter_context(open_services(config, read_only=dry_run, stop=interruption.stop))

        def consent(found: Findings) -> None:
            _ask(sync, found, yes=yes, as_json=as_json)
            stack.enter_context(interruption)  # from now on something is stored, and a signal ends it in order

        found = act(services, sync, name_user(), agree=None if dry_run else consent)
        stopped = interruption.exit_code
    adopted = not dry_run and stopped is None and found.leads > 0
    code = stopped or (6 if found.refused and not dry_run else 0)
    if as_json:
        return emit_json(_describe(sync, found, dry_run=dry_run, adopted=adopted), code)
    if not adopted:
        _show(sync, found)
    if stopped is not None:
        note(f"Not all of it was taken over; go on with `{complete(f'{PROGRAM} adopt {sync.name}', config_file)}`.")
    for text in _tell_next(sync, found, config_file, adopted=adopted, dry_run=dry_run):
        say(printable(text))
    return code


def _pick(config: Config, name: str | None) -> Sync:
    """Raises UsageError unless exactly one sync is meant."""
    from ..engine import select_syncs
    from ..errors import UsageError

    found = select_syncs(config, None if name is None else [name])
    if len(found) > 1:
        raise UsageError(f"{name!r} means {len(found)} syncs", hint="adopt for one after the other")
    return found[0]


def _ask(sync: Sync, found: Findings, *, yes: bool, as_json: bool) -> None:
    if not as_json:
        _show(sync, found)
    what = f"{found.messages:,} messages of {found.leads:,} leads"
    question = f"{sync.name}: take over {what} as bought, so that they are not bought again?"
    agree(question, yes=yes, as_json=as_json, undone="taken over", subject="it")


def _show(sync: Sync, found: Findings) -> None:
    """What the sinks show, and what of it stays held."""
    if not found.leads and not found.refused:
        say(printable(f"{sync.name}: the sinks show nothing that this ledger does not know"))
    if found.leads:
        say(printable(f"{sync.name}: bought with another ledger, or one that was lost"))
        say("")
        rows = [(sink, f"{leads:,}") for sink, leads in found.shown.items()]
        print_table(("sink", "leads"), [*rows, ("together", f"{found.leads:,} with {found.messages:,} messages")])
        say("")
        for text in CAVEATS:
            say(text)
    if found.missing:
        say(f"{found.missing:,} messages that are wanted are not shown: perhaps paid, or never requested.")
    if found.refused:
        say(printable(f"\n{found.refused:,} leads are not taken over, and stay held:"))
    for refusal in found.refusals[:LISTED]:
        say(printable(f"  {refusal.place}: lead {refusal.lead_id!r}"))
        say(printable(f"      {refusal.why}"))
    if found.refused > LISTED:
        say(f"  and {found.refused - LISTED:,} more")


def _tell_next(sync: Sync, found: Findings, config_file: Path, *, adopted: bool, dry_run: bool) -> Iterator[str]:
    """What was done, and the commands that go on."""

    def command(words: str) -> str:
        return complete(f"{PROGRAM} {words} {sync.name}", config_file)

    if dry_run and found.leads:
        yield f"nothing was changed; next: {command('adopt')}"
    if adopted:
        yield f"{sync.name}: {found.leads:,} leads with {found.messages:,} messages count as bought now"
        if found.missing:
            yield f"what is missing is not bought again by itself: {command('retry')} shows its price"
        yield f"next: {command('sync')}"


def _describe(sync: Sync, found: Findings, *, dry_run: bool, adopted: bool) -> dict[str, Any]:
    return {
        "sync": sync.name,
        "dry_run": dry_run,
        "adopted": adopted,
        "leads": found.leads,
        "messages": found.messages,
        "missing": found.missing,
        "sinks": found.shown,
        "refused": [asdict(refusal) for refusal in found.refusals],
    }
