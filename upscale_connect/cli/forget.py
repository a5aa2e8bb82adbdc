"""`upscale-connect forget`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from . import PROGRAM
from .consent import agree
from .options import config_option, json_option, read_config
from .output import emit_json, note, printable, say
from .person import name_user
from .report import complete

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..engine.forget import Forgotten
    from ..engine.namings import Naming
    from ..ledger import Mention

SHAPE: dict[str, object] = {
    "leads": None,
    "messages": None,
    "files": [],
    "rows": {},
    "left": [],
    "named": [],
    "outside": [],
}


@click.command("forget", short_help="Erase a person, here and in all copies of the ledger")
@click.argument("person", metavar="PERSON")
@click.option("--yes", is_flag=True, help="Erase without a question.")
@click.option(
    "--copy", "copies", multiple=True, metavar="FILE", type=click.Path(), help="Also from this copy of the ledger."
)
@click.option(
    "--message",
    "messages",
    multiple=True,
    metavar="ID",
    type=click.IntRange(min=1),
    help="Also the text of this message of another lead, because it names the person.",
)
@config_option
@json_option(**SHAPE)
def forget(
    person: str, yes: bool, copies: tuple[str, ...], messages: tuple[int, ...], config_file: Path, as_json: bool
) -> int:
    """Erase a person from the ledger, from its copies beside it, and from the files that this program writes.

    PERSON is the address of a LinkedIn profile, an e-mail address, a lead id or a record id. Hashes stay, so that the
    person is neither contacted nor bought again, and the sums of what was paid. It tells which other systems hold
    data, with a text to send, and which messages of other leads name the person: they stay, unless --message says so.
    No run may work meanwhile.

    \b
    Example:
      upscale-connect forget linkedin.com/in/jane-doe
      upscale-connect forget jane@example.com --copy /mnt/safe/upscale-connect.db
    """
    from ..engine import open_services
    from ..engine.forget import find_person
    from ..engine.forget import forget as erase
    from ..engine.namings import find_namings
    from .redaction import divert_prints

    config = read_config(config_file)
    files = [Path(copy) for copy in copies]
    with divert_prints(), open_services(config) as services:
        keys, mentions = find_person(services.ledger, person, files)
        for mention in mentions:
            note(printable(f"  {_tell(mention)}"))
        for naming in find_namings(services.ledger, keys):
            note(printable(f"  {_tell_naming(naming, config_file)}"))
        for number in messages:
            services.ledger.find_message(number)
        known = f"{len(mentions)} lead{'' if len(mentions) == 1 else 's'} here" if mentions else "forgotten before"
        question = f"erase {keys[0]} ({known}) for good?"
        agree(question, yes=yes, as_json=as_json, undone="erased", subject="it")
        done = erase(services, keys, mentions, name_user(), asked=person, copies=files, messages=messages)
    if as_json:
        return emit_json(asdict(done))
    _print(done, config_file)
    return 0


def _tell(mention: Mention) -> str:
    place = f", read from {mention.place}" if mention.place else ""
    return (
        f"{mention.name or 'a lead'}: {mention.customer}/{mention.campaign}/{mention.lead_id} of {mention.sync}{place}"
    )


def _tell_naming(one: Naming, config_file: Path) -> str:
    where = f", {one.place}" if one.place else ""
    shown = f"delivered to {', '.join(one.delivered_to)}" if one.delivered_to else one.review or "not looked at yet"
    command = complete(f"{PROGRAM} review show {one.message}", config_file)
    about = f"message {one.message} of lead {one.lead_id!r} of {one.sync}{where} ({one.type}, {shown})"
    return f"{about} may name this person: {one.why}; see `{command}`, `--message {one.message}` erases its text"


def _print(done: Forgotten, config_file: Path) -> None:
    say(f"erased: {done.leads} leads, {done.messages} messages")
    for file in done.files:
        say(printable(f"  {file}"))
    for label, count in done.rows.items():
        say(printable(f"  {label}: {f'{count} rows' if count else 'written without the texts'}"))
    _print_list("\nLook at these yourself:", done.left)
    named = [one for one in done.named if not one.erased]
    _print_list("\nStill here, as they are messages of other leads:", [_tell_naming(one, config_file) for one in named])
    if done.outside:
        say("\nOther systems hold data of this person. A text for each:")
    for one in done.outside:
        say(f"\n{printable(f'{one.what}: {one.holds}')}")
        for text in one.text.splitlines():
            say(printable(f"    {text}"))


def _print_list(title: str, lines: Sequence[str]) -> None:
    if lines:
        say(title)
    for text in lines:
        say(printable(f"  {text}"))
