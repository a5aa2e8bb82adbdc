"""`upscale-connect resume`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from .options import config_option, json_option, names_option
from .pausing import change

if TYPE_CHECKING:
    from pathlib import Path


@click.command("resume", short_help="Let a paused sync buy again")
@names_option
@config_option
@json_option(syncs=[])
def resume(names: tuple[str, ...], every: bool, config_file: Path, as_json: bool) -> int:
    """Let a paused sync buy again, with the next run.

    \b
    Example:
      upscale-connect resume spring
      upscale-connect resume --all
    """
    return change(config_file, names, every=every, paused=False, as_json=as_json)
