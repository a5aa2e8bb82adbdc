"""Which tab of the spreadsheet is meant."""

from __future__ import annotations

from dataclasses import dataclass

from upscale_connect import SinkError, SourceError

from .answers import Book, GridRange, ProtectedRange
from .options import GoogleSheetsConfig

#: Kinds of tabs that have cells; others hold one chart, or a table of BigQuery.
_WITH_CELLS = "GRID"


@dataclass(frozen=True, slots=True)
class Tab:
    """A tab as it is now. `book` is the spreadsheet's title; `rows` and `columns` count empty ones, too."""

    book: str
    id: int
    title: str
    rows: int
    columns: int
    merges: tuple[GridRange, ...] = ()
    protected: tuple[ProtectedRange, ...] = ()


def choose_tab(book: Book, config: GoogleSheetsConfig, fail: type[SourceError] | type[SinkError]) -> Tab:
    """The tab that the configuration names, else the first. Raises `fail` with the tabs that there are."""
    with_cells = [sheet for sheet in book.sheets if sheet.properties.sheet_type == _WITH_CELLS]
    chosen = with_cells
    if config.tab is not None:
        chosen = [sheet for sheet in with_cells if sheet.properties.title == config.tab]
    elif config.tab_id is not None:
        chosen = [sheet for sheet in with_cells if sheet.properties.sheet_id == config.tab_id]
    if not chosen:
        named = f"{config.tab!r}" if config.tab is not None else f"with gid {config.tab_id}"
        there = ", ".join(f"{sheet.properties.title} (gid {sheet.properties.sheet_id})" for sheet in with_cells[:20])
        raise fail(
            f"the spreadsheet {book.properties.title!r} has no tab {named}",
            hint=f"correct `tab:` or `gid:`; there are: {there}",
        )
    found = chosen[0]
    properties = found.properties
    return Tab(
        book.properties.title,
        properties.sheet_id,
        properties.title,
        properties.grid_properties.row_count,
        properties.grid_properties.column_count,
        found.merges,
        found.protected_ranges,
    )
