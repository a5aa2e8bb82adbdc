"""Gives a tab those of our columns that it does not have yet."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from upscale_connect import SinkError

from .a1 import area
from .client import Client, RefusedWriteError, ShrunkError
from .layout import Layout

#: How often it is tried again if others move the header meanwhile.
_ROUNDS = 20


def add_columns(client: Client, headers: Sequence[str], locate: Callable[[], Layout]) -> Layout:
    """Write the headers that are missing behind everything that stands in the tab. Returns the new layout.

    `locate` reads the layout as it is now. Raises `SinkError`.
    """
    layout = locate()
    start: int | None = None
    for _ in range(_ROUNDS):
        missing = [header for header in headers if header not in layout.ours]
        try:
            if start is not None and _sweep(client, layout, start, headers):
                layout = locate()
                continue
            if not missing:
                return layout
            start = _find_room(client, layout)
            _widen(client, layout, start + len(missing))
            client.write([(_place(layout, layout.header.row, start, len(missing)), [missing])])
        except ShrunkError:
            pass
        except RefusedWriteError as refused:
            raise refused.error from None
        layout = locate()
    raise SinkError(
        f"columns could not be added to the tab {layout.tab.title!r}: it is being changed all the time",
        hint="nothing is lost; run again when fewer people work on it",
    )


def _find_room(client: Client, layout: Layout) -> int:
    """The first column with nothing in it or behind it. What stands there without a header is not ours."""
    start = len(layout.header.cells)
    if start >= layout.tab.columns:
        return start
    (rows,) = client.read([area(layout.tab.title, 1, layout.tab.rows, start, layout.tab.columns - 1)])
    return start + max(map(len, rows), default=0)


def _widen(client: Client, layout: Layout, columns: int) -> None:
    """Make the grid wide enough. If no answer came, `locate` tells the next round how wide it is."""
    if columns > layout.tab.columns:
        client.add_columns(layout.tab.id, columns - layout.tab.columns)


def _sweep(client: Client, layout: Layout, start: int, headers: Sequence[str]) -> bool:
    """Take our headers out of other rows: somebody inserted or deleted one above while we wrote.

    True if it must be looked at again: there were any, or the header has moved since.
    """
    title, header = layout.tab.title, layout.header
    last = min(start + len(headers), layout.tab.columns) - 1
    top, rows = client.read(
        [
            area(title, header.row, header.row, 0, len(header.cells) - 1),
            area(title, 1, layout.tab.rows, start, last),
        ]
    )
    if not layout.still_holds(top[0] if top else ()):
        return True
    strays = [
        row
        for row, cells in enumerate(rows, 1)
        if row != header.row and any(cell and cell in headers for cell in cells)
    ]
    if strays:
        empty = [""] * (last - start + 1)
        client.write([(_place(layout, row, start, len(empty)), [empty]) for row in strays])
    return bool(strays)


def _place(layout: Layout, row: int, start: int, count: int) -> str:
    return area(layout.tab.title, row, row, start, start + count - 1)
