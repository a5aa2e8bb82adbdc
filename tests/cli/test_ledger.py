"""`ledger backup` and `ledger verify`, as a person meets them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.cli.conftest import Result, Workspace

Call = Callable[..., "Result"]


def test_backup_and_how_to_go_on_from_it(call: Call, workspace: Workspace) -> None:
    """The steps of docs/ledger.md: an old copy stops the run; accepted, it buys nothing that it knows."""
    assert call("sync", "--wait").exit_code == 0
    made = call("ledger", "backup")
    (name,) = made.stdout.splitlines()
    assert Path(name).name.startswith("upscale-connect.20")
    call("sync")
    workspace.ledger.write_bytes(Path(name).read_bytes())
    stopped = call("sync")
    assert stopped.exit_code == 2
    assert "old copy" in stopped.stderr
    assert call("ledger", "verify").exit_code == 2
    gone = workspace.folder / "gone"
    gone.mkdir()
    for end in ("", "-wal", "-shm", ".generation"):
        if (path := Path(f"{workspace.ledger}{end}")).exists():
            path.rename(gone / path.name)
    Path(name).rename(workspace.ledger)
    assert call("ledger", "verify").exit_code == 0
    assert call("plan", "--json").data["syncs"][0]["credits"]["estimated"] == 0
    assert call("sync").exit_code == 0
    assert len(workspace.sandbox.state.requests_to("submit")) == 1


def test_a_named_file_is_not_replaced(call: Call, workspace: Workspace) -> None:
    call("sync", "--wait")
    first = call("ledger", "backup", "copy.db", "--json")
    assert first.data["files"] == ["copy.db"]
    again = call("ledger", "backup", "copy.db", "--json")
    assert (again.exit_code, again.data["files"]) == (2, [])
    assert "exists already" in again.data["error"]["message"]


def test_a_folder_gets_a_file_of_the_usual_name(call: Call, workspace: Workspace) -> None:
    call("sync", "--wait")
    safe = workspace.folder / "safe"
    safe.mkdir()
    (name,) = call("ledger", "backup", "safe").stdout.splitlines()
    assert [path.name for path in safe.iterdir()] == [Path(name).name]


def test_a_backup_is_looked_through_without_a_configuration(call: Call, workspace: Workspace) -> None:
    call("sync", "--wait")
    call("ledger", "backup", "copy.db")
    (workspace.folder / "upscale-connect.yaml").unlink()
    result = call("ledger", "verify", "copy.db")
    assert result.exit_code == 0
    assert [line.split()[0] for line in result.stdout.splitlines()] == ["ok"] * 3


def test_before_the_first_run(call: Call, workspace: Workspace) -> None:
    for command in ("backup", "verify"):
        result = call("ledger", command)
        assert result.exit_code == 2
        assert "there is no ledger here" in result.stderr
    assert not workspace.ledger.exists()


def test_verify_says_what_it_looked_at(call: Call, workspace: Workspace) -> None:
    call("sync", "--wait")
    result = call("ledger", "verify")
    assert result.exit_code == 0
    assert [line.split()[0] for line in result.stdout.splitlines()] == ["ok"] * 4
    assert "4 purchases and 1 attempts agree with each other" in result.stdout
    findings = call("ledger", "verify", "--json").data["findings"]
    assert {finding["level"] for finding in findings} == {"ok"}
