"""What the author of a source writes, and what the checks of a source use."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, ClassVar, TypeAlias

from ..contracts import Checkpoint, Cursor, Source
from ..models import BadRecord, Record
from .checks import NotApplicable
from .conformance import Conformance
from .invented import COLUMNS, make_rows

Item: TypeAlias = Record | BadRecord | Checkpoint


class SourceBench(Conformance[Source[Any]]):
    """What the author of a source writes, and what its checks use.

    `id_column`: the column whose text is a record's `id`, empty if records have none. `column_names`: a column of
    `arrange` → what the source calls it, where that differs. `page_size`: rows of a page, for a source that reads
    pages. `unique_ids`: where the leads are, no two can have the same id.
    """

    connector: ClassVar[type[Source[Any]]]
    id_column: ClassVar[str] = ""
    column_names: ClassVar[Mapping[str, str]] = {}
    page_size: ClassVar[int] = 2
    unique_ids: ClassVar[bool] = False

    # For the author.

    def arrange(self, rows: Sequence[Mapping[str, str]]) -> Mapping[str, Any]:
        """Put these rows, and no others, where the source reads, in this order; return the options that read them.

        Called more than once in a check. `changed_at` is when a row was changed last, for sources that go by that.
        """
        raise NotImplementedError("define arrange(rows)")

    def spoil(self) -> None:
        """Add one more row that cannot be read as a record. Leave it out if there can be none."""
        raise NotApplicable("`spoil` is not defined: it would add a row that cannot be read")

    # For the checks.

    def find_options(self) -> Mapping[str, Any]:
        return self.options_for(3)

    def options_for(self, count: int) -> Mapping[str, Any]:
        """So many rows are read with these, whatever is in them."""
        return self.arrange(make_rows(count))

    def steps(self, connector: Source[Any]) -> Iterator[Callable[[], object]]:
        cursors: list[Cursor | None] = [None]

        def read() -> None:
            items = self.read(connector, cursors[-1])
            cursors.extend(item.cursor for item in items if isinstance(item, Checkpoint))

        yield lambda: self.bench.check(connector)
        yield lambda: self.read_columns(connector)
        yield read
        yield read

    def describe_sync(self) -> tuple[Sequence[str], Sequence[str], Mapping[str, Sequence[str]]]:
        columns, types, mapping = super().describe_sync()
        names = self.column_names
        renamed = {field: [names.get(one, one) for one in used] for field, used in mapping.items()}
        return [names.get(one, one) for one in columns], types, renamed

    def read(self, source: Source[Any], since: Cursor | None = None, most: int | None = None) -> list[Item]:
        """What it yields, up to `most` records; then it is told that nobody wants more."""
        items: list[Item] = []
        count = 0
        with self.bench.phase("read"):
            iterator = source.read(since)
            for item in iterator:
                items.append(item)
                count += isinstance(item, Record)
                if isinstance(item, BadRecord):
                    self.bench.say("a BadRecord", f"{item.where}: {item.reason}")
                if isinstance(item, Checkpoint):
                    self.bench.say("a cursor", item.cursor)
                if count == most:
                    break
            close = getattr(iterator, "close", None)
            if close is not None:
                close()
        return items

    def read_columns(self, source: Source[Any]) -> Sequence[str] | None:
        with self.bench.phase("read"):
            return source.columns()

    def read_records(self, options: Mapping[str, Any], since: Cursor | None = None) -> list[Record]:
        """All records of a new source."""
        return [item for item in self.read(self.open_connector(options), since) if isinstance(item, Record)]

    def show(self, record: Record) -> tuple[str, ...]:
        """The texts of a record in the order of our columns, those that it does not have left out."""
        names = [self.column_names.get(column, column) for column in COLUMNS]
        return tuple(record.fields[name] for name in names if name in record.fields)

    def shown(self, rows: Sequence[Mapping[str, str]], like: Sequence[Record]) -> list[tuple[str, ...]]:
        """The same of rows, as far as the source has their columns."""
        there = like[0].fields if like else ()
        kept = [column for column in COLUMNS if self.column_names.get(column, column) in there]
        return [tuple(row[column] for column in kept) for row in rows]
