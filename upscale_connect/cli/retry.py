"""`upscale-connect retry`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from . import PROGRAM
from .failed import tell_failed
from .options import read_config
from .output import is_terminal, note, printable
from .person import name_user
from .report import complete
from .running import RunArguments, run_command, run_options

if TYPE_CHECKING:
    from ..config import Sync
    from ..engine.connect import Services


@click.command("retry", short_help="Deliver again what a sink refused; try failed leads again")
@run_options
@click.option("--lead", metavar="ID", help="Only this lead.")
@click.option("--yes", is_flag=True, help="Agree to buy failed messages again.")
def retry(lead: str | None, yes: bool, **arguments: Any) -> int:
    """Deliver again what a sink refused; try failed leads again if you agree.

    Deliveries that were given up after several failures, and those that met something else in their place, are made
    again; that costs nothing. Messages that the API could not make cost nothing either, but buying them again is a
    purchase of its own: they are listed with what may help, the price is shown, and you are asked. What you agree to
    is bought by the next sync. A LinkedIn address that was corrected since is used.

    \b
    Example:
      upscale-connect retry spring
      upscale-connect retry spring --lead 1042 --yes
    """
    said = RunArguments(**arguments)
    _try_failed(said, lead, yes)
    return run_command(said, buy=False, retry=True, retry_lead=lead)


def _try_failed(said: RunArguments, lead: str | None, yes: bool) -> None:
    """Queue the failed messages of each sync again, if a person agrees to the price.

    Raises UsageError if nothing of the lead has failed.
    """
    from ..engine import open_services, select_syncs
    from ..errors import UsageError

    config = read_config(said.config_file)
    with open_services(config) as services:
        known = [
            (sync, sync_id)
            for sync in select_syncs(config, said.names, everything=said.every)
            if (sync_id := services.ledger.find_sync(sync.name, sync.formerly)) is not None
        ]
        any_failed = [_try_sync(services, sync, sync_id, said, lead, yes) for sync, sync_id in known]
        stuck = (one.lead_id for _, sync_id in known for one in services.ledger.stuck_deliveries(sync_id))
        if lead is not None and not any(any_failed) and lead not in stuck:
            hint = f"what has failed is listed by `{complete(f'{PROGRAM} todo', said.config_file)}`"
            raise UsageError(f"nothing of lead {lead!r} has failed", hint=hint)


def _try_sync(services: Services, sync: Sync, sync_id: int, said: RunArguments, lead: str | None, yes: bool) -> bool:
    """Whether anything has failed that may be bought again."""
    from ..engine import find_failed
    from ..engine.revisions import find_failed_again, queue_again

    failed = find_failed_again(services.ledger, sync, sync_id, lead)
    if not failed:
        return False
    for text in tell_failed(find_failed(services.ledger, sync_id, sync.name, lead)):
        _tell(said, text)
    leads = len({(one.campaign_id, one.lead_id) for one in failed})
    price = f"{sync.name}: {len(failed)} failed messages of {leads} leads, for up to {len(failed)} credits"
    if adopted := sum(one.adopted for one in failed):
        price += f" ({adopted} of them were adopted, and may have been paid for before)"
    if yes or _ask(said, price):
        queue_again(services, sync, failed, name_user())
        command = complete(f"{PROGRAM} sync {sync.name}", said.config_file)
        _tell(said, f"{price}: bought by the next `{command}`")
    else:
        _tell(said, f"{price}: not bought again; --yes agrees")
    return True


def _ask(said: RunArguments, price: str) -> bool:
    if said.as_json or said.quiet or not is_terminal(sys.stdin):
        return False
    return click.confirm(printable(f"{price}: buy again?"), default=False, err=True)


def _tell(said: RunArguments, sentence: str) -> None:
    if not said.quiet:
        note(printable(sentence))
