"""A second connection of the same process must not end the locks of the first: POSIX locks belong to the process."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from upscale_connect.ledger import Inbox, Ledger

OPEN_AND_CLOSE = "import sqlite3, sys; db = sqlite3.connect(sys.argv[1]); db.execute('SELECT 1 FROM {}'); db.close()"


@pytest.mark.parametrize(
    ("opening", "name", "table"), [(Ledger.open, "ledger.db", "meta"), (Inbox.open, "ledger.db.inbox", "callback")]
)
def test_another_process_does_not_take_itself_for_the_last_user(
    tmp_path: Path, opening: Callable[[Path], Ledger | Inbox], name: str, table: str
) -> None:
    """Whoever closes a database last removes its WAL; a process that still uses it would read rubbish."""
    path = tmp_path / name
    with opening(tmp_path / "ledger.db"):
        with opening(tmp_path / "ledger.db"):
            pass
        subprocess.run([sys.executable, "-c", OPEN_AND_CLOSE.format(table), str(path)], check=True)
        assert path.with_name(f"{name}-wal").exists()
