"""Where everything stands in a tab at one moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from upscale_connect import SinkError, SourceError, fold_header

from .a1 import area
from .client import Client, ShrunkError
from .columns import OurColumns
from .header import SEARCHED, Header, find_header
from .options import GoogleSheetsConfig
from .tabs import Tab, choose_tab

#: How often a tab is looked at again that became smaller meanwhile.
_TRIES = 3

Fail: TypeAlias = "type[SourceError] | type[SinkError]"


def locate(client: Client, config: GoogleSheetsConfig, needed: Sequence[str], fail: Fail) -> tuple[Tab, Header]:
    """The tab and its header as they are now, in two reads."""
    searched = SEARCHED if config.header_row == "auto" else config.header_row
    for _ in range(_TRIES):
        tab = choose_tab(client.describe(), config, fail)
        try:
            (rows,) = client.read([area(tab.title, 1, min(searched, tab.rows), 0, tab.columns - 1)])
        except ShrunkError:
            continue
        return tab, find_header(rows, needed, config, tab.title, fail)
    raise fail(f"the tab {tab.title!r} becomes smaller all the time", hint="nothing is lost; run again later")


@dataclass(frozen=True, slots=True)
class Layout:
    """`theirs`: the user's columns that are looked at, `ours` our own, each by name → place, from 0.

    Ours that are not there yet are left out.
    """

    tab: Tab
    header: Header
    theirs: dict[str, int]
    ours: dict[str, int]

    def still_holds(self, cells: Sequence[str]) -> bool:
        """Whether the texts of the header's row, as they are now, have all these columns where they were."""
        known = self.header.cells
        return all(
            fold_header(cells[place] if place < len(cells) else "") == fold_header(known[place])
            for place in (*self.theirs.values(), *self.ours.values())
        )


def lay_out(tab: Tab, header: Header, needed: Sequence[str], ours: OurColumns, fail: Fail) -> Layout:
    """Raises `fail` if a needed column is gone: what is written must stand beside the right row."""
    missing = [name for name in needed if header.find(name) is None]
    if missing:
        raise fail(
            f"the tab {tab.title!r} has no column {missing[0]!r}",
            hint="without it no row can be found: correct the header, or `map:`",
        )
    folded = [fold_header(name) for name in header.names]
    return Layout(
        tab,
        header,
        {name: header.names.index(name) for name in needed},
        {name: folded.index(fold_header(name)) for name in ours.headers if fold_header(name) in folded},
    )
