"""The spool: ids of paid requests that the ledger could not take."""

from __future__ import annotations

import stat
import subprocess
import sys
import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upscale_connect.errors import LedgerError
from upscale_connect.ledger import disk
from upscale_connect.ledger.spool import Spool, SpoolImport
from upscale_connect.ledger.values import AttemptState

if TYPE_CHECKING:
    from tests.ledger.conftest import Books

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


def spool(books: Books, attempt: int, request_id: str = "request-1", run_id: str | None = None) -> None:
    books.ledger.spool.append(attempt, run_id or books.run_id, request_id, books.at)


def take(books: Books, sync: int | None = None) -> SpoolImport:
    return books.ledger.import_spool(sync or books.sync, "run-2", books.at)


def content(books: Books) -> bytes:
    return books.ledger.spool.path.read_bytes()


def stored(books: Books) -> list[tuple[str, str | None]]:
    return list(books.query("SELECT state, secure_request_id FROM attempt ORDER BY id"))


# What a run left is taken over.


@pytest.mark.parametrize("state", ["prepared", "submitting", "in_doubt"])
def test_id_wins(books: Books, state: AttemptState) -> None:
    batch = books.attempt(state)
    spool(books, batch.attempt_id)
    assert take(books) == SpoolImport(taken=1)
    assert books.ledger.recover(books.sync, "run-2", books.at) == 0
    assert stored(books) == [("accepted", "request-1")]
    assert books.states() == {"lead_1": "pending"}
    assert content(books) == b""


def test_attempt_that_a_person_dropped(books: Books) -> None:
    batch = books.attempt("in_doubt")
    books.ledger.drop(batch.attempt_id, "ann", books.at)
    spool(books, batch.attempt_id)
    take(books)
    assert stored(books) == [("accepted", "request-1")]
    assert books.states() == {"lead_1": "pending"}


@pytest.mark.parametrize("state", ["accepted", "complete"])
def test_what_is_stored_already_is_cleared(books: Books, state: AttemptState) -> None:
    batch = books.attempt(state)
    spool(books, batch.attempt_id, f"request-{batch.attempt_id}")
    before = stored(books)
    assert take(books) == SpoolImport()
    assert (stored(books), content(books)) == (before, b"")


def test_nothing_spooled(books: Books) -> None:
    assert take(books) == SpoolImport()
    assert not books.ledger.spool.path.exists()


def test_used_again_after_it_was_emptied(books: Books) -> None:
    spool(books, books.attempt("submitting", "lead_1").attempt_id)
    take(books)
    spool(books, books.attempt("submitting", "lead_2").attempt_id, "request-2")
    assert take(books) == SpoolImport(taken=1)
    assert [request_id for _, request_id in stored(books)] == ["request-1", "request-2"]


def test_twice_the_same_line(books: Books) -> None:
    batch = books.attempt("submitting")
    spool(books, batch.attempt_id)
    spool(books, batch.attempt_id)
    assert take(books) == SpoolImport(taken=1)
    assert content(books) == b""


