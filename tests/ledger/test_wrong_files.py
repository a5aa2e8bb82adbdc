"""A file that is damaged, newer than the program, or no ledger at all: one line says so, and it stays as it is."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

import pytest

from tests.ledger.files import files, make_ledger
from upscale_connect.errors import LedgerError
from upscale_connect.ledger import Ledger


def set_version(path: Path, version: int) -> None:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {version}")


def test_file_of_zero_bytes_is_a_new_ledger(path: Path) -> None:
    path.touch()
    with Ledger.open(path, read_only=True) as ledger:
        assert ledger.sync_names() == []
    assert path.read_bytes() == b""
    make_ledger(path)
    with Ledger.open(path) as ledger:
        assert ledger.sync_names() == ["spring"]


@pytest.mark.promise(row="I2")
@pytest.mark.parametrize("read_only", [False, True])
@pytest.mark.parametrize("size", [50, 512, 4096, 4097, 20_000, 100_000])
def test_truncated_file(path: Path, size: int, read_only: bool) -> None:
    whole = make_ledger(path)
    path.write_bytes(whole[:size])
    with (
        pytest.raises(LedgerError, match=r"ledger\.db: .*damaged") as caught,
        Ledger.open(path, read_only=read_only) as ledger,
    ):
        ledger.sync_names()
    assert "restore it from a backup" in caught.value.hint
    assert path.read_bytes() == whole[:size]


@pytest.mark.promise(row="I2")
@pytest.mark.parametrize("read_only", [False, True])
@pytest.mark.parametrize("content", [b"ID,First name\n1,Ann\n" * 40, b"\0" * 4096, b"xy"])
def test_file_of_another_kind(path: Path, content: bytes, read_only: bool) -> None:
    path.write_bytes(content)
    with pytest.raises(LedgerError, match=r"ledger\.db: .*(damaged|no ledger|another program)"):
        Ledger.open(path, read_only=read_only)
    assert path.read_bytes() == content


@pytest.mark.promise(row="I2")
@pytest.mark.parametrize("read_only", [False, True])
@pytest.mark.parametrize("version", [0, 1, 99])
def test_database_of_another_program(path: Path, version: int, read_only: bool) -> None:
    """Its tables must not get ours beside them, whatever number it gives to its shape."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE places (url TEXT)")
    set_version(path, version)
    before = files(path.parent)
    with pytest.raises(LedgerError, match="belongs to another program") as caught:
        Ledger.open(path, read_only=read_only)
    assert "`ledger:`" in caught.value.hint
    assert files(path.parent) == before


@pytest.mark.promise(row="I2")
@pytest.mark.parametrize("read_only", [False, True])
def test_newer_ledger(path: Path, read_only: bool) -> None:
    make_ledger(path)
    set_version(path, 99)
    before = files(path.parent)
    with pytest.raises(LedgerError, match=r"ledger\.db: .*written by a newer upscale-connect") as caught:
        Ledger.open(path, read_only=read_only)
    assert "pip install --upgrade upscale-connect" in caught.value.hint
    assert files(path.parent) == before


@pytest.mark.promise(row="I4")
def test_damaged_page_that_is_read_later(path: Path) -> None:
    whole = bytearray(make_ledger(path))
    whole[4096:] = b"\x55" * (len(whole) - 4096)
    path.write_bytes(whole)
    with pytest.raises(LedgerError, match="damaged") as caught, Ledger.open(path) as ledger:
        ledger.sync_names()
    assert "an empty one would buy everything again" in caught.value.hint


def test_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match="no such folder"):
        Ledger.open(tmp_path / "missing" / "ledger.db")
    assert list(tmp_path.iterdir()) == []


def test_folder_in_place_of_the_file(path: Path) -> None:
    path.mkdir()
    with pytest.raises(LedgerError, match=r"ledger\.db: the ledger cannot be written"):
        Ledger.open(path)
