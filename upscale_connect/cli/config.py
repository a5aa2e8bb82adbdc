"""`upscale-connect config show`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from .options import config_option, json_option, read_config
from .output import emit_json, say

if TYPE_CHECKING:
    from pathlib import Path

    from ..config import Config
    from ..config.models import PluginOptions, Sync, Wanted
    from ..mapping import Expression

#: What stands in place of a value that came from a variable.
HIDDEN = "(not shown)"


@click.group("config", short_help="Show the configuration as it was read", no_args_is_help=False)
def config() -> None:
    """Show the configuration as it was read.

    \b
    Example:
      upscale-connect config show
    """


@config.command("show", short_help="Show every value, defaults and includes in place")
@config_option
@json_option(config=None)
def show(config_file: Path, as_json: bool) -> int:
    """Show every value: defaults and included files in place, secrets left out.

    \b
    Example:
      upscale-connect config show
      upscale-connect -c clients.yaml config show --json
    """
    loaded = read_config(config_file)
    shown = _show(loaded)
    if as_json:
        return emit_json({"path": str(loaded.path), "config": shown})
    import yaml

    say(f"# {loaded.path}\n" + yaml.safe_dump(shown, sort_keys=False, allow_unicode=True, width=100).rstrip())
    return 0


def _show(loaded: Config) -> dict[str, Any]:
    """The configuration in the words of its own format."""
    return {
        "accounts": {name: _plain(account, name=..., api_key=HIDDEN) for name, account in loaded.accounts.items()},
        "ledger": _plain(loaded.ledger),
        "notify": _plain(loaded.notify) if loaded.notify else None,
        "syncs": {name: _show_sync(sync) for name, sync in loaded.syncs.items()},
    }


def _plain(model: Any, **changes: Any) -> dict[str, Any]:
    """The fields of a model as JSON has them; `...` leaves one out."""
    fields = model.model_dump(mode="json", exclude=set(changes))
    return {**fields, **{key: value for key, value in changes.items() if value is not ...}}


def _show_sync(sync: Sync) -> dict[str, Any]:
    return _plain(
        sync,
        name=...,
        source=_show_plugin(sync.source),
        map={field: _show_expression(expression) for field, expression in sync.map.items()},
        messages=[_show_wanted(wanted) for wanted in sync.messages],
        sinks={name: sink if isinstance(sink, str) else _show_plugin(sink) for name, sink in sync.sinks.items()},
    )


def _show_plugin(options: PluginOptions) -> dict[str, Any]:
    shown = {key: HIDDEN if key in options.hidden else value for key, value in options.options.items()}
    return {"plugin": options.plugin, **shown, **({"formerly": options.formerly} if options.formerly else {})}


def _show_expression(expression: Expression) -> object:
    from ..mapping import Column, Constant, FirstOf

    if isinstance(expression, Column):
        return expression.name
    if isinstance(expression, Constant):
        return {"constant": expression.value}
    if isinstance(expression, FirstOf):
        return {"first_of": list(expression.columns)}
    return {"template": expression.text}


def _show_wanted(wanted: Wanted) -> object:
    if wanted.when is None:
        return wanted.type
    from dataclasses import asdict

    tests = {key.rstrip("_"): value for key, value in asdict(wanted.when).items() if value not in (None, False)}
    return {wanted.type: {"when": tests}}
