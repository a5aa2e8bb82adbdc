"""`upscale-connect retry`."""

from __future__ import annotations

from typing import Any

import click

from .running import RunArguments, run_command, run_options


@click.command("retry", short_help="Deliver again what a sink refused; buys nothing")
@run_options
def retry(**arguments: Any) -> int:
    """Deliver again what a sink refused; buys nothing.

    Meant are deliveries that were given up after several failures, and those that met something else in their
    place. Correct the cause first: `upscale-connect todo` shows it.

    \b
    Example:
      upscale-connect retry
      upscale-connect retry spring
    """
    return run_command(RunArguments(**arguments), buy=False, retry=True)
