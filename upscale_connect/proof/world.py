"""One world of a proof: a folder with configuration, ledger and stand-ins, a sandbox, and the program's runs in it."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from ..clock import Stop
from ..config import Config
from ..hookspecs import GROUP
from ..sandbox import Sandbox
from .configuration import FILE, LEDGER, name_notebook, write_configuration
from .disturbances import Disturbance, Kill, Mark, Timeline
from .recording import Recording

PROGRAM = (sys.executable, "-m", "upscale_connect")
ARGUMENTS = ("-c", FILE, "sync", "--all", "--wait", "--yes", "--json")

#: Seconds after which a run that nobody disturbs any more hangs.
PATIENCE = 120.0
#: Seconds between two looks at a running process.
_LOOK = 0.002


class StoppedError(Exception):
    """A person wants no more of it."""


class BrokenError(Exception):
    """What is wrong before any book can be read."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How a run ended. `report`: its JSON object, empty if it wrote none."""

    exit_code: int
    report: dict[str, Any]
    killed: bool = False

    @property
    def error(self) -> str:
        """What it said was wrong, if anything."""
        errors = [self.report.get("error"), *(one.get("error") for one in self.report.get("syncs", []))]
        return "; ".join(error["message"] for error in errors if error)


class World:
    """Made in a folder of its own; closed, it leaves only that folder.

    `program` is the command that is under proof. `keys`: account → the made-up key that stands for its own.
    """

    def __init__(
        self,
        folder: Path,
        config: Config,
        recordings: Sequence[Recording],
        stop: Stop,
        program: Sequence[str] = PROGRAM,
    ) -> None:
        self.folder = folder
        self.recordings = recordings
        self.sandbox = Sandbox(delay=0)
        accounts = dict.fromkeys(recording.sync.account for recording in recordings)
        self.keys = {account: f"made-up-key-{number}" for number, account in enumerate(accounts, start=1)}
        for key in self.keys.values():
            self.sandbox.state.add_key(key)
        self._config = config
        self._stop = stop
        self._program = program
        self._scratch = folder / "tmp"
        self._plugin = folder / "plugin"
        self._numbers = count(1)
        self._transcript = folder
        self._earlier = 0
        self._untouched: dict[str, int] = {}

    def __enter__(self) -> Self:
        self._scratch.mkdir(parents=True)
        self.sandbox.start()
        write_configuration(self._config, self.recordings, self.folder, self.sandbox.base_url, self.keys)
        _write_plugin(self._plugin)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.sandbox.close()

    @property
    def ledger(self) -> Path:
        return self.folder / LEDGER

    def run(self, disturbance: Disturbance | None = None) -> Ending:
        """One run of the program to its end, or to its kill. Raises StoppedError, BrokenError."""
        if disturbance is not None and disturbance.fault is not None:
            self.sandbox.faults.script([disturbance.fault])
        with self._running() as process:
            if disturbance is not None and disturbance.kill is not None:
                self._kill(process, disturbance.kill)
            self._wait(process)
        return self._read_ending(process)

    def measure(self) -> tuple[Ending, Timeline]:
        """One run that nobody disturbs, and when it came to its marks. Raises StoppedError, BrokenError."""
        begun, started = datetime.now(UTC), time.monotonic()
        marks: dict[Mark, float] = {"start": 0.0}
        with self._running() as process:
            while process.poll() is None and not self._has_reached("ledger"):
                self._look(started)
            marks["ledger"] = time.monotonic() - started
            self._wait(process)
        end = time.monotonic() - started
        arrivals = [(request.at - begun).total_seconds() for request in self.sandbox.state.requests]
        marks.update(enumerate(arrivals, start=1))
        return self._read_ending(process), Timeline(marks, end)

    def repair(self) -> int:
        """The API is well from now on; how many faults are left that nobody met."""
        left = len(self.sandbox.faults.list())
        self.sandbox.faults.clear()
        return left

    def look(self) -> object:
        """What a run that has nothing to do leaves as it is: what was bought, and what stands in the sinks."""
        notebooks = [
            self.folder / name_notebook(number, sink)
            for number, recording in enumerate(self.recordings, start=1)
            for sink in recording.sinks
        ]
        contents = [path.read_bytes() if path.exists() else b"" for path in notebooks]
        return len(self.sandbox.state.accepted), contents

    def describe(self) -> dict[str, Any]:
        """What the API saw, for a bug report."""
        return {"requests": [request.describe() for request in self.sandbox.state.requests]}

    @contextlib.contextmanager
    def _running(self) -> Iterator[subprocess.Popen[bytes]]:
        """The program, in a group of its own: a Ctrl-C at the terminal is for us. It ends with the block."""
        number = next(self._numbers)
        self._transcript = self.folder / f"run-{number}.out"
        self._earlier = len(self.sandbox.state.requests)
        self._untouched = self._stamp_ledger()
        with (
            self._transcript.open("wb") as out,
            self._transcript.with_suffix(".err").open("wb") as err,
            subprocess.Popen(
                [*self._program, *ARGUMENTS],
                cwd=self.folder,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                start_new_session=True,
                creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
            ) as process,
        ):
            try:
                yield process
            finally:
                process.kill()

    def _environment(self) -> Mapping[str, str]:
        """That of this process without secrets, proxies and what else would lead out of the folder."""
        inherited = {name: value for name, value in os.environ.items() if not _is_foreign(name)}
        kept = {name: value for name, value in inherited.items() if value not in self._config.secrets}
        plugins = os.pathsep.join(filter(None, [str(self._plugin), kept.get("PYTHONPATH")]))
        return {**kept, "PYTHONPATH": plugins, **dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(self._scratch))}

    def _kill(self, process: subprocess.Popen[bytes], kill: Kill) -> None:
        started = time.monotonic()
        while process.poll() is None and not self._has_reached(kill.mark):
            self._look(started)
        reached = time.monotonic()
        while process.poll() is None and time.monotonic() - reached < kill.delay:
            self._look(started)
        process.kill()

    def _has_reached(self, mark: Mark) -> bool:
        if isinstance(mark, int):
            return len(self.sandbox.state.requests) - self._earlier >= mark
        return mark == "start" or self._stamp_ledger() != self._untouched

    def _stamp_ledger(self) -> dict[str, int]:
        """The times of change of the ledger and what lies beside it."""
        stamps = {}
        for path in self.folder.glob(f"{LEDGER}*"):
            with contextlib.suppress(FileNotFoundError):
                stamps[path.name] = path.stat().st_mtime_ns
        return stamps

    def _wait(self, process: subprocess.Popen[bytes]) -> None:
        started = time.monotonic()
        while process.poll() is None:
            self._look(started)

    def _look(self, started: float) -> None:
        """A short pause. Raises StoppedError, and BrokenError for a run that takes too long."""
        if self._stop.wait(_LOOK):
            raise StoppedError
        if time.monotonic() - started > PATIENCE:
            raise BrokenError(f"a run did not end within {PATIENCE:.0f} s")

    def _read_ending(self, process: subprocess.Popen[bytes]) -> Ending:
        text = self._transcript.read_text(encoding="utf-8", errors="replace")
        try:
            report = json.loads(text)
        except ValueError:
            report = {}
        # On Windows a killed process ends with 1, and says nothing.
        killed = process.returncode < 0 or (sys.platform == "win32" and process.returncode == 1 and not text)
        return Ending(process.returncode, report if isinstance(report, dict) else {}, killed)


def _is_foreign(name: str) -> bool:
    return name.upper().startswith("UPSCALE_") or name.lower().endswith("_proxy")


def _write_plugin(folder: Path) -> None:
    """What makes a folder on the path an installed distribution with a plugin."""
    described = folder / "upscale_connect_proof-1.dist-info"
    described.mkdir(parents=True)
    metadata = "Metadata-Version: 2.1\nName: upscale-connect-proof\nVersion: 1\n"
    (described / "METADATA").write_text(metadata, encoding="utf-8")
    (described / "entry_points.txt").write_text(f"[{GROUP}]\nproof = {__package__}.recorder\n", encoding="utf-8")
