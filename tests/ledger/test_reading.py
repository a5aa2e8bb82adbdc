"""A ledger that is opened for reading only."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.ledger.files import files, make_ledger
from upscale_connect.errors import LedgerError
from upscale_connect.ledger import Ledger


def test_reading_a_missing_file_writes_nothing(path: Path) -> None:
    with Ledger.open(path, read_only=True) as ledger:
        assert ledger.sync_names() == []
        assert ledger.find_account("main") is None
    assert list(path.parent.iterdir()) == []


def test_reading_leaves_every_byte(path: Path) -> None:
    make_ledger(path)
    before = files(path.parent)
    assert set(before) == {"ledger.db", "ledger.db.generation", "ledger.db.generation.lock"}
    with Ledger.open(path, read_only=True) as ledger:
        assert ledger.sync_names() == ["spring"]
        with pytest.raises(LedgerError, match="read-only"):
            ledger.bind_sync("autumn")
    assert files(path.parent) == before


def test_reading_beside_a_run(path: Path) -> None:
    """What the run committed is seen at once, and its files stay."""
    with Ledger.open(path) as writer:
        writer.bind_sync("spring")
        with Ledger.open(path, read_only=True) as reader:
            assert reader.sync_names() == ["spring"]
            writer.bind_sync("autumn")
            assert reader.sync_names() == ["autumn", "spring"]
        assert path.with_name("ledger.db-wal").exists()
        assert writer.bind_sync("winter") == 3


@pytest.mark.parametrize("name", ["what? 100%.db", "a#b.db", "leads & more.db", "grün.db"])
def test_names_that_a_file_uri_must_quote(tmp_path: Path, name: str) -> None:
    if sys.platform == "win32" and "?" in name:
        pytest.skip("no such file name on Windows")
    make_ledger(tmp_path / name)
    assert {file.name for file in tmp_path.iterdir()} == {name, f"{name}.generation", f"{name}.generation.lock"}
