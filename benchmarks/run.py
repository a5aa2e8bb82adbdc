"""Measure whole runs of the installed command against a loopback server, beside a hand-written loop."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
COLUMNS = f"{'':42} {'wall s':>7} {'CPU s':>7} {'CPU µs/lead':>12} {'peak MiB':>9} {'POSTs':>6} {'messages':>9}"

CONFIG = """\
version: 1
accounts:
  bench:
    api_key: benchmark
    base_url: {url}
    batch_size: {batch}
    poll: {{first_seconds: 0.01, factor: 1, max_seconds: 1}}
ledger: ledger.db
defaults: {{limits: {{messages_per_run: 100000000, messages_per_day: 100000000, hold_above: 100000000}}}}
syncs:
  bench:
    customer: customer_1
    {campaign}
    source: {{plugin: csv, path: leads.csv}}
    map:
      automation_tool_lead_id: ID
      first_name: First name
      last_name: Last name
      lead_company: Company
      lead_linkedin: LinkedIn
      lead_company_website_url: Website
      {mapped}
    request:
      proposition_company_name: Acme Corporation
      proposition_company_url: https://www.acmecorp.com
      tone_preference: formal
    messages: [{types}]
"""

CLICK_APP = """\
import click

@click.group()
@click.version_option("1")
def app(): pass

