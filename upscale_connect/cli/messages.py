"""A generated message, told to the person who looks at it."""

from __future__ import annotations

import shlex
import shutil
import sys
from dataclasses import asdict
from textwrap import wrap
from typing import TYPE_CHECKING, Any

from . import PROGRAM
from .output import is_terminal, printable, say
from .report import complete, line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from ..config import Config
    from ..ledger import Held, Ledger, Said

#: Characters of the bar that shows how much of its length a message uses.
BAR = 20
#: Of a text in a list no more is shown: one that is far too long would hide the others.
EXCERPT = 300
#: Columns of a line of text on a terminal, and those in front of it.
WIDEST, INDENT = 100, 14


def describe(config: Config, one: Held) -> dict[str, Any]:
    """The object of a message."""
    length, limit = measure_message(config, one)
    return {
        "id": one.id,
        "sync": one.sync,
        "review": one.review,
        "lead_id": one.lead.lead_id,
        "customer": one.lead.customer,
        "campaign": one.lead.campaign,
        "name": f"{one.lead.first_name} {one.lead.last_name}",
        "company": one.lead.company,
        "linkedin": one.lead.linkedin_url,
        "place": one.place,
        "type": one.type,
        "text": one.text,
        "original": one.original,
        "length": length,
        "limit": limit,
        "findings": [{"rule": rule, "message": message} for rule, message in one.findings],
        "since": one.since,
    }


def describe_whole(config: Config, ledger: Ledger, one: Held) -> dict[str, Any]:
    """The object of a message, with what was said of it and where it stands."""
    said = [asdict(word) for word in ledger.said_of(one.id, one.hash)]
    return {**describe(config, one), "verdicts": said, "delivered_to": ledger.delivered_to(one.id)}


def measure_message(config: Config, one: Held) -> tuple[int, int]:
    """Its characters, and how many are allowed."""
    from ..lint import LintSettings, measure

    sync = config.syncs.get(one.sync)
    settings = sync.lint.settings() if sync else LintSettings(frozenset())
    return measure(one.text), settings.limit(one.type)


def print_message(config: Config, one: Held, said: Sequence[Said] = (), *, excerpt: bool = False) -> None:
    """On one screen: for whom, what, how long, what is odd, and what a person said of it before."""
    lead = one.lead
    say(printable(f"{one.id}  {one.type} for {lead.first_name} {lead.last_name} ({lead.company}), {one.place}"))
    for text in (*_tell_text(one, excerpt), *_tell_facts(config, one), *_tell_said(said)):
        say(f"  {text}")


def print_choices(one: Held, delivered_to: Sequence[str], config_file: Path) -> None:
    """What can be done with a message, each with its command."""
    if delivered_to:
        say(f"  {line('stands in', printable(', '.join(delivered_to)))}")
    lead = shlex.quote(one.lead.key)
    choices = (
        (f"review approve {one.id}", "deliver it"),
        (f"review edit {one.id}", "deliver another text instead"),
        (f"review reject {one.id} --reason TEXT", "never deliver it"),
        (f"regenerate {lead} --type {one.type}", "buy another text, for up to 1 credit"),
        (f"suppress add {shlex.quote(one.lead.linkedin_url)}", "never contact this person"),
    )
    for number, (command, purpose) in enumerate(choices):
        text = printable(complete(f"{PROGRAM} {command}", config_file))
        say(f"  {line('' if number else 'choices', f'{text}  # {purpose}')}")


def tell_length(length: int, limit: int) -> str:
    """The bar, the numbers, and how much is too much."""
    filled = min(BAR, round(BAR * length / limit))
    over = f": {length - limit} too many" if length > limit else ""
    return f"{'#' * filled}{'.' * (BAR - filled)} {length} of {limit}{over}"


def _tell_text(one: Held, excerpt: bool) -> Iterator[str]:
    text = one.text
    if excerpt and len(text) > EXCERPT:
        text = f"{text[:EXCERPT].rstrip()} \u2026 (all of it: `{PROGRAM} review show {one.id}`)"
    yield from _tell_lines("text", text)
    if one.original is not None:
        yield from _tell_lines("was", one.original)


def _tell_lines(label: str, text: str) -> Iterator[str]:
    """Its lines; folded where a person reads them, so that words stay whole."""
    lines = [printable(part) for part in text.splitlines()] or [""]
    if is_terminal(sys.stdout):
        width = min(shutil.get_terminal_size().columns, WIDEST) - INDENT
        lines = [piece for part in lines for piece in wrap(part, max(width, BAR)) or [""]]
    for number, part in enumerate(lines):
        yield line("" if number else label, part)


def _tell_facts(config: Config, one: Held) -> Iterator[str]:
    yield line("length", tell_length(*measure_message(config, one)))
    for rule, message in one.findings:
        yield line("odd", printable(f"{message} ({rule})"))
    yield line("lead", printable(f"{one.lead.linkedin_url}, lead {one.lead.lead_id!r} of sync {one.sync}"))
    if page := one.lead.specified_url or one.lead.website_url:
        yield line("page", printable(page))


def _tell_said(said: Sequence[Said]) -> Iterator[str]:
    for word in said:
        about = "" if word.is_current else ", of an earlier text"
        reason = f": {word.reason}" if word.reason else ""
        yield line("said", printable(f"{word.verdict} by {word.actor}, {word.at}{about}{reason}"))
