"""A system call of a run fails: an error says so, and the next run brings everything to its end."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.crash.books import settle
from tests.crash.kills import Kill, Thread, explain_missing, run_failed
from tests.crash.matrix import Matrix
from tests.crash.scenario import Scenario

MISSING = explain_missing()
pytestmark = pytest.mark.skipif(MISSING is not None, reason=str(MISSING))
PLANS: list[tuple[Matrix, list[Kill]]] = []


@pytest.fixture
def plan(tmp_path: Path) -> tuple[Matrix, list[Kill]]:
    """A matrix and all the calls of a run, counted once for all tests."""
    if not PLANS:
        matrix = Matrix(tmp_path, strace=True)
        PLANS.append((matrix, matrix.plan()))
    return PLANS[0]


@pytest.mark.promise(row="A2")
@pytest.mark.parametrize(
    ("thread", "kind", "share", "error"),
    [("main", "write", 0.4, "ENOSPC"), ("submit", "write", 0.4, "EIO"), ("submit", "sync", 0.1, "EIO")],
)
def test_call_that_fails(
    tmp_path: Path, plan: tuple[Matrix, list[Kill]], thread: Thread, kind: str, share: float, error: str
) -> None:
    matrix, kills = plan
    found = [kill for kill in kills if (kill.thread, kill.kind) == (thread, kind)]
    with Scenario(tmp_path / "run") as scenario:
        code, errors = run_failed(scenario, found[int(share * len(found))], error)
        assert code in (0, 2, 9)
        assert "Traceback" not in errors
        verdict = settle(scenario, matrix.usual)
    assert verdict.is_fine, verdict
