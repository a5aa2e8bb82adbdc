"""A1 notation: rows count from 1, columns from 0."""

from __future__ import annotations

from upscale_connect import show_column


def area(title: str, first_row: int, last_row: int | None, first_column: int, last_column: int) -> str:
    """A rectangle of a tab, all four edges included; None is the end of the tab, wherever that is by then.

    The title always stands in quotes: a tab may be called `A1` or `2024`.
    """
    quoted = title.replace("'", "''")
    end = "" if last_row is None else str(last_row)
    return f"'{quoted}'!{show_column(first_column)}{first_row}:{show_column(last_column)}{end}"


def place(title: str, row: int, column: int = 0) -> str:
    """A cell for people."""
    return f"{title}!{show_column(column)}{row}"
