"""What `check` tells of a tab: how its columns are read and written, and what is odd about its rows. Reads only."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from upscale_connect import Finding, show_column

from .a1 import place as name_place
from .columns import RECEIPT, OurColumns
from .header import Header
from .layout import Layout
from .memory import MARK
from .places import Place
from .tabs import Tab


def tell_mapping(mapping: Mapping[str, Sequence[str]], header: Header) -> str:
    """Which column each field is read from, as far as they are there."""
    found = [
        (field, header.find(column), column) for field, columns in mapping.items() for column in dict.fromkeys(columns)
    ]
    return ", ".join(f"{field} from {show_column(at)} {column!r}" for field, at, column in found if at is not None)


def inspect_columns(layout: Layout, ours: OurColumns, *, creates: bool) -> Iterator[Finding]:
    """Which of our columns are there. `creates`: the others may be added."""
    title = layout.tab.title
    there = [f"{show_column(column)} {header!r}" for header, column in layout.ours.items()]
    if there:
        yield Finding("ok", f"messages go into the tab {title!r}, columns {', '.join(there)}")
    new = [header for header in (ours.headers if creates else ours.needed) if header not in layout.ours]
    if new and creates:
        yield Finding("ok", f"the tab {title!r} gets new columns: {', '.join(map(repr, new))}")
    elif new:
        yield Finding("error", tell_missing(title, new), MISSING_HINT)
    if there and ours.others[RECEIPT] in new and creates:
        yield Finding(
            "warning",
            f"the tab {title!r} has the columns {', '.join(there)}, but none that says they are ours",
            "what stands there is kept; choose other names under `columns:` if it is something else",
        )


MISSING_HINT = "add them to the header, or let it be done with `create_missing_columns: yes`"


def tell_missing(title: str, headers: Sequence[str]) -> str:
    return f"the tab {title!r} has no column {', '.join(map(repr, headers))}"


def inspect_protection(layout: Layout, ours: OurColumns, account: str) -> Iterator[Finding]:
    """An error for the first of our columns that we may not write to; `account` is who we are, "" if unknown."""
    is_whole = len(layout.ours) == len(ours.headers)
    columns = {*layout.ours.values(), *(() if is_whole else (len(layout.header.cells),))}
    for found in layout.tab.protected:
        edge = found.range.end_column_index
        covered = [
            column
            for column in sorted(columns)
            if found.range.start_column_index <= column and (edge is None or column < edge)
        ]
        if covered and not (found.warning_only or found.requesting_user_can_edit):
            yield Finding(
                "error",
                f"column {show_column(covered[0])} of the tab {layout.tab.title!r} is protected",
                f"ask the owner to allow {account or 'the account that is logged in'} under Data > Protect sheets"
                " and ranges",
            )


def inspect_rows(pages: Iterable[Sequence[Place]], tab: Tab, receipt: str) -> Iterator[Finding]:
    """How many rows name a lead, and which have it in common with another row or name nobody.

    `receipt` is the column of receipts.
    """
    keys: set[str] = set()
    again: list[int] = []
    nameless: list[int] = []
    known = 0
    for place in (place for page in pages for place in page):
        if place.key in keys:
            again.append(place.row)
        elif place.key:
            keys.add(place.key)
        elif place.name or place.linkedin:
            nameless.append(place.row)
        known += not place.shown.get(receipt, MARK).startswith(MARK)
    yield Finding("ok", f"leads in the tab {tab.title!r}: {len(keys):,}; rows that show our messages: {known:,}")
    if again:
        yield Finding(
            "warning",
            f"rows that repeat the lead of another one: {_count(again, tab)}",
            "of the rows of one lead the first gets the messages",
        )
    if nameless:
        yield Finding(
            "warning",
            f"rows of people that have no LinkedIn address, or no id where one is mapped: {_count(nameless, tab)}",
            "fill it in; such a row gets no message",
        )


def _count(rows: Sequence[int], tab: Tab) -> str:
    return f"{len(rows):,}, first {name_place(tab.title, rows[0])}"
