"""A folder, a sandbox and the processes of `serve` in it."""

from __future__ import annotations

import contextlib
import csv
import json
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from upscale_connect import load_config
from upscale_connect.engine import open_services, select_syncs
from upscale_connect.receiver import attend
from upscale_connect.sandbox import Sandbox

COLUMNS = ("ID", "First", "Last", "Company", "LinkedIn")


def wait_until(condition: Callable[[], bool], seconds: float = 10) -> None:
    pause = threading.Event()
    for _ in range(int(seconds * 50)):
        if condition():
            return
        pause.wait(0.02)
    raise AssertionError(f"it did not happen within {seconds} s")


class Office:
    """A folder with a configuration and leads, and a sandbox that sends callbacks to `port`."""

    def __init__(self, folder: Path, sandbox: Sandbox) -> None:
        self.folder = folder
        self.sandbox = sandbox
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.account = {
            "api_key": "sandbox-valid",
            "base_url": sandbox.base_url,
            "callback_url": f"http://127.0.0.1:{self.port}",
            "batch_size": 2,
            "poll": {"first_seconds": 600, "max_seconds": 600},
        }

    def configure(self) -> Path:
        path = self.folder / "upscale-connect.yaml"
        path.write_text(json.dumps(self.describe()), encoding="utf-8")  # which is YAML, too
        return path

    def describe(self) -> dict[str, Any]:
        return {
            "version": 1,
            "accounts": {"main": self.account},
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
                }
            },
        }

    def write_leads(self, number: int) -> None:
        with (self.folder / "leads.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(COLUMNS)
            for one in range(1, number + 1):
                writer.writerow((f"lead_{one}", f"Ann{one}", "Example", "Acme", f"https://linkedin.com/in/p-{one}"))

    def messages(self, output: str = "leads.messages.csv") -> list[str]:
        try:
            with (self.folder / output).open(encoding="utf-8", newline="") as file:
                return [row["outreach_message"] for row in csv.DictReader(file) if row.get("outreach_message")]
        except FileNotFoundError:
            return []

    @property
    def posts(self) -> int:
        return len(self.sandbox.state.requests_to("submit"))

    def tokens(self) -> list[str]:
        urls = [request.json()["completion_notification_url"] for request in self.sandbox.state.requests_to("submit")]
        return [str(url).rpartition("/")[2] for url in urls]

    @contextlib.contextmanager
    def serving(self, *options: str) -> Iterator[subprocess.Popen[str]]:
        """The server as a process, ready. At the end of the block it gets SIGTERM; `stderr` can be read then."""
        command = [sys.executable, "-m", "upscale_connect", "serve", "--port", str(self.port), *options]
        errors = (self.folder / "serve.log").open("w+", encoding="utf-8")
        with errors, subprocess.Popen(command, cwd=self.folder, stderr=errors, text=True) as process:
            try:
                wait_until(self.is_ready)
                yield process
            finally:
                process.send_signal(signal.SIGTERM)
                process.wait(15)

    def is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=2) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    @property
    def log(self) -> str:
        return (self.folder / "serve.log").read_text(encoding="utf-8")


@contextlib.contextmanager
def attending(office: Office) -> Iterator[threading.Event]:
    """The attendant in a thread of its own, without a receiver; the event ends it."""
    stop = threading.Event()

    def work() -> None:
        with open_services(load_config(office.configure(), environ={}), stop=stop) as services:
            attend(services, select_syncs(services.config, (), everything=True), lambda: True)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield stop
    finally:
        stop.set()
        thread.join(10)
    assert not thread.is_alive()
