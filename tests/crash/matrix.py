"""The crash matrix: a run is killed at each of its system calls, run again until idle, and its books are checked.

    python -m tests.crash.matrix [--every N] [--faults-every N] [--page docs/guarantees.md]

Kills are also repeated, more rarely, under each fault of the sandbox. The table goes into the page, between its two
marks; without a page it is printed. The exit code is 1 if an invariant was hurt.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import textwrap
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from tests.crash.books import Verdict, settle
from tests.crash.kills import (
    KINDS,
    Kill,
    count_commits,
    count_kills,
    count_submit_kills,
    explain_missing,
    run_killed,
)
from tests.crash.scenario import Scenario
from upscale_connect.sandbox import Fault

BEGIN, END = "<!-- crash matrix: begin, written by `make crash-matrix` -->", "<!-- crash matrix: end -->"

LEGEND = (
    "*In doubt*: kills after which a request may or may not have been accepted. *Paid twice* and *lost* are leads."
    " *Damaged*: kills after which another invariant did not hold."
)

#: Nine of ten calls are of these kinds.
FREQUENT = ("write", "lock")

#: Every fault of the sandbox on the wire, where money is spent and where it is not, and every one in an answer.
#: Those of callbacks are left out: no callback comes to a run without `serve`.
FAULTS: tuple[Fault, ...] = (
    Fault("rate_limit", "submit", retry_after=0),
    Fault("rate_limit", "retrieve", retry_after=0),
    Fault("http_error", "submit"),
    Fault("http_error", "submit", after=True),
    Fault("http_error", "retrieve"),
    Fault("redirect", "submit"),
    Fault("redirect", "retrieve"),
    Fault("timeout", "submit", seconds=0.1),
    Fault("timeout", "submit", seconds=0.1, after=True),
    Fault("timeout", "retrieve", seconds=0.1),
    Fault("reset", "submit"),
    Fault("reset", "submit", after=True),
    Fault("reset", "retrieve"),
    Fault("truncate", "submit"),
    Fault("truncate", "retrieve"),
    Fault("wrong_content_type", "submit"),
    Fault("wrong_content_type", "retrieve"),
    Fault("slow", "submit", seconds=0.1),
    Fault("slow", "retrieve", seconds=0.1),
    Fault("revoke_key", "submit"),
    Fault("revoke_key", "retrieve"),
    Fault("drop_credits", "submit"),
    Fault("refuse_get_body", "retrieve"),
    Fault("strip_get_body", "retrieve"),
    *(
        Fault(kind, "retrieve")
        for kind in (
            "missing_lead",
            "extra_lead",
            "duplicate_lead",
            "conflicting_lead",
            "reorder_leads",
            "swap_messages",
            "foreign_request",
            "over_length",
            "placeholder",
            "emoji",
            "rtl",
            "cjk",
            "unknown_message_field",
            "new_metadata",
            "singular_counts",
        )
    ),
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """`verdict` None: the run ended before it came to that call, as another pause or poll moves the numbers."""

    kill: Kill
    fault: Fault | None
    verdict: Verdict | None


class Matrix:
    """Makes scenarios in a folder, one for each run. `usual`: the files that an undisturbed run leaves.

    Without `strace`, a run is killed at the commits of its ledger instead of at its system calls.
    """

    def __init__(self, folder: Path, *, strace: bool) -> None:
        self._folder = folder
        self._numbers = count(1)
        self._strace = strace
        self.usual: set[str] = set()

    def plan(self, fault: Fault | None = None) -> list[Kill]:
        """Every call at which a run under this fault can be killed, in the order of time within each thread."""
        if not self._strace:
            with self._scenario(fault) as scenario:
                found = count_commits(scenario)
                self._note_usual(scenario, fault)
                return found
        with self._scenario(fault) as scenario:
            found = count_kills(scenario)
            self._note_usual(scenario, fault)
        with self._scenario(fault) as scenario:
            return found + count_submit_kills(scenario)

    def conduct(self, kill: Kill, fault: Fault | None = None) -> Outcome:
        """Kill one run there, and settle what it left. `plan()` comes first."""
        with self._scenario(fault) as scenario:
            if not run_killed(scenario, kill):
                return Outcome(kill, fault, None)
            return Outcome(kill, fault, settle(scenario, self.usual))

    def _scenario(self, fault: Fault | None) -> Scenario:
        return Scenario(self._folder / f"run-{next(self._numbers)}", fault)

    def _note_usual(self, scenario: Scenario, fault: Fault | None) -> None:
        if fault is None:
            self.usual = scenario.files()


def run_matrix(matrix: Matrix, every: int, faults_every: int) -> Iterable[Outcome]:
    """Every N-th kill undisturbed, and every M-th under each fault, each fault beginning at another call."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        yield from pool.map(matrix.conduct, thin_out(matrix.plan(), every))
        plans = pool.map(matrix.plan, FAULTS)
        jobs = [
            (kill, fault)
            for number, (fault, kills) in enumerate(zip(FAULTS, plans, strict=True))
            for kill in sorted(kills, key=lambda kill: kill.kind)[number % faults_every :: faults_every]
        ]
        yield from pool.map(lambda job: matrix.conduct(*job), jobs)


