"""`upscale-connect ledger`."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from .invocation import CommandGroup
from .options import config_option, json_option, read_config
from .output import emit_json, printable, say

if TYPE_CHECKING:
    from pathlib import Path

#: A ledger that must not be trusted.
BROKEN = 2


@click.group("ledger", cls=CommandGroup, short_help="Back up the ledger, or look through it")
def ledger() -> None:
    """Back up the ledger, or look through it. It is the memory of what was bought: never delete it.

    \b
    Example:
      upscale-connect ledger backup
      upscale-connect ledger verify
    """


@ledger.command("backup", short_help="Copy the ledger, also while a run works")
@click.argument("target", metavar="[FILE]", required=False, type=click.Path())
@config_option
@json_option(files=[])
def backup(target: str | None, config_file: Path, as_json: bool) -> int:
    """Copy the ledger, with callbacks and request ids that wait beside it. It may be in use meanwhile.

    FILE may be a folder, and is never replaced; without it the copy lies beside the ledger, with the time in its name.
    It holds names and messages: keep it as safe as the ledger. docs/ledger.md tells how to go on from a copy.

    \b
    Example:
      upscale-connect ledger backup
      upscale-connect ledger backup /mnt/safe/upscale-connect.db
    """
    from pathlib import Path

    from ..ledger import back_up, name_backup

    path = read_config(config_file).ledger.path
    usual = name_backup(path, datetime.now(UTC))
    chosen = Path(target) if target else usual
    files = back_up(path, chosen / usual.name if chosen.is_dir() else chosen)
    if as_json:
        return emit_json({"files": [str(file) for file in files]})
    for file in files:
        say(printable(str(file)))
    return 0


@ledger.command("verify", short_help="Look through the whole ledger for what must never be")
@click.argument("copy", metavar="[FILE]", required=False, type=click.Path())
@config_option
@json_option(findings=[])
def verify(copy: str | None, config_file: Path, as_json: bool) -> int:
    """Look through the whole ledger for what must never be. Ends with 2 if it must not be trusted.

    Not a byte changes, and a run may work meanwhile. FILE is a backup to look through instead; that needs no
    configuration.

    \b
    Example:
      upscale-connect ledger verify
      upscale-connect ledger verify /mnt/safe/upscale-connect.db
    """
    from pathlib import Path

    from ..ledger import verify as look_through

    path = Path(copy) if copy else read_config(config_file).ledger.path
    findings = list(look_through(path, is_copy=copy is not None))
    code = BROKEN if any(finding.level == "error" for finding in findings) else 0
    if as_json:
        return emit_json({"findings": [asdict(finding) for finding in findings]}, code)
    for finding in findings:
        say(printable(f"{finding.level:<8}{finding.message}"))
        if finding.hint:
            say(printable(f"{'':8}{finding.hint}"))
    return code
