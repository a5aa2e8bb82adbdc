"""The rule for companies: the name as a person would say it."""

from __future__ import annotations

import re

from .tables import KEPT_WHOLE, LEGAL_FORMS

_END = re.compile(r"[\s,]+([^\s,]+(?:\s*&\s*Co\.?\s*KGa?A?)?)$")


def remove_legal_form(company: str) -> str:
    """`Acme, Inc.` is Acme. `Bed Bath & Co`, `The Limited` and what would be a single character stay."""
    text = company
    while True:
        shorter = _remove_one(text)
        if shorter == text:
            return text
        text = shorter


def _remove_one(company: str) -> str:
    for count in (3, 2, 1):
        words = company.split(" ")
        if len(words) <= count:
            continue
        end = _plain(" ".join(words[-count:]))
        rest = " ".join(words[:-count]).rstrip(" ,")
        if end in LEGAL_FORMS and _can_stand_alone(rest, company):
            return rest
    return company


def _plain(text: str) -> str:
    return re.sub(r"[.,]", "", text).casefold()


def _can_stand_alone(rest: str, whole: str) -> bool:
    last = rest.rsplit(" ", 1)[-1].casefold()
    if whole.casefold() in KEPT_WHOLE or last in ("&", "+", "and", "und", "et", "y", "the", "of", "-"):
        return False
    return sum(character.isalnum() for character in rest) >= 2 and rest.casefold() != "the"
