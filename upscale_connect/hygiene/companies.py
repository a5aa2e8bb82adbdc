"""The rule for companies: the name as a person would say it."""

from __future__ import annotations

from .tables import IN_CAPITALS, KEPT_WHOLE, LEGAL_FORMS, WITH_DOTS

#: What a legal form ends with: most names end otherwise.
_LAST_WORDS = frozenset(form.rsplit(" ", 1)[-1] for form in LEGAL_FORMS)


def remove_legal_form(company: str, *, compared: bool = False) -> str:
    """`Acme, Inc.` is Acme. `Bed Bath & Co`, `The Limited` and what would be a single character stay.

    `compared`: for two spellings of a company, without case and dots, in which every ending counts.
    """
    text = company
    while True:
        shorter = _remove_one(text, compared=compared)
        if shorter == text:
            return text
        text = shorter


def _remove_one(company: str, *, compared: bool) -> str:
    words = company.split(" ")
    if _plain(words[-1]) not in _LAST_WORDS:
        return company
    for count in (3, 2, 1):
        if len(words) <= count:
            continue
        end = _plain(" ".join(words[-count:]))
        rest = " ".join(words[:-count]).rstrip(" ,")
        if end in LEGAL_FORMS and (compared or _is_meant_so(words, end)) and _can_stand_alone(rest, company):
            return rest
    return company


def _is_meant_so(words: list[str], end: str) -> bool:
    """`Smith & Jones, P.C.` has a legal form, `Gaming PC` and `Made for Me` have none. A pair of companies has none."""
    if "/" in words:
        return False
    is_marked = "." in words[-1] or (len(words) > 1 and words[-2].endswith(","))
    if end in WITH_DOTS:
        return is_marked
    return end not in IN_CAPITALS or is_marked or not (words[-1].islower() or words[-1].istitle())


def _plain(text: str) -> str:
    return text.replace(".", "").replace(",", "").casefold()


def _can_stand_alone(rest: str, whole: str) -> bool:
    last = rest.rsplit(" ", 1)[-1].casefold()
    if whole.casefold() in KEPT_WHOLE or last in ("&", "+", "and", "und", "et", "y", "the", "of", "-"):
        return False
    return sum(character.isalnum() for character in rest) >= 2 and rest.casefold() != "the"
