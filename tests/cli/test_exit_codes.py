"""The exit codes of a run, each provoked by what really happens."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Result, Workspace


def quarantine(workspace: Workspace) -> None:
    workspace.write_leads("1,Ann,Lee,Foo Ltd,no address")


def redirect(workspace: Workspace) -> None:
    workspace.sandbox.faults.add("redirect", on="submit", location="/")


def drop_the_answer(workspace: Workspace) -> None:
    workspace.sandbox.faults.add("reset", on="submit", after=True)


def block_the_output(workspace: Workspace) -> None:
    workspace.write_config(output="folder.csv")
    Path("folder.csv").mkdir()


CASES: dict[str, tuple[int, Callable[[Workspace], None]]] = {
    "done": (0, lambda workspace: None),
    "no such column": (2, lambda workspace: workspace.write_config(linkedin="LinkedInn")),
    "redirected": (2, redirect),
    "new quarantine": (3, quarantine),
    "in doubt": (5, drop_the_answer),
    "over a cap": (6, lambda workspace: workspace.write_config(hold_above=3)),
    "no credits": (7, lambda workspace: workspace.write_config(key="sandbox-no-credits")),
    "invalid key": (8, lambda workspace: workspace.write_config(key="sandbox-unknown")),
    "revoked key": (8, lambda workspace: workspace.write_config(key="sandbox-revoked")),
    "no place for the output": (9, block_the_output),
    "no source": (10, lambda workspace: Path("leads.csv").unlink()),
}


@pytest.mark.promise(row="C7")
@pytest.mark.parametrize(("code", "prepare"), CASES.values(), ids=CASES)
def test_a_run_tells_how_it_ended(
    call: Callable[..., Result], workspace: Workspace, code: int, prepare: Callable[[Workspace], None]
) -> None:
    prepare(workspace)
    result = call("sync", "--wait", "--json")
    assert (result.exit_code, result.data["exit_code"]) == (code, code)
    bought = sum(workspace.sandbox.state.submitted().values())
    assert bought == (4 if code in (0, 5) else 0)


def test_doubt_stays_until_it_is_settled_and_buys_nothing(call: Callable[..., Result], workspace: Workspace) -> None:
    drop_the_answer(workspace)
    call("sync", "--wait")
    again = call("sync", "--wait", "--json")
    assert again.exit_code == 5
    assert again.data["syncs"][0]["attempts"]["in_doubt"] == 1
    assert again.data["needs_person"][0]["command"] == "upscale-connect doubts list"
    assert set(workspace.sandbox.state.submitted().values()) == {1}


def test_a_configuration_that_cannot_be_read(call: Callable[..., Result]) -> None:
    assert call("sync").exit_code == 2


@pytest.mark.promise(row="C1")
def test_two_processes_at_once_one_works_and_one_leaves(
    start: Callable[..., subprocess.Popen[str]], workspace: Workspace
) -> None:
    workspace.sandbox.faults.add("slow", on="submit", seconds=1.5)
    processes = [start("sync", "--wait") for _ in range(2)]
    ends = [(process.communicate(timeout=30), process.returncode) for process in processes]
    assert sorted(code for _, code in ends) == [0, 4]
    (loser,) = [streams for streams, code in ends if code == 4]
    assert "Error: spring: another run works on 'spring'" in loser[1]
    assert set(workspace.sandbox.state.submitted().values()) == {1}
