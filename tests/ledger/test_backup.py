"""Copies of the ledger: whole, private, and never instead of something else."""

from __future__ import annotations

import sqlite3
import stat
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from upscale_connect.errors import LedgerError, UsageError
from upscale_connect.ledger import Inbox, Ledger, back_up, backup, locate_inbox, name_backup, verify
from upscale_connect.ledger.backup import copy_database

if TYPE_CHECKING:
    from tests.ledger.conftest import Books

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def test_the_name_has_the_time_in_it(tmp_path: Path) -> None:
    assert name_backup(tmp_path / "my.db", AT).name == "my.2026-01-02T030405Z.backup.db"


@pytest.mark.promise(row="B4")
def test_a_copy_has_all_that_is_committed(books: Books, tmp_path: Path) -> None:
    """The ledger is open, and its last commits are still in the WAL."""
    books.attempt("accepted", "lead_1", "lead_2")
    target = tmp_path / "copy.db"
    assert back_up(books.path, target) == [target]
    with Ledger.open(target, read_only=True) as copy:
        assert len(copy.open_attempts(books.sync)) == 1
    assert [finding for finding in verify(target) if finding.level == "error"] == []
    assert stat.S_IMODE(target.stat().st_mode) == 0o600


def test_a_writer_is_not_in_the_way(books: Books, tmp_path: Path) -> None:
    books.attempt("prepared", "lead_1")
    with books.ledger.db.transaction() as tx:
        tx.execute("DELETE FROM event")
        back_up(books.path, tmp_path / "copy.db")
    with Ledger.open(tmp_path / "copy.db", read_only=True) as copy, copy.db.reading() as reading:
        assert reading.execute("SELECT count(*) FROM event").fetchone()[0] > 0


def test_inbox_and_spool_come_along(books: Books, tmp_path: Path) -> None:
    attempt_id = books.attempt("submitting", "lead_1").attempt_id
    books.ledger.spool.append(attempt_id, "run-1", "id-1", books.at)
    Inbox.open(books.path).close()
    target = tmp_path / "copy.db"
    files = back_up(books.path, target)
    assert [file.name for file in files] == ["copy.db", "copy.db.inbox", "copy.db.spool"]
    assert (tmp_path / "copy.db.spool").read_bytes() == books.ledger.spool.path.read_bytes()


def test_an_id_that_is_taken_over_meanwhile(books: Books, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run begins right after the ledger was read: what was in the spool before is not lost."""
    attempt_id = books.attempt("submitting", "lead_1").attempt_id
    books.ledger.spool.append(attempt_id, "run-1", "id-1", books.at)

    def copy_then_begin(source: Path, copy: Path) -> None:
        copy_database(source, copy)
        books.ledger.import_spool(books.sync, "run-2", books.at)

    monkeypatch.setattr(backup, "copy_database", copy_then_begin)
    target = tmp_path / "copy.db"
    back_up(books.path, target)
    assert books.attempts() == ["accepted"]
    with Ledger.open(target) as copy:
        assert copy.import_spool(books.sync, "run-3", books.at).taken == 1
        assert len(copy.open_attempts(books.sync)) == 1


def test_a_callback_that_is_used_meanwhile(books: Books, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The copy of the ledger does not know what came of it, so the copy of the inbox must have it unread."""

    def copy_then_use(source: Path, copy: Path) -> None:
        copy_database(source, copy)
        with Inbox.open(books.path) as inbox:
            for callback in inbox.unread():
                inbox.mark_read(callback, books.at, "bound")

    with Inbox.open(books.path) as inbox:
        inbox.put(bytes(32), "id-1", "complete", "", 1, 1, books.at)
    monkeypatch.setattr(backup, "copy_database", copy_then_use)
    target = tmp_path / "copy.db"
    back_up(books.path, target)
    with Inbox.open(target) as copied:
        assert [callback.secure_request_id for callback in copied.unread()] == ["id-1"]


def test_nothing_is_replaced(books: Books, tmp_path: Path) -> None:
    target = tmp_path / "copy.db"
    target.write_text("mine", encoding="utf-8")
    with pytest.raises(UsageError, match="exists already"):
        back_up(books.path, target)
    assert target.read_text(encoding="utf-8") == "mine"


def test_an_inbox_of_that_name_stops_it_before_anything_is_made(books: Books, tmp_path: Path) -> None:
    Inbox.open(books.path).close()
    target = tmp_path / "copy.db"
    locate_inbox(target).touch()
    with pytest.raises(UsageError, match=r"copy\.db\.inbox exists already"):
        back_up(books.path, target)
    assert not target.exists()


def test_without_a_ledger(tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match="there is no ledger here"):
        back_up(tmp_path / "none.db", tmp_path / "copy.db")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there(books: Books, tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match="no backup was made"):
        back_up(books.path, tmp_path / "nowhere" / "copy.db")


def test_a_damaged_ledger_leaves_no_copy(make_books: Callable[[], Books], tmp_path: Path) -> None:
    books = make_books()
    books.ledger.close()
    books.path.write_bytes(b"not a database at all" * 300)
    with pytest.raises(LedgerError, match="the ledger is damaged"):
        back_up(books.path, tmp_path / "copy.db")
    assert list(tmp_path.glob("copy*")) == []


def test_a_ledger_that_sqlite_still_reads(make_books: Callable[[], Books], tmp_path: Path) -> None:
    """A page of an index is wrong: a copy of that would take the place of a good one."""
    books = make_books()
    books.attempt("accepted", "lead_1")
    ((page,),) = books.query("SELECT rootpage FROM sqlite_schema WHERE name = 'event_attempt'")
    books.ledger.close()
    content = bytearray(books.path.read_bytes())
    content[(page - 1) * 4096 : page * 4096] = bytes(4096)
    books.path.write_bytes(content)
    with pytest.raises(LedgerError, match="damaged") as caught:
        back_up(books.path, tmp_path / "copy.db")
    assert "keep the backups that you have" in caught.value.hint
    assert list(tmp_path.glob("copy*")) == []


def test_what_a_killed_backup_left_is_no_backup(books: Books, tmp_path: Path) -> None:
    """It has no backup's name, and is not in the way."""
    (tmp_path / "copy.db.part").write_text("half", encoding="utf-8")
    target = tmp_path / "copy.db"
    back_up(books.path, target)
    assert [finding.level for finding in verify(target, is_copy=True)] == ["ok"] * 3
    assert [path.name for path in tmp_path.glob("copy*")] == ["copy.db"]


@pytest.mark.promise(row="B4")
def test_a_restored_copy_stops_the_next_run(books: Books, tmp_path: Path) -> None:
    books.attempt("accepted", "lead_1")
    back_up(books.path, tmp_path / "copy.db")
    books.reopen()
    books.ledger.close()
    for file in books.path.parent.glob(f"{books.path.name}-*"):
        file.unlink()
    books.path.write_bytes((tmp_path / "copy.db").read_bytes())
    with pytest.raises(LedgerError, match="old copy"):
        Ledger.open(books.path)
    with sqlite3.connect(books.path) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
