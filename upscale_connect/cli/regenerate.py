"""`upscale-connect regenerate`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from . import PROGRAM
from .consent import agree
from .options import config_option, json_option, read_config
from .output import emit_json, printable, say
from .person import name_user
from .report import complete

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ..ledger import LeadMatch, Ledger


@click.command("regenerate", short_help="Buy the messages of a lead once more")
@click.argument("lead", metavar="LEAD")
@click.option("--type", "types", multiple=True, metavar="TYPE", help="Only this message type; may be repeated.")
@click.option("--sync", "sync_name", metavar="NAME", help="As a lead of this sync.")
@click.option("--yes", is_flag=True, help="Agree to the price without a question.")
@config_option
@json_option(lead=None, sync=None, types=[], credits=None)
def regenerate(
    lead: str, types: tuple[str, ...], sync_name: str | None, yes: bool, config_file: Path, as_json: bool
) -> int:
    """Buy the messages of a lead once more. Each is a purchase of its own, and the newest one is delivered.

    LEAD is a lead id, the address of a LinkedIn profile, or file and row. The next sync buys it.

    \b
    Example:
      upscale-connect regenerate 1042
      upscale-connect regenerate 1042 --type first_follow_up --yes
    """
    from ..engine import open_services
    from ..engine.revisions import choose_types, queue_again
    from ..errors import UsageError

    config = read_config(config_file)
    with open_services(config) as services:
        match = _pick(services.ledger, lead, sync_name)
        if match.sync not in config.syncs:
            raise UsageError(f"{match.sync!r} is no longer in the configuration, so nothing is bought for it")
        sync = config.syncs[match.sync]
        chosen = choose_types(services.ledger, sync, match, types)
        kinds = ", ".join(one.type for one in chosen)
        what = f"{match.name}, lead {match.lead_id!r} of {match.sync}: {kinds}"
        agree(f"{what}: buy once more, for up to {len(chosen)} credits?", yes=yes, as_json=as_json)
        queue_again(services, sync, chosen, name_user())
    if as_json:
        found = {"lead": match.lead_id, "sync": match.sync, "types": [one.type for one in chosen]}
        return emit_json({**found, "credits": len(chosen)})
    say(printable(f"lead {match.lead_id!r} of {match.sync}: {kinds} will be bought once more"))
    say(printable(f"next: {complete(f'{PROGRAM} sync {match.sync}', config_file)}"))
    return 0


def _pick(ledger: Ledger, text: str, sync_name: str | None) -> LeadMatch:
    """The one lead that is meant. Raises UsageError if there is none, or more than one."""
    from ..errors import UsageError
    from ..linkedin import LinkedInRef, parse_profile

    person = parse_profile(text)
    found = ledger.find_leads(text, person.key if isinstance(person, LinkedInRef) else None)
    matches: Sequence[LeadMatch] = [one for one in found if sync_name in (None, one.sync)]
    if not matches:
        raise UsageError(f"the ledger knows no lead {text!r}", hint="a lead is known once a sync has read it")
    if len(matches) > 1:
        names = [f"{one.customer}/{one.campaign}/{one.lead_id} --sync {one.sync}" for one in matches[:5]]
        raise UsageError(f"{len(matches)} leads are called {text!r}", hint=f"say which: {', '.join(names)}")
    return matches[0]
