"""What is to be written, as areas of a tab."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from .a1 import area

#: Row, from 1 → column, from 0 → the text that is to stand there.
Changes: TypeAlias = "Mapping[int, Mapping[int, str]]"
#: An area, and its rows; None leaves a cell as it is.
Areas: TypeAlias = "list[tuple[str, list[list[str | None]]]]"


def to_areas(title: str, changes: Changes) -> Areas:
    """As few areas as possible: rows that follow each other and change the same columns are one."""
    areas: Areas = []
    run: list[int] = []
    for row in sorted(changes):
        if run and (row != run[-1] + 1 or _edges(changes[row]) != _edges(changes[run[-1]])):
            areas.append(_to_area(title, run, changes))
            run = []
        run.append(row)
    if run:
        areas.append(_to_area(title, run, changes))
    return areas


def _to_area(title: str, rows: Sequence[int], changes: Changes) -> tuple[str, list[list[str | None]]]:
    left, right = _edges(changes[rows[0]])
    texts = [[changes[row].get(column) for column in range(left, right + 1)] for row in rows]
    return area(title, rows[0], rows[-1], left, right), texts


def _edges(change: Mapping[int, str]) -> tuple[int, int]:
    return min(change), max(change)
