"""Leads from a CSV file."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

from upscale_connect import BadRecord, Checkpoint, Context, Cursor, Finding, Record, Source, SourceError

from .dialect import NAMES
from .encoding import Undecodable, choose_codec, find_undecodable, hash_file
from .options import CsvConfig
from .reader import CsvReader, changed, unreadable
from .records import CsvBadRecord, CsvRecord
from .table import CsvTable


class CsvSource(Source[CsvConfig]):
    """Streams a file: memory does not grow with it. It writes nothing; its table does.

    Its cursor is the file's SHA-256 and size: a file with the same bytes as at the last checkpoint is not
    parsed again.
    """

    name = "csv"
    config_model = CsvConfig
    whole = True

    def __init__(self, config: CsvConfig, context: Context) -> None:
        super().__init__(config, context)
        self._path = context.folder / config.path.expanduser()

    def read(self, since: Cursor | None) -> Iterator[Record | BadRecord | Checkpoint]:
        """Every row as a record or bad record, then one checkpoint. Raises `SourceError`."""
        before = self._stat()
        if since is not None and self._is_at(since, before.st_size):
            yield Checkpoint(dict(since))
            return
        with self._open() as reader:
            layout, columns, name = reader.layout, reader.layout.columns, reader.name
            for line, raw, cells, problem in reader.rows():
                where = f"{name}:{line}"
                if problem:
                    yield CsvBadRecord(where, problem, raw=raw, layout=layout)
                else:
                    fields = dict(zip(columns, cells, strict=True))
                    yield CsvRecord(None, fields, where, raw=raw, layout=layout)
            file = reader.file
        after = self._stat()
        if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns) or file.size != after.st_size:
            raise changed(self._path)
        yield Checkpoint({"sha256": file.sha256, "size": file.size})

    def columns(self) -> Sequence[str]:
        """The header's names: trimmed, and each one different. Raises `SourceError`."""
        with self._open() as reader:
            return reader.layout.columns

    def beside(self) -> CsvTable:
        """The table that writes `output`."""
        return CsvTable(self.config, self.context)

    def check(self) -> Iterator[Finding]:
        try:
            undecodable = self._find_undecodable()
            if undecodable:
                error = undecodable.error()
                yield Finding(
                    "error", error.message, f"set `encoding:` to the right one: {undecodable.show_readings()}"
                )
                return
            with self._open() as reader:
                layout = reader.layout
        except SourceError as error:
            yield Finding("error", error.message, error.hint)
            return
        count, between = len(layout.columns), NAMES.get(layout.delimiter, repr(layout.delimiter))
        columns = f"{count} columns separated by {between}" if count > 1 else "one column"
        yield Finding("ok", f"{layout.name}: {columns}, {layout.codec}")

    def _find_undecodable(self) -> Undecodable | None:
        if not self._path.is_file():
            return None
        try:
            return find_undecodable(self._path, choose_codec(self._path, self.config.encoding))
        except OSError as error:
            raise unreadable(self._path, error) from None

    def _open(self) -> CsvReader:
        config = self.config
        return CsvReader(self._path, encoding=config.encoding, delimiter=config.delimiter, needed=self.context.columns)

    def _stat(self) -> os.stat_result:
        try:
            return self._path.stat()
        except OSError as error:
            raise unreadable(self._path, error) from None

    def _is_at(self, since: Cursor, size: int) -> bool:
        """Whether the file has the very bytes of the last checkpoint."""
        if since.get("size") != size:
            return False
        try:
            return since.get("sha256") == hash_file(self._path)
        except OSError as error:
            raise unreadable(self._path, error) from None
