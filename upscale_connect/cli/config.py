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
    """Show the configuration as it was read, or the schema of its file.

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


@config.command("schema", short_help="Print the JSON Schema of the file, for editors")
@click.option("--included", is_flag=True, help="Of a client's file that `include` names, not of the main file.")
def schema(included: bool) -> int:
    """Print the JSON Schema of the file, for editors: what may stand where, plugins' options included.

    Installed plugins are asked for their options. With the YAML plugin of most editors, the first line of the
    configuration may then be: # yaml-language-server: $schema=upscale-connect.schema.json

    \b
    Example:
      upscale-connect config schema > upscale-connect.schema.json
      upscale-connect config schema --included > client.schema.json
    """
    import json

    from ..config.schema import describe_file, describe_included_file
    from ..registry import Registry

    registry = Registry.discover()
    describe = describe_included_file if included else describe_file
    say(json.dumps(describe(registry.config_models("source"), registry.config_models("sink")), indent=2))
    return 0
