"""A sample of the crash matrix; `make crash-matrix` runs all of it."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.crash.books import Verdict, check_files, check_ledger, check_rows, settle
from tests.crash.kills import Kill, Thread, explain_missing, run_killed
from tests.crash.matrix import BEGIN, END, FAULTS, Matrix, Outcome, describe_table, thin_out, write_table
from tests.crash.scenario import LEADS, Scenario
from upscale_connect.sandbox import Fault
from upscale_connect.sandbox.faults import KINDS as FAULT_KINDS

MISSING = explain_missing()
needs_strace = pytest.mark.skipif(MISSING is not None, reason=str(MISSING))
PLANS: dict[str, tuple[Matrix, list[Kill]]] = {}


def plan(folder: Path, *, strace: bool) -> tuple[Matrix, list[Kill]]:
    """A matrix and all its kills, counted once for all tests."""
    name = "calls" if strace else "commits"
    if name not in PLANS:
        matrix = Matrix(folder, strace=strace)
        PLANS[name] = matrix, matrix.plan()
    return PLANS[name]


def conduct(matrix: Matrix, kills: list[Kill], at: tuple[Thread, str, float], fault: Fault | None = None) -> None:
    """The kill after this share of a thread's calls of a kind must leave everything in order.

    How many calls a run makes depends a little on when the callbacks come: one that never came gives its place to the
    one before it.
    """
    thread, kind, share = at
    found = [kill for kill in kills if (kill.thread, kill.kind) == (thread, kind)]
    assert found, f"the {thread} thread makes no {kind} call"
    for kill in reversed(found[: int(share * len(found)) + 1]):
        verdict = matrix.conduct(kill, fault).verdict
        if verdict is not None:
            assert verdict.is_fine, f"{kill}: {verdict}"
            return
    raise AssertionError(f"none of the {kind} calls of the {thread} thread came")


@pytest.mark.promise(row="A1")
@pytest.mark.promise(row="A4")
@needs_strace
@pytest.mark.parametrize(
    ("thread", "kind", "share"),
    [
        ("main", "lock", 0.3),
        ("main", "write", 0.3),  # the ledger is made
        ("main", "write", 0.8),
        ("main", "sync", 0.9),
        ("main", "rename", 0.9),
        ("main", "unlink", 0.5),
        ("main", "receive", 0.9),
        ("submit", "lock", 0.5),
        ("submit", "write", 0.4),
        ("submit", "sync", 0.0),
        ("submit", "send", 0.5),
        ("submit", "receive", 0.5),
    ],
)
def test_killed_at_a_system_call(tmp_path: Path, thread: Thread, kind: str, share: float) -> None:
    matrix, kills = plan(tmp_path, strace=True)
    conduct(matrix, kills, (thread, kind, share))


@pytest.mark.promise(row="A1")
@needs_strace
@pytest.mark.parametrize("share", [0.5, 0.9])
def test_killed_after_an_answer_was_lost(tmp_path: Path, share: float) -> None:
    matrix, _ = plan(tmp_path, strace=True)
    fault = Fault("reset", "submit", after=True)
    conduct(matrix, matrix.plan(fault), ("main", "sync", share), fault)


@pytest.mark.promise(row="A1")
@pytest.mark.parametrize("share", [0.5] if MISSING is None else [number / 12 for number in range(12)])
def test_killed_at_a_commit_of_the_ledger(tmp_path: Path, share: float) -> None:
    matrix, kills = plan(tmp_path, strace=False)
    conduct(matrix, kills, ("main", "commit", share))


# The books see what they are for.


def swap(scenario: Scenario) -> None:
    """The first two leads get each other's ids."""
    for path in scenario.folder.glob("*.csv"):
        content = path.read_bytes().replace(b"lead_001", b"?").replace(b"lead_002", b"lead_001")
        path.write_bytes(content.replace(b"?", b"lead_002"))


def edit(name: str, old: bytes, new: bytes) -> Callable[[Scenario], None]:
    def change(scenario: Scenario) -> None:
        path = scenario.folder / name
        assert old in path.read_bytes()
        path.write_bytes(path.read_bytes().replace(old, new, 1))

    return change


