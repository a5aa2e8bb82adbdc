"""`upscale-connect collect`."""

from __future__ import annotations

from typing import Any

import click

from .running import RunArguments, run_command, run_options


@click.command("collect", short_help="Finish and deliver what was bought; buys nothing")
@run_options
def collect(**arguments: Any) -> int:
    """Finish and deliver what was bought; buys nothing.

    \b
    Example:
      upscale-connect collect
      upscale-connect collect spring --wait --timeout 2h
    """
    return run_command(RunArguments(**arguments), buy=False)
