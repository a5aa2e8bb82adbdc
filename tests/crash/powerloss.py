"""Power cuts: a run is recorded, the disks that a cut may leave are rebuilt, and the program goes on from each.

    python -m tests.crash.powerloss [--share N] [--seed N]

Each disk must have a whole ledger that holds every commit that the run had taken for stored. From each different one
the real program goes on until it is idle, before an API that remembers what was paid until then; then its books are
read as after a kill.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import io
import os
import random
import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.crash.books import Verdict, settle
from tests.crash.contents import hash_contents
from tests.crash.disk import Disk, Event, cut_everywhere
from tests.crash.kills import explain_missing
from tests.crash.recording import find_first, record
from tests.crash.scenario import PROGRAM, Scenario
from upscale_connect.cli import run


class Here(Scenario):
    """Runs the program in this process, which costs a tenth."""

    def run(self, arguments: Sequence[str] = PROGRAM, before: Sequence[str] = ()) -> tuple[int, str, str]:
        if before:
            return super().run(arguments, before)
        out, errors, place = io.StringIO(), io.StringIO(), Path.cwd()
        os.chdir(self.folder)
        try:
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(errors):
                code = run(arguments[2:])
        finally:
            os.chdir(place)
        return code, out.getvalue(), errors.getvalue()


@dataclass(slots=True)
class Tally:
    """What the disks came to. `wrong`: a sentence for each that is not as it must be."""

    images: int = 0
    settled: int = 0
    in_doubt: int = 0
    paid_twice: int = 0
    lost: int = 0
    lost_commits: int = 0
    damaged: int = 0
    wrong: list[str] = field(default_factory=list)

    def add(self, moment: str, verdict: Verdict) -> None:
        self.settled += 1
        self.in_doubt += bool(verdict.in_doubt)
        self.paid_twice += verdict.paid_twice
        self.lost += verdict.lost
        if not verdict.is_fine:
            self.wrong.append(f"{moment}: {verdict}")


class PowerCuts:
    """One recorded run, and what may be left of it. `synchronous`: the setting of SQLite, FULL as in the program."""

    def __init__(self, scenario: Here, synchronous: str = "FULL") -> None:
        self._scenario = scenario
        self._first = find_first(scenario)
        self.events: list[Event] = record(scenario, synchronous)
        self._usual = scenario.files()
        self._bought = list(scenario.state._bought)
        self._acks = [event.text for event in self.events if event.kind == "ack"]

    def judge(self, chance: random.Random, share: float, *, settles: bool = True) -> Tally:
        """Look at disks of so many moments; `settles`: also go on from each that is not like another."""
        tally, seen = Tally(), set[object]()
        for number, disk in cut_everywhere(self.events, self._first, chance, share):
            tally.images += 1
            before = self.events[: number + 1]
            acked = sum(event.kind == "ack" for event in before)
            posts = sum(event.kind == "post" for event in before)
            moment = f"after event {number} ({self.events[number].kind} {self.events[number].path})"
            contents = self._look(disk, moment, acked, tally)
            likeness = (contents, posts, _describe(disk))
            if settles and likeness not in seen:
                seen.add(likeness)
                tally.add(moment, self._go_on(disk, posts))
        return tally

    def _look(self, disk: Disk, moment: str, acked: int, tally: Tally) -> str:
        """What the ledger holds. It must be what it held after the last acknowledged commit, or a later one."""
        with tempfile.TemporaryDirectory(dir=self._scenario.scratch) as name:
            disk.put(Path(name))
            try:
                contents = read_ledger(Path(name) / "ledger.db")
            except sqlite3.DatabaseError as error:
                tally.damaged += 1
                tally.wrong.append(f"{moment}: the ledger is damaged ({error})")
                return "damaged"
        allowed = set(self._acks[max(0, acked - 1) :]) | ({"missing", "empty"} if not acked else set())
        if contents not in allowed:
            tally.lost_commits += 1
            tally.wrong.append(f"{moment}: the last of {acked} commits is gone")
        return contents

    def _go_on(self, disk: Disk, posts: int) -> Verdict:
        """The power is back. What had begun to leave counts as accepted and paid."""
        scenario = self._scenario
        for folder in (scenario.folder, scenario.scratch):
            shutil.rmtree(folder)
            folder.mkdir()
        shutil.rmtree(scenario.scratch.with_suffix(".copy"), ignore_errors=True)
        disk.put(scenario.folder)
        scenario.state.reset()
        scenario.state._bought += self._bought[:posts]
        scenario.state._generations |= {one.id: one for one in self._bought[:posts]}
        return settle(scenario, self._usual)


def read_ledger(path: Path) -> str:
    """A hash of what it holds, "missing" or "empty". Raises sqlite3.DatabaseError if it is damaged."""
    if not path.exists():
        return "missing"
    with contextlib.closing(sqlite3.connect(path)) as connection:
        found = connection.execute("PRAGMA integrity_check").fetchone()[0]
        if found != "ok":
            raise sqlite3.DatabaseError(found)
        return hash_contents(connection)


def _describe(disk: Disk) -> frozenset[tuple[str, bytes]]:
    """What is beside the ledger, but for the reserve, whose content means nothing."""
    beside = {name: bytes(disk.files[file]) for name, file in disk.names.items() if not name.startswith("ledger.db-")}
    beside.pop("ledger.db", None)
    beside["ledger.db.reserve"] = b"%d" % len(beside.get("ledger.db.reserve", b""))
    return frozenset((name, hashlib.sha256(content).digest()) for name, content in beside.items())


@contextlib.contextmanager
def record_run(synchronous: str = "FULL") -> Iterator[PowerCuts]:
    """In memory, if there is a place for it: the run is the same, and no real disk has to be waited for."""
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with (
        tempfile.TemporaryDirectory(prefix="powerloss-", dir=memory) as folder,
        Here(Path(folder) / "run") as scenario,
    ):
        yield PowerCuts(scenario, synchronous)


def main() -> None:
    parser = argparse.ArgumentParser(description="Cut the power at each moment of a run, and go on from what is left.")
    parser.add_argument("--share", type=float, default=10, help="disks for each moment; less than 1: a part of them")
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    if (why := explain_missing()) is not None:
        sys.exit(why)
    with record_run() as cuts:
        tally = cuts.judge(random.Random(chosen.seed), chosen.share)
    sys.stdout.write(
        f"{len(cuts.events)} events, {tally.images} disks, {tally.settled} of them different: {tally.in_doubt} with a"
        f" doubt, {tally.lost_commits} commits lost, {tally.damaged} damaged, {tally.paid_twice} leads paid twice,"
        f" {tally.lost} lost\n"
    )
    sys.stdout.writelines(f"{sentence}\n" for sentence in tally.wrong)
    sys.exit(bool(tally.wrong))


if __name__ == "__main__":
    main()
