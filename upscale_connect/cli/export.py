"""`upscale-connect export`."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click

from .options import config_option, json_option, read_config
from .output import emit_json, printable, say, write_file


@click.command("export", short_help="Write out everything that is held about a person")
@click.argument("person", metavar="PERSON")
@click.option("--output", metavar="FILE", type=click.Path(), help="Write it to this file instead of stdout.")
@config_option
@json_option(person=None)
def export(person: str, output: str | None, config_file: Path, as_json: bool) -> int:
    """Write out everything that is held about a person, as JSON: leads, records, messages, deliveries, events,
    do-not-contact entries, and the numbers of messages of other leads that may name the person.

    PERSON is the address of a LinkedIn profile, an e-mail address, a lead id or a record id.

    \b
    Example:
      upscale-connect export linkedin.com/in/jane-doe
      upscale-connect export jane@example.com --output jane.json
    """
    from ..engine.forget import find_person
    from ..engine.namings import find_namings
    from ..engine.outside import list_outside
    from ..ledger import Ledger

    config = read_config(config_file)
    with Ledger.open(config.ledger.path, read_only=True) as ledger:
        keys, _ = find_person(ledger, person)
        held = ledger.dossier(keys)
        held["named_in"] = [asdict(one) for one in find_namings(ledger, keys)]
        held["outside"] = [{"what": one.what, "holds": one.holds} for one in list_outside(config, ledger, keys)]
    if output is None:
        return emit_json({"person": held})
    write_file(
        Path(output),
        json.dumps(held, ensure_ascii=False, indent=2) + "\n",
        replace=False,
        hint="--output FILE writes another",
    )
    if as_json:
        return emit_json({"person": held})
    say(printable(output))
    return 0
