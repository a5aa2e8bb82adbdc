"""`upscale-connect plugins`: what is installed, and whether it does what a plugin must do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from .invocation import CommandGroup
from .options import json_option
from .output import emit_json, print_table
from .plugins_checks import test_plugin
from .plugins_new import new_plugin

if TYPE_CHECKING:
    from ..registry import PluginRecord


@click.group(
    "plugins", cls=CommandGroup, invoke_without_command=True, short_help="List the plugins and what each one offers"
)
@json_option(plugins=[])
@click.pass_context
def plugins(ctx: click.Context, as_json: bool) -> int:
    """List the plugins that are installed: where each comes from, what it offers, and why one failed.

    A plugin that failed disturbs nobody until a sync names it.

    \b
    Example:
      upscale-connect plugins
      upscale-connect plugins --json
      upscale-connect plugins new pipe-drive
      upscale-connect plugins test csv -o path=leads.csv
    """
    if ctx.invoked_subcommand is not None:
        return 0
    from ..registry import Registry

    records = Registry.discover().records
    if as_json:
        return emit_json({"plugins": [_describe(record) for record in records]})
    columns = ("plugin", "state", "sources", "sinks", "distribution", "version", "reason")
    print_table(columns, [_row(record) for record in records])
    return 0


plugins.add_command(new_plugin)
plugins.add_command(test_plugin)


def _describe(record: PluginRecord) -> dict[str, object]:
    return {
        "name": record.name,
        "distribution": record.distribution,
        "version": record.version,
        "sources": list(record.sources),
        "sinks": list(record.sinks),
        "state": record.state,
        "reason": record.error,
    }


def _row(record: PluginRecord) -> tuple[str, ...]:
    offers = (", ".join(record.sources) or "-", ", ".join(record.sinks) or "-")
    return (record.name, record.state, *offers, record.distribution or "-", record.version or "-", record.error or "")
