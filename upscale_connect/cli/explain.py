"""`upscale-connect explain`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .options import config_option, json_option, read_config
from .output import emit_json, printable, say

if TYPE_CHECKING:
    from ..ledger import AsideRow, LeadMatch, Ledger


@click.command("explain", short_help="Tell the whole story of one lead")
@click.argument("lead", metavar="LEAD")
@click.option("--sync", "sync_name", metavar="NAME", help="Only what this sync knows.")
@config_option
@json_option(leads=[], set_aside=[])
def explain(lead: str, sync_name: str | None, config_file: Path, as_json: bool) -> int:
    """Tell the whole story of one lead: where it was read, what was bought for it, where it was delivered.

    LEAD is a lead id, the address of a LinkedIn profile, or file and row.

    \b
    Example:
      upscale-connect explain 1042
      upscale-connect explain https://www.linkedin.com/in/jane-doe
      upscale-connect explain leads.csv:17 --sync spring --json
    """
    from ..ledger import Ledger

    config = read_config(config_file)
    with Ledger.open(config.ledger.path, read_only=True) as ledger:
        matches, asides = _find(ledger, lead, sync_name)
        if not matches and not asides:
            raise _unknown(ledger, lead)
        leads = [{**asdict(match), "story": [asdict(event) for event in ledger.story(match)]} for match in matches]
    if as_json:
        for one in leads:
            del one["sync_id"], one["campaign_id"]
        return emit_json({"leads": leads, "set_aside": [{"sync": name, **asdict(row)} for name, row in asides]})
    for one in leads:
        _print_lead(one)
    for name, row in asides:
        _print_aside(name, row)
    return 0


def _find(ledger: Ledger, text: str, sync_name: str | None) -> tuple[list[LeadMatch], list[tuple[str, AsideRow]]]:
    """By what was typed, else by the name alone of a file that was given with its folder."""
    from ..linkedin import LinkedInRef, parse_profile

    person = parse_profile(text)
    key = person.key if isinstance(person, LinkedInRef) else None
    matches, asides = ledger.find_leads(text, key), ledger.find_asides(text)
    if not matches and not asides:
        name = Path(text).name
        matches, asides = ledger.find_leads(name, None), ledger.find_asides(name)
    if sync_name is not None:
        matches = [match for match in matches if match.sync == sync_name]
        asides = [(name, row) for name, row in asides if name == sync_name]
    known = {row.lead_id for _, row in asides if row.lead_id}
    ids = {match.lead_id for match in matches} - known
    more = [found for lead_id in ids for found in ledger.find_asides(lead_id)]
    return matches, asides + [(name, row) for name, row in more if sync_name in (None, name)]


def _unknown(ledger: Ledger, text: str) -> Exception:
    from ..errors import UsageError

    near = ledger.similar_leads(text)
    hint = f"did you mean {', '.join(map(repr, near))}?" if near else "a lead is known once a sync has read it"
    return UsageError(f"the ledger knows no lead {text!r}", hint=hint)


def _print_lead(one: dict[str, Any]) -> None:
    say(printable(f"{one['name']}, lead {one['lead_id']!r} of sync {one['sync']}"))
    say(printable(f"  campaign {one['campaign']!r}, customer {one['customer']!r}, {one['person']}"))
    say(printable(f"  {one['read_at']}  read from {one['place'] or 'the source'}"))
    for event in one["story"]:
        say(printable(f"  {event['at']}  {event['text']}"))
        if event["message"]:
            say(printable(f"      {event['message']}"))
    say("")


def _print_aside(sync: str, row: AsideRow) -> None:
    about = f" (lead {row.lead_id!r})" if row.lead_id else ""
    say(printable(f"{row.place}{about}, sync {sync}"))
    value = f" {row.field} = {row.value!r}:" if row.field and row.value else ""
    say(printable(f"  {row.since}  {row.kind}:{value} {row.reason}"))
    say("")
