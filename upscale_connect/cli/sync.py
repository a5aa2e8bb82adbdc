"""`upscale-connect sync`."""

from __future__ import annotations

from typing import Any

import click

from .running import RunArguments, run_command, run_options


@click.command("sync", short_help="Buy messages for new leads and write them beside the leads")
@run_options
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="Buy for the first N leads only.")
@click.option("--yes", is_flag=True, help="Approve what would be asked or held for its size.")
def sync(limit: int | None, yes: bool, **arguments: Any) -> int:
    """Buy messages for new leads and write them beside the leads.

    First what earlier runs left open is collected and delivered. Then the source is read, and what is new is
    bought, each message once. Where a person watches, it waits for the messages; elsewhere the next run fetches
    them. A run may be stopped, or die, at any time: the next one goes on.

    \b
    Example:
      upscale-connect sync
      upscale-connect sync spring --limit 10
      upscale-connect sync 'acme/*' --wait --timeout 20m
      upscale-connect sync --all --quiet          # for cron
    """
    return run_command(RunArguments(**arguments), buy=True, limit=limit, yes=yes)
