"""Rows of a tab, some thousand at a time, each page as of one moment."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from .a1 import area, place
from .client import Client
from .links import LinkSearch, resolve, shows_label
from .tabs import Tab

#: Rows of a page: more would not be faster, and take more memory.
PAGE = 5_000
#: An empty page may be the end of the tab, or a gap: the next one may be so many times longer.
_GROWTH = 10

#: Such cells that are named.
_NAMED = 3
#: What a cell shows instead of a value when its formula fails or is not done.
_ERROR = re.compile(r"#(?:N/A|REF!|NAME\?|VALUE!|DIV/0!|NUM!|NULL!|ERROR!)|Loading\.\.\.")


@dataclass(slots=True)
class Page:
    """`rows`: the cells of each row from `first` on. `hidden`: the numbers of rows that are not shown.

    `labels`: (index of the row, column) → what a cell shows, where its link stands in `rows`.
    """

    first: int
    rows: list[list[str]]
    hidden: Collection[int] = ()
    labels: Mapping[tuple[int, int], str] = field(default_factory=dict)


@dataclass(slots=True)
class Faults:
    """Cells that show an error. They count as empty: a message must not greet the company "#REF!"."""

    count: int = 0
    _shown: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        """The first of them."""
        more = f" and {self.count - len(self._shown)} more" if self.count > len(self._shown) else ""
        return ", ".join(self._shown) + more

    def clear(self, cells: list[str], tab: str, row: int) -> None:
        """Empty such cells of a row."""
        for column, cell in enumerate(cells):
            if cell and cell[0] in "#L" and _ERROR.fullmatch(cell):
                cells[column] = ""
                self.count += 1
                if len(self._shown) < _NAMED:
                    self._shown.append(f"{place(tab, row, column)} ({cell})")


class PageReader:
    """Reads a tab page by page. `linked`: columns whose links are read instead of their labels."""

    def __init__(self, client: Client, tab: Tab, linked: Collection[int] = (), *, needs_hidden: bool = False) -> None:
        self._client = client
        self._tab = tab
        self._linked = linked
        self._needs_hidden = needs_hidden
        self._links = LinkSearch()

    def pages(self, first: int) -> Iterator[Page]:
        """All pages from this row on, up to the last one that has text."""
        size = PAGE
        while first <= self._tab.rows:
            last = min(first + size - 1, self._tab.rows)
            page = self.read(first, last)
            yield page
            size = PAGE if page.rows else size * _GROWTH
            first = last + 1

    def read(self, first: int, last: int) -> Page:
        """The rows from `first` to `last`, in one request."""
        areas = [area(self._tab.title, first, last, 0, self._tab.columns - 1)]
        if not (self._needs_hidden or self._links.are_there):
            (rows,) = self._client.read(areas)
            if self._links.is_in_vain or not shows_label(rows, self._linked):
                return Page(first, rows)
        (data,) = self._client.read_cells(areas)
        rows, labels = resolve(data, self._linked)
        self._links.note(found=bool(labels))
        while rows and not any(rows[-1]):
            rows.pop()
        hidden = {
            first + index for index, row in enumerate(data.row_metadata) if row.hidden_by_user or row.hidden_by_filter
        }
        return Page(first, rows, hidden, labels)
