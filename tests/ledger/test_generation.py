"""The generation: an old copy of the ledger, another one, or none at all is noticed before anything is bought."""

from __future__ import annotations

import json
import logging
import shutil
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from upscale_connect.errors import DiskFullError, LedgerError
from upscale_connect.ledger import Ledger, back_up, disk

if TYPE_CHECKING:
    from tests.ledger.conftest import Books


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.db"


def beside(path: Path) -> Path:
    return path.with_name(f"{path.name}.generation")


def run(path: Path) -> None:
    """What every run does with its ledger."""
    with Ledger.open(path) as ledger:
        ledger.bind_sync("spring")


def copy(path: Path) -> Path:
    return Path(shutil.copy(path, path.with_name("copy")))


def refuse(path: Path, told: str) -> None:
    """Opening it for writing must fail, every time, and change nothing."""
    for _ in range(2):
        before = {file.name: file.read_bytes() for file in path.parent.iterdir()}
        with pytest.raises(LedgerError, match=told) as caught:
            run(path)
        assert str(beside(path)) in caught.value.hint
        assert {file.name: file.read_bytes() for file in path.parent.iterdir()} == before


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


# Each request makes old copies of those that were made before it.


def test_copy_from_before_a_request(books: Books) -> None:
    batch = books.attempt("prepared", "lead_1")
    old = books.path.with_name("saved.db")
    back_up(books.path, old)
    books.submit(batch.attempt_id)
    books.ledger.close()
    old.replace(books.path)
    refuse(books.path, "old copy of itself")


def test_copy_from_after_the_last_request(books: Books) -> None:
    """Nothing was bought since, so it may take the place of the newest one."""
    batch = books.attempt("submitting", "lead_1")
    old = books.path.with_name("saved.db")
    back_up(books.path, old)
    books.accept(batch.attempt_id)
    books.ledger.close()
    old.replace(books.path)
    run(books.path)


def test_a_ledger_in_whose_place_another_works_sends_nothing(books: Books) -> None:
    """A run still has the old file open when a person puts a copy in its place and accepts it."""
    batch = books.attempt("prepared", "lead_1")
    generation = beside(books.path)
    ledger_id, number = json.loads(generation.read_bytes())
    generation.write_text(json.dumps([ledger_id, number + 1]), encoding="utf-8")
    with books.refused_whole(LedgerError):
        books.submit(batch.attempt_id)
    assert books.attempts() == ["prepared"]


def test_a_full_disk_is_met_before_anything_is_sent(books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: object) -> None:
        raise OSError(28, "No space left on device")

    batch = books.attempt("prepared", "lead_1")
    with monkeypatch.context() as patch:
        patch.setattr(disk, "draft", fail)
        with books.refused_whole(DiskFullError):
            books.submit(batch.attempt_id)
    books.submit(batch.attempt_id)
    assert books.attempts() == ["submitting"]


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


# Who only reads is warned.


def read(path: Path) -> None:
    with Ledger.open(path, read_only=True) as ledger:
        ledger.sync_names()


def test_reading_warns_of_an_old_copy(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    run(path)
    old = copy(path)
    run(path)
    read(path)
    assert caplog.records == []
    shutil.copy(old, path)
    read(path)
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert "old copy" in record.message


def test_reading_warns_of_a_missing_ledger(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    run(path)
    path.unlink()
    read(path)
    assert "the ledger is missing" in caplog.text
    assert not path.exists()


def test_reading_warns_of_a_damaged_file(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    run(path)
    beside(path).write_bytes(b"?")
    read(path)
    assert "damaged" in caplog.text


# An old copy that was accepted, because its newer one is lost.


def accept_copy(books: Books) -> int:
    """The file is removed, as a person does; the number of attempts that the next run puts in doubt."""
    beside(books.path).unlink()
    books.reopen()
    return books.ledger.recover(books.sync, "run-2", books.at)


@pytest.mark.promise(row="B4")
def test_unsent_attempt_of_an_accepted_copy_is_in_doubt(books: Books) -> None:
    """What the copy takes for unsent may have been sent by the ledger that is lost."""
    books.attempt("prepared", "lead_1")
    assert accept_copy(books) == 1
    assert books.attempts() == ["in_doubt"]
    assert books.states() == {"lead_1": "pending"}


def test_later_attempts_of_an_accepted_copy(books: Books) -> None:
    books.attempt("prepared", "lead_1")
    accept_copy(books)
    books.attempt("prepared", "lead_2")
    books.reopen()
    assert books.ledger.recover(books.sync, "run-3", books.at) == 0
    assert books.attempts() == ["in_doubt", "dropped"]
    assert books.states() == {"lead_1": "pending", "lead_2": "queued"}


def test_unsent_attempt_of_the_newest_ledger_is_queued_again(books: Books) -> None:
    books.attempt("prepared", "lead_1")
    books.reopen()
    assert books.ledger.recover(books.sync, "run-2", books.at) == 0
    assert books.attempts() == ["dropped"]
