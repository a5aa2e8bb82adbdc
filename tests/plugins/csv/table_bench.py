"""A source file and the table that is written beside it."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from upscale_connect import BadRecord, Checkpoint, Delivery, Lead, Message, Record, Row
from upscale_connect_csv.options import CsvConfig
from upscale_connect_csv.source import CsvSource
from upscale_connect_csv.table import CsvTable

SINCE = datetime(2026, 1, 2, 5, 4, 5, tzinfo=timezone(timedelta(hours=2)))
HEAD = b"ID,Name,Link\n"
OURS = ["outreach_message", "upscale_status", "upscale_updated_at", "upscale_receipt"]


def deliver(record: Record | BadRecord, texts: dict[str, str], earlier: Sequence[str] = ()) -> Row:
    """A delivered row; a bad record is quarantined."""
    if isinstance(record, BadRecord):
        return Row(record, "quarantined", record.reason, since=SINCE)
    lead = Lead("1", "https://www.linkedin.com/in/ann", "ann", "Acme", "Ann", "Lee")
    messages = {name: Message(name, text, SINCE) for name, text in texts.items()}
    before = dict.fromkeys(texts, earlier)
    return Row(record, "delivered", "", Delivery(lead.key, record, lead, messages, "r3c31pt", before), SINCE)


def rewrite(table: CsvTable, rows: Iterable[Row], stamps: Sequence[str] = ()) -> str:
    """The stamp that was announced: once, and before the target has it."""
    announced: list[str] = []

    def announce(stamp: str) -> None:
        assert not announced
        announced.append(stamp)

    table.rewrite(rows, stamps, announce)
    assert table.stamp() == announced[0]
    return announced[0]


class Bench:
    """A source file and its table."""

    def __init__(self, path: Path, make_context: Any) -> None:
        self.path = path
        self.output = path / "leads.messages.csv"
        self._make_context = make_context

    def source(self, data: bytes, types: Sequence[str] = ("connection_request",), **options: Any) -> CsvSource:
        (self.path / "leads.csv").write_bytes(data)
        return CsvSource(CsvConfig(**{"path": "leads.csv", **options}), self._make_context((), types))

    def rewrite(
        self, data: bytes, text: str = "Hi", stamp: str | None = None, earlier: Sequence[str] = (), **options: Any
    ) -> str:
        """Deliver `text` to every lead of a file; return the output's stamp, as it was announced."""
        source = self.source(data, **options)
        return rewrite(source.beside(), self.rows(source, text, earlier), () if stamp is None else (stamp,))

    def rows(self, source: CsvSource, text: str = "Hi", earlier: Sequence[str] = ()) -> Iterator[Row]:
        for item in source.read(None):
            if not isinstance(item, Checkpoint):
                yield deliver(item, {"connection_request": text}, earlier)

    def cells(self, **options: Any) -> list[list[str]]:
        with self.output.open(encoding="utf-8-sig", newline="") as file:
            return list(csv.reader(file, **options))

    def others(self) -> list[str]:
        """What lies in the folder besides source, output and lock."""
        usual = ("leads.csv", self.output.name, f".{self.output.name}.lock")
        return sorted(path.name for path in self.path.iterdir() if path.name not in usual)
