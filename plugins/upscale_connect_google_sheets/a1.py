"""A1 notation: rows count from 1, columns from 0."""

from __future__ import annotations


def letter(column: int) -> str:
    """A column as people call it: 0 → A, 25 → Z, 26 → AA."""
    letters = ""
    column += 1
    while column:
        column, digit = divmod(column - 1, 26)
        letters = chr(ord("A") + digit) + letters
    return letters


def area(title: str, first_row: int, last_row: int | None, first_column: int, last_column: int) -> str:
    """A rectangle of a tab, all four edges included; None is the end of the tab, wherever that is by then.

    The title always stands in quotes: a tab may be called `A1` or `2024`.
    """
    quoted = title.replace("'", "''")
    return f"'{quoted}'!{letter(first_column)}{first_row}:{letter(last_column)}{'' if last_row is None else last_row}"


def place(title: str, row: int, column: int = 0) -> str:
    """A cell for people."""
    return f"{title}!{letter(column)}{row}"
