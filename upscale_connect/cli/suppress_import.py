"""`upscale-connect suppress import`."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from .options import config_option, json_option, read_config
from .output import emit_json, note, printable, say
from .person import name_user
from .report import tell_counts

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ..config import Config
    from ..suppression import Entry, Kind

KINDS_HERE = click.Choice(["linkedin", "email", "domain", "company", "id"])
customer_option = click.option("--customer", metavar="ID", help="Only for this customer of the API; default: for all.")
hashed_option = click.option("--hashed", is_flag=True, help="Keep only a keyed hash, which nobody can read.")

#: Some rows of the file were left out.
LEFT_OUT = 3


@click.command("import", short_help="Add all entries of a list file")
@click.argument("file", metavar="FILE", type=click.Path())
@customer_option
@hashed_option
@click.option("--only", multiple=True, type=KINDS_HERE, help="Read this column alone; may be repeated.")
@click.option("--skip-bad-rows", "skip", is_flag=True, help="Leave out rows that cannot be understood, and tell them.")
@config_option
@json_option(added=None, known=None, left_out=[])
def import_(
    file: str,
    customer: str | None,
    hashed: bool,
    only: tuple[Kind, ...],
    skip: bool,
    config_file: Path,
    as_json: bool,
) -> int:
    """Add all entries of a CSV file with any of the columns linkedin, email, domain, company, id and reason.

    A file of one column may hold addresses and domains of any kind, with or without a header. All rows are added or
    none, unless --skip-bad-rows says otherwise: then the exit code is 3 if one was left out.
    """
    from pathlib import Path

    from ..errors import ConfigError
    from ..suppression import read_rows, shorten

    config = read_config(config_file)
    entries, problems = read_rows(Path(file), customer, only=only)
    if problems and not skip:
        hint = "nothing was added. --skip-bad-rows adds the other rows; --only email reads that column alone"
        raise ConfigError(shorten(problems), hint=hint)
    for problem in shorten(problems):
        note(printable(f"Left out: {problem}"))
    tell_added(entries, store_entries(config, entries, hashed), as_json, [str(problem) for problem in problems])
    return LEFT_OUT if problems else 0


def store_entries(config: Config, entries: Sequence[Entry], hashed: bool) -> int:
    """Returns how many were not known before."""
    from ..ledger import Ledger

    with Ledger.open(config.ledger.path, force=config.ledger.force) as ledger:
        return ledger.suppress(entries, name_user(), datetime.now(UTC), hashed=hashed)


def tell_added(entries: Sequence[Entry], count: int, as_json: bool, left_out: Sequence[str] | None = None) -> None:
    """What was added; a warning where a domain means more people than a person may have thought of."""
    for entry in entries:
        if entry.kind == "domain" and is_shared(entry.value):
            note(f"Note: {entry.value} is no company's: everybody whose address or website is there gets no message.")
    known = len(entries) - count
    if as_json:
        more = {} if left_out is None else {"left_out": list(left_out)}
        emit_json({"added": count, "known": known, **more}, LEFT_OUT if left_out else 0)
        return
    kinds = tell_counts(Counter(entry.kind for entry in entries))
    counted = f" (read: {kinds})" if left_out is not None and kinds else ""
    say(f"added: {count}{f'; known before, or given twice: {known}' if known else ''}{counted}")


def is_shared(domain: str) -> bool:
    """Whether it is that of a mail provider, a social network or the like."""
    from ..hygiene.tables import NOBODYS_WEBSITES

    return domain in NOBODYS_WEBSITES
