"""The lock of a sync."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from filelock import FileLock

if TYPE_CHECKING:
    from tests.engine.conftest import World

HOLD = """
import sys, filelock
lock = filelock.FileLock(sys.argv[1])
lock.acquire()
print("held", flush=True)
sys.stdin.read()
"""


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


def test_it_is_free_after_a_run_and_no_child_inherits_it(world: World, tmp_path: Path) -> None:
    world.write_leads(1)
    world.config["notify"] = {"command": [sys.executable, "-c", "pass"]}
    world.wait()
    with FileLock(tmp_path / "ledger.db.1.lock", timeout=0) as lock:
        assert lock.is_locked


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
