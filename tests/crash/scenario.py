"""A small real run to be killed: five leads in three requests, a table beside them and a CSV sink, and a sandbox."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import yaml

from upscale_connect.clock import SystemClock
from upscale_connect.sandbox import Fault, ReceivedRequest, Sandbox, SandboxState

COLUMNS = ("ID", "First", "Last", "Company", "LinkedIn", "Note")
#: A user's own cell that a careless rewrite would not give back as it was.
NOTE = 'said "no, später"; +1\n=SUM(A1)'
LEADS, BATCH_SIZE = 5, 2
KEY = "sandbox-valid"
PROGRAM = ("-m", "upscale_connect", "sync", "--wait")
#: Seconds after which a run hangs.
PATIENCE = 60


class GatedState(SandboxState):
    """Can hold the first submit before it is looked at: `arrived` is set, and it goes on when `gate` is."""

    def __init__(self, sandbox: Sandbox) -> None:
        super().__init__(sandbox.faults, SystemClock())
        self.arrived, self.gate = threading.Event(), threading.Event()
        self.gate.set()

    def receive(self, request: ReceivedRequest) -> None:
        super().receive(request)
        if request.endpoint == "submit":
            self.arrived.set()
            self.gate.wait(PATIENCE)


class Scenario:
    """A folder with leads and a configuration, and the API that it names. `fault` acts until `repair`."""

    def __init__(self, folder: Path, fault: Fault | None = None) -> None:
        self.folder = folder
        self.scratch = folder.with_name(f"{folder.name}.tmp")
        self.sandbox = Sandbox(delay=0)
        self.state = GatedState(self.sandbox)
        self.sandbox.state = self.state
        if fault is not None:
            self.sandbox.faults.script([fault])

    def __enter__(self) -> Self:
        self.folder.mkdir()
        self.scratch.mkdir()
        self.sandbox.start()
        self.write_leads(LEADS)
        text = yaml.safe_dump(describe(self.sandbox.base_url), sort_keys=False)
        self.config.write_text(text, encoding="utf-8")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.sandbox.close()

    @property
    def config(self) -> Path:
        return self.folder / "upscale-connect.yaml"

    @property
    def ledger(self) -> Path:
        return self.folder / "ledger.db"

    def write_leads(self, number: int) -> None:
        with (self.folder / "leads.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(COLUMNS)
            writer.writerows(make_lead(one) for one in range(1, number + 1))

    def start(self, arguments: Sequence[str] = PROGRAM, before: Sequence[str] = ()) -> subprocess.Popen[bytes]:
        """Start the program; `before` is what it is run under."""
        return subprocess.Popen(
            [*before, sys.executable, *arguments],
            cwd=self.folder,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def run(self, arguments: Sequence[str] = PROGRAM, before: Sequence[str] = ()) -> tuple[int, str, str]:
        """Exit code, stdout and stderr of one run to its end."""
        with self.start(arguments, before) as process:
            out, err = process.communicate(timeout=PATIENCE)
        return process.returncode, out.decode(), err.decode()

    def repair(self) -> None:
        """The API is well again."""
        self.state.gate.set()
        self.sandbox.faults.clear()
        self.sandbox.faults.set(delay=0)
        self.state.revoke(KEY, revoked=False)
        self.state.set_credits(KEY, None)

    def files(self) -> set[str]:
        """The names of all files that a run may have left."""
        return {path.name for path in (*self.folder.iterdir(), *self.scratch.iterdir())}

    def _environment(self) -> Mapping[str, str]:
        """That of this process without what would change the run, and with a home and a place for temporary files."""
        inherited = {name: value for name, value in os.environ.items() if not _is_foreign(name)}
        # The same calls in each run: no random order of sets, no compiled module that one run writes for the next.
        fixed = {"PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1"}
        return {**inherited, **fixed, **dict.fromkeys(("HOME", "TMPDIR", "TEMP", "TMP"), str(self.scratch))}


def _is_foreign(name: str) -> bool:
    return name.upper().startswith(("UPSCALE_", "COV_")) or name.lower().endswith("_proxy")


def make_lead(number: int) -> tuple[str, ...]:
    profile = f"https://www.linkedin.com/in/person-{number}"
    return f"lead_{number:03}", f"Ann{number}", "Exämple", f"Company {number}", profile, NOTE


def describe(base_url: str) -> dict[str, Any]:
    """The configuration as a person writes it."""
    poll = {"first_seconds": 0.05, "factor": 1, "max_seconds": 0.2}
    return {
        "version": 1,
        "accounts": {
            # One request at a time, so that each run makes the same calls in the same threads.
            "main": {"api_key": KEY, "base_url": base_url, "batch_size": BATCH_SIZE, "in_flight": 1, "poll": poll}
        },
        "ledger": "ledger.db",
        "syncs": {
            "spring": {
                "customer": "customer_1",
                "campaign": "campaign_1",
                "source": {"plugin": "csv", "path": "leads.csv"},
                "map": {
                    "automation_tool_lead_id": "ID",
                    "first_name": "First",
                    "last_name": "Last",
                    "lead_company": "Company",
                    "lead_linkedin": "LinkedIn",
                },
                "request": {
                    "proposition_company_name": "Acme Corporation",
                    "proposition_company_url": "https://www.acmecorp.com",
                },
                "messages": ["connection_request"],
                "sinks": {"back": "source", "file": {"plugin": "csv", "path": "sent.csv"}},
            }
        },
    }
