"""Old copies of a ledger: made by each request, told to who only reads, and accepted by a person."""

from __future__ import annotations

import json
import logging
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.ledger.copies import beside, copy, refuse, run
from upscale_connect.errors import DiskFullError, LedgerError
from upscale_connect.ledger import Ledger, back_up, disk

if TYPE_CHECKING:
    from tests.ledger.conftest import Books

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
