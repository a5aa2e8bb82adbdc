"""Cells that show a label and lead somewhere.

A LinkedIn address that was pasted as a rich link, as a chip or with HYPERLINK shows a label only. Links cost a larger
answer, and are asked for only where there are labels.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from upscale_connect import read_linkedin_keys

from .answers import GridData

#: Reads for links in vain, after which labels are taken for what they show.
_IN_VAIN = 3
#: What an address has: a scheme, or a host or a path of LinkedIn. Everything else is a label, such as
#: "LinkedIn / website".
_ADDRESS = re.compile(r"://|linkedin\.com|(?:^|[/\s])(?:in|pub|sales|talent)/\S", re.IGNORECASE)


def shows_label(rows: Sequence[Sequence[str]], columns: Collection[int]) -> bool:
    """Whether any of these columns shows a label."""
    return any(column < len(row) and _is_label(row[column]) for row in rows for column in columns)


def _is_label(text: str) -> bool:
    return bool(text.strip()) and not _ADDRESS.search(text)


def resolve(data: GridData, columns: Collection[int]) -> tuple[list[list[str]], dict[tuple[int, int], str]]:
    """The texts of an area with links instead of labels in these columns, and (index of the row, column) → label."""
    rows: list[list[str]] = []
    labels: dict[tuple[int, int], str] = {}
    for index, row in enumerate(data.row_data):
        cells = [cell.formatted_value for cell in row.values]
        for column in columns:
            if column < len(cells) and _is_label(cells[column]) and (links := row.values[column].links):
                labels[index, column] = cells[column]
                cells[column] = _choose(links)
        rows.append(cells)
    return rows, labels


def _choose(links: Sequence[str]) -> str:
    """The one that leads to a person on LinkedIn. If they lead to several, all: such a row is refused as it is."""
    together = " ".join(links)
    person = read_linkedin_keys(together)[:1] if len(links) > 1 else ()
    return next((link for link in links if person and read_linkedin_keys(link)[:1] == person), together)


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
