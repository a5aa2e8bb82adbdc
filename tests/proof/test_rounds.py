"""Rounds with the real program, and with programs that make mistakes."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.proof.conftest import SECRET, Home
from upscale_connect.proof import disturbances, rounds
from upscale_connect.proof.rounds import REPORT, Proof, Totals
from upscale_connect.proof.world import PROGRAM
from upscale_connect.sandbox import Fault

# Programs with the mistakes that this one must not make.

RESEND = """
ledger = pathlib.Path("ledger.db")
if ledger.exists():
    db = sqlite3.connect(ledger)
    unsure = "state IN ('submitting', 'in_doubt')"
    again = f"batch_id IN (SELECT batch_id FROM attempt WHERE {unsure})"
    db.execute(f"UPDATE purchase SET state = 'queued', batch_id = NULL WHERE {again}")
    db.execute(f"UPDATE attempt SET state = 'refused' WHERE {unsure}")
    db.commit()
    db.close()
"""
MIX_UP = """
table = pathlib.Path("1-back.jsonl")
lines = [json.loads(line) for line in table.read_bytes().splitlines()]
lines[0]["messages"] = lines[1]["messages"]
table.write_text("".join(json.dumps(line) + "\\n" for line in lines), encoding="ascii")
"""

Program = Callable[[str, str], tuple[str, ...]]


@pytest.fixture(autouse=True)
def _one_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rounds, "_WORKERS", 1)


def make_proof(home: Home, folder: Path, stop: threading.Event, program: tuple[str, ...] = PROGRAM) -> Proof:
    config = home.write(leads=3)
    return Proof(folder, config, home.record(config), seed=1, stop=stop, program=program)


def play(proof: Proof, is_over: Callable[[Totals], bool]) -> Totals:
    proof.begin()
    for _ in proof.rounds(is_over):
        pass
    return proof.totals


def test_the_program_is_killed_and_keeps_its_promise(
    home: Home, tmp_path: Path, stop: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disturbances, "_KILLED", 1)
    proof = make_proof(home, tmp_path / "proof", stop)
    before = {path: path.read_bytes() for path in home.folder.iterdir()}
    totals = play(proof, lambda totals: totals.kills >= 1)
    assert totals.broken is None, totals.broken
    assert totals.kills >= 1
    assert (totals.paid_twice, totals.lost, totals.wrong_row) == (0, 0, 0)
    assert list((tmp_path / "proof").iterdir()) == []
    assert {path: path.read_bytes() for path in home.folder.iterdir()} == before


def test_a_program_that_sends_again_is_found(
    home: Home, tmp_path: Path, stop: threading.Event, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It behaves as long as nobody disturbs it."""
    monkeypatch.setattr(disturbances, "FAULTS", (Fault("reset", "submit", after=True),))
    monkeypatch.setattr(disturbances, "_KILLED", 0)
    totals = play(make_proof(home, tmp_path / "proof", stop, program(RESEND, "")), lambda totals: totals.rounds >= 1)
    assert totals.broken is not None
    assert totals.broken.number > 0
    assert totals.paid_twice >= 2
    report = json.loads((totals.broken.folder / REPORT).read_text(encoding="ascii"))
    assert report["seed"] == 1
    assert report["round"] == totals.broken.number
    assert report["disturbances"][0] == "reset of a submit that was accepted"
    assert "2 messages paid twice" in report["broken"]
    assert {request["endpoint"] for request in report["requests"]} == {"submit", "retrieve"}
    assert not [
        path for path in totals.broken.folder.rglob("*") if path.is_file() and SECRET.encode() in path.read_bytes()
    ]


def test_a_program_that_mixes_rows_up_is_found_before_anything_is_disturbed(
    home: Home, tmp_path: Path, stop: threading.Event, program: Program
) -> None:
    totals = play(make_proof(home, tmp_path / "proof", stop, program("", MIX_UP)), lambda _: False)
    assert totals.broken is not None
    assert (totals.broken.number, totals.rounds, totals.wrong_row) == (0, 0, 1)


@pytest.mark.parametrize(
    ("before", "sentence"),
    [
        ("sys.exit(1)", "a run ended with exit code 1: see its .err file"),
        ("sys.exit(4)", "a run ended with exit code 4: see its .err file"),
    ],
)
def test_a_program_that_fails_is_found(
    home: Home, tmp_path: Path, stop: threading.Event, program: Program, before: str, sentence: str
) -> None:
    totals = play(make_proof(home, tmp_path / "proof", stop, program(before, "")), lambda _: False)
    assert totals.broken is not None
    assert totals.broken.verdict.explain() == [sentence]


def test_a_person_may_end_it_at_any_moment(home: Home, tmp_path: Path, stop: threading.Event) -> None:
    proof = make_proof(home, tmp_path / "proof", stop)
    timer = threading.Timer(0.2, stop.set)
    timer.start()
    totals = play(proof, lambda _: False)
    timer.join()
    assert (totals.rounds, totals.broken) == (0, None)
