"""`upscale-connect review edit`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from . import PROGRAM
from .messages import measure_message, tell_length
from .options import config_option, json_option, read_config
from .output import emit_json, say
from .person import name_user
from .report import complete

if TYPE_CHECKING:
    from pathlib import Path

    from ..ledger import Held


@click.command("edit", short_help="Deliver another text instead, and approve it")
@click.argument("message", metavar="ID", type=click.IntRange(min=1))
@click.option("--text", help="The new text; without it an editor opens.")
@config_option
@json_option(edited=None, length=None, limit=None)
def edit(message: int, text: str | None, config_file: Path, as_json: bool) -> int:
    """Deliver another text instead, and approve it. The message as it came is kept."""
    from ..ledger import Ledger

    config = read_config(config_file)
    with Ledger.open(config.ledger.path, force=config.ledger.force) as ledger:
        found = ledger.find_message(message)
        new = edit_text(found, text)
        ledger.add_version(found.id, new, found.hash, name_user(), "review", datetime.now(UTC))
        length, limit = measure_message(config, ledger.find_message(message))
    if as_json:
        return emit_json({"edited": message, "length": length, "limit": limit})
    say(f"message {message} has a new text, {tell_length(length, limit)}")
    say(f"next: {complete(f'{PROGRAM} collect {found.sync}', config_file)}")
    return 0


def edit_text(one: Held, text: str | None = None) -> str:
    """The text that a person gives, or writes in an editor. Raises UsageError if it is none, or the same."""
    from ..errors import UsageError

    if text is None:
        try:
            text = click.edit(one.text)
        except click.ClickException:
            hint = "set the variable EDITOR to the command of yours, or give --text"
            raise UsageError("the editor could not be started, or failed", hint=hint) from None
    new = (text or "").strip()
    if not new or new == one.text.strip():
        raise UsageError("nothing was changed: there is no new text", hint="give --text, or save it in the editor")
    return new
