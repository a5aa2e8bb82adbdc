"""`upscale-connect sequences`."""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from .options import account_option, config_option, json_option, open_client, pick_account, read_config
from .output import emit_json, note, printable, say

if TYPE_CHECKING:
    from pathlib import Path

    from ..config import Account
    from ..upscale import MessageSequence

#: A name that YAML reads as the text it is.
_PLAIN = re.compile(r"(?!(?:y|n|yes|no|on|off|true|false|null)$)[a-z][a-z0-9_-]*")


@click.command("sequences", short_help="List the message sequences of an account")
@config_option
@account_option
@json_option(account=None, sequences=[])
def sequences(config_file: Path, account_name: str | None, as_json: bool) -> int:
    """List the sequences that the API recommends, each with a line to paste into a sync.

    The API's documentation of them is preliminary. Any list of message types works, also one of your own.

    \b
    Example:
      upscale-connect sequences
      upscale-connect sequences --account trial --json
    """
    chosen = pick_account(read_config(config_file), account_name)
    with open_client(chosen) as client:
        found = client.get_sequences()
    if as_json:
        shown = [{**asdict(sequence), "line": _line(sequence)} for sequence in found]
        return emit_json({"account": chosen.name, "sequences": shown})
    if not found:
        note("The API recommends no sequence; any list of message types works.")
    for sequence in found:
        _print(sequence, chosen)
    return 0


def _print(sequence: MessageSequence, account: Account) -> None:
    facts = (sequence.objective, sequence.role, sequence.industry, sequence.geography)
    title = ": ".join(filter(None, (sequence.name or sequence.id or "(no name)", ", ".join(filter(None, facts)))))
    say(f"# {printable(title)}\n{_line(sequence)}")
    unknown = [kind for kind in sequence.message_types if kind not in account.message_types]
    if unknown:
        say(f"# first list under the account, extra_message_types: {_flow(unknown)}")
    say("")


def _line(sequence: MessageSequence) -> str:
    return f"messages: {_flow(sequence.message_types)}"


def _flow(types: tuple[str, ...] | list[str]) -> str:
    """A YAML list on one line."""
    return f"[{', '.join(kind if _PLAIN.fullmatch(kind) else json.dumps(kind) for kind in types)}]"
