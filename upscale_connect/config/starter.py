"""The first configuration of a newcomer: what can be seen in the file is filled in, the rest is marked."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import PurePath

from ..mapping import REQUIRED_FIELDS
from .guesses import Guess, guess_mapping
from .placeholders import COMPANY_NAME, COMPANY_URL, CUSTOMER

__all__ = ["Guess", "guess_mapping", "write_starter"]

_FIELDS = {
    "automation_tool_lead_id": "the id that your own tool gives the lead",
    "first_name": "the lead's first name",
    "last_name": "the lead's last name",
    "lead_company": "the company where the lead works",
    "lead_linkedin": "the address of the lead's LinkedIn profile",
    "lead_company_website_url": "the company's website",
    "lead_specified_url": "a page about the lead that the messages should draw on",
}

_PLAIN = re.compile(r"[^\W\d_]([\w ./()-]*[\w)])?")

_HEAD = """\
# upscale-connect: buys messages for the leads of {file} and writes them back beside each lead.
# Lines with EDIT need your eyes; lines with MISSING need a column. Then:
#   upscale-connect check     is everything there?
#   upscale-connect plan      what would be bought, and what it costs; buys nothing
#   upscale-connect sync      buys, waits and writes
version: 1

accounts:
  main:
    # The key itself stays out of this file. Put this line into a file named .env beside it:
    #   UPSCALE_API_KEY=your key
    api_key: ${{UPSCALE_API_KEY}}

syncs:
  {sync}:
"""

_SOURCE = """
    source:
      plugin: csv
      path: {path}
{encoding}      # The messages are written to {output}; for another file: output: …

    map: # the API's field on the left, your column on the right
"""

_TAIL = f"""
    request:
      # EDIT: who the messages speak for.
      proposition_company_name: {COMPANY_NAME}
      proposition_company_url: {COMPANY_URL}
      tone_preference: normal # formal, normal or casual

    messages: # each is bought once per lead and costs a credit
      - connection_request
      # - first_follow_up
      # - share_material
      # - hiring_activity
"""


def write_starter(
    csv_path: str | PurePath, columns: Sequence[str], sample: Sequence[Mapping[str, str]], encoding: str = "auto"
) -> str:
    """The text of a configuration with one sync for a CSV file.

    `csv_path` is the file as seen from the folder of the configuration, `sample` the first records. Columns
    that hold a field for certain or perhaps are filled in, each with its confidence; a required field that no
    column fits stands there as a comment, and the text then does not load until it is filled in. `encoding` is
    what the file was read with.
    """
    path = csv_path if isinstance(csv_path, PurePath) else PurePath(csv_path)
    guesses = {guess.api_name: guess for guess in guess_mapping(columns, sample)}
    name = _name_sync(path.stem)
    output = path.with_name(f"{path.stem}.messages.csv")
    return "".join(
        (
            _HEAD.format(file=_quote(path.name), sync=name),
            *_labels(guesses, path.stem),
            _SOURCE.format(
                path=_quote(path.as_posix()),
                encoding="" if encoding == "auto" else f"      encoding: {_quote(encoding)}\n",
                output=_quote(output.as_posix()),
            ),
            *_mapping(guesses, columns, sample),
            _TAIL,
        )
    )


def _name_sync(stem: str) -> str:
    ascii_only = unicodedata.normalize("NFKD", stem).encode("ascii", "ignore").decode("ascii")
    return re.sub(r"[^a-z0-9]+", "-", ascii_only.lower())[:40].strip("-") or "leads"


def _labels(guesses: Mapping[str, Guess], stem: str) -> list[str]:
    """Customer and campaign, as fixed values unless a column holds them."""
    lines = []
    if "automation_tool_customer_id" not in guesses:
        lines += ["    # EDIT: your own id of the customer that these messages are for.\n"]
        lines += [f"    customer: {CUSTOMER}\n"]
    if "automation_tool_campaign_id" not in guesses:
        lines += ["    # EDIT: your own id of the campaign. Settle it now: another id is another campaign.\n"]
        lines += [f"    campaign: {_quote(stem if stem.strip() else _name_sync(stem))}\n"]
    return lines


def _mapping(guesses: Mapping[str, Guess], columns: Sequence[str], sample: Sequence[Mapping[str, str]]) -> list[str]:
    lines = []
    for api_name in dict.fromkeys((*_FIELDS, *guesses)):
        guess = guesses.get(api_name)
        if guess is not None:
            lines += [f"      # {guess.confidence}: {guess.why}\n"]
            lines += [f"      {api_name}: {_expression(guess, sample)}\n"]
        elif api_name in REQUIRED_FIELDS:
            lines += [f"      # MISSING: no column looks like {_FIELDS[api_name]}. Write its header here:\n"]
            lines += [f"      # {api_name}: …\n"]
        elif api_name == "automation_tool_lead_id":
            lines += ["      # No column with ids: they are made from the LinkedIn profiles. To use your own:\n"]
            lines += [f"      # {api_name}: …\n"]
    if not guesses.keys() >= set(REQUIRED_FIELDS):
        lines += [f"      # The columns of the file: {', '.join(map(_quote, columns))}\n"]
    return lines


def _expression(guess: Guess, sample: Sequence[Mapping[str, str]]) -> str:
    """A column; a column of bare domains becomes an address."""
    values = [value for row in sample if (value := (row.get(guess.column) or "").strip())]
    bare = bool(values) and not any("//" in value for value in values)
    braces = set("{}") & set(guess.column)
    if guess.api_name == "lead_company_website_url" and guess.confidence != "low" and bare and not braces:
        return "{template: " + _quote(f"https://{{{guess.column}}}") + "}"
    return _quote(guess.column)


def _quote(text: str) -> str:
    """`text` as a scalar on one line; quoted where YAML, or `${`, would read something else into it."""
    if _PLAIN.fullmatch(text) and text.isprintable():
        return text
    quoted = json.dumps(text.replace("${", "$${"), ensure_ascii=False)
    return "".join(mark if mark.isprintable() else f"\\U{ord(mark):08x}" for mark in quoted)
