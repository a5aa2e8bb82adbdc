"""The columns of a table with a header: which one a name means, and what one without a name is called."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Sequence

from .errors import SinkError, SourceError


def show_column(index: int) -> str:
    """A column as spreadsheet programs call it: 0 → A, 25 → Z, 26 → AA."""
    letters = ""
    index += 1
    while index:
        index, digit = divmod(index - 1, 26)
        letters = chr(ord("A") + digit) + letters
    return letters


def fold_header(name: str) -> str:
    """What two spellings of a column have in common: case, blanks and line breaks make no difference."""
    return " ".join(unicodedata.normalize("NFC", name).casefold().split())


def name_columns(
    cells: Sequence[str], needed: Collection[str], where: str, fail: type[SourceError] | type[SinkError]
) -> tuple[str, ...]:
    """A name for each cell of a header, each different.

    A `needed` column, one that the mapping reads, has the spelling of the mapping; if none is spelt so, its folded name
    counts. `column_C` is one without a name, `Email (D)` one whose name stands there again. Raises `fail` if a needed
    column stands twice: which of the two is meant cannot be known.
    """
    fixed: dict[int, str] = {}
    for name in needed:
        exact = [index for index, cell in enumerate(cells) if cell.strip() == name]
        found = exact or [index for index, cell in enumerate(cells) if fold_header(cell) == fold_header(name)]
        if len(found) > 1:
            raise fail(
                f"{where}: the column {name!r} stands twice, as {show_column(found[0])} and {show_column(found[1])}",
                hint="rename one of them: the mapping reads this name",
            )
        if found:
            fixed.setdefault(found[0], name)
    names: dict[str, None] = {}
    for index, cell in enumerate(cells):
        name = fixed.get(index) or cell.strip() or f"column_{show_column(index)}"
        while name in names or (index not in fixed and name in fixed.values()):
            name = f"{name} ({show_column(index)})"
        names[name] = None
    return tuple(names)
