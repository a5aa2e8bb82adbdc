"""`upscale-connect init`."""

from __future__ import annotations

import os
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import click

from . import PROGRAM
from .options import DEFAULT_FILE, VARIABLE, resolve_config_file
from .output import print_table, say, write_file

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ..config import Guess

#: Rows that are looked at before a column is believed to hold something.
SAMPLE = 200

NEXT = {"check": "is everything there?", "plan": "what it would buy and cost", "sync": "buys, waits and writes"}


@click.command("init", short_help="Write a commented configuration for a CSV file of leads")
@click.argument("file", metavar="FILE.csv", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    type=click.Path(),
    callback=resolve_config_file,
    help=f"What to write; default: ${VARIABLE}, else {DEFAULT_FILE}.",
)
@click.option(
    "--encoding",
    metavar="NAME",
    default="auto",
    show_default=True,
    help="The file's encoding, such as cp1252, where it is neither UTF-8 nor UTF-16.",
)
@click.option("--force", is_flag=True, help="Replace the output if it exists.")
def init(file: Path, output: Path, encoding: str, force: bool) -> int:
    """Write a commented configuration for a CSV file of leads.

    Which column holds what is guessed from the header and the first rows; the file of leads is only read.

    \b
    Example:
      upscale-connect init leads.csv
      upscale-connect init leads.csv --output spring.yaml
      upscale-connect init leads.csv --encoding cp1252
    """
    from ..config import guess_mapping, write_starter
    from ..errors import UsageError

    if not file.is_file():
        raise UsageError(f"there is no file {str(file)!r}", hint="give the CSV file that holds your leads")
    columns, sample = _look(file, encoding)
    write_file(output, write_starter(_seen_from(output.parent, file), columns, sample, encoding), replace=force)
    _report(output, guess_mapping(columns, sample))
    return 0


def _look(file: Path, encoding: str) -> tuple[Sequence[str], Sequence[Mapping[str, str]]]:
    """The columns of the file and its first records, as a sync will read them. Raises `SourceError`."""
    import logging
    import threading

    from ..clock import SystemClock
    from ..config import PluginOptions
    from ..contracts import Context
    from ..errors import SourceError
    from ..http import repeatable_session
    from ..models import Record
    from ..registry import Registry

    with repeatable_session() as http:
        context = Context(Path.cwd(), http, SystemClock(), threading.Event(), logging.getLogger(__name__))
        options = PluginOptions(plugin="csv", options={"path": str(file.absolute()), "encoding": encoding})
        source = Registry.discover().source(options, context, lambda *_: str(file))
        try:
            for found in source.check():
                if found.level == "error":
                    raise SourceError(found.message, hint=found.hint)
            records = (item.fields for item in source.read(None) if isinstance(item, Record))
            return source.columns() or (), list(islice(records, SAMPLE))
        finally:
            source.close()


def _seen_from(folder: Path, file: Path) -> str:
    """The path to write: relative to the configuration's folder, as long as both are on one drive."""
    try:
        return os.path.relpath(file, folder)
    except ValueError:
        return str(file.absolute())


def _report(output: Path, guesses: Sequence[Guess]) -> None:
    from ..mapping import REQUIRED_FIELDS

    found = {guess.api_name for guess in guesses}
    rows: list[tuple[str, ...]] = [(guess.api_name, guess.column, guess.confidence, guess.why) for guess in guesses]
    rows += [(name, "?", "none", "write its column into the file") for name in REQUIRED_FIELDS if name not in found]
    print_table(("field", "column", "confidence", "why"), rows)
    option = "" if output == Path(os.environ.get(VARIABLE) or DEFAULT_FILE) else f' -c "{output}"'
    say(f"\nWrote {output}. Look at its lines marked EDIT or MISSING, then:")
    width = len(PROGRAM) + 1 + max(map(len, NEXT)) + len(option)
    for command, purpose in NEXT.items():
        say(f"  {f'{PROGRAM} {command}{option}':<{width}}  # {purpose}")
