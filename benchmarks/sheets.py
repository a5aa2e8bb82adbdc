"""Measure the Google Sheets plugin: requests, memory and time with large sheets, and a colleague who works in them.

The service is the fake of the tests, in a process of its own. Time is real: calls wait for their turn.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.run import measure
from tests.plugins.google_sheets.conftest import HEADER, ID, Bench, person
from tests.plugins.google_sheets.editor import Act, Editor, fill
from tests.plugins.google_sheets.fake import Book, FakeGoogle, ServiceAccount
from upscale_connect.http import RateLimiters, repeatable_session
from upscale_connect.testing import FakeClock, FakeStop

OTHERS = [f"Column {number}" for number in range(8)]


def serve(rows: int) -> None:
    """Print the address; for each line of input, what was asked for so far. Ends with the input."""
    account = ServiceAccount()
    with FakeGoogle(time.monotonic) as google:
        tab = google.add(Book(ID), account).tab
        tab.fill(
            [[*HEADER, *OTHERS], *([*person(number), *(f"text {number}" for _ in OTHERS)] for number in range(rows))]
        )
        show({"url": google.url, "key": account.key_file(google.token_uri)})
        for _ in sys.stdin:
            counts: dict[str, object] = {kind: google.count(kind) for kind in ("Read", "Write")}
            counts["busiest"] = {kind: google.busiest_minute(kind) for kind in ("Read", "Write")}
            counts["messages"] = sum(len(line) > 12 and bool(line[12]) for line in tab.cells[1:])
            show(counts)


def show(answer: object) -> None:
    print(json.dumps(answer), flush=True)


class Server:
    """The service in a process of its own."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        found = self._answer()
        self.url, self.key = found["url"], found["key"]

    def counts(self) -> Any:
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return self._answer()

    def _answer(self) -> Any:
        assert self._process.stdout is not None
        return json.loads(self._process.stdout.readline())


@contextlib.contextmanager
def start_server(rows: int) -> Iterator[Server]:
    command = [sys.executable, "-m", "benchmarks.sheets", "--serve", str(rows)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Server(process)
        finally:
            process.terminate()


def measure_large(title: str, rows: int, deliveries: int = 0) -> None:
    with tempfile.TemporaryDirectory() as name, start_server(rows) as server:
        (Path(name) / "key.json").write_text(json.dumps(server.key), encoding="utf-8")
        worker = [sys.executable, "-m", "benchmarks.sheets_worker", server.url, name, str(deliveries)]
        cost, output = measure(worker, Path.cwd())
        counts = server.counts()
    if int(output) != (deliveries or rows) or counts["messages"] != deliveries:
        sys.exit(f"{title}: {output} of {deliveries or rows}, {counts['messages']} messages in the sheet")
    calls = f"{counts['Read']:6} {counts['Write']:7} {counts['busiest']['Read']:8} + {counts['busiest']['Write']:2}"
    print(f"{title:42} {cost.wall:7.1f} {cost.cpu:7.2f} {cost.peak:9.1f} {calls}", flush=True)


def measure_editor(chance: float, runs: int, leads: int) -> None:
    """So many runs with somebody who, with this chance before each request, sorts, inserts or deletes."""
    account = ServiceAccount()
    found = [run_with_editor(chance, seed, leads, account) for seed in range(runs)]
    wrong, requests = sum(is_wrong for is_wrong, _ in found), [count for _, count in found]
    print(f"{chance:6.0%} {runs:6} {wrong:6} {statistics.median(requests):10.0f} {max(requests):6}", flush=True)


def run_with_editor(chance: float, seed: int, leads: int, account: ServiceAccount) -> tuple[bool, int]:
    """Whether anybody has another's message afterwards, or not their own; and the number of requests."""
    numbers, clock = random.Random(seed), FakeClock()
    stop = FakeStop(clock)
    limiters = RateLimiters(clock, stop.wait)
    weights = [1 - chance, chance / 2, chance * 0.3, chance / 5]
    kinds = numbers.choices(["nothing", "sort", "insert", "delete"], weights, k=5000)
    script = [Act(kind, numbers.randrange(1 << 16), numbers.randrange(1 << 16)) for kind in kinds]
    with (
        tempfile.TemporaryDirectory() as name,
        FakeGoogle(clock.monotonic) as google,
        repeatable_session(sleep=stop.wait, clock=clock, limiters=limiters) as http,
    ):
        book = google.add(Book(ID), account)
        bench = Bench(Path(name), google, stop, http)
        bench.write_key(account.key_file(google.token_uri))
        fill(book.tab, leads, earlier=range(0, leads, 5), edited=range(1, leads, 5))
        editor = Editor(book.tab, script)
        before = editor.leads()
        google.on_request = editor
        results = bench.write(*(bench.delivery(number) for number in range(leads) if number % 5))
        try:
            editor.check(before, results)
        except AssertionError:
            return True, len(google.seen)
        return False, len(google.seen)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=20, help="with a colleague; default: 20")
    parser.add_argument("--serve", type=int, metavar="ROWS", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve is not None:
        serve(given.serve)
        return
    columns = f"{'wall s':>7} {'CPU s':>7} {'peak MiB':>9} {'reads':>6} {'writes':>7} {'in a minute':>13}"
    print(f"{'':42} {columns}")
    measure_large("read 50,000 rows of 12 columns", 50_000)
    measure_large("write 5,000 messages into 5,000 rows", 5_000, 5_000)
    measure_large("write 5,000 messages into 50,000 rows", 50_000, 5_000)
    print(f"\n{'chance':>6} {'runs':>6} {'wrong':>6} {'requests':>10} {'most':>6}")
    for chance in (0.02, 0.1, 0.3, 0.6):
        measure_editor(chance, given.runs, 300)


if __name__ == "__main__":
    main()
