"""The lock of a sync."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from filelock import FileLock

from upscale_connect.engine import locks
from upscale_connect.engine.locks import lock_run
from upscale_connect.errors import LockHeldError

if TYPE_CHECKING:
    from tests.engine.conftest import World

HOLD = """
import sys, filelock
lock = filelock.FileLock(sys.argv[1])
lock.acquire()
print("held", flush=True)
sys.stdin.read()
"""


@pytest.mark.promise(row="C1")
def test_another_process_that_works_on_the_sync_ends_the_run_before_it_begins(world: World, tmp_path: Path) -> None:
    world.write_leads(1)
    world.sync()
    world.write_leads(1, 2)
    lock = tmp_path / "ledger.db.1.lock"
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(lock)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        assert world.sync().error is not None
        assert (world.exit_code, world.posts) == (4, 1)
        holder.kill()
    world.wait()
    assert (world.exit_code, world.posts) == (0, 2)


class Waiting:
    """A run that waits; `then` happens meanwhile."""

    def __init__(self, then: Callable[[], object], *, ends: bool = False) -> None:
        self.then = then
        self.ends = ends
        self.waits = 0

    def is_set(self) -> bool:
        return False

    def wait(self, timeout: float) -> bool:
        self.waits += 1
        self.then()
        return self.ends


@pytest.mark.promise(row="C5")
def test_a_visit_is_waited_for(world: World) -> None:
    """`serve` has it for a moment: a run of cron that begins meanwhile must not be the one that gives up."""
    config = world.load()
    visit = lock_run(config, 1, "spring", is_visit=True)
    waiting = Waiting(visit.release)
    lock = lock_run(config, 1, "spring", waiting)
    assert waiting.waits == 1
    with pytest.raises(LockHeldError):
        lock_run(config, 1, "spring", is_visit=True)
    lock.release()
    lock_run(config, 1, "spring", is_visit=True).release()


@pytest.mark.promise(row="C1")
def test_another_run_is_not_waited_for(world: World) -> None:
    config = world.load()
    lock = lock_run(config, 1, "spring")
    waiting = Waiting(lambda: None)
    with pytest.raises(LockHeldError):
        lock_run(config, 1, "spring", waiting)
    assert waiting.waits == 0
    lock.release()


def test_a_visit_that_does_not_end_is_waited_for_in_vain(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locks, "PATIENCE", 0.2)
    config = world.load()
    visit = lock_run(config, 1, "spring", is_visit=True)
    for waiting, waits in ((Waiting(lambda: None), 4), (Waiting(lambda: None, ends=True), 1)):
        with pytest.raises(LockHeldError):
            lock_run(config, 1, "spring", waiting)
        assert waiting.waits == waits
    visit.release()


@pytest.mark.promise(row="C2")
def test_it_is_free_after_a_run_and_no_child_inherits_it(world: World, tmp_path: Path) -> None:
    world.write_leads(1)
    world.config["notify"] = {"command": [sys.executable, "-c", "pass"]}
    world.wait()
    with FileLock(tmp_path / "ledger.db.1.lock", timeout=0) as lock:
        assert lock.is_locked


#: Takes a sync's lock as a run does, starts a program that inherits all it can, and is killed.
LEAVE_A_CHILD = """
import os, signal, subprocess, sys
from pathlib import Path
from types import SimpleNamespace
from upscale_connect.engine.locks import lock_run
lock = lock_run(SimpleNamespace(ledger=SimpleNamespace(path=Path(sys.argv[1]))), 1, "spring")
child = subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], close_fds=False)
print(child.pid, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""
TRY = """
import sys, filelock
try:
    filelock.FileLock(sys.argv[1], timeout=0).acquire()
except filelock.Timeout:
    print("held")
else:
    print("free")
"""


@pytest.mark.promise(row="C2")
@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_a_child_that_outlives_a_killed_run_does_not_keep_its_lock(world: World, tmp_path: Path) -> None:
    command = [sys.executable, "-c", LEAVE_A_CHILD, str(tmp_path / "ledger.db")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as killed:
        assert killed.stdout is not None
        child = int(killed.stdout.readline())
        assert killed.wait(20) == -signal.SIGKILL
        os.kill(child, 0)  # it lives
        world.write_leads(1)
        world.wait()
        assert (world.exit_code, world.posts) == (0, 1)
        os.kill(child, 0)


@pytest.mark.promise(row="C3")
def test_closing_the_file_elsewhere_does_not_free_it(world: World, tmp_path: Path) -> None:
    """POSIX locks would end when any descriptor of the process on that file is closed."""
    path = tmp_path / "ledger.db.1.lock"
    lock = lock_run(world.load(), 1, "spring")
    with path.open("rb"):
        pass
    with pytest.raises(LockHeldError):
        lock_run(world.load(), 1, "spring")
    assert subprocess.run([sys.executable, "-c", TRY, str(path)], capture_output=True, text=True).stdout == "held\n"
    lock.release()


@pytest.mark.skipif(os.name == "nt", reason="Windows lets a folder stand where a file is asked for differently")
def test_a_lock_that_cannot_be_taken_is_one_clear_line(world: World, tmp_path: Path) -> None:
    world.write_leads(1)
    place = tmp_path / "ledger.db.1.lock"
    place.mkdir()
    result = world.sync()
    assert result.error is not None
    assert "ledger.db.1.lock: the lock of 'spring' cannot be taken" in result.error.message
    assert (world.exit_code, world.posts) == (2, 0)
    place.rmdir()
