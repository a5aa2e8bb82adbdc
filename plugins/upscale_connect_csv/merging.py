"""What becomes of the rows of a sink's file when leads are delivered to it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias

from upscale_connect import Delivery, WriteResult

from .columns import find_columns, read_texts
from .dialect import Layout, line_end
from .forms import Form, Name
from .options import Overwrite
from .overwriting import is_new, may_replace
from .reader import RawRow
from .splice import Splicer

#: What became of each delivery, by its identity.
Results: TypeAlias = dict[int, WriteResult]


class Chunk:
    """Deliveries that are looked for in one reading of the file, by the names that rows show."""

    def __init__(self, form: Form, deliveries: Iterable[Delivery] = ()) -> None:
        self._form = form
        self._deliveries: list[Delivery] = []
        self._by_name: dict[Name, list[Delivery]] = {}
        for delivery in deliveries:
            self.add(delivery)

    def __len__(self) -> int:
        return len(self._deliveries)

    def __iter__(self) -> Iterator[Delivery]:
        return iter(self._deliveries)

    def add(self, delivery: Delivery) -> None:
        self._deliveries.append(delivery)
        for name in self._form.name(delivery.lead):
            self._by_name.setdefault(name, []).append(delivery)

    def shares_row(self, delivery: Delivery) -> bool:
        """Whether another one is for the row that this one is for."""
        return any(name in self._by_name for name in self._form.name(delivery.lead))

    def find(self, row: RawRow, places: Sequence[int]) -> list[Delivery]:
        """Those that the row is for. `places`: where the columns stand that name it."""
        if row.problem:
            return []
        names = self._form.read_names([row.cells[place] for place in places])
        return [delivery for name in names for delivery in self._by_name.get(name, ())]


class Merger:
    """Old rows and new ones, as lines of the new file."""

    def __init__(self, form: Form, types: Sequence[str], layout: Layout, overwrite: Overwrite) -> None:
        headers, columns = form.headers, layout.columns
        self._form = form
        self._overwrite = overwrite
        self._layout = layout
        self._splicer = Splicer(layout.delimiter, columns, headers)
        self._nothing: list[str | None] = [None] * len(headers)
        self._texts = find_columns(types, form.messages, columns)
        self._linkedin = columns.index(form.linkedin)
        self._approved = [headers.index(name) for name in form.review[:1]]
        self._places = [columns.index(name) if name in columns else None for name in headers]
        self._telling = [name != form.updated_at for name in headers]
        self.key = [columns.index(name) for name in form.key]

    def header(self, raw: str) -> str:
        line = self._splicer.header(raw) if raw else self._splicer.splice("", self._form.headers)
        return line + self._layout.newline

    def add(self, cells: Sequence[str]) -> str:
        return self._splicer.splice("", cells) + self._layout.newline

    def keep(self, row: RawRow) -> str:
        """The row as it is, made longer if the file gets new columns."""
        line = row.raw.rstrip("\r\n")
        if self._splicer.adds_columns:
            line = self._splicer.splice(row.raw, self._nothing, complete=not row.problem)
        return line + (line_end(row.raw) or self._layout.newline)

    def replace(self, row: RawRow, cells: Sequence[str], delivery: Delivery) -> tuple[str, WriteResult]:
        """What becomes of the row of a lead that is delivered again. An empty cell of ours erases no text."""
        shown_texts = read_texts(row.cells, self._texts, self._form.read)
        if why := self._find_conflict(row, shown_texts, delivery):
            return self.keep(row), delivery.conflict(f"{self._layout.name}:{row.line}{why}")
        wanted = [cell or None for cell in cells]
        shown = ["" if place is None else row.cells[place] for place in self._places]
        compared = zip(wanted, shown, self._telling, strict=True)
        if all(new is None or new == old or not telling for new, old, telling in compared):
            return self.keep(row), delivery.unchanged()
        if any(is_new(message.text, shown_texts.get(name, "")) for name, message in delivery.messages.items()):
            for index in self._approved:  # it was said of another text
                wanted[index] = ""
        line = self._splicer.splice(row.raw, wanted, complete=True)
        return line + (line_end(row.raw) or self._layout.newline), delivery.written()

    def _find_conflict(self, row: RawRow, shown: dict[str, str], delivery: Delivery) -> str:
        if stranger := self._form.find_stranger(delivery, row.cells[self._linkedin]):
            return f" {stranger}"
        for name in delivery.messages:
            if not may_replace(self._overwrite, delivery, name, shown.get(name, "")):
                why = "a text stands there already for {}" if self._overwrite == "never" else self._form.changed
                return f": {why.format(name)}"
        return ""