app(prog_name="app")
"""


@dataclass(frozen=True, slots=True)
class Cost:
    """What a process used: seconds by the clock and of the processors, MiB at its largest."""

    wall: float
    cpu: float
    peak: float


def measure(command: Sequence[str | Path], folder: Path, *, codes: Sequence[int] = (0,)) -> tuple[Cost, str]:
    """Run a command to its end. Returns what it cost and what it printed."""
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        start = time.perf_counter()
        process = subprocess.Popen([str(part) for part in command], cwd=folder, stdout=output, stderr=errors)
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        errors.seek(0)
        if process.returncode not in codes:
            sys.exit(f"{command[0]} ended with {process.returncode}: {errors.read()[-2000:].decode(errors='replace')}")
        unit = 1 << 20 if sys.platform == "darwin" else 1 << 10
        return Cost(wall, used.ru_utime + used.ru_stime, used.ru_maxrss / unit), output.read().decode()


@contextlib.contextmanager
def start_server(delay: float) -> Iterator[str]:
    """The address of a server in a process of its own."""
    command = [sys.executable, str(HERE / "server.py"), "--delay", str(delay)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
        finally:
            process.terminate()


def count_posts(url: str) -> int:
    with urllib.request.urlopen(f"{url}/stats", timeout=10) as answer:
        return int(json.load(answer)["posts"])


class Bench:
    """A folder with a configuration, and the runs that are made in it one after the other."""

    def __init__(self, program: str, folder: Path, url: str, leads: int, batch: int, campaigns: int) -> None:
        self.folder = folder
        self._program = program
        self._url = url
        self._leads = leads
        self._batch = batch
        self._campaigns = campaigns

    def configure(self, *types: str) -> None:
        many = self._campaigns > 0
        text = CONFIG.format(
            url=self._url,
            batch=self._batch,
            types=", ".join(types),
            campaign="" if many else "campaign: campaign_1",
            mapped="automation_tool_campaign_id: Campaign" if many else "",
        )
        self.folder.joinpath("upscale-connect.yaml").write_text(text, encoding="utf-8")

    def generate(self, leads: int, *options: str) -> None:
        extra = ["--campaigns", str(self._campaigns)] if self._campaigns else []
        measure([sys.executable, HERE / "generate.py", str(leads), "leads.csv", *extra, *options], self.folder)

    def sync(self, title: str, *, bought: int) -> None:
        """Run `sync --wait` and print its cost. Ends everything if it did not buy what it should."""
        before = count_posts(self._url)
        # The time bounds a wait for a server that has died.
        command = [self._program, "sync", "--wait", "--timeout", "10m", "--yes", "--json"]
        cost, output = measure(command, self.folder, codes=(0, 10))
        messages = json.loads(output)["syncs"][0]["messages"]["generated"]
        if messages != bought:
            sys.exit(f"{title}: {messages} messages were bought, not {bought}")
        self._show(title, cost, count_posts(self._url) - before, messages)

    def hand_written(self) -> None:
        before = count_posts(self._url)
        options = ["--url", self._url, "--batch", str(self._batch)]
        program = HERE / "hand_written.py"
        cost, _ = measure([sys.executable, program, "leads.csv", "by-hand.csv", *options], self.folder)
        self._show("hand-written loop: no state, no checks", cost, count_posts(self._url) - before, self._leads)

    def _show(self, title: str, cost: Cost, posts: int, messages: int) -> None:
        each = cost.cpu / self._leads * 1e6
        print(
            f"{title:42} {cost.wall:7.2f} {cost.cpu:7.2f} {each:12.1f} {cost.peak:9.1f} {posts:6} {messages:9}",
            flush=True,
        )


def measure_syncs(program: str, folder: Path, leads: int, batch: int, campaigns: int, delay: float) -> None:
    kind = f"{leads:,} leads, batches of {batch:,}" + (f", {campaigns:,} campaigns" if campaigns else "")
    print(f"\n{kind}\n{COLUMNS}")
    more = leads // 100
    with start_server(delay) as url:
        bench = Bench(program, folder, url, leads, batch, campaigns)
        bench.configure("connection_request")
        bench.generate(leads)
        if not campaigns:
            bench.hand_written()
        bench.sync("first", bought=leads)
        bench.sync("second, nothing changed", bought=0)
        bench.generate(leads, "--empty-line")
        bench.sync("rewritten: other bytes, the same rows", bought=0)
        bench.generate(leads, "--reverse")
        bench.sync("reordered: the table is written again", bought=0)
        bench.generate(leads, "--change", "0.01")
        bench.sync("1 % of the rows edited", bought=0)
        bench.generate(leads + more)
        bench.sync("1 % more rows", bought=more)
        bench.configure("connection_request", "first_follow_up")
        bench.sync("one message type added", bought=leads + more)


def measure_start(program: str, folder: Path, rounds: int) -> None:
    """`--help` and `--version` against the smallest click program, in turns."""
    app = folder / "app.py"
    app.write_text(CLICK_APP, encoding="utf-8")
    commands: dict[str, list[str | Path]] = {
        "upscale-connect --help": [program, "--help"],
        "upscale-connect --version": [program, "--version"],
        "bare click app --help": [sys.executable, app, "--help"],
        "bare click app --version": [sys.executable, app, "--version"],
    }
    costs: dict[str, list[Cost]] = {title: [] for title in commands}
    for _ in range(rounds):
        for title, command in commands.items():
            costs[title].append(measure(command, folder)[0])
    print(f"\nstart, median of {rounds}\n{'':42} {'wall ms':>7} {'CPU ms':>7}")
    for title, found in costs.items():
        wall, cpu = (1000 * statistics.median(getattr(cost, name) for cost in found) for name in ("wall", "cpu"))
        print(f"{title:42} {wall:7.0f} {cpu:7.0f}")


def find_program() -> str | None:
    """The command that is installed beside this Python."""
    beside = str(Path(sys.executable).parent)
    return shutil.which("upscale-connect", path=beside) or shutil.which("upscale-connect")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--leads", type=int, default=100_000, help="default: 100,000")
    parser.add_argument("--batch", type=int, action="append", metavar="N", help="default: 1000 and 25")
    parser.add_argument("--campaigns", type=int, default=0, metavar="N", help="spread the leads over N campaigns")
    parser.add_argument("--delay", type=float, default=0.0, metavar="SECONDS", help="before each answer of the server")
    parser.add_argument("--rounds", type=int, default=9, help="of --help and --version; default: 9")
    parser.add_argument("--command", default=find_program(), help="default: the one that is installed")
    given = parser.parse_args()
    if not hasattr(os, "wait4"):
        sys.exit("needs Linux or macOS: Windows does not tell what a process has used")
    if given.command is None:
        sys.exit("upscale-connect is not installed: run `make bench`, or `pip install -e .`")
    with tempfile.TemporaryDirectory() as folder:
        if given.rounds:
            measure_start(given.command, Path(folder), given.rounds)
        for batch in given.batch or (1000, 25):
            place = Path(folder) / str(batch)
            place.mkdir()
            measure_syncs(given.command, place, given.leads, batch, given.campaigns, given.delay)


if __name__ == "__main__":
    main()
