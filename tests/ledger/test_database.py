"""The database: the settings that durability rests on, and transactions that are kept whole or not at all."""

from __future__ import annotations

import contextlib
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from upscale_connect.errors import LedgerError
from upscale_connect.ledger import Ledger

if TYPE_CHECKING:
    from tests.ledger.conftest import Books


@pytest.mark.promise(row="B2")
def test_settings_that_durability_rests_on(path: Path) -> None:
    with Ledger.open(path) as ledger:
        settings = {
            name: ledger.db.connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous", "secure_delete", "foreign_keys", "busy_timeout")
        }
    assert settings == {
        "journal_mode": "wal",
        "synchronous": 2,
        "secure_delete": 1,
        "foreign_keys": 1,
        "busy_timeout": 10_000,
    }


class Deaf(sqlite3.Connection):
    """SQLite as a library may have been built: it ignores one pragma."""

    ignored = ""

    def execute(self, sql: str, parameters: Any = (), /) -> sqlite3.Cursor:
        if self.ignored and sql.startswith(f"PRAGMA {self.ignored} ="):
            sql = f"PRAGMA {self.ignored}"
        return super().execute(sql, parameters)


@pytest.mark.promise(row="B2")
@pytest.mark.parametrize(("ignored", "shown"), [("journal_mode", "journal delete"), ("synchronous", "synchronous 1")])
def test_setting_that_does_not_hold(path: Path, monkeypatch: pytest.MonkeyPatch, ignored: str, shown: str) -> None:
    connect: Any = sqlite3.connect

    def connect_deaf(*args: Any, **options: Any) -> Any:
        connection = connect(*args, **options, factory=type("Deaf", (Deaf,), {"ignored": ignored}))
        if ignored == "synchronous":
            sqlite3.Connection.execute(connection, "PRAGMA synchronous = NORMAL")
        return connection

    monkeypatch.setattr(sqlite3, "connect", connect_deaf)
    with pytest.raises(LedgerError, match=shown) as caught:
        Ledger.open(path)
    assert "local disk" in caught.value.hint


@pytest.mark.promise(row="B1")
def test_what_was_committed_is_there_after_a_kill(path: Path) -> None:
    """The process ends without closing anything; the write-ahead log alone holds the commit."""
    script = (
        "import os, sys; from pathlib import Path; from upscale_connect.ledger import Ledger\n"
        "ledger = Ledger.open(Path(sys.argv[1])); ledger.bind_sync('spring')\n"
        "ledger.db.connection.execute('BEGIN IMMEDIATE')\n"
        "ledger.db.connection.execute(\"INSERT INTO sync (name) VALUES ('half')\"); os._exit(9)"
    )
    assert subprocess.run([sys.executable, "-c", script, str(path)], check=False).returncode == 9
    with Ledger.open(path) as ledger:
        assert ledger.sync_names() == ["spring"]


# Transactions.


def fill_disk(ledger: Ledger) -> None:
    pages = ledger.db.connection.execute("PRAGMA page_count").fetchone()[0]
    ledger.db.connection.execute(f"PRAGMA max_page_count = {pages}")


def test_full_disk(books: Books) -> None:
    fill_disk(books.ledger)
    before = books.dump()
    with pytest.raises(LedgerError, match="the disk is full") as caught:
        books.plan(*(books.wish(f"lead_{number}") for number in range(1000)))
    assert "free some space" in caught.value.hint
    assert books.dump() == before
    books.ledger.db.connection.execute("PRAGMA max_page_count = 100000")
    books.queue("lead_1")
    assert books.states() == {"lead_1": "queued"}


def test_full_disk_when_a_receipt_comes(books: Books) -> None:
    """A LedgerError, because that is what the engine waits for and tries again."""
    batch = books.attempt("submitting")
    fill_disk(books.ledger)
    with pytest.raises(LedgerError, match="the disk is full"):
        books.accept(batch.attempt_id, "request-" * 10_000)
    assert books.attempts() == ["submitting"]
    books.ledger.db.connection.execute("PRAGMA max_page_count = 100000")
    books.accept(batch.attempt_id)
    assert books.attempts() == ["accepted"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_exception_inside_a_transaction(books: Books, error: type[BaseException]) -> None:
    with books.refused_whole(error), books.ledger.db.transaction() as tx:
        tx.execute("INSERT INTO sync (name) VALUES ('half')")
        raise error
    assert books.ledger.bind_sync("autumn") == 2


def test_transaction_inside_a_transaction(books: Books) -> None:
    """It would commit half of the outer one: a mistake of ours, and neither is kept."""
    with books.refused_whole(sqlite3.OperationalError), books.ledger.db.transaction() as tx:
        tx.execute("INSERT INTO sync (name) VALUES ('half')")
        books.ledger.bind_sync("autumn")


def test_threads_share_a_ledger(books: Books) -> None:
    """No thread sees, or ends, the transaction of another."""

    def bind(name: str) -> None:
        with books.ledger.db.transaction() as tx:
            tx.execute("INSERT INTO sync (name) VALUES (?)", (f"{name} 1",))
            tx.execute("INSERT INTO sync (name) VALUES (?)", (f"{name} 2",))
            if name.endswith("bad"):
                raise ValueError

    def run(name: str) -> None:
        for number in range(20):
            with contextlib.suppress(ValueError):
                bind(f"{name}{number}{'bad' if number % 3 == 0 else ''}")

    threads = [threading.Thread(target=run, args=(f"thread{number}-",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    names = books.ledger.sync_names()
    assert len(names) == 1 + 4 * 13 * 2
    assert not [name for name in names if "bad" in name]