def test_books_see_rows_that_are_wrong(tmp_path: Path) -> None:
    with Scenario(tmp_path / "run") as scenario:
        assert scenario.run()[0] == 0
        kept = {path: path.read_bytes() for path in scenario.folder.glob("*.csv")}
        damages = {
            "a message stands beside another person": swap,
            "the user's rows are not as they were": edit("leads.messages.csv", "Exämple".encode(), b"Example"),
            "the two sinks do not have the same messages": edit("sent.csv", b"[sandbox]", b"[box]"),
        }
        for sentence, damage in {"": lambda _: None, **damages}.items():
            damage(scenario)
            verdict = Verdict()
            check_rows(scenario, verdict, LEADS)
            assert verdict.wrong == ([sentence] if sentence else [])
            for path, content in kept.items():
                path.write_bytes(content)
        with contextlib.closing(sqlite3.connect(scenario.ledger)) as db, db:
            db.execute("UPDATE purchase SET review = 'held' WHERE lead_id = 'lead_003'")
        verdict = Verdict()
        check_rows(scenario, verdict, LEADS)
        assert verdict.wrong == ["a message that waits for a person was delivered: ['lead_003']"]


def test_books_see_what_is_paid_twice_lost_or_left(tmp_path: Path) -> None:
    with Scenario(tmp_path / "run") as scenario:
        assert scenario.run()[0] == 0
        usual = scenario.files()
        (scenario.scratch / "forgotten").touch()
        verdict = Verdict()
        check_files(scenario, verdict, usual)
        assert verdict.wrong == ["left behind for good: ['forgotten']"]
        with contextlib.closing(sqlite3.connect(scenario.ledger)) as db, db:
            db.execute("UPDATE purchase SET state = 'failed' WHERE lead_id = 'lead_003'")
        verdict = Verdict(in_doubt=1)
        check_ledger(scenario, verdict, LEADS, open_before=0, code=5)
        assert (verdict.lost, verdict.in_doubt, len(verdict.wrong)) == (1, 0, 2)


def test_books_see_a_second_purchase(tmp_path: Path) -> None:
    with Scenario(tmp_path / "run") as scenario:
        assert scenario.run()[0] == 0
        usual = scenario.files()
        for path in scenario.folder.iterdir():
            if path.name not in ("leads.csv", "upscale-connect.yaml"):
                path.unlink()
        assert settle(scenario, usual).paid_twice == LEADS


# The table.


def test_every_fault_is_in_the_matrix() -> None:
    kinds = {kind for kind, stage in FAULT_KINDS.items() if stage != "webhook" and kind != "none"}
    assert {fault.kind for fault in FAULTS} == kinds


def test_table() -> None:
    kills = [Kill("main", call, number) for number in range(1, 5) for call in ("fsync", "pwrite64")]
    assert [str(kill) for kill in thin_out(kills, 3) if kill.kind == "write"] == ["main pwrite64 1", "main pwrite64 4"]
    assert sum(kill.kind == "sync" for kill in thin_out(kills, 3)) == 4
    outcomes = [
        Outcome(kills[0], None, Verdict(in_doubt=2)),
        Outcome(kills[0], FAULTS[0], Verdict(paid_twice=2, lost=3, wrong=["something"])),
        Outcome(kills[0], None, None),
    ]
    table = describe_table(outcomes, 1, 10)
    assert "| `fsync` | 2 | 1 | 1 | 2 | 3 | 1 |" in table
    assert "| all | 2 | 1 | 1 | 2 | 3 | 1 |" in table
    assert "1 runs that ended before" in table


def test_table_is_written_between_its_marks(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n", encoding="utf-8")
    write_table(page, "new")
    assert page.read_text(encoding="utf-8") == f"before\n{BEGIN}\nnew\n{END}\nafter\n"
    page.write_text("no marks", encoding="utf-8")
    with pytest.raises(SystemExit):
        write_table(page, "new")


@needs_strace
def test_a_kill_that_never_comes(tmp_path: Path) -> None:
    with Scenario(tmp_path / "run") as scenario:
        assert not run_killed(scenario, Kill("main", "fsync", 10_000))
