"""Two processes that make the same ledger at the same moment."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any, cast

import pytest

from upscale_connect.ledger.database import BUSY_PAUSE, _enter_wal


class BusyConnection:
    """Another process is choosing the journal of the same file, `times` times."""

    def __init__(self, path: Path, times: int, name: str = "SQLITE_BUSY") -> None:
        self._real = sqlite3.connect(path)
        self._left, self._name = times, name

    def execute(self, statement: str) -> Any:
        if self._left:
            self._left -= 1
            error = sqlite3.OperationalError("database is locked")
            error.sqlite_errorname = self._name
            raise error
        return self._real.execute(statement)

    def close(self) -> None:
        self._real.close()


@pytest.mark.parametrize("times", [0, 3])
def test_journal_is_chosen_as_soon_as_the_other_is_done(tmp_path: Path, times: int) -> None:
    connection, pauses = BusyConnection(tmp_path / "ledger.db", times), list[float]()
    assert _enter_wal(cast(sqlite3.Connection, connection), pauses.append) == "wal"
    connection.close()
    assert pauses == [BUSY_PAUSE] * times


def test_patience_ends(tmp_path: Path) -> None:
    connection, pauses = BusyConnection(tmp_path / "ledger.db", 10_000), list[float]()
    with pytest.raises(sqlite3.OperationalError):
        _enter_wal(cast(sqlite3.Connection, connection), pauses.append)
    connection.close()
    assert sum(pauses) == pytest.approx(10)


def test_another_failure_is_told_at_once(tmp_path: Path) -> None:
    connection, pauses = BusyConnection(tmp_path / "ledger.db", 1, "SQLITE_IOERR"), list[float]()
    with pytest.raises(sqlite3.OperationalError):
        _enter_wal(cast(sqlite3.Connection, connection), pauses.append)
    connection.close()
    assert pauses == []
