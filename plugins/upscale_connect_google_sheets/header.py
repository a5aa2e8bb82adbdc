"""Which row has the columns' names, and what the columns are called."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from upscale_connect import SinkError, SourceError, fold_header, name_columns

from .options import GoogleSheetsConfig

#: The header is searched for in so many rows.
SEARCHED = 10


@dataclass(frozen=True, slots=True)
class Header:
    """`row` counts from 1, `cells` are its texts. `names`: a name for each of its columns, each different."""

    row: int
    cells: tuple[str, ...]
    names: tuple[str, ...]

    def find(self, name: str) -> int | None:
        """The column of this name, from 0."""
        return self.names.index(name) if name in self.names else None


def find_header(
    rows: Sequence[Sequence[str]],
    needed: Sequence[str],
    config: GoogleSheetsConfig,
    tab: str,
    fail: type[SourceError] | type[SinkError],
) -> Header:
    """The header among the first rows of a tab: the configured row, else the first with all needed columns.

    If none has all, it is the one with most of them, so that what is missing can be told. Raises `fail` if the
    rows are empty, or a needed column stands twice.
    """
    if config.header_row != "auto":
        index = config.header_row - 1
    else:
        wanted = {fold_header(name) for name in needed}
        held = [len(wanted & {fold_header(cell) for cell in row}) for row in rows[:SEARCHED]]
        if any(held):
            index = held.index(max(held))
        else:
            index = next((number for number, row in enumerate(rows) if any(map(str.strip, row))), 0)
    cells = rows[index] if index < len(rows) else ()
    if not any(map(str.strip, cells)):
        raise fail(
            f"the tab {tab!r} has no header in row {index + 1}",
            hint="put the names of the columns into one row, or correct `header_row:`",
        )
    return Header(index + 1, tuple(cells), name_columns(cells, needed, f"{tab}!{index + 1}", fail))
