"""The generation: an old copy of the ledger, another one, or none at all is noticed before anything is bought."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path

import pytest

from tests.ledger.copies import beside, copy, refuse, run
from upscale_connect.errors import LedgerError
from upscale_connect.ledger import disk


def test_runs_one_after_the_other(path: Path) -> None:
    for _ in range(5):
        run(path)


@pytest.mark.parametrize("runs", [1, 3])
def test_old_copy(path: Path, runs: int) -> None:
    run(path)
    old = copy(path)
    for _ in range(runs):
        run(path)
    newest = path.read_bytes()
    shutil.copy(old, path)
    refuse(path, "old copy of itself")
    path.write_bytes(newest)
    run(path)


@pytest.mark.promise(row="I5")
def test_deleted_ledger(path: Path) -> None:
    run(path)
    old = copy(path)
    path.unlink()
    refuse(path, "the ledger is missing: an empty one would buy everything again")
    assert not path.exists()
    shutil.copy(old, path)
    run(path)


@pytest.mark.promise(row="I5")
def test_emptied_ledger(path: Path) -> None:
    run(path)
    path.write_bytes(b"")
    refuse(path, "the ledger is missing")
    assert path.read_bytes() == b""


def test_start_anew_on_purpose(path: Path) -> None:
    run(path)
    path.unlink()
    beside(path).unlink()
    run(path)
    run(path)


@pytest.mark.promise(row="I5")
def test_another_ledger(path: Path) -> None:
    run(path)
    other = path.with_name("other.db")
    run(other)
    shutil.copy(other, path)
    refuse(path, "another ledger than the one that was here before")


def test_moved_with_its_files(path: Path, tmp_path: Path) -> None:
    run(path)
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    for file in (path, beside(path)):
        file.rename(folder / file.name)
    run(folder / path.name)
    run(path)  # nothing is left here to remember: a new one


def test_copied_without_its_files(path: Path, tmp_path: Path) -> None:
    """It is believed: the file that could tell lies elsewhere."""
    run(path)
    run(path)
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    shutil.copy(path, folder)
    run(folder / path.name)
    assert beside(folder / path.name).exists()
    run(folder / path.name)


def test_moved_away_without_its_files(path: Path, tmp_path: Path) -> None:
    run(path)
    path.rename(tmp_path / "moved.db")
    refuse(path, "the ledger is missing")


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b'["a", "b"]', b"\xff", b"null", b"[[], null]"])
def test_damaged_file(path: Path, content: bytes) -> None:
    run(path)
    beside(path).write_bytes(content)
    with pytest.raises(LedgerError, match="damaged") as caught:
        run(path)
    assert "remove this file" in caught.value.hint


def test_crash_between_the_two_writes(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The ledger is ahead then; that run bought nothing, and the next one goes on."""
    run(path)
    old = copy(path)

    def fail(*args: object) -> None:
        raise OSError(5, "Input/output error")

    for _ in range(2):
        with monkeypatch.context() as patch:
            patch.setattr(disk, "put", fail)
            with pytest.raises(LedgerError, match="Input/output error"):
                run(path)
    run(path)
    run(path)
    shutil.copy(old, path)
    refuse(path, "old copy")


def test_crash_before_the_first_file(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(disk, "draft", fail)
        with pytest.raises(LedgerError, match="the disk is full"):
            run(path)
    assert not beside(path).exists()
    run(path)
    run(path)


def test_runs_side_by_side(path: Path) -> None:
    failures: list[LedgerError] = []

    def open_often() -> None:
        try:
            for _ in range(3):
                run(path)
        except LedgerError as error:
            failures.append(error)

    threads = [threading.Thread(target=open_often) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    run(path)
    old = copy(path)
    run(path)
    shutil.copy(old, path)
    refuse(path, "old copy")


def test_held_by_another_process(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(path)
    monkeypatch.setattr(disk, "LOCK_SECONDS", 0.01)
    with disk.lock_beside(beside(path)), pytest.raises(LedgerError, match="another process holds it"):
        run(path)
