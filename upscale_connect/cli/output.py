"""What people and programs get to see. stdout carries results, stderr everything else."""

from __future__ import annotations

import re
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, TextIO

import click

from .invocation import Invocation

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

#: Controls, line separators and marks that turn the direction of text: they can fake a line or an order.
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")

#: The schema of every JSON object that a command prints.
SCHEMA = 1


def printable(text: str) -> str:
    """`text` on one line, with everything escaped that a terminal would obey instead of showing it."""
    return _UNPRINTABLE.sub(lambda match: match[0].encode("unicode_escape").decode("ascii"), text)


def is_terminal(stream: TextIO) -> bool:
    """Whether a person watches: only there are colours, progress and wide tables."""
    return stream.isatty()


def say(text: str) -> None:
    """A result, on stdout."""
    click.echo(text)


def note(text: str) -> None:
    """Anything that is not a result, on stderr. Where that cannot be written, there is nobody to tell it to."""
    with suppress(OSError):
        click.echo(text, err=True)


def emit_json(data: Mapping[str, object], exit_code: int = 0) -> int:
    """Print the one object of a `--json` call and return `exit_code`, for the command to return in its turn."""
    write_json({**data, "exit_code": exit_code})
    click.get_current_context().ensure_object(Invocation).answered = True
    return exit_code


def write_json(data: Mapping[str, object]) -> None:
    """One JSON object with its schema on stdout; ASCII alone where the stream is not UTF-8, so nothing is lost."""
    import json

    unicode = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
    click.echo(json.dumps({"schema": SCHEMA, **data}, ensure_ascii=not unicode, indent=2))


def write_file(path: Path, text: str, *, replace: bool, hint: str = "") -> None:
    """A text file for people. Raises `UsageError`, also if it is there and must not be replaced.

    `hint`: how to name another file, where that is not `--output`.
    """
    from ..errors import UsageError

    try:
        with path.open("w" if replace else "x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError:
        raise UsageError(
            f"{path} exists already", hint=hint or "--output FILE writes another, --force replaces it"
        ) from None
    except OSError as error:
        reason = (error.strerror or "unknown reason").lower()
        raise UsageError(f"{path} cannot be written: {reason}", hint=hint or "--output FILE writes another") from None


def print_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A table on stdout: drawn on a terminal, plain aligned text elsewhere."""
    cells = [[printable(" ".join(cell.splitlines())) for cell in row] for row in rows]
    if is_terminal(sys.stdout):
        _draw(columns, cells)
    else:
        _align(columns, cells)


def _draw(columns: Sequence[str], rows: list[list[str]]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(*columns, box=box.SIMPLE)
    for row in rows:
        table.add_row(*map(Text, row))
    Console(highlight=False).print(table)


def _align(columns: Sequence[str], rows: list[list[str]]) -> None:
    lines = [list(columns), *rows]
    widths = [max(map(_width, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        padded = (cell + " " * (width - _width(cell)) for cell, width in zip(line, widths, strict=True))
        click.echo("  ".join(padded).rstrip())


def _width(text: str) -> int:
    """Columns that `text` takes where letters have a fixed width."""
    if text.isascii():
        return len(text)
    from unicodedata import combining, east_asian_width

    return sum(0 if combining(char) else 2 if east_asian_width(char) in "WF" else 1 for char in text)
