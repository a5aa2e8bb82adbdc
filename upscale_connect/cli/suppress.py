"""`upscale-connect suppress`."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from .invocation import CommandGroup
from .options import config_option, json_option, read_config
from .output import emit_json, note, print_table, printable, say, write_file
from .person import name_user
from .suppress_import import KINDS_HERE, customer_option, hashed_option, import_, store_entries, tell_added

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from typing import Any

    from ..config import Config, SuppressionList
    from ..ledger import SuppressionRow
    from ..suppression import Entry, Kind

kind_option = click.option(
    "--kind",
    type=KINDS_HERE,
    help="What the values are; needed for a company or an id.",
)
reason_option = click.option("--reason", default="", metavar="TEXT", help="Why, for people.")


@click.group("suppress", cls=CommandGroup, short_help="Say who gets no message: people, companies, domains")
def suppress() -> None:
    """Say who gets no message. The ledger keeps these entries, besides the lists of the configuration.

    They hold at reading, right before each request, and at each delivery, also for a run that works now. What was
    delivered before stays where it is.

    \b
    Example:
      upscale-connect suppress add linkedin.com/in/jane-doe --reason asked
      upscale-connect suppress add "Acme, Inc." --kind company --customer customer_12345
      upscale-connect suppress import do-not-contact.csv
    """


@suppress.command("add", short_help="Add people, companies or domains")
@click.argument("values", metavar="VALUE...", nargs=-1, required=True)
@kind_option
@customer_option
@reason_option
@hashed_option
@config_option
@json_option(added=None, known=None)
def add(
    values: tuple[str, ...],
    kind: Kind | None,
    customer: str | None,
    reason: str,
    hashed: bool,
    config_file: Path,
    as_json: bool,
) -> int:
    """Add people, companies or domains. VALUE is a LinkedIn address, an e-mail address or a domain.

    An id is a lead id, a record id, or customer/campaign/lead id. A domain means its subdomains, too.
    """
    config = read_config(config_file)
    entries = _parse(values, kind, customer, reason)
    tell_added(entries, store_entries(config, entries, hashed), as_json)
    return 0


@suppress.command("remove", short_help="Let somebody get messages again")
@click.argument("values", metavar="VALUE...", nargs=-1, required=True)
@kind_option
@customer_option
@config_option
@json_option(removed=None, missing=None)
def remove(values: tuple[str, ...], kind: Kind | None, customer: str | None, config_file: Path, as_json: bool) -> int:
    """Take entries out of the ledger, hashed ones too. Entries of list files are removed in their files."""
    from ..ledger import Ledger

    config = read_config(config_file)
    entries = _parse(values, kind, customer)
    with Ledger.open(config.ledger.path, force=config.ledger.force) as ledger:
        count = ledger.unsuppress(entries, name_user(), datetime.now(UTC))
    if as_json:
        return emit_json({"removed": count, "missing": len(entries) - count})
    say(f"removed: {count}" + (f"; not there: {len(entries) - count}" if count < len(entries) else ""))
    return 0


@suppress.command("list", short_help="List who gets no message")
@config_option
@json_option(entries=[], lists=[])
def list_(config_file: Path, as_json: bool) -> int:
    """List the entries of the ledger, and the list files of the configuration with the number of their entries."""
    from ..ledger import Ledger

    config = read_config(config_file)
    with Ledger.open(config.ledger.path, read_only=True) as ledger:
        rows = ledger.list_suppressions()
    lists = _count_lists(config)
    if as_json:
        shown = [{**asdict(row), "value": _show(row)} for row in rows]
        return emit_json({"entries": shown, "lists": lists})
    for one in lists:
        say(printable(f"{one['path']}: {one['entries']} entries{_limit(one['customer'], one['sync'])}"))
    if rows:
        cells = [
            (row.kind, _show(row) or "(hashed)", row.customer or "all", row.reason, f"{row.actor}, {row.at[:10]}")
            for row in rows
        ]
        print_table(["kind", "value", "customer", "reason", "by"], cells)
    if not rows and not lists:
        say("Nobody is suppressed.")
    return 0


@suppress.command("export", short_help="Write the entries as a list file")
@click.argument("file", metavar="[FILE]", required=False, type=click.Path())
@customer_option
@config_option
@json_option(entries=[], hashed=None)
def export(file: str | None, customer: str | None, config_file: Path, as_json: bool) -> int:
    """Write the entries of the ledger as a list file, to FILE or to stdout: those for all, or for one customer.

    Hashed ones cannot be written: only this ledger can tell whom they mean.
    """
    from pathlib import Path

    from ..ledger import Ledger
    from ..suppression import Entry, write_list

    config = read_config(config_file)
    with Ledger.open(config.ledger.path, read_only=True) as ledger:
        rows = [row for row in ledger.list_suppressions() if row.customer == customer]
    entries = [Entry(row.kind, row.value, row.customer, row.reason) for row in rows if row.value is not None]
    text = write_list(entries)
    if file:
        write_file(Path(file), text, replace=False, hint="name another file")
    if hashed := len(rows) - len(entries):
        note(f"Note: {hashed} hashed entries are left out.")
    if as_json:
        shown = [{"kind": row.kind, "value": _show(row), "reason": row.reason} for row in rows if row.value is not None]
        return emit_json({"entries": shown, "hashed": hashed})
    say(printable(f"{len(entries)} entries: {file}") if file else text.rstrip("\n"))
    return 0


def _parse(values: Sequence[str], kind: Kind | None, customer: str | None, reason: str = "") -> list[Entry]:
    """Raises UsageError for a value that means nobody for certain."""
    from ..errors import UsageError
    from ..suppression import Entry, guess_kind, parse_entry

    entries = []
    for text in values:
        meant = kind or guess_kind(text)
        if meant is None:
            raise UsageError(f"what is {text!r}?", hint="say --kind company or --kind id; nothing was changed")
        try:
            entries += [Entry(meant, value, customer, reason) for value in parse_entry(meant, text)]
        except ValueError as error:
            raise UsageError(f"{text!r}: {error}", hint="nothing was changed") from None
    return entries


def _show(row: SuppressionRow) -> str | None:
    from ..suppression import show_value

    return None if row.value is None else show_value(row.kind, row.value)


def _count_lists(config: Config) -> list[dict[str, Any]]:
    """Raises ConfigError for a list that cannot be read."""
    places: list[tuple[str | None, SuppressionList, str]] = [
        (None, one, config.where("suppression")) for one in config.privacy.suppression
    ]
    for name, sync in config.syncs.items():
        where = config.where("syncs", name, "suppression")
        own = [one.model_copy(update={"path": sync.folder / one.path.expanduser()}) for one in sync.suppression]
        places += [(name, one, where) for one in own]
    return [_count(name, one, where) for name, one, where in places]


def _count(sync: str | None, one: SuppressionList, where: str) -> dict[str, Any]:
    from ..suppression import read_list

    count = len(read_list(one.path, one.customer, where=where))
    return {"path": str(one.path), "customer": one.customer, "sync": sync, "entries": count}


def _limit(customer: str | None, sync: str | None) -> str:
    return "".join(f", only for {what} {name}" for what, name in (("customer", customer), ("sync", sync)) if name)


suppress.add_command(import_)
