"""What stands in our columns of a file before it is written again."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence

from upscale_connect import Record

from .reader import CsvReader


class KeptCells:
    """Found by the cells that the mapping reads, never by a row's number: a colleague may have sorted the rows.

    They lie in a temporary database on the disk, so that memory does not grow with the file.
    """

    def __init__(self) -> None:
        self._cells = sqlite3.connect("")
        self._cells.execute("CREATE TABLE kept (row BLOB PRIMARY KEY, cells TEXT) WITHOUT ROWID")
        self._keys: Sequence[str] = ()

    def close(self) -> None:
        self._cells.close()

    def read(self, reader: CsvReader, keys: Sequence[str], ours: Iterable[str]) -> None:
        """Take over the rows of a file that show something in our columns. `keys`: columns that tell rows apart."""
        columns = reader.layout.columns
        if not keys or any(key not in columns for key in keys):
            return
        self._keys = keys
        places = [columns.index(key) for key in keys]
        shown = {name: columns.index(name) for name in ours if name in columns}
        self._cells.executemany("INSERT OR IGNORE INTO kept VALUES (?, ?)", _entries(reader, places, shown))

    def find(self, record: Record) -> Mapping[str, str]:
        """Our column → the text that stands there beside this record; nothing if the file has no such row."""
        if not self._keys:
            return {}
        key = _digest([record.fields.get(name, "") for name in self._keys])
        found = self._cells.execute("SELECT cells FROM kept WHERE row = ?", (key,)).fetchone()
        cells: dict[str, str] = json.loads(found[0]) if found else {}
        return cells


def _entries(reader: CsvReader, places: Sequence[int], shown: Mapping[str, int]) -> Iterator[tuple[bytes, str]]:
    for row in reader.rows():
        if not row.problem and (cells := {name: row.cells[at] for name, at in shown.items() if row.cells[at]}):
            yield _digest([row.cells[place] for place in places]), json.dumps(cells)


def _digest(cells: Sequence[str]) -> bytes:
    return hashlib.sha256(json.dumps(cells).encode()).digest()[:16]
