"""`upscale-connect review`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from . import PROGRAM
from .invocation import CommandGroup
from .messages import describe, describe_whole, print_choices, print_message
from .options import config_option, json_option, read_config
from .output import emit_json, note, printable, say
from .person import name_user
from .report import complete, line
from .review_edit import edit
from .review_walk import walk

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


@click.group("review", cls=CommandGroup, short_help="Look at messages before they are delivered")
def review() -> None:
    """Look at messages before they are delivered: those in which something is odd, or all, as the sync says.

    What is approved or edited is delivered by the next `sync` or `collect`. What is rejected is never delivered, and
    not bought again by itself. Until then, each decision can be made anew. The message as it came is always kept.

    \b
    Example:
      upscale-connect review walk
      upscale-connect review list spring
      upscale-connect review approve 12 13
      upscale-connect review reject 14 --reason tone
    """


@review.command("list", short_help="List what waits to be looked at, with the reasons")
@click.argument("names", metavar="[NAME]...", nargs=-1)
@click.option("--rejected", is_flag=True, help="List what was rejected instead.")
@config_option
@json_option(messages=[])
def list_(names: tuple[str, ...], rejected: bool, config_file: Path, as_json: bool) -> int:
    """List what waits to be looked at, with the reasons. Without a name that of all syncs."""
    from ..engine import select_known
    from ..ledger import Ledger

    config = read_config(config_file)
    with Ledger.open(config.ledger.path, read_only=True) as ledger:
        known = [one.sync_id for one in select_known(config, ledger, names) if one.sync_id is not None]
        found = ledger.held_messages(known, rejected=rejected)
        said = {one.id: ledger.said_of(one.id, one.hash) for one in found} if rejected else {}
    if as_json:
        return emit_json({"messages": [describe(config, one) for one in found]})
    if not found:
        say("No message is rejected." if rejected else "No message waits for you.")
    for one in found:
        print_message(config, one, said.get(one.id, ()), excerpt=True)
    if found:
        following = "review approve ID" if rejected else " ".join(("review walk", *names))
        say(f"\n{line('next', printable(complete(f'{PROGRAM} {following}', config_file)))}")
    return 0


@review.command("show", short_help="Show one message with all that is known of it")
@click.argument("message", metavar="ID", type=click.IntRange(min=1))
@config_option
@json_option(message=None)
def show(message: int, config_file: Path, as_json: bool) -> int:
    """Show one message with all that is known of it, also one that was delivered, and what can be done with it."""
    from ..ledger import Ledger

    config = read_config(config_file)
    with Ledger.open(config.ledger.path, read_only=True) as ledger:
        found = ledger.find_message(message)
        if as_json:
            return emit_json({"message": describe_whole(config, ledger, found)})
        print_message(config, found, ledger.said_of(found.id, found.hash))
        print_choices(found, ledger.delivered_to(found.id), config_file)
    return 0


@review.command("approve", short_help="Let messages be delivered as they are")
@click.argument("messages", metavar="ID...", nargs=-1, required=True, type=click.IntRange(min=1))
@config_option
@json_option(approved=[])
def approve(messages: tuple[int, ...], config_file: Path, as_json: bool) -> int:
    """Let messages be delivered as they are. The word is bound to the text: another text needs another word."""
    return _decide(messages, "approved", "", config_file, as_json=as_json)


@review.command("reject", short_help="Never deliver these messages")
@click.argument("messages", metavar="ID...", nargs=-1, required=True, type=click.IntRange(min=1))
@click.option("--reason", default="", help="Why, for those who look later.")
@config_option
@json_option(rejected=[])
def reject(messages: tuple[int, ...], reason: str, config_file: Path, as_json: bool) -> int:
    """Never deliver these messages. They are not bought again by themselves; `regenerate` does that, at a price."""
    return _decide(messages, "rejected", reason, config_file, as_json=as_json)


def _decide(messages: Sequence[int], verdict: Any, reason: str, config_file: Path, *, as_json: bool) -> int:
    from ..ledger import Ledger

    config = read_config(config_file)
    with Ledger.open(config.ledger.path, force=config.ledger.force) as ledger:
        found = [ledger.find_message(message) for message in messages]
        delivered = {one.id: ledger.delivered_to(one.id) for one in found if verdict == "rejected"}
        for one in found:
            ledger.decide(one.id, verdict, one.hash, name_user(), datetime.now(UTC), reason)
    for number, places in delivered.items():
        if places:
            note(
                printable(
                    f"Note: message {number} was delivered: {', '.join(places)}. A table loses it with the next run;"
                    " elsewhere take it out yourself."
                )
            )
    if as_json:
        return emit_json({verdict: list(messages)})
    syncs = " ".join(dict.fromkeys(one.sync for one in found))
    say(f"{verdict}: {', '.join(map(str, messages))}; next: {complete(f'{PROGRAM} collect {syncs}', config_file)}")
    return 0


review.add_command(walk)
review.add_command(edit)
