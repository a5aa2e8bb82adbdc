"""The file itself: its settings, its rights, and everything that can be wrong with it."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import stat
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from upscale_connect.errors import LedgerError
from upscale_connect.ledger import Ledger, database

if TYPE_CHECKING:
    from tests.ledger.conftest import Books

posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such rights")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.db"


def make_ledger(path: Path) -> bytes:
    with Ledger.open(path) as ledger:
        ledger.bind_sync("spring")
    return path.read_bytes()


def set_version(path: Path, version: int) -> None:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {version}")


def files(folder: Path) -> dict[str, tuple[bytes, int]]:
    return {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.iterdir()}


# Durability.


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


# Files that are no ledger.


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


# Rights.


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


# Other programs.

HOLDER = (
    "import sqlite3, sys; db = sqlite3.connect(sys.argv[1], isolation_level=None); db.execute('BEGIN IMMEDIATE')\n"
    "print('held', flush=True); sys.stdin.read()"
)


@contextlib.contextmanager
def held_by_another(path: Path) -> Iterator[None]:
    """A second process has the write lock of this database."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout
        assert holder.stdout.readline().strip() == b"held"
        yield


@pytest.mark.promise(row="I3")
def test_another_process_writes(path: Path) -> None:
    """Reading goes on; writing says what to do, changes nothing, and goes on when the other is done."""
    make_ledger(path)
    with Ledger.open(path) as ledger:
        ledger.db.connection.execute("PRAGMA busy_timeout = 10")
        with held_by_another(path):
            assert ledger.find_sync("spring") == 1
            with pytest.raises(LedgerError, match="another program holds the ledger") as caught:
                ledger.bind_sync("autumn")
            assert "nothing is lost" in caught.value.hint
        assert ledger.sync_names() == ["spring"]
        ledger.bind_sync("autumn")
        assert ledger.sync_names() == ["autumn", "spring"]


def test_another_process_makes_the_file(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.01)
    path.touch()
    with held_by_another(path), pytest.raises(LedgerError, match="another program holds the ledger"):
        Ledger.open(path)
    make_ledger(path)


def test_ten_processes_open_a_new_ledger(path: Path) -> None:
    """Each finds the whole shape, and they are one ledger."""
    start = threading.Barrier(10)

    def open_ledger() -> str:
        start.wait()
        with Ledger.open(path) as ledger:
            return ledger.identity()

    with ThreadPoolExecutor(10) as pool:
        opened = [future.result() for future in [pool.submit(open_ledger) for _ in range(10)]]
    assert len(set(opened)) == 1


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


# Reading only.


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