def thin_out(kills: Iterable[Kill], every: int) -> list[Kill]:
    """Every N-th of the frequent kinds, and all of the others."""
    seen: Counter[str] = Counter()
    kept = []
    for kill in kills:
        if kill.kind not in FREQUENT or seen[kill.kind] % every == 0:
            kept.append(kill)
        seen[kill.kind] += 1
    return kept


def describe_table(outcomes: Sequence[Outcome], every: int, faults_every: int) -> str:
    """What was done and what came of it, as Markdown."""
    rarely = f", of {' and '.join(FREQUENT)} calls only {_ordinal(every)}" if every > 1 else ""
    lines = [
        f"A run was killed at every call on one of its files or sockets{rarely}, and at {_ordinal(faults_every)} call"
        f" under each of {len(FAULTS)} faults of the sandbox; then a lead was added, and the program ran until idle.",
        "",
        "| killed at | kills | under a fault | in doubt | paid twice | lost | damaged |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for kind in KINDS:
        mine = [outcome for outcome in outcomes if outcome.kill.kind == kind]
        if mine:
            calls = sorted({outcome.kill.call for outcome in mine})
            lines.append(_describe_row(", ".join(f"`{call}`" for call in calls), mine))
    lines += [
        _describe_row("all", outcomes),
        "",
        LEGEND,
    ]
    if missed := sum(outcome.verdict is None for outcome in outcomes):
        lines[-1] += f" Not in the table: {missed} runs that ended before the call came."
    return "\n".join(line if line.startswith("|") else textwrap.fill(line, 120) for line in lines)


def _ordinal(every: int) -> str:
    suffix = {2: "nd", 3: "rd"}.get(every, "th")
    return "every" if every == 1 else f"every {every}{suffix}"


def _describe_row(title: str, outcomes: Iterable[Outcome]) -> str:
    total: Counter[str] = Counter()
    for outcome in outcomes:
        if (verdict := outcome.verdict) is None:
            continue
        total["kills"] += 1
        total["under"] += outcome.fault is not None
        total["in doubt"] += bool(verdict.in_doubt)
        total["twice"] += verdict.paid_twice
        total["lost"] += verdict.lost
        total["damaged"] += bool(verdict.wrong)
    cells = [f"{total[name]:,}" for name in ("kills", "under", "in doubt", "twice", "lost", "damaged")]
    return f"| {' | '.join([title, *cells])} |"


def write_table(page: Path, table: str) -> None:
    """Replace what stands between the two marks of the page."""
    before, _, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    _, mark, after = rest.partition(END)
    if not mark:
        sys.exit(f"{page} lacks the marks {BEGIN} and {END}")
    page.write_text(f"{before}{BEGIN}\n{table}\n{END}{after}", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description="Kill a run at each of its system calls, and check its books.")
    parser.add_argument("--every", type=int, default=1, help="of write and lock calls only every N-th")
    parser.add_argument("--faults-every", type=int, default=10, help="under each fault only every N-th call")
    parser.add_argument("--page", type=Path, help="where the table goes")
    chosen = parser.parse_args()
    if (why := explain_missing()) is not None:
        sys.stderr.write(f"{why}: killing at the commits of the ledger instead\n")
    outcomes: list[Outcome] = []
    with tempfile.TemporaryDirectory(prefix="crash-matrix-") as folder:
        matrix = Matrix(Path(folder), strace=why is None)
        for outcome in run_matrix(matrix, chosen.every, chosen.faults_every):
            outcomes.append(outcome)
            if len(outcomes) % 100 == 0:
                sys.stderr.write(f"{len(outcomes)} kills\n")
            if outcome.verdict and not outcome.verdict.is_fine:
                sys.stderr.write(f"{outcome.kill}, {outcome.fault}: {outcome.verdict}\n")
    table = describe_table(outcomes, chosen.every, chosen.faults_every)
    if chosen.page:
        write_table(chosen.page, table)
    else:
        sys.stdout.write(f"{table}\n")
    sys.exit(any(outcome.verdict and not outcome.verdict.is_fine for outcome in outcomes))


if __name__ == "__main__":
    main()
