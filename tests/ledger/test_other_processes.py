"""Other processes that have the ledger open at the same time."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.ledger.files import make_ledger
from upscale_connect.errors import LedgerError
from upscale_connect.ledger import Ledger, database

HOLDER = (
    "import sqlite3, sys; db = sqlite3.connect(sys.argv[1], isolation_level=None); db.execute('BEGIN IMMEDIATE')\n"
    "print('held', flush=True); sys.stdin.read()"
)


@contextlib.contextmanager
def held_by_another(path: Path) -> Iterator[None]:
    """A second process has the write lock of this database."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout
        assert holder.stdout.readline().strip() == b"held"
        yield


@pytest.mark.promise(row="I3")
def test_another_process_writes(path: Path) -> None:
    """Reading goes on; writing says what to do, changes nothing, and goes on when the other is done."""
    make_ledger(path)
    with Ledger.open(path) as ledger:
        ledger.db.connection.execute("PRAGMA busy_timeout = 10")
        with held_by_another(path):
            assert ledger.find_sync("spring") == 1
            with pytest.raises(LedgerError, match="another program holds the ledger") as caught:
                ledger.bind_sync("autumn")
            assert "nothing is lost" in caught.value.hint
        assert ledger.sync_names() == ["spring"]
        ledger.bind_sync("autumn")
        assert ledger.sync_names() == ["autumn", "spring"]


def test_another_process_makes_the_file(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.01)
    path.touch()
    with held_by_another(path), pytest.raises(LedgerError, match="another program holds the ledger"):
        Ledger.open(path)
    make_ledger(path)


def test_ten_processes_open_a_new_ledger(path: Path) -> None:
    """Each finds the whole shape, and they are one ledger."""
    start = threading.Barrier(10)

    def open_ledger() -> str:
        start.wait()
        with Ledger.open(path) as ledger:
            return ledger.identity()

    with ThreadPoolExecutor(10) as pool:
        opened = [future.result() for future in [pool.submit(open_ledger) for _ in range(10)]]
    assert len(set(opened)) == 1
