"""The rights of the file and of its folder."""

from __future__ import annotations

import os
import stat
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ledger.files import make_ledger
from upscale_connect.errors import LedgerError
from upscale_connect.ledger import Ledger

posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such rights")


@pytest.mark.promise(row="K4")
@posix
def test_nobody_else_can_read_it(path: Path) -> None:
    before = os.umask(0)
    try:
        with Ledger.open(path) as ledger:
            ledger.bind_sync("spring")
            modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.glob("ledger.db*")}
    finally:
        os.umask(before)
    names = ("ledger.db", "ledger.db-wal", "ledger.db-shm", "ledger.db.generation", "ledger.db.generation.lock")
    assert modes == dict.fromkeys(names, 0o600)


@pytest.fixture
def guarded() -> Iterator[Path]:
    """A folder whose rights count for this process: an administrator becomes an ordinary user for a while."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        is_root = sys.platform != "win32" and os.geteuid() == 0
        if is_root:
            os.chown(folder, 65534, -1)
            os.setresuid(65534, 65534, 0)  # type: ignore[attr-defined,unused-ignore]  # macOS has none, and no root in CI
        try:
            yield folder
        finally:
            if is_root:
                os.setresuid(0, 0, 0)  # type: ignore[attr-defined,unused-ignore]  # as above
            folder.chmod(0o700)


@pytest.mark.promise(row="I2")
@posix
def test_file_that_may_not_be_written(guarded: Path) -> None:
    path = guarded / "ledger.db"
    make_ledger(path)
    path.chmod(0o400)
    with pytest.raises(LedgerError, match=r"ledger\.db: the ledger cannot be written"):
        Ledger.open(path)
    with Ledger.open(path, read_only=True) as ledger:
        assert ledger.sync_names() == ["spring"]


@pytest.mark.promise(row="I2")
@posix
def test_folder_that_may_not_be_written(guarded: Path) -> None:
    path = guarded / "ledger.db"
    guarded.chmod(0o500)
    with pytest.raises(LedgerError, match=r"ledger\.db: the ledger cannot be written"):
        Ledger.open(path)
    guarded.chmod(0o700)
    make_ledger(path)
    guarded.chmod(0o500)
    with pytest.raises(LedgerError, match=r"ledger\.db: "):
        Ledger.open(path)
