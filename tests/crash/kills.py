"""Where a run can be killed, and the killing: with strace at a system call, without it at a commit of the ledger."""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import signal
import subprocess
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from tests.crash.scenario import PATIENCE, Scenario

#: What is counted as one kind → the system calls of that kind.
KINDS: dict[str, tuple[str, ...]] = {
    "write": ("write", "pwrite64", "writev", "pwritev"),
    "sync": ("fsync", "fdatasync"),
    "rename": ("rename", "renameat", "renameat2"),
    "unlink": ("unlink", "unlinkat"),
    "truncate": ("truncate", "ftruncate"),
    "connect": ("connect",),
    "send": ("sendto", "sendmsg"),
    "receive": ("recvfrom", "recvmsg"),
    "lock": ("flock", "fcntl"),
    "commit": (),  # of the ledger, where strace is missing
}
KIND_OF = {call: kind for kind, calls in KINDS.items() for call in calls}
NETWORK = ("connect", "send", "receive")

#: `main` reads, plans, collects and delivers; `submit` sends the paid requests.
Thread: TypeAlias = Literal["main", "submit"]

#: `poll` and `ppoll`, by their numbers on x86-64 and on ARM.
_POLL = ("7", "271", "73")

_COMMIT_SCRIPT = Path(__file__).parent.parent / "engine" / "killed_run.py"


@dataclass(frozen=True, slots=True)
class Kill:
    """The `number`-th `call` of a thread: it is not carried out, the process is gone."""

    thread: Thread
    call: str
    number: int

    @property
    def kind(self) -> str:
        return KIND_OF.get(self.call, "commit")

    def __str__(self) -> str:
        return f"{self.thread} {self.call} {self.number}"


def explain_missing() -> str | None:
    """Why system calls cannot be counted here; None if they can."""
    if shutil.which("strace") is None:
        return "strace is not installed"
    if not Path("/proc/self/syscall").exists():
        return "/proc does not say what a thread waits for"
    tried = subprocess.run(["strace", "-o", "/dev/null", "true"], capture_output=True, timeout=PATIENCE, check=False)
    return "strace may not trace here" if tried.returncode else None


def count_kills(scenario: Scenario) -> list[Kill]:
    """Every call of an undisturbed run on a file of the scenario or a socket, in the order of time."""
    log = scenario.scratch.with_suffix(".strace")
    trace = ["-y", "-o", str(log), "-e", "trace=" + ",".join(f"?{call}" for call in KIND_OF)]
    scenario.run(before=["strace", *trace])
    return _read_log(log, "main", scenario.folder)


def count_submit_kills(scenario: Scenario) -> list[Kill]:
    """The same of the thread that sends, from the moment that its first request waits for its answer."""
    log = scenario.scratch.with_suffix(".strace")
    trace = ["-y", "-o", str(log), "-e", "trace=" + ",".join(f"?{call}" for call in KIND_OF)]
    _run_attached(scenario, trace)
    return _read_log(log, "submit", scenario.folder)


def count_commits(scenario: Scenario) -> list[Kill]:
    """Every commit of the ledger, before and after, and the calls of the API around them."""
    code, out, err = scenario.run([str(_COMMIT_SCRIPT), str(scenario.config), "none", "0"])
    assert code == 0, err
    passed: dict[str, int] = json.loads(out)
    return [Kill("main", moment, number + 1) for moment, times in passed.items() for number in range(times)]


def run_killed(scenario: Scenario, kill: Kill) -> bool:
    """One run, killed there; whether it came that far."""
    if kill.kind == "commit":
        code, _, _ = scenario.run([str(_COMMIT_SCRIPT), str(scenario.config), kill.call, str(kill.number)])
        return code in (-getattr(signal, "SIGKILL", signal.SIGTERM), signal.SIGTERM)  # the latter on Windows
    code, _ = _run_injected(scenario, kill, "signal=SIGKILL")
    return code == -signal.SIGKILL


def run_failed(scenario: Scenario, kill: Kill, error: str) -> tuple[int, str]:
    """One run, where that call fails with `error` instead, such as EIO; its exit code and stderr."""
    return _run_injected(scenario, kill, f"error={error}")


def _run_injected(scenario: Scenario, kill: Kill, what: str) -> tuple[int, str]:
    options = ["-o", "/dev/null", "-e", f"trace={kill.call}", "-e", f"inject={kill.call}:{what}:when={kill.number}"]
    if kill.thread == "main":
        code, _, errors = scenario.run(before=["strace", *options])
        return code, errors
    return _run_attached(scenario, options)


def _run_attached(scenario: Scenario, options: Sequence[str]) -> tuple[int, str]:
    """One run, the sending thread of which strace joins while its first request is held; its exit code and stderr.

    strace counts the calls of each thread for itself, so that the main thread cannot be traced with it.
    """
    scenario.state.gate.clear()
    process = scenario.start()
    assert scenario.state.arrived.wait(PATIENCE), "no request came"
    thread = _find_polling(process.pid)
    tracer = subprocess.Popen(["strace", *options, "-p", thread], stderr=subprocess.PIPE)
    assert tracer.stderr is not None
    with process, tracer:
        attached = tracer.stderr.readline()
        scenario.state.gate.set()
        _, errors = process.communicate(timeout=PATIENCE)
        tracer.communicate(timeout=PATIENCE)
    assert b"attached" in attached, attached
    return process.returncode, errors.decode()


def _find_polling(process: int) -> str:
    """The thread that waits for its answer: the only one that polls a socket."""
    for _ in range(100_000):
        for task in Path(f"/proc/{process}/task").iterdir():
            with contextlib.suppress(OSError):  # a thread that has just ended
                if (task / "syscall").read_text(encoding="ascii").split()[0] in _POLL:
                    return task.name
    raise AssertionError("no thread waits for an answer")


def _read_log(log: Path, thread: Thread, folder: Path) -> list[Kill]:
    """Numbers are of all calls of a name, as strace counts; what is not ours only moves them on."""
    seen: Counter[str] = Counter()
    found = []
    for line in log.read_text(encoding="utf-8", errors="replace").splitlines():
        call = re.match(r"\w+(?=\()", line)
        if call is None:
            continue
        name = call.group()
        seen[name] += 1
        if KIND_OF[name] in NETWORK or (_is_ours(line, folder) and (name != "fcntl" or "SETLK" in line)):
            found.append(Kill(thread, name, seen[name]))
    return found


def _is_ours(line: str, folder: Path) -> bool:
    return f"{folder}/" in line or f"{folder}>" in line
