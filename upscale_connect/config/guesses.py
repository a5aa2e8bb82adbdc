"""Which column holds which field of a lead: guessed from the header and from a sample of the values."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from ..linkedin import LinkedInRef, parse_profile
from .headers import FIELDS, PERHAPS_LAST_NAME, fold, fold_bare, names_of

Confidence: TypeAlias = Literal["high", "medium", "low"]

_LEVELS: tuple[Confidence, ...] = ("high", "medium", "low")

#: With or without a scheme: `acme.com`, `https://www.acme.com/about`.
_WEBSITE = re.compile(r"(https?://)?([\w-]+\.)+[^\W\d_]{2,}([/?#:]\S*)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Guess:
    """The column that probably holds the API's field `api_name`; `why` is for people."""

    api_name: str
    column: str
    confidence: Confidence
    why: str


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A column that is judged for one field. `guess` is what its header says, None if it says nothing.

    `values` are those of the sample that are not blank, `rows` is the size of the sample. `rank` says how usual
    the header is, 0 is the most.
    """

    api_name: str
    column: str
    guess: Guess | None
    rank: int
    values: Sequence[str]
    rows: int


def guess_mapping(columns: Sequence[str], sample_rows: Sequence[Mapping[str, str]]) -> list[Guess]:
    """The best column for each field of a lead; no column is used twice.

    A field that no column fits is left out. A column whose header stands twice, or is blank, is not used.
    """
    counts = Counter(columns)
    free = [column for column in columns if column.strip() and counts[column] == 1]
    guesses: list[Guess] = []
    for api_name in FIELDS:
        best = _best(api_name, free, sample_rows)
        if best is None and api_name == "last_name" and any(guess.api_name == "first_name" for guess in guesses):
            best = _perhaps_last_name(free)
        if best is not None:
            guesses.append(best)
            free.remove(best.column)
    return guesses


def _best(api_name: str, columns: Sequence[str], rows: Sequence[Mapping[str, str]]) -> Guess | None:
    judge = _JUDGES.get(api_name, _judge_text)
    found: list[tuple[int, int, Guess]] = []
    for position, column in enumerate(columns):
        candidate = _look_at(api_name, column, rows)
        guess = judge(candidate)
        if guess is not None:
            found.append((_LEVELS.index(guess.confidence) * 1000 + candidate.rank, position, guess))
    return min(found)[2] if found else None


def _look_at(api_name: str, column: str, rows: Sequence[Mapping[str, str]]) -> _Candidate:
    names = names_of(api_name)
    guess, rank = None, len(names)
    if (whole := fold(column)) in names:
        guess, rank = Guess(api_name, column, "high", "the header says so"), names.index(whole)
    elif (bare := fold_bare(column)) in names:
        guess, rank = Guess(api_name, column, "medium", "the header sounds like it"), names.index(bare)
    values = [value for row in rows if (value := (row.get(column) or "").strip())]
    return _Candidate(api_name, column, guess, rank, values, len(rows))


def _perhaps_last_name(columns: Sequence[str]) -> Guess | None:
    column = next((column for column in columns if fold(column) in PERHAPS_LAST_NAME), None)
    why = "beside a first name, this is probably the last name"
    return Guess("last_name", column, "low", why) if column is not None else None


def _mostly(values: Sequence[str], test: Callable[[str], object]) -> bool:
    return bool(values) and 2 * sum(bool(test(value)) for value in values) >= len(values)


def _doubt(guess: Guess, but: str) -> Guess:
    level = _LEVELS[min(_LEVELS.index(guess.confidence) + 1, len(_LEVELS) - 1)]
    return replace(guess, confidence=level, why=f"{guess.why}, but {but}")


def _judge_text(candidate: _Candidate) -> Guess | None:
    guess = candidate.guess
    often_empty = len(candidate.values) * 2 < candidate.rows
    return _doubt(guess, "it is often empty") if guess and often_empty else guess


def _judge_linkedin(candidate: _Candidate) -> Guess | None:
    """The values decide: a column of company pages may have the better header."""
    guess, values = candidate.guess, candidate.values
    addresses = guess is not None or _mostly(values, lambda value: "linkedin." in value.casefold())
    if addresses and _mostly(values, lambda value: isinstance(parse_profile(value), LinkedInRef)):
        return Guess(candidate.api_name, candidate.column, "high", "its values are LinkedIn profiles")
    if guess is None or not values:
        return guess and _doubt(guess, "there is no value to see")
    return replace(guess, confidence="low", why="the header says so, but its values are no profiles of people")


def _judge_id(candidate: _Candidate) -> Guess | None:
    """An id that is missing or stands twice is none."""
    guess, values = candidate.guess, candidate.values
    if guess is None or len(values) != candidate.rows or len(set(values)) != len(values):
        return None
    return replace(guess, why=f"{guess.why}, and no value stands twice") if values else guess


def _judge_website(candidate: _Candidate) -> Guess | None:
    guess, values = candidate.guess, candidate.values
    if guess is None or not values:
        return guess
    if _mostly(values, lambda value: "linkedin.com" in value.casefold()):
        return None
    if _mostly(values, _WEBSITE.fullmatch):
        return guess
    return replace(guess, confidence="low", why="the header says so, but its values are no addresses")


def _judge_label(candidate: _Candidate) -> Guess | None:
    """A customer or campaign must stand in every row: a row without it could not be sent."""
    return candidate.guess if len(candidate.values) == candidate.rows else None


_JUDGES: dict[str, Callable[[_Candidate], Guess | None]] = {
    "lead_linkedin": _judge_linkedin,
    "automation_tool_lead_id": _judge_id,
    "lead_company_website_url": _judge_website,
    "lead_specified_url": _judge_website,
    "automation_tool_customer_id": _judge_label,
    "automation_tool_campaign_id": _judge_label,
}
