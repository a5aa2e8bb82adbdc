"""`upscale-connect status`."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from . import PROGRAM
from .credits import read_books
from .funnel import describe_campaigns, tell_campaigns
from .options import config_option, json_option, read_config
from .output import emit_json, note, printable, say
from .report import complete, line, tell_counts

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ..engine import KnownSync
    from ..ledger import LastRun, Ledger, Standing


@click.command("status", short_help="Show what is open and how the last runs ended")
@click.argument("names", metavar="[NAME]...", nargs=-1)
@config_option
@json_option(ledger=None, accounts=[], syncs=[])
def status(names: tuple[str, ...], config_file: Path, as_json: bool) -> int:
    """Show what is open and how the last runs ended.

    Without a name all syncs are shown, also those that only the ledger remembers. The API is asked for the credits
    that are left: a hint, because its documentation of them is preliminary.

    \b
    Example:
      upscale-connect status
      upscale-connect status 'acme/*' --json
    """
    from ..engine import select_known
    from ..ledger import Ledger

    config = read_config(config_file)
    path = config.ledger.path
    with Ledger.open(path, read_only=True) as ledger:
        known = select_known(config, ledger, names)
        shown = [_describe(ledger, one) for one in known]
        used = dict.fromkeys(one.sync.account for one in known if one.sync is not None)
        books = read_books(ledger, [config.accounts[name] for name in used])
    if as_json:
        accounts = [one.as_json() for one in books]
        return emit_json({"ledger": str(path) if path.exists() else None, "accounts": accounts, "syncs": shown})
    if not path.exists():
        note(f"There is no ledger yet: the first `{PROGRAM} sync` makes {path}.")
    for one in shown:
        say(printable(one["name"]) + ("" if one["configured"] else " (no longer in the configuration)"))
        for text in _tell(one):
            say(f"  {printable(text)}")
        say(f"  {line('next', printable(complete(one['next'], config_file)))}")
    for account in books:
        say(f"account {printable(account.account)}")
        for text in account.tell():
            say(f"  {printable(text)}")
    return 0


def _describe(ledger: Ledger, one: KnownSync) -> dict[str, Any]:
    """The object of a sync; one that never ran has zeros."""
    from ..engine import find_needs, find_unapproved

    now = datetime.now(UTC)
    base: dict[str, Any] = {"name": one.name, "configured": one.sync is not None}
    if one.sync_id is None:
        return {
            **base,
            "paused": None,
            **_shape(None, None),
            "to_review": 0,
            "edited": {},
            "campaigns": [],
            "next": f"{PROGRAM} sync {one.name}",
        }
    pause = ledger.find_pause(one.sync_id)
    standing = ledger.standing(one.sync_id, now)
    planned = find_unapproved(ledger, one.sync_id, one.sync, now)
    needs = find_needs(ledger, one.sync_id, now, held_messages=planned.messages if planned else 0)
    if standing.pending and not standing.attempts_in_doubt:
        following = f"{PROGRAM} collect {one.name}"
    else:
        following = needs[0].command if needs else f"{PROGRAM} {'resume' if pause else 'sync'} {one.name}"
    return {
        **base,
        "paused": asdict(pause) if pause else None,
        **_shape(standing, ledger.last_run(one.sync_id)),
        "to_review": ledger.count_held(one.sync_id),
        "edited": dict(Counter(text.sink for text in ledger.edited_texts(one.sync_id))),
        "campaigns": describe_campaigns(ledger, one.sync_id, one.sync),
        "next": following,
    }


def _shape(standing: Standing | None, last: LastRun | None) -> dict[str, Any]:
    states = ("queued", "pending", "in_doubt", "ready", "failed")
    return {
        "leads": standing.leads if standing else 0,
        "messages": {name: getattr(standing, name) if standing else 0 for name in states},
        "attempts_in_doubt": standing.attempts_in_doubt if standing else 0,
        "overdue": standing.overdue if standing else 0,
        "set_aside": dict(standing.asides) if standing else {},
        "sinks": {name: dict(counts) for name, counts in standing.deliveries.items()} if standing else {},
        "oldest_open": standing.oldest_open if standing else None,
        "last_good_run": standing.finished_at if standing else None,
        "last_run": asdict(last) if last else None,
    }


def _tell(one: dict[str, Any]) -> Iterator[str]:
    if one["paused"]:
        yield line("paused", f"by {one['paused']['by']} at {one['paused']['at']}: buys nothing new")
    if not one["last_run"]:
        yield "has never run"
        return
    yield line("leads", str(one["leads"]))
    if messages := tell_counts(one["messages"]):
        yield line("messages", messages)
    if one["to_review"]:
        yield line("to review", f"{one['to_review']} messages wait for you (`{PROGRAM} review walk`)")
    yield from tell_campaigns(one["campaigns"])
    if one["attempts_in_doubt"]:
        yield line("in doubt", f"{one['attempts_in_doubt']} attempts")
    if one["oldest_open"]:
        overdue = f"; {one['overdue']} requests for more than 24 h" if one["overdue"] else ""
        yield line("open", f"since {one['oldest_open']}{overdue}")
    if aside := tell_counts(one["set_aside"]):
        yield line("set aside", aside)
    for name, counts in one["sinks"].items():
        edited = one["edited"].get(name, 0)
        yield line(name, tell_counts(counts) + (f"; a person has changed {edited} texts" if edited else ""))
    yield line("last run", f"{one['last_run']['finished_at']}, exit code {one['last_run']['exit_code']}")
    if error := one["last_run"]["error"]:
        yield line("stopped", error.splitlines()[0])
    yield line("good run", one["last_good_run"] or "never")
