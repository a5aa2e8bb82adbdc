"""A1 notation, as the service reads and writes it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .problems import unparsable

_CELLS = re.compile(r"([A-Za-z]{1,3})?([1-9][0-9]*)?(?::([A-Za-z]{1,3})?([1-9][0-9]*)?)?")
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_LIKE_A_CELL = re.compile(r"[A-Za-z]{1,3}[0-9]+|[Rr][0-9]*[Cc][0-9]*")


@dataclass(frozen=True)
class Bounds:
    """Half-open, from 0; None is the edge of the grid. `title` is None for the first tab."""

    title: str | None
    top: int = 0
    bottom: int | None = None
    left: int = 0
    right: int | None = None


def number(letters: str) -> int:
    value = 0
    for letter in letters.upper():
        value = value * 26 + ord(letter) - ord("A") + 1
    return value - 1


def letters(column: int) -> str:
    text = ""
    column += 1
    while column:
        column, digit = divmod(column - 1, 26)
        text = chr(ord("A") + digit) + text
    return text


def parse(text: str, titles: set[str]) -> Bounds:
    """A range, or the title of a tab, which then is meant as a whole."""
    title, cells = _split(text)
    if title is None and text in titles:
        return Bounds(text)
    if title is not None and title not in titles:
        raise unparsable(text)
    if not cells:
        return Bounds(title)
    found = _CELLS.fullmatch(cells)
    if found is None or not any(found.groups()):
        raise unparsable(text)
    return _bounds(title, found, is_area=":" in cells)


def _split(text: str) -> tuple[str | None, str]:
    if text.startswith("'"):
        quoted = re.fullmatch(r"'((?:[^']|'')*)'(?:!(.*))?", text, re.DOTALL)
        if quoted is None:
            raise unparsable(text)
        return quoted[1].replace("''", "'"), quoted[2] or ""
    title, bang, cells = text.rpartition("!")
    return (title, cells) if bang else (None, text)


def _bounds(title: str | None, found: re.Match[str], *, is_area: bool) -> Bounds:
    left, top, right, bottom = found.groups()
    columns = [number(one) for one in (left, right) if one]
    rows = [int(one) - 1 for one in (top, bottom) if one]
    if not is_area:
        return Bounds(title, rows[0] if rows else 0, rows[0] + 1 if rows else None, columns[0], columns[0] + 1)
    return Bounds(
        title,
        min(rows) if rows else 0,
        max(rows) + 1 if len(rows) == 2 else None,
        min(columns) if columns else 0,
        max(columns) + 1 if len(columns) == 2 else None,
    )


def show(title: str, top: int, bottom: int, left: int, right: int) -> str:
    """A range with its edges, as answers name it."""
    name = (
        title if _PLAIN.fullmatch(title) and not _LIKE_A_CELL.fullmatch(title) else "'" + title.replace("'", "''") + "'"
    )
    first = f"{letters(left)}{top + 1}"
    last = f"{letters(right - 1)}{bottom}"
    return f"{name}!{first}" if first == last else f"{name}!{first}:{last}"
