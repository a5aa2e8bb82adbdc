"""A message that is too long, ended earlier: behind a whole sentence, and only where what is left can stand alone."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from .settings import SHORTEST
from .text import drop_greeting, measure

#: Where a sentence may end: also behind closing marks, and in scripts that put no blank behind it.
_END = re.compile(
    r"[.!?\u2026\u061f\u06d4\u0964]+[\"'\u201d\u2019\u00bb\u203a)\]]*(?=\s|$)|[\u3002\uff01\uff1f]+[\u300d\u300f\uff09]*"
)
#: What ends with a full stop in the middle of a sentence, without the last one.
_ABBREVIATIONS = (
    "mr mrs ms mx dr prof st sr sra jr no nr vs etc approx ca bzw inkl evtl ggf usw inc ltd co corp dept fig vol al art"
    " av ave bd e.g i.e p.s z.b u.a d.h o.ä e.v p.ej m.b.h bijv d.w.z o.a enz ud uds nb tel"
)
ABBREVIATIONS = frozenset(_ABBREVIATIONS.split())
_LAST_WORD = re.compile(r"(?:[^\W_]+\.)*[^\W_]+$")
#: The last sentence points to what would be cut off.
_POINTING = re.compile(
    r"\b(?:following|below|as follows|here(?:['\u2019]s| is| are)|first(?:ly)?|two things|three things|reasons?|"
    r"folgende[nrs]?|unten|hier (?:ist|sind)|voici|ci-dessous|suivante?s?|siguientes?|a continuaci\u00f3n|hieronder|"
    r"volgende)\b",
    re.IGNORECASE,
)
_BULLET = re.compile(r"\s*(?:[-*\u2022\u2013\u00b7]|\d{1,2}[.)])\s")
#: Opening mark → those that close it, or show that it closes one itself.
_PAIRS = {
    **{"(": ")", "[": "]", "{": "}"},
    **{"\u00ab": "\u00bb", "\u201c": "\u201d\u201e", "\u201e": "\u201c\u201d", "\u300c": "\u300d"},
}
#: It would look cut off.
_TRAILING_OFF = re.compile(r"(?:\u2026|\.{2,})[.\s\"'\u201d\u2019)]*$")
#: A question of so few words waits for its own answer: "Why?"
_SHORT_QUESTION = 3


def cut(text: str, limit: int) -> str:
    """The longest beginning that fits and that a person would send; "" if there is none.

    No less than half of what is allowed: otherwise too much would be lost.
    """
    best = ""
    start = 0
    for end in _find_ends(text):
        kept = text[:end].strip()
        length = measure(kept)
        if length > limit:
            break
        if length * 2 >= limit and _can_stand_alone(kept, text[start:end].strip(), text[end:]):
            best = kept
        start = end
    return best


def _find_ends(text: str) -> Iterator[int]:
    """Where sentences end, but for the last one."""
    for found in _END.finditer(text):
        rest = text[found.end() :]
        if not rest.strip():
            return
        following = rest.lstrip()[0]
        is_inside = following.islower() or (rest[0] == following and _belongs_to_the_left(following))
        if not is_inside and not (found[0] == "." and _is_abbreviated(text[: found.start()])):
            yield found.end()


def _belongs_to_the_left(character: str) -> bool:
    return unicodedata.category(character) in ("Mn", "Mc", "Me", "Cf")


def _is_abbreviated(before: str) -> bool:
    """The full stop behind it does not end a sentence, or may not: `e.g.`, `J.`, `3.`"""
    word = _LAST_WORD.search(before)
    if word is None:
        return False
    plain = word[0].casefold()
    return plain in ABBREVIATIONS or len(plain) == 1 or "." in plain or (plain.isdigit() and len(plain) < 3)


def _can_stand_alone(kept: str, last: str, rest: str) -> bool:
    """`last` is the last sentence of what is kept, `rest` what would be cut off."""
    if measure(drop_greeting(kept)) < SHORTEST or not _is_balanced(kept) or _POINTING.search(last):
        return False
    if last.endswith("?") and len(last.split()) <= _SHORT_QUESTION:
        return False
    if _TRAILING_OFF.search(kept):
        return False
    is_in_list = _BULLET.match(kept.splitlines()[-1]) is not None
    return not (is_in_list or _BULLET.match(rest.lstrip()))


def _is_balanced(text: str) -> bool:
    """No parenthesis or quotation is left open."""
    if text.count('"') % 2:
        return False
    return all(text.count(mark) <= sum(map(text.count, closing)) for mark, closing in _PAIRS.items())
