"""The API joins its validation errors by single spaces, without separators or codes. This takes them apart."""

from __future__ import annotations

import re
from collections.abc import Set as AbstractSet

from ...errors import Invalid

# A path has an underscore, an index or a dot; so a plain word before "must" is prose, not a path.
_PATH = r"(?=[A-Za-z0-9]*[_\[.])[A-Za-z][A-Za-z0-9_]*(?:\[[0-9]{1,9}\])?(?:\.[A-Za-z][A-Za-z0-9_]*)*"
# Whatever is stated of a lead is a complaint; other paths may stand in the middle of one.
_OF_LEAD = r"lead_data\[[0-9]{1,9}\](?:\.[A-Za-z][A-Za-z0-9_]*)*"
_STATES = r"(?:is|are|was|has|have|had|does|do|did|must|can|cannot|could|may|should|needs|contains|exceeds|failed)\b"
_START = re.compile(rf"(?<!\S)(?:({_OF_LEAD}) (?={_STATES})|({_PATH}) (?=is required but was missing or blank|must ))")
_LEAD = re.compile(r"lead_data\[([0-9]{1,9})\]")
_WANTS_OBJECTS = re.compile(r"message_sequence\b.*\b(?:objects?|step|messageType|message_type)\b", re.IGNORECASE)


def split_problems(text: str) -> tuple[Invalid, ...]:
    """Split a joined text into its complaints; one that starts with no path keeps an empty one.

    Joined again by spaces, path before message, they give the text back but for its white space.
    """
    text = " ".join(text.split())
    starts = list(_START.finditer(text))
    if not starts:
        return (Invalid("", text),)
    problems = [Invalid("", before)] if (before := text[: starts[0].start()].rstrip()) else []
    ends = [start.start() for start in starts[1:]] + [len(text)]
    for start, end in zip(starts, ends, strict=True):
        problems.append(_problem(start[1] or start[2], text[start.end() : end].rstrip()))
    return tuple(problems)


def _problem(path: str, message: str) -> Invalid:
    lead = _LEAD.match(path)
    return Invalid(path, message, int(lead[1]) if lead else None)


def blames(problem: Invalid, shared: AbstractSet[str], leads: str) -> bool:
    """Whether a complaint is about something that all leads share: one of these fields, or `leads`, the list itself.

    Its path decides; prose without a path, whether it names one of the fields anywhere.
    """
    if problem.path:
        return problem.path == leads or re.split(r"\W", problem.path, maxsplit=1)[0] in shared
    return not shared.isdisjoint(re.findall(r"\w+", problem.message))


def lost_id(text: str) -> bool:
    """Whether the API complains that no id arrived: the sign of a proxy that drops the body of a GET."""
    return "missing or blank" in text


def looks_newer(text: str) -> bool:
    """Whether the API complains that `message_sequence` does not hold objects, as newer servers want it."""
    return _WANTS_OBJECTS.search(text) is not None
