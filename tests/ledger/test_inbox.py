"""The inbox: what was put is kept once, whoever puts it, however often."""

from __future__ import annotations

import hashlib
import sqlite3
import stat
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from upscale_connect.errors import LedgerError
from upscale_connect.ledger import Inbox, locate_inbox
from upscale_connect.ledger.inbox import MAX_COUNT, MAX_IDS, MAX_REPEATS, Kept

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
TOKEN = hashlib.sha256(b"a token").digest()
OTHER = hashlib.sha256(b"another").digest()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.db"


@pytest.fixture
def inbox(path: Path) -> Iterator[Inbox]:
    with Inbox.open(path) as opened:
        yield opened


def put(
    inbox: Inbox,
    request_id: str = "id-1",
    *,
    token: bytes = TOKEN,
    status: str = "complete",
    counts: tuple[int | None, int | None] = (4, 4),
    at: datetime = NOW,
) -> Kept:
    return inbox.put(token, request_id, status, "2026-03-04T05:06:00Z", *counts, at).kept


def test_what_was_put_is_unread_once(inbox: Inbox) -> None:
    assert put(inbox) == "new"
    (callback,) = inbox.unread()
    assert (callback.token_hash, callback.secure_request_id, callback.repeats) == (TOKEN, "id-1", 0)
    assert (callback.requested, callback.generated, callback.says_complete) == (4, 4, True)
    inbox.mark_read(callback, NOW, "used")
    assert inbox.unread() == []
    assert inbox.outcomes(TOKEN) == {"id-1": "used"}


def test_repeats_collapse_and_are_counted(inbox: Inbox) -> None:
    kept = [put(inbox) for _ in range(50)]
    assert kept == ["new", *["repeated"] * 49]
    (callback,) = inbox.unread()
    assert callback.repeats == 49
    inbox.mark_read(callback, NOW, "used")
    assert put(inbox) == "repeated"
    assert inbox.unread() == []


def test_repeats_cost_no_write_after_a_thousand(inbox: Inbox, path: Path) -> None:
    put(inbox)
    with closing(sqlite3.connect(locate_inbox(path))) as db, db:
        db.execute("UPDATE callback SET repeats = ?", (MAX_REPEATS,))
    with Inbox.open(path) as watcher:
        before = watcher.version()
        assert put(inbox) == "repeated"
        assert watcher.version() == before
    assert inbox.unread()[0].repeats == MAX_REPEATS


def test_complete_after_another_status_is_news_once(inbox: Inbox) -> None:
    put(inbox, status="started")
    (callback,) = inbox.unread()
    assert not callback.says_complete
    inbox.mark_unclear(callback)
    inbox.mark_read(callback, NOW, "polled")
    put(inbox, status="complete")
    (again,) = inbox.unread()
    assert (again.says_complete, again.unclear) == (True, 0)
    inbox.mark_read(again, NOW, "used")
    put(inbox, status="started")
    put(inbox, status="complete")
    assert inbox.unread() == []


def test_a_callback_that_changed_meanwhile_stays_unread(inbox: Inbox) -> None:
    put(inbox, status="started")
    (callback,) = inbox.unread()
    put(inbox, status="complete")
    inbox.mark_read(callback, NOW, "polled")
    assert [one.status for one in inbox.unread()] == ["complete"]


def test_a_second_id_tells_the_first(inbox: Inbox) -> None:
    put(inbox, "id-1")
    put(inbox, "id-2", token=OTHER)
    receipt = inbox.put(TOKEN, "id-3", "complete", "", None, None, NOW)
    assert (receipt.kept, receipt.others) == ("new", ("id-1",))


def test_a_token_cannot_fill_the_disk(inbox: Inbox) -> None:
    kept = [put(inbox, f"id-{number}") for number in range(MAX_IDS + 5)]
    assert kept.count("new") == MAX_IDS
    assert set(kept[MAX_IDS:]) == {"full"}
    assert put(inbox, "id-0") == "repeated"
    assert put(inbox, token=OTHER) == "new"
    assert len(inbox.unread()) == MAX_IDS + 1


def test_rows_are_bounded(inbox: Inbox) -> None:
    put(inbox, status="s" * 10_000, counts=(MAX_COUNT + 1, -1))
    (callback,) = inbox.unread()
    assert (len(callback.status), callback.requested, callback.generated) == (64, None, None)
    for token, request_id in ((TOKEN, "x" * 129), (TOKEN, ""), (b"a token itself", "id-9")):
        with pytest.raises(LedgerError):
            put(inbox, request_id, token=token)
    assert len(inbox.unread()) == 1


def test_what_was_asked_for_comes_after_what_was_not(inbox: Inbox) -> None:
    for number in range(3):
        put(inbox, f"id-{number}", at=NOW + timedelta(seconds=number))
    inbox.mark_asked(inbox.unread()[0], NOW)
    assert [one.secure_request_id for one in inbox.unread()] == ["id-1", "id-2", "id-0"]
    assert inbox.count_asked(NOW, within=timedelta(minutes=1)) == 1
    assert inbox.count_asked(NOW + timedelta(minutes=1), within=timedelta(minutes=1)) == 0
    assert inbox.count_asked(NOW - timedelta(hours=1), within=timedelta(minutes=1)) == 0


def test_another_connection_sees_that_something_came(inbox: Inbox, path: Path) -> None:
    with Inbox.open(path) as other:
        before = other.version()
        assert other.version() == before
        put(inbox)
        assert other.version() != before
        seen = other.version()
        other.mark_read(other.unread()[0], NOW, "used")
        assert other.version() == seen


def test_threads_and_connections_lose_nothing(inbox: Inbox, path: Path) -> None:
    def fill(target: Inbox, first: int) -> None:
        for number in range(first, first + 20):
            put(target, f"id-{number}", token=hashlib.sha256(str(number).encode()).digest())

    with Inbox.open(path) as second:
        starts = ((inbox, 0), (inbox, 20), (second, 10), (second, 30))
        threads = [threading.Thread(target=fill, args=start) for start in starts]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(inbox.unread()) == 50


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no mode bits")
def test_it_is_private_and_lies_beside_the_ledger(inbox: Inbox, path: Path) -> None:
    put(inbox)
    for name in ("ledger.db.inbox", "ledger.db.inbox-wal"):
        assert stat.S_IMODE((path.parent / name).stat().st_mode) == 0o600
    assert not path.exists()


def test_it_is_durable_and_survives(path: Path) -> None:
    with Inbox.open(path) as first:
        put(first)
    with Inbox.open(path) as second:
        assert len(second.unread()) == 1
        second.check()


def test_a_file_that_is_no_inbox_is_one_clear_error(path: Path) -> None:
    locate_inbox(path).write_text("no database at all, but long enough to be looked at" * 30, encoding="utf-8")
    with pytest.raises(LedgerError, match="inbox cannot be used"):
        Inbox.open(path)


def test_a_missing_folder_is_one_clear_error(path: Path) -> None:
    with pytest.raises(LedgerError, match="no such folder"):
        Inbox.open(path.parent / "missing" / "ledger.db")


def test_a_writer_that_holds_it_ends_in_a_clear_error(
    inbox: Inbox, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("upscale_connect.ledger.inbox.BUSY_SECONDS", 0.05)
    with Inbox.open(path) as hasty, closing(sqlite3.connect(locate_inbox(path), isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        with pytest.raises(LedgerError, match="SQLITE_BUSY"):
            put(hasty)
        holder.execute("ROLLBACK")
        assert put(hasty) == "new"