def test_killed_between_import_and_emptying(books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    spool(books, books.attempt("submitting").attempt_id)
    with monkeypatch.context() as patch:
        patch.setattr(Spool, "empty", lambda spool: None)
        take(books)
    assert content(books) != b""
    assert take(books) == SpoolImport()
    assert content(books) == b""


# Lines that are not this run's to take.


def test_lines_of_another_sync_stay(books: Books) -> None:
    mine = books.attempt("submitting", "lead_1")
    other = books.ledger.bind_sync("autumn")
    books.plan(books.wish("lead_2", "connection_request"), sync=other)
    theirs = books.prepare(sync=other)
    assert theirs is not None
    books.submit(theirs.attempt_id)
    spool(books, mine.attempt_id, "request-1")
    spool(books, theirs.attempt_id, "request-2")
    before = content(books)
    assert take(books) == SpoolImport(taken=1)
    assert content(books) == before
    assert stored(books) == [("accepted", "request-1"), ("submitting", None)]
    assert take(books, other) == SpoolImport(taken=1)
    assert content(books) == b""
    assert stored(books) == [("accepted", "request-1"), ("accepted", "request-2")]


def test_attempt_of_the_same_number_in_another_run(books: Books) -> None:
    """An old copy of the ledger counts its attempts anew: the number alone proves nothing."""
    batch = books.attempt("submitting")
    spool(books, batch.attempt_id, run_id="run-of-the-newer-ledger")
    before = content(books)
    assert take(books) == SpoolImport(unknown=["request-1"])
    assert (stored(books), content(books)) == ([("submitting", None)], before)


def test_id_that_another_attempt_has(books: Books) -> None:
    books.accept(books.attempt("submitting", "lead_1").attempt_id, "request-1")
    spool(books, books.attempt("submitting", "lead_2").attempt_id, "request-1")
    assert take(books) == SpoolImport(unknown=["request-1"])
    assert stored(books) == [("accepted", "request-1"), ("submitting", None)]
    assert content(books)


def test_attempt_that_has_another_id(books: Books) -> None:
    batch = books.attempt("accepted")
    spool(books, batch.attempt_id, "request-of-a-second-post")
    assert take(books) == SpoolImport(unknown=["request-of-a-second-post"])
    assert content(books)


def test_refused_attempt(books: Books) -> None:
    batch = books.attempt("refused")
    spool(books, batch.attempt_id)
    assert take(books) == SpoolImport(unknown=["request-1"])
    assert stored(books) == [("refused", None)]


def test_spool_of_another_ledger_is_put_aside(books: Books) -> None:
    path = books.ledger.spool.path
    Spool(books.path, "another").append(1, "run-1", "request-9", books.at)
    foreign = content(books)
    batch = books.attempt("submitting")
    assert take(books) == SpoolImport()
    spool(books, batch.attempt_id)
    assert path.with_name(f"{path.name}.1").read_bytes() == foreign
    assert take(books) == SpoolImport(taken=1)
    assert stored(books) == [("accepted", "request-1")]


def test_spools_put_aside_do_not_replace_each_other(books: Books) -> None:
    for name in ("another", "a third"):
        Spool(books.path, name).append(1, "run-1", f"request of {name}", books.at)
    take(books)
    aside = sorted(books.path.parent.glob("ledger.db.spool.[0-9]"))
    assert [b"request of" in path.read_bytes() for path in aside] == [True, True]


# What a crash can do to the file.


@pytest.mark.parametrize("cut", [1, 2, 20, 40])
def test_torn_last_line(books: Books, cut: int) -> None:
    first, second = books.attempt("submitting", "lead_1"), books.attempt("submitting", "lead_2")
    spool(books, first.attempt_id, "request-1")
    spool(books, second.attempt_id, "request-2")
    whole = content(books)
    books.ledger.spool.path.write_bytes(whole[: -1 - cut])
    assert take(books) == SpoolImport(taken=1)
    assert stored(books) == [("accepted", "request-1"), ("submitting", None)]
    assert content(books) == b""


def test_line_after_a_torn_one(books: Books) -> None:
    first, second = books.attempt("submitting", "lead_1"), books.attempt("submitting", "lead_2")
    spool(books, first.attempt_id, "request-1")
    path = books.ledger.spool.path
    path.write_bytes(content(books)[:-10])
    spool(books, second.attempt_id, "request-2")
    assert take(books) == SpoolImport(taken=1)
    assert stored(books) == [("submitting", None), ("accepted", "request-2")]


def test_torn_first_line(books: Books) -> None:
    books.ledger.spool.path.write_bytes(b"upscale-connect spo")
    spool(books, books.attempt("submitting").attempt_id)
    assert take(books) == SpoolImport(taken=1)


@given(st.binary(max_size=200), st.text(max_size=80))
def test_any_bytes_and_any_id(tmp_path_factory: pytest.TempPathFactory, junk: bytes, request_id: str) -> None:
    spool = Spool(tmp_path_factory.mktemp("spool") / "ledger.db", "this")
    spool.append(1, "run-1", request_id, NOW)
    spool.path.write_bytes(spool.path.read_bytes() + junk)
    spool.append(2, "run-1", request_id, NOW)
    read = [(line.attempt_id, line.secure_request_id) for line in spool.read()]
    assert read == [(1, request_id), (2, request_id)]


# Threads, processes, rights, faults.


def test_threads_and_processes_append_at_once(books: Books) -> None:
    ledger_id = books.ledger.identity()
    script = (
        "import sys\nfrom datetime import UTC, datetime\nfrom pathlib import Path\n"
        "from upscale_connect.ledger.spool import Spool\n"
        "spool = Spool(Path(sys.argv[1]), sys.argv[2])\n"
        "for number in range(20): spool.append(number, sys.argv[3], 'request', datetime.now(UTC))\n"
    )
    processes = [
        subprocess.Popen([sys.executable, "-c", script, str(books.path), ledger_id, f"process-{number}"])
        for number in range(2)
    ]

    def append(name: str) -> None:
        for number in range(20):
            spool(books, number, run_id=name)

    threads = [threading.Thread(target=append, args=(f"thread-{number}",)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [process.wait(30) for process in processes] == [0, 0]
    lines = {(line.run_id, line.attempt_id) for line in books.ledger.spool.read()}
    assert len(lines) == 4 * 20


@pytest.mark.promise(row="K4")
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such rights")
def test_nobody_else_can_read_it(books: Books) -> None:
    spool(books, 1)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in books.path.parent.glob("*.spool*")}
    assert modes == {"ledger.db.spool": 0o600, "ledger.db.spool.lock": 0o600}


def test_spool_that_cannot_be_used(books: Books) -> None:
    books.ledger.spool.path.mkdir()
    with pytest.raises(LedgerError, match="spool cannot be used"):
        spool(books, 1)
    with pytest.raises(LedgerError, match="spool cannot be used"):
        take(books)


def test_spool_that_another_process_holds(books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk, "LOCK_SECONDS", 0.01)
    with (
        disk.lock_beside(books.ledger.spool.path),
        pytest.raises(LedgerError, match="locked by another process"),
    ):
        spool(books, 1)


def test_append_that_fails_half_way_leaves_nothing(books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    spool(books, 1, "request-1")
    before = content(books)

    def fail(file: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", fail)
        with pytest.raises(LedgerError, match="the disk is full"):
            spool(books, 2, "request-2")
    assert content(books) == before
