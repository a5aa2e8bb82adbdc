"""`upscale-connect pause`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from .options import config_option, json_option, names_option
from .pausing import change

if TYPE_CHECKING:
    from pathlib import Path


@click.command("pause", short_help="Buy nothing new for now; collecting and delivering go on")
@names_option
@config_option
@json_option(syncs=[])
def pause(names: tuple[str, ...], every: bool, config_file: Path, as_json: bool) -> int:
    """Buy nothing new for now; collecting and delivering go on.

    It also holds for a run that works at this moment: before each request it looks whether it may buy.

    \b
    Example:
      upscale-connect pause spring
      upscale-connect pause --all
    """
    return change(config_file, names, every=every, paused=True, as_json=as_json)
