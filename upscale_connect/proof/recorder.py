"""The plugin of a proof: a source that gives what was recorded, and sinks that only write down what they get.

Each file has one JSON value a line. The program loads this as it loads any other plugin.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Literal, TypeAlias

from ..contracts import (
    Checkpoint,
    Cursor,
    Delivery,
    Found,
    PluginConfig,
    Row,
    Sink,
    Source,
    Table,
    WriteResult,
)
from ..hookspecs import hookimpl
from ..models import BadRecord, Record

#: How a sink is written: as a whole, lead by lead, or lead by lead and every repeat shows.
Kind: TypeAlias = Literal["table", "sink", "notes"]

#: What the configuration says after `plugin:`.
SOURCE = "proof"
NAMES: dict[Kind, str] = {"sink": "proof-sink", "notes": "proof-notes"}


class NotebookConfig(PluginConfig):
    """`finds`: whether the sink can tell later what it has."""

    path: Path
    finds: bool = True


class RecordedConfig(PluginConfig):
    """`beside`: what kind of sink the source has; its file is `notebook`."""

    path: Path
    beside: Kind | None = None
    notebook: NotebookConfig | None = None


class RecordedSource(Source[RecordedConfig]):
    """Gives the records of its file once, and again when the file is another one."""

    name = SOURCE
    config_model = RecordedConfig
    whole = True

    def read(self, since: Cursor | None) -> Iterator[Record | BadRecord | Checkpoint]:
        content = (self.context.folder / self.config.path).read_bytes()
        cursor = {"sha256": hashlib.sha256(content).hexdigest()}
        if since != cursor:
            for line in content.splitlines()[1:]:
                yield parse_record(json.loads(line))
        yield Checkpoint(dict(cursor))

    def columns(self) -> Sequence[str] | None:
        with (self.context.folder / self.config.path).open(encoding="ascii") as file:
            columns: Sequence[str] | None = json.loads(file.readline())
        return columns

    def beside(self) -> Sink[Any] | Table[Any] | None:
        notebook, kind = self.config.notebook, self.config.beside
        if notebook is None or kind is None:
            return None
        made: dict[Kind, type[Notebook | NotebookTable]] = {
            "table": NotebookTable,
            "sink": Notebook,
            "notes": NotesNotebook,
        }
        return made[kind](notebook, self.context)


class Notebook(Sink[NotebookConfig]):
    """Adds a line for each delivery. A run that is killed leaves whole lines: each is one call of the system."""

    name = NAMES["sink"]
    config_model = NotebookConfig

    def write(self, deliveries: Iterable[Delivery]) -> Iterator[WriteResult]:
        with (self.context.folder / self.config.path).open("ab", buffering=0) as file:
            for delivery in deliveries:
                note = {
                    "key": delivery.key,
                    "receipt": delivery.receipt,
                    "record": dump_record(delivery.record),
                    "messages": _texts(delivery),
                }
                file.write(json.dumps(note).encode("ascii") + b"\n")
                yield delivery.written()

    def find(self, deliveries: Iterable[Delivery]) -> Iterator[Found] | None:
        return self._find({delivery.key for delivery in deliveries}) if self.config.finds else None

    def _find(self, wanted: set[str]) -> Iterator[Found]:
        newest = {note["key"]: note for note in read_lines(self.context.folder / self.config.path)}
        for key in newest.keys() & wanted:
            yield Found(key, newest[key]["receipt"], newest[key]["messages"])


class NotesNotebook(Notebook):
    """A sink where a second writing would show."""

    name = NAMES["notes"]
    repeatable = False


class NotebookTable(Table[NotebookConfig]):
    """Replaces its file by one with a line for each row."""

    name = SOURCE
    config_model = NotebookConfig

    def stamp(self) -> str | None:
        path = self.context.folder / self.config.path
        return _stamp(path) if path.exists() else None

    def rewrite(self, rows: Iterable[Row], stamps: Collection[str], announce: Callable[[str], None]) -> None:
        path = self.context.folder / self.config.path
        draft = path.with_suffix(".draft")
        with draft.open("w", encoding="ascii", newline="\n") as file:
            for row in rows:
                shown = _texts(row.delivery) if row.delivery else {}
                note = {"record": dump_record(row.record), "status": row.status, "messages": shown}
                file.write(json.dumps(note) + "\n")
        announce(_stamp(draft))
        draft.replace(path)


def _stamp(path: Path) -> str:
    found = path.stat()
    return f"{found.st_size}-{found.st_mtime_ns}"


def _texts(delivery: Delivery) -> dict[str, str]:
    return {message.type: message.text for message in delivery.messages.values()}


def dump_record(record: Record | BadRecord) -> dict[str, Any]:
    """A record as JSON, without what the source's own class adds to it."""
    if isinstance(record, BadRecord):
        return dataclasses.asdict(BadRecord(record.where, record.reason, record.id))
    return dataclasses.asdict(Record(record.id, dict(record.fields), record.where))


def parse_record(value: dict[str, Any]) -> Record | BadRecord:
    """The record that `dump_record` was given."""
    return BadRecord(**value) if "reason" in value else Record(**value)


def read_lines(path: Path) -> list[Any]:
    """The JSON values of a file; none if there is no file."""
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_bytes().splitlines()]


@hookimpl
def lead_sources() -> list[type[Source[Any]]]:
    return [RecordedSource]


@hookimpl
def message_sinks() -> list[type[Sink[Any]]]:
    return [Notebook, NotesNotebook]
