"""A source, a sink and a table of files, as a careful author would write them, with their suites."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import Field

from upscale_connect import (
    BadRecord,
    Checkpoint,
    Context,
    Cursor,
    Delivery,
    Found,
    PluginConfig,
    Record,
    Row,
    Shown,
    Sink,
    Source,
    Table,
    WriteResult,
)
from upscale_connect.testing import MemoryPlugin, SinkConformance, SourceConformance, TableConformance


class FileConfig(PluginConfig):
    path: Path = Field(description="The file.")


# The source, and what is written beside it.


class FileSource(Source[FileConfig]):
    """Lines of JSON."""

    name = "lines"
    config_model = FileConfig
    whole = True

    def __init__(self, config: FileConfig, context: Context) -> None:
        super().__init__(config, context)
        self.path = context.folder / config.path

    def read(self, since: Cursor | None) -> Iterator[Record | BadRecord | Checkpoint]:
        size = self.path.stat().st_size
        if since == {"size": size}:
            return
        with self.path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                yield self.make_record(line, f"{self.path.name}:{number}")
        yield Checkpoint({"size": size})

    def make_record(self, line: str, where: str) -> Record | BadRecord:
        try:
            return Record(None, json.loads(line), where)
        except ValueError:
            return BadRecord(where, "this line is not JSON")

    def beside(self) -> Table[Any]:
        return FileTable(self.config, self.context)


class FileSuite(SourceConformance):
    connector = FileSource
    plugin = MemoryPlugin(FileSource)

    def arrange(self, rows: Sequence[Mapping[str, str]]) -> Mapping[str, Any]:
        return write_lines(self.folder, rows)

    def spoil(self) -> None:
        spoil_lines(self.folder)


def write_lines(folder: Path, rows: Sequence[Mapping[str, str]]) -> Mapping[str, Any]:
    (folder / "leads.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return {"path": "leads.jsonl"}


def spoil_lines(folder: Path) -> None:
    with (folder / "leads.jsonl").open("a", encoding="utf-8") as file:
        file.write("{nonsense\n")


def stamp_of(path: Path) -> str:
    found = path.stat()
    return f"{found.st_size}-{found.st_mtime_ns}"


class FileTable(Table[FileConfig]):
    """The same lines with our texts and receipts, in `messages.jsonl`."""

    name = "lines"
    config_model = FileConfig

    def __init__(self, config: FileConfig, context: Context) -> None:
        super().__init__(config, context)
        self.target = context.folder / "messages.jsonl"
        self.draft = context.folder / "messages.tmp"

    def stamp(self) -> str | None:
        return stamp_of(self.target) if self.target.exists() else None

    def rewrite(self, rows: Iterable[Row], stamps: Collection[str], announce: Callable[[str], None]) -> None:
        try:
            with self.draft.open("w", encoding="utf-8") as file:
                for row in rows:
                    file.write(json.dumps(self.render(row)) + "\n")
            if self.target.exists() and self.target.read_bytes() == self.draft.read_bytes():
                announce(self.stamp() or "")
                return
            announce(stamp_of(self.draft))
            if self.stamp() not in (None, *stamps):
                self.set_aside()
            self.draft.replace(self.target)
        finally:
            self.draft.unlink(missing_ok=True)

    def set_aside(self) -> None:
        self.target.replace(self.target.with_suffix(".edited"))

    def render(self, row: Row) -> dict[str, Any]:
        fields = dict(row.record.fields) if isinstance(row.record, Record) else {}
        if row.delivery is None:
            return {"fields": fields, "texts": {}, "receipt": None}
        texts = {name: message.text for name, message in row.delivery.messages.items()}
        return {"fields": fields, "texts": texts, "receipt": row.delivery.receipt}

    def shown(self) -> Iterator[Shown] | None:
        return read_shown(self.target)


def read_shown(path: Path) -> Iterator[Shown]:
    if path.exists():
        for line in path.read_text(encoding="utf-8").splitlines():
            entry = json.loads(line)
            yield Shown(Record(None, entry["fields"]), entry["receipt"], entry["texts"])


class FileTableSuite(TableConformance):
    connector = FileSource

    def arrange(self, rows: Sequence[Mapping[str, str]]) -> Mapping[str, Any]:
        return write_lines(self.folder, rows)

    def read_back(self) -> Iterator[Shown]:
        return read_shown(self.folder / "messages.jsonl")

    def edit(self) -> str:
        entry = {"fields": {}, "texts": {"note": "a person wrote this"}, "receipt": None}
        with (self.folder / "messages.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(entry) + "\n")
        return "a person wrote this"

    def spoil(self) -> None:
        spoil_lines(self.folder)


# The sink.


class FileSink(Sink[FileConfig]):
    """One JSON file with the messages of each lead, replaced whole after each delivery."""

    name = "lines"
    config_model = FileConfig

    def __init__(self, config: FileConfig, context: Context) -> None:
        super().__init__(config, context)
        self.path = context.folder / config.path
        self.draft = self.path.with_suffix(".tmp")

    def write(self, deliveries: Iterable[Delivery]) -> Iterator[WriteResult]:
        for delivery in deliveries:
            entries = self.load()
            texts = {name: message.text for name, message in delivery.messages.items()}
            before = entries.get(delivery.key, {"texts": {}})
            entry = {"texts": {**before["texts"], **texts}, "receipt": delivery.receipt}
            if entry == before:
                yield delivery.unchanged()
                continue
            self.save({**entries, delivery.key: entry})
            yield delivery.written()

    def load(self) -> dict[str, Any]:
        return json.loads(self.path.read_text(encoding="utf-8")) if self.path.exists() else {}

    def save(self, entries: Mapping[str, Any]) -> None:
        self.draft.write_text(json.dumps(entries), encoding="utf-8")
        self.draft.replace(self.path)

    def find(self, deliveries: Iterable[Delivery]) -> Iterator[Found] | None:
        entries = self.load()
        there = (delivery.key for delivery in deliveries if delivery.key in entries)
        return (Found(key, entries[key]["receipt"], entries[key]["texts"]) for key in there)


class FileSinkSuite(SinkConformance):
    connector = FileSink
    plugin = MemoryPlugin(FileSink)

    def arrange(self, deliveries: Sequence[Delivery]) -> Mapping[str, Any]:
        return {"path": "messages.json"}

    def read_back(self) -> Iterator[tuple[str, str, str]]:
        path = self.folder / "messages.json"
        if path.exists():
            for key, entry in json.loads(path.read_text(encoding="utf-8")).items():
                for message_type, text in entry["texts"].items():
                    yield key, message_type, text
