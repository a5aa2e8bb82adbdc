"""`upscale-connect quarantine`."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from . import PROGRAM
from .invocation import CommandGroup
from .options import config_option, json_option, read_config
from .output import emit_json, printable, say
from .person import name_user
from .report import complete, line

if TYPE_CHECKING:
    from pathlib import Path

    from ..ledger import Entry

KINDS = {"quarantined": "cannot become a lead", "refused": "the API refused it"}


@click.group("quarantine", cls=CommandGroup, short_help="Go through the records that cannot be bought for")
def quarantine() -> None:
    """Go through the records that cannot become leads, and the leads that the API refused. They cost nothing.

    A record that is corrected in its source is tried again by the next sync, by itself.

    \b
    Example:
      upscale-connect quarantine list spring
      upscale-connect quarantine show 12
      upscale-connect quarantine drop 12 13
    """


@quarantine.command("list", short_help="List the records in quarantine, each with its reason")
@click.argument("names", metavar="[NAME]...", nargs=-1)
@click.option("--dropped", is_flag=True, help="Also those that were dropped.")
@config_option
@json_option(quarantine=[])
def list_(names: tuple[str, ...], dropped: bool, config_file: Path, as_json: bool) -> int:
    """List the records in quarantine, each with its reason. Without a name those of all syncs."""
    from ..engine import select_known
    from ..ledger import Ledger

    config = read_config(config_file)
    with Ledger.open(config.ledger.path, read_only=True) as ledger:
        chosen = [one.sync_id for one in select_known(config, ledger, names) if one.sync_id is not None]
        entries = ledger.quarantine(chosen, dropped=dropped)
    if as_json:
        return emit_json({"quarantine": [asdict(entry) for entry in entries]})
    if not entries:
        say("Nothing is in quarantine.")
    for entry in entries:
        state = f", dropped by {entry.dropped_by}" if entry.dropped_by else ""
        say(printable(f"{entry.id}  {entry.sync}: {_tell_place(entry)}{state}"))
        say(printable(f"      {entry.reason}"))
    return 0


@quarantine.command("show", short_help="Tell all about one record in quarantine")
@click.argument("entry", metavar="ID", type=click.IntRange(min=1))
@config_option
@json_option(entry=None)
def show(entry: int, config_file: Path, as_json: bool) -> int:
    """Tell all about one record in quarantine, and what helps."""
    from ..ledger import Ledger

    config = read_config(config_file)
    with Ledger.open(config.ledger.path, read_only=True) as ledger:
        found = ledger.find_entry(entry)
    if as_json:
        return emit_json({"entry": asdict(found)})
    say(printable(f"entry {found.id} of sync {found.sync}: {KINDS[found.kind]}"))
    say(f"  {line('where', printable(_tell_place(found)))}")
    if found.campaign:
        say(f"  {line('campaign', printable(f'{found.campaign!r}, customer {found.customer!r}'))}")
    say(f"  {line('since', found.since)}")
    say(f"  {line('reason', printable(found.reason))}")
    if found.dropped_by:
        say(f"  {line('dropped', printable(f'by {found.dropped_by}'))}")
    command = complete(f"{PROGRAM} sync {found.sync}", config_file)
    say(f"  {line('next', printable(f'correct it in its source, then {command}'))}")
    return 0


@quarantine.command("drop", short_help="Be told no more of records in quarantine")
@click.argument("entries", metavar="ID...", nargs=-1, required=True, type=click.IntRange(min=1))
@config_option
@json_option(dropped=[])
def drop(entries: tuple[int, ...], config_file: Path, as_json: bool) -> int:
    """Be told no more of records in quarantine, as long as they stay as they are.

    They stay in quarantine. One that changes is tried again, or listed again with its new reason.
    """
    from ..ledger import Ledger

    config = read_config(config_file)
    with Ledger.open(config.ledger.path, force=config.ledger.force) as ledger:
        ledger.drop_entries(entries, name_user(), datetime.now(UTC))
    if as_json:
        return emit_json({"dropped": list(entries)})
    say(f"dropped: {', '.join(map(str, entries))}")
    return 0


def _tell_place(entry: Entry) -> str:
    value = f" = {entry.value!r}" if entry.value else ""
    place = f"{entry.place}: {entry.field}{value}" if entry.field else entry.place
    return place if entry.lead_id is None else f"{place}, lead {entry.lead_id!r}"
