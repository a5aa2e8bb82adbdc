"""Measure the CSV plugin with a large file, each step in a process of its own: processor time, memory."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path

from benchmarks.csv_worker import LAST
from benchmarks.generate import write_leads
from benchmarks.run import measure

ROOT = Path(__file__).resolve().parent.parent
#: Step → what it is; None: it only makes ready what the next one needs.
STEPS = {
    "read": "read to plain records",
    "rewrite": "write the table beside it for the first time",
    "rewrite again": "write it again, nothing has changed",
    "sort_output": None,
    "rewrite sorted": "write it again, a colleague has sorted it",
    "read_back": "read it back",
    "prepare_own": None,
    "deliver_own": f"{LAST:,} more leads into the file of a sink",
    "prepare_tool": None,
    "deliver_tool": "the same, for a tool",
    "rewrite_in_place": "write into the source itself for the first time",
    "rewrite_in_place again": "write into it again",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000, help="default: 1,000,000")
    given = parser.parse_args()
    if not hasattr(os, "wait4"):
        sys.exit("needs Linux or macOS: Windows does not tell what a process has used")
    if given.rows <= LAST:
        sys.exit(f"--rows must be more than {LAST:,}")
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "leads.csv"
        write_leads(path, given.rows)
        print(f"{given.rows:,} rows, {path.stat().st_size / 1e6:,.0f} MB")
        print(f"{'':50} {'CPU s':>7} {'rows a CPU-second':>18} {'peak MiB':>9}")
        for step, title in STEPS.items():
            command = [sys.executable, "-m", "benchmarks.csv_worker", step.partition(" ")[0], name, str(given.rows)]
            cost, _ = measure(command, ROOT)
            if title:
                print(f"{title:50} {cost.cpu:7.1f} {given.rows / cost.cpu:18,.0f} {cost.peak:9.1f}", flush=True)


if __name__ == "__main__":
    main()
