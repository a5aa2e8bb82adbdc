"""`upscale-connect config show`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from .invocation import CommandGroup
from .options import config_option, json_option, read_config
from .output import emit_json, say

if TYPE_CHECKING:
    from pathlib import Path


@click.group("config", cls=CommandGroup, short_help="Show the configuration as it was read", no_args_is_help=False)
def config() -> None:
    """Show the configuration as it was read.

    \b
    Example:
      upscale-connect config show
    """


@config.command("show", short_help="Show every value, with defaults and included files in place")
@config_option
@json_option(path=None, config=None)
def show(config_file: Path, as_json: bool) -> int:
    """Show every value, with defaults and included files in place; secrets are left out.

    \b
    Example:
      upscale-connect config show
      upscale-connect -c clients.yaml config show --json
    """
    from ..config import render
    from ..config import show as describe

    loaded = read_config(config_file)
    if as_json:
        return emit_json({"path": str(loaded.path), "config": describe(loaded)})
    say(f"# {loaded.path}\n{render(loaded).rstrip()}")
    return 0
