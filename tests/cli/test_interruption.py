"""Signals: the first one ends a run in order, the second one at once, and both exit codes say so."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from upscale_connect.cli.interruption import FIRST, SECOND, Interruption
from upscale_connect.ledger import Ledger

if TYPE_CHECKING:
    from tests.cli.conftest import Result, Workspace

posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot send a signal to another process alone")


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        threading.Event().wait(0.02)


def is_accepted(workspace: Workspace) -> bool:
    if not workspace.ledger.exists():
        return False
    with Ledger.open(workspace.ledger, read_only=True) as ledger:
        sync_id = ledger.find_sync("spring")
        return sync_id is not None and len(ledger.open_attempts(sync_id)) == 1


@pytest.mark.promise(row="C7")
@posix
@pytest.mark.parametrize(("name", "code"), [("SIGINT", 130), ("SIGTERM", 143), ("SIGHUP", 129)])
def test_the_first_signal_wakes_a_wait_and_ends_in_order(
    start: Callable[..., subprocess.Popen[str]], workspace: Workspace, name: str, code: int
) -> None:
    workspace.write_config(poll=60)
    process = start("sync", "--wait", "--json")
    wait_until(lambda: is_accepted(workspace))
    process.send_signal(signal.Signals[name])
    stdout, stderr = process.communicate(timeout=5)
    assert process.returncode == code
    report = json.loads(stdout)
    assert report["exit_code"] == code
    assert report["syncs"][0]["messages"]["pending"] == 4
    assert stderr.strip() == FIRST


@posix
def test_what_it_left_is_finished_by_the_next_run(
    start: Callable[..., subprocess.Popen[str]], call: Callable[..., Result], workspace: Workspace
) -> None:
    workspace.write_config(poll=60)
    process = start("sync", "--wait")
    wait_until(lambda: is_accepted(workspace))
    process.send_signal(signal.SIGINT)
    stdout, _ = process.communicate(timeout=5)
    assert "4 pending" in stdout
    assert call("collect", "--json").data["syncs"][0]["messages"]["generated"] == 4


@pytest.mark.promise(row="C7")
@posix
def test_the_second_signal_ends_at_once_and_leaves_a_doubt(
    start: Callable[..., subprocess.Popen[str]], call: Callable[..., Result], workspace: Workspace
) -> None:
    workspace.sandbox.faults.add("timeout", on="submit", after=True, seconds=20)
    process = start("sync", "--wait")
    wait_until(lambda: bool(workspace.sandbox.state.requests_to("submit")))
    process.send_signal(signal.SIGINT)
    errors = process.stderr
    assert errors is not None
    wait_until(lambda: FIRST in errors.readline())
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=5)
    assert process.returncode == 130
    assert SECOND in stderr
    after = call("sync", "--json")
    assert after.exit_code == 5
    assert after.data["syncs"][0]["attempts"]["in_doubt"] == 1
    assert set(workspace.sandbox.state.submitted().values()) == {1}


def test_a_signal_wakes_whoever_waits_and_the_handlers_come_back(capfd: pytest.CaptureFixture[str]) -> None:
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    with Interruption() as interruption:
        assert interruption.exit_code is None
        signal.raise_signal(signal.SIGINT)
        assert interruption.stop.wait(5)
        assert interruption.exit_code == 130
        assert not interruption.ask("Buy?")
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before
    assert signal.set_wakeup_fd(-1) == -1
    assert FIRST in capfd.readouterr().err


def test_the_second_signal_ends_the_process_whatever_the_main_thread_does(capfd: pytest.CaptureFixture[str]) -> None:
    ended: list[int] = []
    over = threading.Event()

    def end(code: int) -> None:
        ended.append(code)
        over.set()

    with Interruption(end) as interruption:
        for _ in range(2):
            signal.raise_signal(signal.SIGTERM)
            assert interruption.stop.wait(5)
        assert over.wait(5)
    assert ended == [143]
    assert SECOND in capfd.readouterr().err


def test_a_signal_that_the_caller_ignores_stays_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    """As after `nohup`, or in the background of a shell script."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with Interruption() as interruption:
            assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
            assert signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL
            signal.raise_signal(signal.SIGINT)
            signal.raise_signal(signal.SIGTERM)
            assert interruption.stop.wait(5)
            assert interruption.exit_code == 143
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


@pytest.mark.promise(row="C7")
@posix
def test_a_terminal_that_is_closed_leaves_no_doubt(workspace: Workspace, call: Callable[..., Result]) -> None:
    """The request in flight gets its answer although nobody can be told of it."""
    workspace.sandbox.faults.add("slow", on="submit", seconds=0.5)
    process, controller = _start_on_terminal()
    wait_until(lambda: bool(workspace.sandbox.state.requests_to("submit")))
    os.close(controller)
    assert process.wait(timeout=20) in (2, 129)
    assert call("collect", "--json").data["syncs"][0]["messages"]["generated"] == 4


def test_outside_the_main_thread_nothing_is_caught() -> None:
    handlers = []

    def run() -> None:
        with Interruption() as interruption:
            handlers.append(signal.getsignal(signal.SIGINT))
            assert interruption.exit_code is None

    before = signal.getsignal(signal.SIGINT)
    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert handlers == [before]


@posix
@pytest.mark.parametrize(("answer", "code", "bought"), [(b"y\n", 0, 4), (b"\n", 6, 0), (b"\x03", 130, 0)])
def test_on_a_terminal_a_person_is_asked(workspace: Workspace, answer: bytes, code: int, bought: int) -> None:
    workspace.write_config(hold_above=3)
    process, controller = _start_on_terminal(stdout=subprocess.PIPE)
    try:
        shown = b""
        while b"[y/N]" not in shown:
            shown += os.read(controller, 4096)
        os.write(controller, answer)
        threading.Thread(target=_drain, args=(controller,), daemon=True).start()
        stdout, _ = process.communicate(timeout=20)
    finally:
        process.kill()
        process.wait()
        os.close(controller)
    assert b"spring: buy 4 messages for 2 leads, for up to 4 credits?" in shown
    assert b"Ctrl-C is safe" in shown
    assert process.returncode == code
    assert sum(workspace.sandbox.state.submitted().values()) == bought
    assert (b"4 received" in stdout) == bool(bought)


def _start_on_terminal(stdout: int | None = None) -> tuple[subprocess.Popen[bytes], int]:
    """`sync` as a person starts it, and the other end of its terminal, which stdout may not go to."""
    controller, terminal = os.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "upscale_connect", "sync"],
        stdin=terminal,
        stdout=terminal if stdout is None else stdout,
        stderr=terminal,
        start_new_session=True,
        preexec_fn=_take_terminal,
    )
    os.close(terminal)
    return process, controller


def _take_terminal() -> None:
    """In the new process: stdin is its controlling terminal, so that Ctrl-C reaches it as a signal."""
    import fcntl
    import termios

    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def _drain(controller: int) -> None:
    try:
        while os.read(controller, 4096):
            pass
    except OSError:  # how Linux tells that nobody has the terminal open any more
        return
