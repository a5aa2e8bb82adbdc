"""`upscale-connect todo`."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from itertools import groupby
from typing import TYPE_CHECKING

import click

from . import PROGRAM
from .failed import tell_failed
from .options import config_option, json_option, read_config
from .output import emit_json, printable, say
from .report import complete

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from ..engine import FailedLead, Task
    from ..ledger import EditedText

_TITLES = {
    "stopped": "Stopped by an error that does not pass by itself",
    "in_doubt": "In doubt: these may have been paid",
    "alarm": "A second request for the same leads: perhaps paid twice",
    "no_credits": "Out of credits",
    "held_for_size": "To approve",
    "unadopted": "Held: bought with another ledger, or one that was lost",
    "held": "Held until their rows are looked at",
    "review": "Messages to look at before they are delivered",
    "hidden": "Not shown: a person's own text stands in its place",
    "refused_delivery": "Refused by a sink",
    "overdue": "Open for more than 24 h",
    "quarantined": "Records in quarantine",
    "refused_lead": "Leads that the API refused",
}


FAILED = "For information: no message could be made, and none was paid"
ADOPTED = "For information: adopted without a text, and not bought again by themselves"


EDITED = "For information: texts that a person changed where they stand; they stay as they are"


@click.command("todo", short_help="List what waits for a person, each line with its next command")
@click.argument("names", metavar="[NAME]...", nargs=-1)
@config_option
@json_option(todo=[], failed=[], edited=[])
def todo(names: tuple[str, ...], config_file: Path, as_json: bool) -> int:
    """List what waits for a person, each line with its next command.

    Without a name all syncs are shown, also those that only the ledger remembers.

    \b
    Example:
      upscale-connect todo
      upscale-connect todo spring --json
    """
    from ..engine import find_failed, find_tasks, select_known
    from ..ledger import Ledger

    config = read_config(config_file)
    tasks: list[Task] = []
    failed: list[FailedLead] = []
    edited: list[tuple[str, EditedText]] = []
    with Ledger.open(config.ledger.path, read_only=True) as ledger:
        for one in select_known(config, ledger, names):
            if one.sync_id is not None:
                tasks += find_tasks(ledger, one.sync_id, one.name, one.sync, datetime.now(UTC))
                failed += find_failed(ledger, one.sync_id, one.name)
                edited += [(one.name, text) for text in ledger.edited_texts(one.sync_id)]
    if as_json:
        shown = [{**asdict(task), "command": complete(task.command, config_file)} for task in tasks]
        texts = [{"sync": name, **asdict(text)} for name, text in edited]
        return emit_json({"todo": shown, "failed": [asdict(one) for one in failed], "edited": texts})
    _print_tasks(tasks, config_file)
    for title, adopted in ((FAILED, False), (ADOPTED, True)):
        group = [one for one in failed if one.adopted == adopted]
        if group:
            say(title)
            for text in tell_failed(group):
                say(f"  {printable(text)}")
            command = complete(f"{PROGRAM} retry {group[0].sync}", config_file)
            say(f"  then buy them again, if you want: {printable(command)}")
    _print_edited(edited)
    return 0


def _print_edited(edited: Iterable[tuple[str, EditedText]]) -> None:
    """Nobody has to act: these people know what they did."""
    texts = [(name, text) for name, text in edited if not text.hides]
    if texts:
        say(EDITED)
    for name, text in texts:
        say(f"  {printable(f'{text.place}: the {text.type} of lead {text.lead_id!r} in {name}: {text.sink}')}")
    if texts:
        say("  to deliver them elsewhere, too: name that sink under `review: {where: [...]}`")


def _print_tasks(tasks: Iterable[Task], config_file: Path) -> None:
    groups = [(key, list(group)) for key, group in groupby(tasks, key=lambda task: (task.sync, task.kind))]
    if not groups:
        say("Nothing waits for you.")
    for (sync, kind), group in groups:
        say(f"{printable(sync)}: {_TITLES[kind]}")
        if kind == "review" and len(group) > 1:
            say(f"  one after the other: {printable(complete(f'{PROGRAM} review walk {sync}', config_file))}")
        for task in group:
            say(f"  {printable(task.what)}")
            say(f"      {printable(task.why)}")
            say(f"      {printable(task.advice)}: {printable(complete(task.command, config_file))}")
        say("")
