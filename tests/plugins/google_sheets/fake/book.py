"""Spreadsheets in memory: tabs, cells, and what people do to them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from .problems import RefusalError

CELL_LIMIT = 50_000
_HYPERLINK = re.compile(r'=HYPERLINK\("([^"]*)"[,;] ?"([^"]*)"\)', re.IGNORECASE)
_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?")


@dataclass(frozen=True)
class Linked:
    """A cell that shows a label. `uri` is a rich link, or that of a chip; `more`: further ones in its text."""

    label: str
    uri: str
    is_chip: bool = False
    formula: str = ""
    more: tuple[str, ...] = ()


#: What a cell holds; "" and None are empty.
Value: TypeAlias = "str | int | float | bool | Linked | None"


def show(value: Value) -> str:
    """The text that a cell shows."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, Linked):
        return value.label
    return f"{value:g}" if isinstance(value, float) else str(value)


def enter(text: object) -> Value:
    """What a cell holds after a person typed a text."""
    if not isinstance(text, str):
        return text  # type: ignore[return-value]  # numbers and booleans are kept
    if link := _HYPERLINK.fullmatch(text):
        return Linked(link[2], link[1], formula=text)
    if text.startswith("="):
        return Linked("#NAME?", "", formula=text)
    if text.upper() in ("TRUE", "FALSE"):
        return text.upper() == "TRUE"
    if _NUMBER.fullmatch(text):
        return int(text) if text.lstrip("+-").isdigit() else float(text)
    return text


@dataclass
class Tab:
    """`cells` are ragged: what is missing is empty. `rows` and `columns` are the size of the grid."""

    id: int
    title: str
    rows: int = 1000
    columns: int = 26
    cells: list[list[Value]] = field(default_factory=list)
    hidden: set[int] = field(default_factory=set)
    merges: list[tuple[int, int, int, int]] = field(default_factory=list)
    protected: list[tuple[int, int, int, int]] = field(default_factory=list)
    kind: str = "GRID"

    def get(self, row: int, column: int) -> Value:
        return self.cells[row][column] if row < len(self.cells) and column < len(self.cells[row]) else None

    def put(self, row: int, column: int, value: Value) -> None:
        if len(show(value)) > CELL_LIMIT:
            message = "Your input contains more than the maximum of 50000 characters in a single cell."
            raise RefusalError(400, message)
        while len(self.cells) <= row:
            self.cells.append([])
        line = self.cells[row]
        line.extend([None] * (column + 1 - len(line)))
        line[column] = value

    def texts(self) -> list[list[str]]:
        """All rows as they are shown, for tests."""
        return [[show(value) for value in line] for line in self.cells]

    def fill(self, rows: Iterable[Sequence[Value]]) -> None:
        """Replace everything, and make the grid large enough."""
        self.cells = [list(row) for row in rows]
        self.rows = max(self.rows, len(self.cells))
        self.columns = max(self.columns, *(len(row) for row in self.cells), 1)

    # What other people do meanwhile.

    def insert_rows(self, at: int, count: int = 1) -> None:
        while len(self.cells) < at:
            self.cells.append([])
        self.cells[at:at] = [[] for _ in range(count)]
        self.rows += count
        self.hidden = {row + count if row >= at else row for row in self.hidden}

    def delete_rows(self, at: int, count: int = 1) -> None:
        del self.cells[at : at + count]
        self.rows -= count
        self.hidden = {row - count if row >= at + count else row for row in self.hidden if not at <= row < at + count}

    def insert_columns(self, at: int, count: int = 1) -> None:
        for line in self.cells:
            if len(line) > at:
                line[at:at] = [None] * count
        self.columns += count

    def delete_columns(self, at: int, count: int = 1) -> None:
        for line in self.cells:
            del line[at : at + count]
        self.columns -= count

    def sort(self, top: int, key: Callable[[list[Value]], object], *, reverse: bool = False) -> None:
        """Sort whole rows from `top` on, as a person does with all columns marked."""
        self.cells[top:] = sorted(self.cells[top:], key=key, reverse=reverse)  # type: ignore[arg-type]  # any order


@dataclass
class Book:
    """`editors` and `viewers` are the addresses that it is shared with."""

    id: str
    title: str = "Leads 2026"
    tabs: list[Tab] = field(default_factory=lambda: [Tab(0, "Sheet1")])
    editors: set[str] = field(default_factory=set)
    viewers: set[str] = field(default_factory=set)
    is_excel: bool = False

    @property
    def tab(self) -> Tab:
        return self.tabs[0]

    def find(self, title: str | None) -> Tab:
        return self.tabs[0] if title is None else next(tab for tab in self.tabs if tab.title == title)

    def with_id(self, tab_id: int) -> Tab:
        for tab in self.tabs:
            if tab.id == tab_id:
                return tab
        raise RefusalError(400, f"No grid with id: {tab_id}")
