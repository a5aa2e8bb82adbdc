"""Leads from a file with one JSON object per line."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from io import BufferedReader
from pathlib import Path

from pydantic import Field

from upscale_connect import (
    BadRecord,
    Checkpoint,
    Context,
    Cursor,
    Finding,
    PluginConfig,
    Record,
    Source,
    SourceError,
)


class JsonlConfig(PluginConfig):
    path: Path = Field(description="The file with the leads.")
    id: str | None = Field(None, description="The field that holds a record's own id, if there is one.")


class JsonlSource(Source[JsonlConfig]):
    """Yields each line as a record. A file with the very bytes of the last read is not parsed again."""

    name = "jsonl"
    config_model = JsonlConfig
    whole = True

    def __init__(self, config: JsonlConfig, context: Context) -> None:
        super().__init__(config, context)
        self._path = context.folder / config.path

    def read(self, since: Cursor | None) -> Iterator[Record | BadRecord | Checkpoint]:
        with self._open() as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            if since is not None and since.get("sha256") == digest:
                return
            file.seek(0)
            for number, line in enumerate(file, 1):
                if line.strip():
                    yield self._record(line, f"{self._path.name}:{number}")
        yield Checkpoint({"sha256": digest})

    def check(self) -> Iterator[Finding]:
        if self._path.is_file():
            yield Finding("ok", f"{self._path.name} is there")
        else:
            yield Finding("error", f"{self._path}: there is no such file", "correct `path:`")

    def _open(self) -> BufferedReader:
        try:
            return self._path.open("rb")
        except OSError as error:
            raise SourceError(f"{self._path}: {error.strerror}", hint="correct `path:`") from None

    def _record(self, line: bytes, where: str) -> Record | BadRecord:
        try:
            data = json.loads(line)
        except ValueError:
            return BadRecord(where, "this line is not JSON")
        if not isinstance(data, dict):
            return BadRecord(where, "this line is not a JSON object")
        fields = {name: _show(value) for name, value in data.items()}
        return Record(fields.get(self.config.id or "") or None, fields, where)


def _show(value: object) -> str:
    """Every field of a record is text; what is empty is empty text."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
