"""`upscale-connect check`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from .options import config_option, json_option, open_client, read_config
from .output import emit_json, print_table, printable, say

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ..config import Config
    from ..engine import Check, CheckFinding


@click.command("check", short_help="Check configuration, keys, mapping and sinks; writes nothing")
@click.argument("names", metavar="[NAME]...", nargs=-1)
@config_option
@json_option(findings=[])
def check(names: tuple[str, ...], config_file: Path, as_json: bool) -> int:
    """Check configuration, keys, mapping and sinks; writes nothing.

    Without a name all syncs are checked. The first records of each source are shown as the leads they become.

    \b
    Example:
      upscale-connect check
      upscale-connect check spring --json
    """
    from ..engine import pick_exit_code

    found, samples = _look(config_file, names)
    code = pick_exit_code({0, *(finding.code for finding in found)})
    if as_json:
        keys = ("sync", "level", "message", "hint")
        return emit_json({"findings": [{key: getattr(finding, key) for key in keys} for finding in found]}, code)
    _print(found, samples)
    return code


def _look(config_file: Path, names: Sequence[str]) -> tuple[list[CheckFinding], dict[str, Any]]:
    """All findings; a configuration or ledger that cannot be read is one, and then the only ones."""
    from ..engine import Check, CheckFinding, open_services, select_syncs
    from ..errors import ConfigError, LedgerError
    from .redaction import divert_prints

    try:
        config = read_config(config_file)
        syncs = select_syncs(config, names, everything=not names)
        with divert_prints(), open_services(config, read_only=True) as services:
            checking = Check(services)
            checking.findings.append(CheckFinding(None, "ok", f"configuration {config.path}"))
            checking.check_ledger()
            _check_accounts(checking, config, {sync.account for sync in syncs})
            for sync in syncs:
                checking.check_sync(sync)
            return checking.findings, checking.samples
    except ConfigError as error:
        places = [(f"{problem.where}: " if problem.where else "") + problem.message for problem in error.problems]
        hints = [problem.hint for problem in error.problems]
        return [CheckFinding(None, "error", *words, code=2) for words in zip(places, hints, strict=True)], {}
    except LedgerError as error:
        return [CheckFinding(None, "error", error.message, error.hint, error.exit_code)], {}


def _check_accounts(checking: Check, config: Config, used: set[str]) -> None:
    for name, account in config.accounts.items():
        if name in used:
            with open_client(account) as client:
                checking.check_account(account, client)


def _print(found: Sequence[CheckFinding], samples: dict[str, Any]) -> None:
    heading = None
    for finding in found:
        if finding.sync != heading:
            heading = finding.sync
            say(f"\n{printable(heading or '')}")
        hint = f" ({finding.hint})" if finding.hint else ""
        say(f"  {finding.level:<8} {printable(finding.message + hint)}")
    for name, rows in samples.items():
        say(f"\n{printable(name)}: the first records\n")
        print_table(("record", "lead id", "name", "company", "LinkedIn", "website"), [_row(*pair) for pair in rows])


def _row(record: Any, made: Any) -> tuple[str, ...]:
    from ..models import BadRecord, Lead

    if isinstance(made, Lead):
        name = f"{made.first_name} {made.last_name}"
        return (record.where, made.lead_id, name, made.company, made.linkedin_url, made.website_url or "")
    reason = made.reason if isinstance(made, BadRecord) else f"{made.field} ({made.column}): {made.reason}"
    return (record.where, "", f"not a lead: {reason}", "", "", "")
