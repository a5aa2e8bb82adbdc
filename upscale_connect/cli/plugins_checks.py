"""`upscale-connect plugins test`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from .options import json_option
from .output import emit_json, print_table, printable, say

if TYPE_CHECKING:
    from ..contracts import Connector
    from ..registry import Registry
    from ..testing import CheckResult

#: What fails if the options are not right: then nothing else would say anything.
BASIC = frozenset({"S01", "K01"})

#: What a plugin that fails a check is: one that should not be used.
FAILED = 2


@click.command("test", short_help="Run the checks that every plugin must pass")
@click.argument("name", metavar="NAME")
@click.option(
    "--source", "kind", flag_value="source", help="Test the source of that name; the default if there is one."
)
@click.option("--sink", "kind", flag_value="sink", help="Test the sink of that name.")
@click.option(
    "-o", "--option", "given", metavar="KEY=VALUE", multiple=True, help="An option of the plugin; repeatable."
)
@click.option("--options", "file", metavar="FILE", type=click.Path(), help="A YAML file with options.")
@json_option(plugin=None, kind=None, suite=None, passed=0, failed=0, left_out=0, checks=[])
def test_plugin(
    name: str, kind: Literal["source", "sink"] | None, given: tuple[str, ...], file: str | None, as_json: bool
) -> int:
    """Run the checks that every plugin must pass, on a plugin that is installed.

    It works offline and on copies of the files that the options name, so nothing is written to them. With options
    alone some checks have nothing to look at; a test class of the plugin's author runs all of them.

    \b
    Example:
      upscale-connect plugins test csv -o path=leads.csv
      upscale-connect plugins test csv --sink -o path=messages.csv --json
    """
    from ..registry import Registry
    from ..testing.installed import make_suite
    from ..testing.runner import SUITE_VERSION, run_checks

    options, folder = _read_options(given, file)
    registry = Registry.discover()
    kind = kind or _choose_kind(registry, name)
    connector = registry.connector(kind, name)
    _require_valid(registry, kind, name, options)
    suite = make_suite(connector, options, folder)
    results = list(run_checks(suite, lambda check: check.number in BASIC))
    if all(one.state != "failed" for one in results):
        results += run_checks(suite, lambda check: check.number not in BASIC)
    counts = {state: sum(one.state == state for one in results) for state in ("passed", "failed")}
    failed = any(one.state == "failed" and one.check.level == "MUST" for one in results)
    code = FAILED if failed else 0
    if as_json:
        shown = {"plugin": name, "kind": kind, "suite": SUITE_VERSION, **counts}
        left_out = len(results) - sum(counts.values())
        return emit_json({**shown, "left_out": left_out, "checks": [_describe(one) for one in results]}, code)
    _print(name, kind, connector, results)
    return code


def _read_options(given: Sequence[str], file: str | None) -> tuple[dict[str, Any], Path]:
    """The options, all text as in a configuration, and the folder where their paths begin."""
    import yaml

    from ..errors import UsageError

    options: dict[str, Any] = {}
    if file is not None:
        try:
            loaded = yaml.load(Path(file).read_text(encoding="utf-8"), yaml.BaseLoader)
        except OSError as error:
            reason = (error.strerror or "unknown reason").lower()
            raise UsageError(f"{file} cannot be read: {reason}", hint="--options FILE is a YAML file") from None
        except (yaml.YAMLError, ValueError):
            loaded = None
        if not isinstance(loaded, dict):
            raise UsageError(f"{file} holds no options", hint="write them as below `source:`, one `key: value` a line")
        options = {str(key): value for key, value in loaded.items() if key != "plugin"}
    for pair in given:
        key, separator, value = pair.partition("=")
        if not (key and separator):
            raise UsageError("-o takes KEY=VALUE", hint="such as -o path=leads.csv")
        options[key] = value
    return options, Path(file).parent if file is not None else Path.cwd()


def _choose_kind(registry: Registry, name: str) -> Literal["source", "sink"]:
    offers_source = any(name in record.sources for record in registry.records)
    return "source" if offers_source or not any(name in record.sinks for record in registry.records) else "sink"


def _require_valid(registry: Registry, kind: Literal["source", "sink"], name: str, options: Mapping[str, Any]) -> None:
    """Raises ConfigError with everything that is wrong with the options."""
    from ..config import PluginOptions
    from ..errors import ConfigError

    named = PluginOptions(plugin=name, options=dict(options))
    problems = registry.options_problems(kind, named, lambda *keys: "-o " + ".".join(keys) if keys else "options")
    if problems:
        raise ConfigError(problems)


def _describe(result: CheckResult) -> dict[str, object]:
    check = result.check
    return {
        "number": check.number,
        "level": check.level,
        "title": check.title,
        "state": result.state,
        "message": result.message,
    }


def _print(name: str, kind: str, connector: type[Connector[Any]], results: Sequence[CheckResult]) -> None:
    """A table of all checks, then what those that failed say."""
    reasons = {"not applicable": lambda one: one.message, "bypassed": lambda one: one.message}
    rows = [
        (one.check.number, one.check.level, one.state, reasons.get(one.state, lambda one: one.check.title)(one))
        for one in results
    ]
    print_table(("check", "level", "state", "what"), rows)
    failed = [one for one in results if one.state == "failed"]
    for one in failed:
        say("\n" + "\n".join(printable(line) for line in one.message.split("\n")))
    passed = sum(one.state == "passed" for one in results)
    left = len(results) - passed - len(failed)
    if results[0].state == "failed":
        say("\nNothing else was looked at: are the options right?")
    say(f"\n{kind} {name!r} ({connector.__name__}): {passed} passed, {len(failed)} failed, {left} left out")
