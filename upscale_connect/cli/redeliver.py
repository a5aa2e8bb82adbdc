"""`upscale-connect redeliver`."""

from __future__ import annotations

from typing import Any

import click

from .running import RunArguments, run_command, run_options


@click.command("redeliver", short_help="Write all messages to one sink again; buys nothing")
@run_options
@click.option("--sink", required=True, metavar="NAME", help="The sink, by its name in the configuration.")
def redeliver(sink: str, **arguments: Any) -> int:
    """Write all messages to one sink again; buys nothing.

    For a sink whose content was lost or repaired. A file beside the leads is written anew. A sink in which a repeat
    would show, such as notes, is asked first what it has. A sink that was added to the configuration needs no
    command: the next run fills it.

    \b
    Example:
      upscale-connect redeliver spring --sink crm
    """
    return run_command(RunArguments(**arguments), buy=False, redeliver=sink)
