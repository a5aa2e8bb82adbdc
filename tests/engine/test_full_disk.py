"""Buying on a disk that is full, or becomes it: nothing is sent without room for its answer, no paid id is lost."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from upscale_connect.engine import Options, run_syncs, select_syncs
from upscale_connect.errors import DiskFullError
from upscale_connect.ledger import Ledger, room

if TYPE_CHECKING:
    from tests.engine.conftest import World

#: A small disk has so many bytes, and needs so many of them free before a request.
SIZE, NEEDED = 2 * 2**20, 2**18


@pytest.fixture
def small_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A disk of 2 MiB where the test's files lie."""
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("only root on Linux can mount a small disk")
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={SIZE},mode=700", "tmpfs", str(tmp_path)], capture_output=True
    )
    if mounted.returncode != 0:
        pytest.skip("this system does not let root mount a tmpfs")
    monkeypatch.setattr(room, "MINIMUM", NEEDED)
    yield tmp_path
    subprocess.run(["umount", str(tmp_path)], check=True)


class Filler:
    """Fills the disk to the last byte."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "filler"

    def fill(self) -> None:
        with self._path.open("ab", buffering=0) as file:
            for size in (65536, 4096, 1):
                try:
                    while True:
                        file.write(b"x" * size)
                except OSError:
                    continue

    def clear(self) -> None:
        self._path.unlink()


def on_post(world: World, action: Any) -> None:
    """Do something in the moment in which a paid request arrives."""
    receive = world.sandbox.state.receive

    def act(request: Any) -> None:
        if request.endpoint == "submit":
            action()
        receive(request)

    world.replace("receive", act)  # acts in that very moment


def describe_error(world: World) -> str:
    error = world.reports[-1].syncs[0].error
    return error.message if error else ""


@pytest.mark.promise(row="I1")
def test_nearly_full(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is sent; with room again, the next run buys."""
    world.config["accounts"]["main"]["batch_size"] = 1
    world.write_leads(1, 2)
    with monkeypatch.context() as patch:
        patch.setattr(room, "MINIMUM", 2**60)
        world.sync()
    assert (world.posts, world.exit_code) == (0, 2)
    assert "the disk is nearly full" in describe_error(world)
    assert "nothing is sent" in describe_error(world)
    assert world.states() == {"queued": 2}
    world.wait()
    assert (world.states(), world.exit_code) == ({"ready": 2}, 0)


@pytest.mark.promise(row="I1")
def test_disk_that_fills_between_two_requests(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first request is kept, the second is not sent."""
    world.config["accounts"]["main"]["batch_size"] = 1
    world.write_leads(1, 2)
    with world.services() as services:
        on_post(world, lambda: setattr(services.ledger.room, "minimum", 2**60))
        world.reports.append(run_syncs(services, select_syncs(services.config, None), Options()))
    assert (world.posts, world.exit_code) == (1, 2)
    assert sorted(world.states().items()) == [("pending", 1), ("queued", 1)]
    world.wait()
    assert (world.states(), world.exit_code) == ({"ready": 2}, 0)


@pytest.mark.promise(row="I1")
def test_small_disk_without_room(small_disk: Path, world: World) -> None:
    world.write_leads(1)
    world.sync(limit=0)
    (small_disk / "ballast").write_bytes(b"x" * (SIZE * 3 // 4))
    world.wait()
    assert (world.posts, world.exit_code) == (0, 2)
    assert "the disk is nearly full" in describe_error(world)
    (small_disk / "ballast").unlink()
    world.wait()
    assert (world.states(), world.exit_code) == ({"ready": 1}, 0)


@pytest.mark.promise(row="I1")
@pytest.mark.parametrize("status", [None, 422, 500])
def test_disk_that_is_full_when_the_answer_comes(small_disk: Path, world: World, status: int | None) -> None:
    """The reserve is given back, and the outcome is stored whatever it is."""
    filler = Filler(small_disk)
    world.write_leads(1)
    if status is not None:
        world.sandbox.faults.add("http_error", on="submit", status=status)
    on_post(world, filler.fill)
    world.sync()
    expected = {None: "accepted", 422: "refused", 500: "in_doubt"}
    assert world.attempts() == [expected[status]]
    assert (small_disk / "ledger.db.reserve").stat().st_size == 0
    filler.clear()


@pytest.mark.promise(row="I1")
def test_full_disk_without_a_reserve(small_disk: Path, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even then no paid id is lost: the run's last words are the id, and the next run shows the doubt."""
    filler = Filler(small_disk)
    world.write_leads(1)
    monkeypatch.setattr(room.Room, "release", lambda self: False)
    on_post(world, filler.fill)
    world.sync()
    (request,) = world.sandbox.state.requests_to("submit")
    assert world.attempts() == ["submitting"]
    assert str(request.accepted) in describe_error(world)
    filler.clear()
    world.wait()
    assert (world.attempts(), world.exit_code) == (["in_doubt"], 5)


@pytest.mark.promise(row="I1")
def test_full_disk_with_room_in_the_spool(small_disk: Path, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The spool is cheap: its page has room where the ledger finds none, and the next run goes on without doubt."""
    filler = Filler(small_disk)
    world.write_leads(1)
    with world.ledger() as ledger:
        ledger.spool.append(99, "no run", "no request", world.clock.now())
    monkeypatch.setattr(room.Room, "release", lambda self: False)
    on_post(world, filler.fill)
    world.sync()
    assert world.attempts() == ["submitting"]
    filler.clear()
    world.wait()
    assert world.attempts() == ["complete"]


def test_full_disk_is_told_by_whoever_opens_the_ledger(small_disk: Path, world: World) -> None:
    filler = Filler(small_disk)
    world.write_leads(1)
    world.wait()
    path = world.load().ledger.path
    filler.fill()
    for read_only in (False, True):
        with (
            pytest.raises(DiskFullError, match="the disk is full"),
            Ledger.open(path, read_only=read_only),
        ):
            pass
    filler.clear()
