"""A folder with a file that the source reads."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from upscale_connect import BadRecord, Checkpoint, Record
from upscale_connect_csv.options import CsvConfig
from upscale_connect_csv.source import CsvSource

Read = list[tuple[str, tuple[str, ...] | str]]


class Folder:
    """Writes `leads.csv` and reads it back through the source."""

    def __init__(self, path: Path, make_context: Any) -> None:
        self.path = path
        self._make_context = make_context

    def source(self, data: bytes | None, columns: Sequence[str] = (), **options: Any) -> CsvSource:
        if data is not None:
            (self.path / "leads.csv").write_bytes(data)
        return CsvSource(CsvConfig(**{"path": "leads.csv", **options}), self._make_context(columns))

    def read(self, data: bytes, columns: Sequence[str] = (), **options: Any) -> Read:
        """(where, values) of each record, (where, reason) of each bad one."""
        *items, checkpoint = self.source(data, columns, **options).read(None)
        assert checkpoint == Checkpoint({"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)})
        return [_show(item) for item in items]


def _show(item: Record | BadRecord | Checkpoint) -> tuple[str, tuple[str, ...] | str]:
    if isinstance(item, Record):
        assert item.id is None
        return item.where, tuple(item.fields.values())
    assert isinstance(item, BadRecord)
    return item.where, item.reason


HEAD = b"ID,Name,Link\n"
