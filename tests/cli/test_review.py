"""`review`: what a person sees of a message, and what the person may say."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Result, Workspace

Call = Callable[..., "Result"]


@pytest.fixture
def waiting(call: Call, workspace: Workspace) -> Workspace:
    """Two messages of one lead that wait, because every one is looked at."""
    text = (workspace.folder / "upscale-connect.yaml").read_text(encoding="utf-8")
    changed = text.replace("    limits:", "    review: required\n    limits:")
    (workspace.folder / "upscale-connect.yaml").write_text(changed, encoding="utf-8")
    workspace.write_leads("1,Ann1,Lee,Foo,https://www.linkedin.com/in/ann-1")
    assert call("sync", "--wait").exit_code == 6
    return workspace


def messages(call: Call) -> list[Any]:
    found: list[Any] = call("review", "list", "--json").data["messages"]
    return found


def test_nothing_waits(call: Call, workspace: Workspace) -> None:
    assert call("review", "list").stdout == "No message waits for you.\n"
    assert call("review", "show", "1").exit_code == 2


def test_what_is_shown(call: Call, waiting: Workspace) -> None:
    first, second = messages(call)
    assert (first["type"], first["name"], first["company"], first["place"]) == (
        "connection_request", "Ann1 Lee", "Foo", "leads.csv:2",
    )  # fmt: skip
    assert first["findings"] == [
        {"rule": "required", "message": "every message of this sync is looked at (review: required)"}
    ]
    assert (first["length"] <= first["limit"], first["limit"], second["limit"]) == (True, 200, 8000)
    told = call("review", "list").stdout
    assert f"{first['id']}  connection_request for Ann1 Lee (Foo), leads.csv:2" in told
    assert f"{first['length']} of 200" in told
    shown = call("review", "show", str(first["id"])).stdout
    assert f"upscale-connect regenerate 1 --type {first['type']}" in shown
    assert f"upscale-connect review show {first['id']}" in call("todo").stdout


def test_approve_and_reject(call: Call, waiting: Workspace) -> None:
    first, second = (str(one["id"]) for one in messages(call))
    assert call("review", "approve", first).stdout == f"approved: {first}; next: upscale-connect collect spring\n"
    assert call("review", "reject", second, "--reason", "wrong tone", "--json").data["rejected"] == [int(second)]
    assert messages(call) == []
    assert call("collect").exit_code == 0
    (row,) = waiting.output.read_text(encoding="utf-8").splitlines()[1:]
    assert "delivered" in row
    assert row.count("[sandbox]") == 1
    assert len(waiting.sandbox.state.requests_to("submit")) == 1


def test_edit(call: Call, waiting: Workspace) -> None:
    first = messages(call)[0]
    assert call("review", "edit", str(first["id"]), "--text", "Hello Ann1, from a person.").exit_code == 0
    call("collect")
    assert "Hello Ann1, from a person." in waiting.output.read_text(encoding="utf-8")
    shown = call("review", "show", str(first["id"]), "--json").data["message"]
    assert (shown["text"], shown["original"], shown["review"]) == (
        "Hello Ann1, from a person.", first["text"], "approved",
    )  # fmt: skip


def test_an_empty_text_changes_nothing(call: Call, waiting: Workspace) -> None:
    first = messages(call)[0]
    result = call("review", "edit", str(first["id"]), "--text", "  ")
    assert result.exit_code == 2
    assert "there is no new text" in result.stderr


def test_walking_needs_a_terminal(call: Call, waiting: Workspace) -> None:
    result = call("review", "walk")
    assert result.exit_code == 2
    assert "this needs a terminal" in result.stderr


def test_walking(call: Call, waiting: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter(["a", "r"])
    monkeypatch.setattr("upscale_connect.cli.review.is_terminal", lambda stream: True)
    monkeypatch.setattr("click.prompt", lambda text, **options: next(answers, "because"))
    assert call("review", "walk").exit_code == 0
    assert messages(call) == []
    call("collect")
    assert waiting.output.read_text(encoding="utf-8").count("[sandbox]") == 1


def test_a_message_that_is_not_there_changes_none_of_the_others(call: Call, waiting: Workspace) -> None:
    first = str(messages(call)[0]["id"])
    assert call("review", "approve", first, "999").exit_code == 2
    assert len(messages(call)) == 2
