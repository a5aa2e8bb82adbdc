"""Rows as they are now, reduced to what names their lead and what stands in our columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from .a1 import area
from .client import Client
from .keys import Keys
from .layout import Layout
from .links import LinkSearch, resolve, shows_label

#: Rows of one read: with texts, and without.
PAGE, LONG_PAGE = 5_000, 25_000


class MovedError(Exception):
    """The header is not where it was: columns, or the rows above it, were moved. Nothing was read."""


@dataclass(frozen=True, slots=True)
class Place:
    """`key` is "" for a row that names no lead. `shown`: our column → its text; columns without text are left out."""

    row: int
    key: str
    linkedin: str
    name: str
    shown: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Block:
    """Columns that stand side by side."""

    left: int
    right: int
    rows: list[list[str]]

    def cell(self, index: int, column: int) -> str:
        row = self.rows[index] if index < len(self.rows) else ()
        return row[column - self.left] if column - self.left < len(row) else ""


class PlaceReader:
    """Reads places together with the row of the header, all as of one moment."""

    def __init__(self, client: Client, keys: Keys) -> None:
        self._client = client
        self._keys = keys
        self._links = LinkSearch()

    def pages(self, layout: Layout, columns: Sequence[str], size: int) -> Iterator[list[Place]]:
        """All rows, so many at a time; a small rest comes with the last ones. Raises what `read` raises."""
        first = 1
        while first + size + size // 10 <= layout.tab.rows:
            yield self.read(layout, first, first + size - 1, columns)
            first += size
        yield self.read(layout, first, None, columns)

    def read(self, layout: Layout, first: int, last: int | None, columns: Sequence[str]) -> list[Place]:
        """The rows from `first` to `last`, None for the end of the tab, without the header and empty ones at the end.

        `columns`: those that are read; ones that the tab does not have are left out. Raises `MovedError`, and
        what the client raises.
        """
        known = {**layout.theirs, **layout.ours}
        read = {name: known[name] for name in columns if name in known}
        edges = list(_group(sorted(set(read.values()))))
        title, header = layout.tab.title, layout.header
        areas = [area(title, header.row, header.row, 0, len(header.cells) - 1)]
        areas += [area(title, first, last, *edge) for edge in edges]
        linked = [known[name] for name in self._keys.profiles if name in read]
        top, *parts = self._fetch(areas, [(0, -1), *edges], linked, header.row - first)
        if not layout.still_holds(top[0] if top else ()):
            raise MovedError
        blocks = {
            column: _Block(left, right, rows)
            for (left, right), rows in zip(edges, parts, strict=True)
            for column in range(left, right + 1)
        }
        fields = (
            {name: blocks[column].cell(index, column) for name, column in read.items()}
            for index in range(max(map(len, parts), default=0))
        )
        return [self._make(row, one, layout) for row, one in enumerate(fields, first) if row != header.row]

    def _make(self, row: int, fields: Mapping[str, str], layout: Layout) -> Place:
        """What stands above the header is no lead's row, but a write may have been misplaced there."""
        shown = {name: fields[name] for name in layout.ours if fields.get(name)}
        if row < layout.header.row:
            return Place(row, "", "", "", shown)
        return Place(row, self._keys.of_row(fields), self._keys.linkedin(fields), self._keys.name(fields), shown)

    def _fetch(
        self, areas: Sequence[str], edges: Sequence[tuple[int, int]], linked: Sequence[int], header: int
    ) -> list[list[list[str]]]:
        """The texts of the areas; where `linked` columns show labels below the header, the links instead."""
        inside = [[column - left for column in linked if left <= column <= right] for left, right in edges]
        if not self._links.are_there:
            found = self._client.read(areas)
            below = (rows[max(header + 1, 0) :] for rows in found)
            if self._links.is_in_vain or not any(map(shows_label, below, inside)):
                return found
        resolved = [resolve(*pair) for pair in zip(self._client.read_cells(areas), inside, strict=True)]
        self._links.note(found=any(labels for _, labels in resolved))
        return [rows for rows, _ in resolved]


def _group(columns: Sequence[int]) -> Iterator[tuple[int, int]]:
    """First and last of each run of neighbours."""
    start = 0
    for index, column in enumerate(columns):
        if index + 1 == len(columns) or columns[index + 1] != column + 1:
            yield columns[start], column
            start = index + 1
