"""What stands in our columns of a file before it is written again."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, suppress
from typing import TypeAlias

from upscale_connect import Record, SourceError

from .reader import CsvReader

#: Our column → the text that stands there.
Cells: TypeAlias = Mapping[str, str]


class KeptCells:
    """Found by the cells that the mapping reads, never by a row's number: a colleague may have sorted the rows.

    As a rule nobody has, and the file is read beside the one that is written. Rows that are passed over until one is
    found lie in a temporary database on the disk, so that memory does not grow with the file.
    """

    def __init__(self) -> None:
        self._passed = sqlite3.connect("")
        self._passed.execute("CREATE TABLE passed (row BLOB PRIMARY KEY, cells TEXT) WITHOUT ROWID")
        self._is_passed = False
        self._keys: Sequence[str] = ()
        self._rows: Iterator[tuple[Sequence[str], Cells]] = iter(())
        self._file = ExitStack()

    def close(self) -> None:
        """Also of the file: Windows replaces none that is open."""
        self._file.close()
        self._passed.close()

    def open(
        self, open_reader: Callable[[], AbstractContextManager[CsvReader]], keys: Sequence[str], ours: Iterable[str]
    ) -> None:
        """Look into this file from now on. `keys`: columns that tell rows apart. Raises `SourceError`."""
        reader = self._file.enter_context(open_reader())
        columns = reader.layout.columns
        if keys and all(key in columns for key in keys):
            self._keys = keys
            places = [columns.index(key) for key in keys]
            shown = {name: columns.index(name) for name in ours if name in columns}
            self._rows = _read(reader, places, shown)

    def find(self, record: Record) -> Cells:
        """What stands beside this record; nothing if the file has no such row, or cannot be read up to it."""
        key = [record.fields.get(name, "") for name in self._keys]
        if self._is_passed and (cells := self._recall(key)) is not None:
            return cells
        with suppress(SourceError):
            for there, cells in self._rows:
                if there == key:
                    return cells
                if cells:
                    self._is_passed = True
                    entry = (_digest(there), json.dumps(cells))
                    self._passed.execute("INSERT OR IGNORE INTO passed VALUES (?, ?)", entry)
        return {}

    def _recall(self, key: Sequence[str]) -> Cells | None:
        found = self._passed.execute("SELECT cells FROM passed WHERE row = ?", (_digest(key),)).fetchone()
        cells: Cells | None = json.loads(found[0]) if found else None
        return cells


def _read(reader: CsvReader, places: Sequence[int], shown: Mapping[str, int]) -> Iterator[tuple[Sequence[str], Cells]]:
    for row in reader.rows():
        if not row.problem:
            cells = row.cells
            yield [cells[place] for place in places], {name: cells[at] for name, at in shown.items() if cells[at]}


def _digest(cells: Sequence[str]) -> bytes:
    return hashlib.sha256(json.dumps(cells).encode()).digest()[:16]
