"""Writes those parts of the pages that the program knows best: keys, signatures, and the page of all commands.

python docs/pages.py            writes them
python docs/pages.py --check    ends with 1 and names the pages that are not up to date
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import click
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from signatures import fill_checks, fill_signatures

from upscale_connect import config
from upscale_connect.cli import PROGRAM
from upscale_connect.cli.commands import COMMANDS, program
from upscale_connect.cli.invocation import Invocation

DOCS = Path(__file__).resolve().parent
_BLOCK = re.compile(r"(<!-- keys of (\w+) -->\n)(?:\|.*\n)*")

#: Fields of the models that are no keys of the file.
INTERNAL = frozenset({"name", "folder", "options", "hidden"})


def render_pages() -> dict[Path, str]:
    """Page → its text as it should be."""
    configuration = DOCS / "configuration.md"
    text = _BLOCK.sub(lambda found: found[1] + render_keys(found[2]), configuration.read_text(encoding="utf-8"))
    pages = {
        page: fill_checks(fill_signatures(page.read_text(encoding="utf-8"))) for page in (DOCS / "plugins").glob("*.md")
    }
    return {**pages, configuration: text, DOCS / "commands.md": render_commands()}


def render_keys(model: str) -> str:
    """The table of a model's keys."""
    fields = getattr(config, model).model_fields
    rows = ["| Key | Meaning | Default |", "| --- | --- | --- |"]
    for name, field in fields.items():
        if name not in INTERNAL:
            rows.append(f"| `{name}` | {field.description} | {show_default(field)} |")
    return "\n".join(rows) + "\n"


def show_default(field: FieldInfo) -> str:
    extra = field.json_schema_extra
    if isinstance(extra, dict) and "left_out" in extra:
        told = str(extra["left_out"])
        return told if " " in told else f"`{told}`"
    if field.is_required():
        return "must be there"
    value = field.get_default(call_default_factory=True)
    if value is None:
        return "none"
    assert not isinstance(value, BaseModel), "say json_schema_extra={'left_out': …}"
    return f"`{show_value(value)}`"


def show_value(value: object) -> str:
    """A default as a person would write it in YAML."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {show_value(one)}" for key, one in value.items()) + "}"
    if isinstance(value, (tuple, list)):
        return "[" + ", ".join(map(show_value, value)) + "]"
    return f"{value:g}" if isinstance(value, float) else str(value)


def render_commands() -> str:
    """The page of all commands, from their own help."""
    parts = [
        "# Commands",
        "What `--help` of each command shows, on one page. `-c FILE` may stand before or after the command;"
        " exit codes and `--json` are described under [Cron](cron.md).",
    ]
    with click.Context(program, info_name=PROGRAM, obj=Invocation()) as root:
        for name in COMMANDS:
            command = program.get_command(root, name)
            assert command is not None
            parts += _describe(command, root, name, 2)
    return "\n\n".join(parts) + "\n"


def _describe(command: click.Command, parent: click.Context, name: str, level: int) -> Iterator[str]:
    with click.Context(command, info_name=name, parent=parent) as ctx:
        path = ctx.command_path.removeprefix(PROGRAM).strip()
        yield f"{'#' * level} `{path}`"
        yield f"Usage: `{' '.join((path, *command.collect_usage_pieces(ctx)))}`"
        yield from _explain(command.help or "")
        told = [option.get_help_record(ctx) for option in command.get_params(ctx) if "--help" not in option.opts]
        rows = [record for record in told if record and record[1]]
        if rows:
            table = "\n".join(f"| `{_cell(names)}` | {_cell(told)} |" for names, told in rows)
            yield f"| Option | Meaning |\n| --- | --- |\n{table}"
        if isinstance(command, click.Group):
            for below in command.list_commands(ctx):
                found = command.get_command(ctx, below)
                assert found is not None
                yield from _describe(found, ctx, below, level + 1)


def _explain(text: str) -> Iterator[str]:
    """The paragraphs of a help text; those that click must not wrap are blocks."""
    for paragraph in inspect.cleandoc(text).split("\n\n"):
        if paragraph.startswith("\b\n"):
            title, *lines = paragraph.removeprefix("\b\n").splitlines()
            yield f"{title}\n\n```console\n" + "\n".join(_prompt(line) for line in lines) + "\n```"
        else:
            yield " ".join(paragraph.split())


def _prompt(line: str) -> str:
    line = line.strip()
    return f"$ {line}" if line.startswith(PROGRAM) else line


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")


def main() -> None:
    stale = [(page, text) for page, text in render_pages().items() if _read(page) != text]
    if "--check" in sys.argv[1:]:
        sys.exit("\n".join(f"{page.name}: run `python docs/pages.py`" for page, _ in stale) or 0)
    for page, text in stale:
        page.write_text(text, encoding="utf-8", newline="\n")


def _read(page: Path) -> str:
    return page.read_text(encoding="utf-8") if page.exists() else ""


if __name__ == "__main__":
    main()
