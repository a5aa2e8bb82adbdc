"""Measure `serve` by real processes: from a callback to the written row, and ten thousand callbacks while a sync runs.

`.venv/bin/python -m benchmarks.callbacks` from the project's folder; about two minutes.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import http.client
import itertools
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.run import find_program, measure
from upscale_connect.sandbox import Sandbox

#: Seconds after which something hangs.
PATIENCE = 120.0
THREADS = 8
BATCH = 2
TEXT = "outreach_message"

CONFIG = """\
version: 1
accounts:
  bench:
    api_key: sandbox-valid
    base_url: {api}
    callback_url: {receiver}
    batch_size: {batch}
    poll: {{first_seconds: {poll}, factor: 1, max_seconds: {poll}}}
ledger: ledger.db
syncs:
  bench:
    customer: customer_1
    campaign: campaign_1
    source: {{plugin: csv, path: leads.csv}}
    map:
      automation_tool_lead_id: ID
      first_name: First
      last_name: Last
      lead_company: Company
      lead_linkedin: LinkedIn
    request:
      proposition_company_name: Acme Corporation
      proposition_company_url: https://www.acmecorp.com
    messages: [connection_request]
"""


class Bench:
    """A folder, an API, and the command that is measured."""

    def __init__(self, program: str, folder: Path, sandbox: Sandbox) -> None:
        self.program = program
        self.folder = folder
        self.sandbox = sandbox
        self.receiver = "http://127.0.0.1:9"  # until `serve` tells its own

    def configure(self, poll: float) -> None:
        text = CONFIG.format(api=self.sandbox.base_url, receiver=self.receiver, batch=BATCH, poll=poll)
        self.folder.joinpath("upscale-connect.yaml").write_text(text, encoding="utf-8")

    def write_leads(self, count: int) -> None:
        with (self.folder / "leads.csv").open("w", encoding="utf-8", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(("ID", "First", "Last", "Company", "LinkedIn"))
            for number in range(1, count + 1):
                link = f"https://www.linkedin.com/in/person-{number}"
                rows.writerow((number, f"Ann{number}", "Example", f"Company {number}", link))

    def messages(self) -> dict[str, str]:
        """Lead id → the message that stands beside it, "" if there is none."""
        with (self.folder / "leads.messages.csv").open(encoding="utf-8", newline="") as file:
            return {row["ID"]: row[TEXT] for row in csv.DictReader(file)}

    def run(self, *arguments: str, codes: Sequence[int] = (0,)) -> str:
        return measure([self.program, *arguments], self.folder, codes=codes)[1]

    def requests(self) -> list[tuple[str, str]]:
        """(Callback token, request id) of all that the API has accepted, in order."""
        posts = [post for post in self.sandbox.state.requests_to("submit") if post.accepted]
        return [(post.json()["completion_notification_url"].rpartition("/")[2], post.accepted or "") for post in posts]

    def call(self, token: str, request_id: str) -> tuple[int, float]:
        """The status of the answer to one callback, and after how many seconds it came."""
        body = json.dumps({"secure_request_id": request_id, "status": "complete"})
        begun = time.perf_counter()
        connection = http.client.HTTPConnection(urlsplit(self.receiver).netloc, timeout=PATIENCE)
        with contextlib.closing(connection):
            connection.request("POST", f"/callbacks/{token}", body, {"Content-Type": "application/json"})
            return connection.getresponse().status, time.perf_counter() - begun

    @contextlib.contextmanager
    def serve(self) -> Iterator[subprocess.Popen[str]]:
        """`serve`, from its first line on."""
        with subprocess.Popen(
            [self.program, "serve", "--port", "0"], cwd=self.folder, stderr=subprocess.PIPE, text=True
        ) as process:
            try:
                assert process.stderr is not None
                self.receiver = process.stderr.readline().split()[4].removesuffix("/callbacks/")
                drain = threading.Thread(target=process.stderr.read, daemon=True)
                drain.start()
                yield process
            finally:
                process.terminate()

    def wait_for_message(self, lead_id: str) -> None:
        """Until it stands beside its lead."""
        output, seen = self.folder / "leads.messages.csv", None
        deadline = time.perf_counter() + PATIENCE
        while time.perf_counter() < deadline:
            stamp = output.stat() if output.exists() else None
            if stamp is not None and stamp.st_mtime_ns != seen:
                seen = stamp.st_mtime_ns
                if self.messages().get(lead_id):
                    return
            time.sleep(0.002)
        sys.exit(f"the message of lead {lead_id} was not written within {PATIENCE:.0f} s")


def measure_latency(bench: Bench, rounds: int) -> None:
    """One lead is bought at a time; its callback comes when no program but `serve` runs, and no poll is due."""
    answered, written = [], []
    with bench.serve():
        bench.configure(poll=3600)
        for number in range(1, rounds + 1):
            bench.write_leads(number)
            bench.run("sync", "--no-wait", "--json")
            token, request_id = bench.requests()[-1]
            begun = time.perf_counter()
            status, seconds = bench.call(token, request_id)
            bench.wait_for_message(str(number))
            written.append(time.perf_counter() - begun)
            answered.append(seconds)
            if status != 200:
                sys.exit(f"the callback was answered with {status}")
    print(f"\nfrom a callback, {rounds} times{'':17} {'median ms':>9} {'longest ms':>10}")
    for title, found in (("to its answer", answered), ("to the written row", written)):
        print(f"{title:42} {1000 * statistics.median(found):9.0f} {1000 * max(found):10.0f}", flush=True)


@dataclass
class Flood:
    """What callers got. `seconds`: per call."""

    answers: Counter[int] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)

    def add(self, status: int, seconds: float) -> None:
        self.answers[status] += 1
        self.seconds.append(seconds)


def make_calls(bench: Bench, count: int) -> Iterator[tuple[str, str]]:
    """True callbacks again and again, ids of other requests, ids of nobody, and tokens of nobody."""
    chance, known = random.Random(1), bench.requests()
    for number in range(count):
        if number % 200 == 0:
            known = bench.requests()
        token, request_id = chance.choice(known)
        yield chance.choice(
            [
                (token, request_id),
                (token, chance.choice(known)[1]),
                (token, f"forged-{number}"),
                (f"{number:043}", request_id),
            ]
        )


def send_flood(bench: Bench, count: int) -> Flood:
    """From eight threads."""
    flood, calls, take = Flood(), make_calls(bench, count), threading.Lock()

    def send() -> None:
        while True:
            with take:
                one = next(calls, None)
            if one is None:
                return
            answer = bench.call(*one)
            with take:
                flood.add(*answer)

    with ThreadPoolExecutor(THREADS) as pool:
        for sender in [pool.submit(send) for _ in range(THREADS)]:
            sender.result()
    return flood


def measure_flood(bench: Bench, calls: int, leads: int) -> None:
    """Callbacks of all kinds come in while one process buys in small batches and another serves."""
    bench.write_leads(leads)
    with bench.serve() as process:
        bench.configure(poll=1)
        bench.run("sync", "--no-wait", "--limit", str(BATCH), "--json")
        command = [bench.program, "sync", "--wait", "--timeout", "10m", "--json"]
        quiet = subprocess.DEVNULL
        with subprocess.Popen(command, cwd=bench.folder, stdout=quiet, stderr=quiet) as sync:
            begun = time.perf_counter()
            flood = send_flood(bench, calls)
            took = time.perf_counter() - begun
            code = sync.wait()
            worked = time.perf_counter() - begun
        status, next_one = bench.call(*bench.requests()[-1])
        process.terminate()
        _, _, used = os.wait4(process.pid, 0)
        process.returncode = 143
    print(f"\n{calls:,} callbacks while a sync buys for {leads} leads")
    told = ", ".join(f"{count} of {status}" for status, count in sorted(flood.answers.items()))
    print(f"{'answers':42} {told}; unanswered {calls - flood.answers.total()}")
    print(f"{'seconds: of the flood, of the sync':42} {took:9.1f} {worked:6.1f}")
    print(f"{'callbacks per second':42} {calls / took:9.0f}")
    latest = statistics.quantiles(flood.seconds, n=100)[98]
    print(f"{'ms to an answer: median, 99 %, longest':42} {1000 * statistics.median(flood.seconds):9.0f}", end="")
    print(f" {1000 * latest:6.0f} {1000 * max(flood.seconds):6.0f}")
    print(f"{'ms to the next one, answered ' + str(status):42} {1000 * next_one:9.0f}")
    unit = 1 << 20 if sys.platform == "darwin" else 1 << 10
    print(f"{'serve, peak MiB':42} {used.ru_maxrss / unit:9.0f}")
    check_books(bench, leads, code)


def check_books(bench: Bench, leads: int, code: int) -> None:
    """Everything was asked for once, and stands beside its lead. Ends the program if not."""
    bench.run("sync", "--wait", "--timeout", "10m", "--json", codes=(0, 3, 5))
    asked = bench.sandbox.state.submitted()
    shown = bench.messages()
    twice = sum(count > 1 for count in asked.values())
    missing = sum(not shown.get(str(number)) for number in range(1, leads + 1))
    doubts = len(json.loads(bench.run("doubts", "list", "--json"))["doubts"])
    bench.run("ledger", "verify")
    print(f"{'exit code of the sync; 6: alarms':42} {code:9}")
    print(f"{'paid twice, without a message, in doubt':42} {twice:9} {missing:6} {doubts:6}", flush=True)
    if twice or missing or doubts or len(asked) != leads:
        sys.exit("the books are not equal")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=25, help="callbacks that are followed to their row; default: 25")
    parser.add_argument("--calls", type=int, default=10_000, help="callbacks of the flood; default: 10,000")
    parser.add_argument("--leads", type=int, default=1000, help="bought while the flood comes; default: 1,000")
    parser.add_argument("--command", default=find_program(), help="default: the one that is installed")
    given = parser.parse_args()
    if not hasattr(os, "wait4"):
        sys.exit("needs Linux or macOS: Windows does not tell what a process has used")
    if given.command is None:
        sys.exit("upscale-connect is not installed: run `make bench`, or `pip install -e .`")
    steps = itertools.count()
    with tempfile.TemporaryDirectory() as name:

        def make_bench(sandbox: Sandbox) -> Bench:
            folder = Path(name) / str(next(steps))
            folder.mkdir()
            bench = Bench(given.command, folder, sandbox)
            bench.write_leads(0)
            bench.configure(poll=1)
            return bench

        with Sandbox(delay=0) as sandbox:
            measure_latency(make_bench(sandbox), given.rounds)
        with Sandbox(delay=0) as sandbox:
            measure_flood(make_bench(sandbox), given.calls, given.leads)


if __name__ == "__main__":
    main()
