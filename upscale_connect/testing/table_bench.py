"""What the author of a table writes, and what its checks use."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar

from ..contracts import Row, Shown, Source, Table
from ..models import BadRecord, Record
from .checks import NotApplicable
from .conformance import Conformance, fail
from .invented import make_delivery, make_rows


class TableBench(Conformance[Source[Any]]):
    """What the author writes: `arrange` and `read_back`; `edit` and `spoil` make one more check possible each.

    `connector` is the source. Its rows are those that `arrange` was given.
    """

    connector: ClassVar[type[Source[Any]]]

    # For the author.

    def arrange(self, rows: Sequence[Mapping[str, str]]) -> Mapping[str, Any]:
        """Put these rows, and no others, where the source reads, in this order; return the options that read them."""
        raise NotImplementedError("define arrange(rows)")

    def read_back(self) -> Iterable[Shown]:
        """Every row of the target, in its order, read from the target itself and not through the table.

        `record.fields` are the columns of the source.
        """
        raise NotImplementedError("define read_back()")

    def edit(self) -> str:
        """Let a person write something into the target; return that text, which must not be lost."""
        raise NotApplicable("`edit` is not defined: it would let a person write into the target")

    def find_kept(self) -> Iterable[str]:
        """All that is kept of the target: by default the text of every file in the folder."""
        for path in self.folder.rglob("*"):
            if path.is_file():
                yield path.read_bytes().decode("utf-8", "replace")

    def spoil(self) -> None:
        """Add one more row to the source that cannot be read as a record."""
        raise NotApplicable("`spoil` is not defined: it would add a row that cannot be read")

    # For the checks.

    def find_options(self) -> Mapping[str, Any]:
        return self.arrange(make_rows(3))

    def steps(self, connector: Source[Any]) -> Iterator[Callable[[], object]]:
        table = self.beside(connector)
        yield lambda: self.bench.check(table)
        yield lambda: self.rewrite(connector, table)
        yield lambda: self.read_shown(table)

    def beside(self, source: Source[Any]) -> Table[Any]:
        table = source.beside()
        if not isinstance(table, Table):
            raise fail("a Table", type(table).__name__, "return one from beside(), or use SinkConformance for a Sink")
        self.bench.keep(table)
        return table

    def open_table(self, options: Mapping[str, Any]) -> tuple[Source[Any], Table[Any]]:
        source = self.open_connector(options)
        return source, self.beside(source)

    def rewrite(
        self, source: Source[Any], table: Table[Any], stamp: str | None = None, rows: Iterable[Row] | None = None
    ) -> str:
        """The stamp that was announced. `stamp`: the one of the last rewrite."""
        announced: list[str] = []
        with self.bench.phase("write"):
            known = () if stamp is None else (stamp,)
            table.rewrite(self.rows_of(source) if rows is None else rows, known, announced.append)
        if len(announced) != 1:
            raise fail("announce(stamp), once", repr(announced), "call it right before the target changes")
        return announced[0]

    def read_shown(self, table: Table[Any]) -> list[Shown] | None:
        with self.bench.phase("find"):
            shown = table.shown()
            return None if shown is None else list(shown)

    def rows_of(self, source: Source[Any], revision: int = 1) -> Iterator[Row]:
        """As the core makes them: every record, with a message for all but the last of each three."""
        number = 0
        for item in source.read(None):
            if isinstance(item, BadRecord):
                yield Row(item, "quarantined", "it cannot be read")
            elif isinstance(item, Record):
                number += 1
                if number % 3:
                    yield Row(item, "delivered", delivery=self.deliver(item, number, revision))
                else:
                    yield Row(item, "waiting")

    def deliver(self, record: Record, number: int, revision: int) -> Any:
        return make_delivery(number, revision=revision, record=record)

    def texts(self) -> list[dict[str, str]]:
        """The messages of each row of the target."""
        return [dict(shown.fields) for shown in self.read_back()]
