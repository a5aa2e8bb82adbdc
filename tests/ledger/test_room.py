"""The reserve file: what an answer needs is on the disk before anything is paid."""

from __future__ import annotations

import shutil
import stat
import sys
import threading
from pathlib import Path

import pytest

from upscale_connect.errors import DiskFullError, LedgerError
from upscale_connect.ledger.room import MINIMUM, RESERVE, Room


@pytest.fixture
def room(tmp_path: Path) -> Room:
    return Room(tmp_path / "ledger.db")


def set_free(monkeypatch: pytest.MonkeyPatch, free: int) -> None:
    usage = shutil.disk_usage(Path(__file__).parent)._replace(free=free)
    monkeypatch.setattr("shutil.disk_usage", lambda path: usage)


@pytest.mark.parametrize("free", [MINIMUM, MINIMUM + 1])
def test_enough(room: Room, monkeypatch: pytest.MonkeyPatch, free: int) -> None:
    set_free(monkeypatch, free)
    room.require()
    assert room.path.stat().st_size == RESERVE


def test_too_little(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    set_free(monkeypatch, MINIMUM - 1)
    with pytest.raises(DiskFullError, match=r"the disk is nearly full .* 64\.0 MiB needed\): nothing is sent"):
        room.require()
    assert not room.path.exists()


def test_given_back_once_then_kept_again(room: Room) -> None:
    room.require()
    assert room.release()
    assert room.path.stat().st_size == 0
    assert not room.release()
    room.require()
    assert room.path.stat().st_size == RESERVE
    assert room.release()


def test_nothing_to_give_back(room: Room) -> None:
    assert not room.release()


def test_reserve_that_a_crash_cut_short(room: Room) -> None:
    room.path.write_bytes(b"half")
    room.require()
    assert room.path.stat().st_size == RESERVE


def test_reserve_is_not_written_again(room: Room) -> None:
    room.require()
    before = room.path.read_bytes()
    room.require()
    assert room.path.read_bytes() == before


def test_reserve_that_cannot_be_kept(room: Room) -> None:
    room.path.with_name("ledger.db.reserve.new").mkdir()
    with pytest.raises(LedgerError, match="nothing was sent"):
        room.require()


def test_threads(room: Room) -> None:
    failures: list[LedgerError] = []

    def require() -> None:
        try:
            room.require()
        except LedgerError as error:
            failures.append(error)

    threads = [threading.Thread(target=require) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


@pytest.mark.promise(row="K4")
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such rights")
def test_nobody_else_can_read_it(room: Room) -> None:
    room.require()
    assert stat.S_IMODE(room.path.stat().st_mode) == 0o600
