"""Cells that show a label and lead somewhere.

A LinkedIn address that was pasted as a rich link, as a chip or with HYPERLINK shows a label only. A label is what is
no address: it has no slash. Links cost a larger answer, and are asked for only where there are labels.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from .answers import GridData

#: Reads for links in vain, after which labels are taken for what they show.
_IN_VAIN = 3


def shows_label(rows: Sequence[Sequence[str]], columns: Collection[int]) -> bool:
    """Whether any of these columns shows a label."""
    return any(
        column < len(row) and row[column].strip() and "/" not in row[column] for row in rows for column in columns
    )


def resolve(data: GridData, columns: Collection[int]) -> tuple[list[list[str]], dict[tuple[int, int], str]]:
    """The texts of an area with links instead of labels in these columns, and (index of the row, column) → label."""
    rows: list[list[str]] = []
    labels: dict[tuple[int, int], str] = {}
    for index, row in enumerate(data.row_data):
        cells = [cell.formatted_value for cell in row.values]
        for column in columns:
            if column < len(cells) and "/" not in cells[column] and (link := row.values[column].link):
                labels[index, column] = cells[column]
                cells[column] = link
        rows.append(cells)
    return rows, labels


class LinkSearch:
    """Whether it is worth to look for links, by what was found so far."""

    def __init__(self) -> None:
        self.are_there = False
        self._in_vain = 0

    @property
    def is_in_vain(self) -> bool:
        return self._in_vain >= _IN_VAIN

    def note(self, *, found: bool) -> None:
        """What one read for links has found."""
        self.are_there = self.are_there or found
        self._in_vain = 0 if found else self._in_vain + 1
