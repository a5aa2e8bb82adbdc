"""Puts our cells into the text of a row and leaves every other character of it as it is."""

from __future__ import annotations

import re
from collections.abc import Sequence

#: A cell whose quote is still open at its end: what follows it would become part of it.
_OPEN = re.compile(r'"(?:[^"]|"")*+')

#: What a spreadsheet program may take for a formula or swallow, at the start of a cell.
_LEADING = frozenset("'=+@-")


class Splicer:
    """Knows where our columns stand in the rows of one file.

    Those that its header has already are replaced in place, the others follow the header's last column.
    """

    def __init__(self, delimiter: str, columns: Sequence[str], ours: Sequence[str]) -> None:
        self._delimiter = delimiter
        self._names = [None if name in columns else name for name in ours]
        self._width = len(columns)
        # One set of characters, which is looked for several times as fast as with anchors beside it.
        self._special = re.compile(rf'["\r\n{re.escape(delimiter)}]')
        # A cell as the csv module reads it leniently: quoted text, then whatever stands up to the delimiter.
        self._cell = re.compile(rf'(?:"(?:[^"]|"")*+(?:"|\Z))?[^{re.escape(delimiter)}]*+')
        self._added = [index for index, name in enumerate(ours) if name not in columns]
        self._replaced = [(columns.index(name), index) for index, name in enumerate(ours) if name in columns]

    @property
    def adds_columns(self) -> bool:
        """Whether every row gets longer, also those that we have nothing to say about."""
        return bool(self._added)

    def header(self, raw: str) -> str:
        """The header's text with the names of our columns that it lacks."""
        return self.splice(raw, self._names, complete=True)

    def splice(self, raw: str, cells: Sequence[str | None], *, complete: bool = False) -> str:
        """The row's text with our cells, without a line end. None leaves a cell as it is, or empty.

        `complete`: the row is known to have exactly the header's columns.
        """
        body = raw.rstrip("\r\n")
        added = [self.quote(cells[index] or "") for index in self._added]
        if complete and not self._replaced:
            return self._delimiter.join([body, *added])
        parts = self.split(body)
        if _OPEN.fullmatch(parts[-1]):
            parts[-1] += '"'
        parts += [""] * (self._width - len(parts))
        for place, index in self._replaced:
            text = cells[index]
            if text is not None:
                parts[place] = self.quote(text)
        return self._delimiter.join([*parts[: self._width], *added, *parts[self._width :]])

    def split(self, body: str) -> list[str]:
        """The cells' own texts, quotes and all."""
        parts = [""]
        position = 0
        while True:
            cell = self._cell.match(body, position)
            assert cell is not None
            parts[-1] = cell.group()
            position = cell.end()
            if position >= len(body):
                return parts
            parts.append("")
            position += 1

    def quote(self, text: str) -> str:
        """One cell, in quotes where a reader could misunderstand it without."""
        first = text[:1]
        if self._special.search(text) or first in _LEADING or first.isspace() or text[-1:].isspace():
            return '"' + text.replace('"', '""') + '"'
        return text
