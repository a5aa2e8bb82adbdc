"""`pause` and `resume`, and how `status` shows it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.cli.conftest import Result, Workspace

Call = Callable[..., "Result"]


def test_paused_until_resumed(call: Call, workspace: Workspace) -> None:
    paused = call("pause")
    assert (paused.exit_code, paused.stdout) == (
        0, "spring: buys nothing new; what was bought is still collected and delivered\n",
    )  # fmt: skip
    assert call("pause", "spring").stdout == "spring: was paused before\n"
    (shown,) = call("status", "--json").data["syncs"]
    assert shown["paused"].keys() == {"at", "by"}
    assert shown["next"] == "upscale-connect resume spring"
    assert "buys nothing new" in call("status").stdout
    ran = call("sync")
    assert ran.exit_code == 0
    assert "`upscale-connect resume spring` lets it go on" in ran.stdout
    assert workspace.sandbox.state.requests_to("submit") == []
    assert call("resume", "--all", "--json").data["syncs"] == [{"name": "spring", "paused": False, "changed": True}]
    assert call("resume").stdout == "spring: was not paused\n"
    assert call("status", "--json").data["syncs"][0]["paused"] is None
    assert call("sync", "--wait").exit_code == 0
    assert len(workspace.sandbox.state.requests_to("submit")) == 1


def test_unknown_sync(call: Call, workspace: Workspace) -> None:
    result = call("pause", "summer", "--json")
    assert (result.exit_code, result.data["syncs"]) == (2, [])
