"""What a table writes."""

from __future__ import annotations

import html
import os
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Any, TypeAlias

from tests.testing.files import FileSource, FileTable, FileTableSuite
from upscale_connect import Context, Finding, Record, Row, Shown

from .register import TWINS

Stamps: TypeAlias = Collection[str]
Announce: TypeAlias = Callable[[str], None]


def wrong_table(number: str) -> Callable[[type[FileTable]], type[FileTable]]:
    def register(table: type[FileTable]) -> type[FileTable]:
        def beside(self: FileSource) -> FileTable:
            return table(self.config, self.context)

        source = type(f"SourceOf{table.__name__}", (FileSource,), {"beside": beside})
        suite = type(f"{table.__name__}Suite", (FileTableSuite,), {"connector": source})
        TWINS.append((number, table.__name__, suite))
        return table

    return register


@wrong_table("T01")
class TriesToWrite(FileTable):
    def check(self) -> Iterator[Finding]:
        self.draft.write_text("?", encoding="utf-8")
        yield Finding("ok", "it can be written")


@wrong_table("T02")
class LeavesOutWhatWaits(FileTable):
    def rewrite(self, rows: Iterable[Row], stamps: Stamps, announce: Announce) -> None:
        super().rewrite((row for row in rows if row.status != "waiting"), stamps, announce)


@wrong_table("T03")
class AnotherStamp(FileTable):
    def rewrite(self, rows: Iterable[Row], stamps: Stamps, announce: Announce) -> None:
        super().rewrite(rows, stamps, lambda stamp: announce(f"size {stamp.partition('-')[0]}"))


@wrong_table("T04")
class TouchesTheTarget(FileTable):
    def rewrite(self, rows: Iterable[Row], stamps: Stamps, announce: Announce) -> None:
        if self.target.exists():
            found = self.target.stat()
            os.utime(self.target, ns=(found.st_atime_ns, found.st_mtime_ns + 1_000_000))
        super().rewrite(rows, stamps, announce)


@wrong_table("T05")
class WritesOverEveryEdit(FileTable):
    def set_aside(self) -> None:
        pass


@wrong_table("T06")
class LeavesTheDraft(FileTable):
    def rewrite(self, rows: Iterable[Row], stamps: Stamps, announce: Announce) -> None:
        begun = self.target.with_suffix(".begun")

        def begin() -> Iterator[Row]:
            begun.touch()
            yield from rows

        super().rewrite(begin(), stamps, announce)
        begun.unlink()


@wrong_table("T07")
class AnnouncesTooLate(FileTable):
    def rewrite(self, rows: Iterable[Row], stamps: Stamps, announce: Announce) -> None:
        announced: list[str] = []
        super().rewrite(rows, stamps, announced.append)
        announce(announced[0])


@wrong_table("T08")
class BeginsAtOnce(FileTable):
    def __init__(self, config: Any, context: Context) -> None:
        super().__init__(config, context)
        (context.folder / "messages.log").touch()


@wrong_table("T09")
class EscapesTexts(FileTable):
    def render(self, row: Row) -> dict[str, Any]:
        shown = super().render(row)
        return {**shown, "texts": {name: html.escape(text, quote=False) for name, text in shown["texts"].items()}}


@wrong_table("T10")
class TidiesTheSource(FileTable):
    def rewrite(self, rows: Iterable[Row], stamps: Stamps, announce: Announce) -> None:
        super().rewrite(rows, stamps, announce)
        source = self.context.folder / self.config.path
        if source.stat().st_size < 100_000:
            source.write_text(source.read_text(encoding="utf-8").replace('": "', '":"'), encoding="utf-8")


@wrong_table("T11")
class ShowsNoReceipt(FileTable):
    def shown(self) -> Iterator[Shown] | None:
        return (Shown(one.record, None, one.fields) for one in super().shown() or ())


@wrong_table("T13")
class LeavesOutBadRows(FileTable):
    def rewrite(self, rows: Iterable[Row], stamps: Stamps, announce: Announce) -> None:
        super().rewrite((row for row in rows if isinstance(row.record, Record)), stamps, announce)


@wrong_table("T14")
class NeedsARow(FileTable):
    def rewrite(self, rows: Iterable[Row], stamps: Stamps, announce: Announce) -> None:
        remaining = iter(rows)
        first = next(remaining, None)
        if first is None:
            raise IndexError("no rows")

        def again() -> Iterator[Row]:
            yield first
            yield from remaining

        super().rewrite(again(), stamps, announce)


@wrong_table("T25")
class CollectsRows(FileTable):
    def rewrite(self, rows: Iterable[Row], stamps: Stamps, announce: Announce) -> None:
        super().rewrite(list(rows), stamps, announce)
