"""`upscale-connect review`."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from . import PROGRAM
from .invocation import CommandGroup
from .options import config_option, json_option, read_config
from .output import emit_json, is_terminal, printable, say
from .person import name_user
from .report import complete, line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from ..config import Config
    from ..ledger import Held, Ledger

#: Characters of the bar that shows how much of its length a message uses.
BAR = 20


@click.group("review", cls=CommandGroup, short_help="Look at messages before they are delivered")
def review() -> None:
    """Look at messages before they are delivered: those in which something is odd, or all, as the sync says.

    What is approved or edited is delivered by the next `sync` or `collect`. What is rejected is never delivered, and
    not bought again by itself. The message as it came is always kept.

    \b
    Example:
      upscale-connect review list
      upscale-connect review walk spring
      upscale-connect review approve 12 13
      upscale-connect review reject 14 --reason tone
    """


@review.command("list", short_help="List what waits to be looked at, with the reasons")
@click.argument("names", metavar="[NAME]...", nargs=-1)
@config_option
@json_option(messages=[])
def list_(names: tuple[str, ...], config_file: Path, as_json: bool) -> int:
    """List what waits to be looked at, with the reasons. Without a name that of all syncs."""
    config = read_config(config_file)
    held = _read_held(config, names)
    if as_json:
        return emit_json({"messages": [describe(config, one) for one in held]})
    if not held:
        say("No message waits for you.")
    for one in held:
        _print(config, one)
    if held:
        say(f"\n{line('next', printable(complete(f'{PROGRAM} review walk', config_file)))}")
    return 0


@review.command("show", short_help="Show one message with all that is known of it")
@click.argument("message", metavar="ID", type=click.IntRange(min=1))
@config_option
@json_option(message=None)
def show(message: int, config_file: Path, as_json: bool) -> int:
    """Show one message with all that is known of it, also one that was delivered."""
    from ..ledger import Ledger

    config = read_config(config_file)
    with Ledger.open(config.ledger.path, read_only=True) as ledger:
        found = ledger.find_message(message)
    if as_json:
        return emit_json({"message": describe(config, found)})
    _print(config, found)
    again = f"{PROGRAM} regenerate {found.lead.lead_id} --type {found.type}"
    say(f"  {line('anew', printable(complete(again, config_file)) + ': another text, at a price that it shows')}")
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


@review.command("edit", short_help="Deliver another text instead, and approve it")
@click.argument("message", metavar="ID", type=click.IntRange(min=1))
@click.option("--text", help="The new text; without it an editor opens.")
@config_option
@json_option(edited=None)
def edit(message: int, text: str | None, config_file: Path, as_json: bool) -> int:
    """Deliver another text instead, and approve it. The message as it came is kept."""
    from ..errors import UsageError
    from ..ledger import Ledger

    config = read_config(config_file)
    with Ledger.open(config.ledger.path, force=config.ledger.force) as ledger:
        found = ledger.find_message(message)
        new = text if text is not None else click.edit(found.text)
        if new is None or not new.strip():
            raise UsageError("nothing was changed: there is no new text", hint="give --text, or save it in the editor")
        ledger.add_version(found.id, new.strip(), found.hash, name_user(), "review", datetime.now(UTC))
    if as_json:
        return emit_json({"edited": message})
    say(f"message {message} has a new text; next: {complete(f'{PROGRAM} collect {found.sync}', config_file)}")
    return 0


@review.command("walk", short_help="Go through them one by one")
@click.argument("names", metavar="[NAME]...", nargs=-1)
@config_option
def walk(names: tuple[str, ...], config_file: Path) -> int:
    """Go through what waits, one message after the other: approve, edit, reject, or leave it for later."""
    from ..errors import UsageError
    from ..ledger import Ledger

    if not is_terminal(sys.stdin):
        raise UsageError("this needs a terminal", hint=f"`{PROGRAM} review list --json` and `review approve ID` do not")
    config = read_config(config_file)
    held = _read_held(config, names)
    with Ledger.open(config.ledger.path, force=config.ledger.force) as ledger:
        for number, one in enumerate(held, 1):
            say(f"\n{number} of {len(held)}")
            _print(config, one)
            if not _ask(ledger, one):
                break
    say("No message waits for you." if not held else f"next: {complete(f'{PROGRAM} collect', config_file)}")
    return 0


def _ask(ledger: Ledger, one: Held) -> bool:
    """What the person says of one message; False ends the walk."""
    now, actor = datetime.now(UTC), name_user()
    choice = click.prompt("[a]pprove, [e]dit, [r]eject, [s]kip, [q]uit", type=click.Choice(list("aersq")), default="s",
                          show_choices=False, err=True)  # fmt: skip
    if choice == "a":
        ledger.decide(one.id, "approved", one.hash, actor, now)
    elif choice == "r":
        reason = click.prompt("why", default="", show_default=False, err=True)
        ledger.decide(one.id, "rejected", one.hash, actor, now, reason)
    elif choice == "e" and (text := click.edit(one.text)) is not None and text.strip():
        ledger.add_version(one.id, text.strip(), one.hash, actor, "review", now)
    return bool(choice != "q")


def _decide(messages: Sequence[int], verdict: Any, reason: str, config_file: Path, *, as_json: bool) -> int:
    from ..ledger import Ledger

    config = read_config(config_file)
    with Ledger.open(config.ledger.path, force=config.ledger.force) as ledger:
        found = [ledger.find_message(message) for message in messages]
        for one in found:
            ledger.decide(one.id, verdict, one.hash, name_user(), datetime.now(UTC), reason)
    if as_json:
        return emit_json({verdict: list(messages)})
    syncs = " ".join(dict.fromkeys(one.sync for one in found))
    say(f"{verdict}: {', '.join(map(str, messages))}; next: {complete(f'{PROGRAM} collect {syncs}', config_file)}")
    return 0


def _read_held(config: Config, names: Sequence[str]) -> list[Held]:
    from ..engine import select_known
    from ..ledger import Ledger

    with Ledger.open(config.ledger.path, read_only=True) as ledger:
        known = [one.sync_id for one in select_known(config, ledger, names) if one.sync_id is not None]
        return ledger.held_messages(known)


def describe(config: Config, one: Held) -> dict[str, Any]:
    """The object of a message."""
    length, limit = _measure(config, one)
    return {
        "id": one.id,
        "sync": one.sync,
        "review": one.review,
        "lead_id": one.lead.lead_id,
        "customer": one.lead.customer,
        "campaign": one.lead.campaign,
        "name": f"{one.lead.first_name} {one.lead.last_name}",
        "company": one.lead.company,
        "linkedin": one.lead.linkedin_url,
        "place": one.place,
        "type": one.type,
        "text": one.text,
        "original": one.original,
        "length": length,
        "limit": limit,
        "findings": [{"rule": rule, "message": message} for rule, message in one.findings],
        "since": one.since,
    }


def _measure(config: Config, one: Held) -> tuple[int, int]:
    from ..lint import LintSettings, measure

    sync = config.syncs.get(one.sync)
    settings = LintSettings(sync.lint.rules, sync.lint.sender, sync.lint.limits) if sync else LintSettings(frozenset())
    return measure(one.text), settings.limit(one.type)


def _print(config: Config, one: Held) -> None:
    lead = one.lead
    say(printable(f"{one.id}  {one.type} for {lead.first_name} {lead.last_name} ({lead.company}), {one.place}"))
    for text in _tell(config, one):
        say(f"  {text}")


def _tell(config: Config, one: Held) -> Iterator[str]:
    length, limit = _measure(config, one)
    filled = min(BAR, round(BAR * length / limit))
    for number, part in enumerate(one.text.splitlines() or [""]):
        yield line("text" if number == 0 else "", printable(part))
    if one.original is not None:
        yield line("was", printable(one.original))
    yield line("length", f"{'#' * filled}{'.' * (BAR - filled)} {length} of {limit}")
    for rule, message in one.findings:
        yield line("odd", printable(f"{message} ({rule})"))
    yield line("lead", printable(f"{one.lead.linkedin_url}, lead {one.lead.lead_id!r} of sync {one.sync}"))
