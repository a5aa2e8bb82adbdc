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
    for command in ("review approve", "review edit", "review reject"):
        assert f"upscale-connect {command} {first['id']}" in shown
    assert f"upscale-connect regenerate acme/s1/1 --type {first['type']}  # buy another text, for up to 1 cre" in shown
    assert f"upscale-connect suppress add {first['linkedin']}" in shown
    todo = call("todo").stdout
    assert f"upscale-connect review show {first['id']}" in todo
    assert "one after the other: upscale-connect review walk spring" in todo
    assert call("status", "--json").data["syncs"][0]["to_review"] == 2
    assert "to review   2 messages wait for you" in call("status").stdout


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


def test_a_message_that_is_not_there_changes_none_of_the_others(call: Call, waiting: Workspace) -> None:
    first = str(messages(call)[0]["id"])
    assert call("review", "approve", first, "999").exit_code == 2
    assert len(messages(call)) == 2


def test_a_decision_can_be_changed_and_the_words_are_kept(call: Call, waiting: Workspace) -> None:
    first = str(messages(call)[0]["id"])
    call("review", "reject", first, "--reason", "wrong tone")
    assert [one["id"] for one in call("review", "list", "--rejected", "--json").data["messages"]] == [int(first)]
    listed = call("review", "list", "--rejected").stdout
    assert "said        rejected by" in listed
    assert "wrong tone" in listed
    assert call("review", "approve", first).exit_code == 0
    assert call("review", "list", "--rejected").stdout == "No message is rejected.\n"
    said = call("review", "show", first, "--json").data["message"]["verdicts"]
    assert [(one["verdict"], one["reason"], one["is_current"]) for one in said] == [
        ("rejected", "wrong tone", True), ("approved", "", True),
    ]  # fmt: skip
    call("review", "edit", first, "--text", "Another text for Ann1.")
    assert "of an earlier text: wrong tone" in call("review", "show", first).stdout
    assert "edited: connection_request: review (by " in call("explain", "1").stdout


def test_rejecting_what_was_delivered_says_where_it_stands(call: Call, waiting: Workspace) -> None:
    first, second = (str(one["id"]) for one in messages(call))
    call("review", "approve", first)
    assert call("review", "reject", second).stderr == ""
    call("collect")
    shown = call("review", "show", first, "--json").data["message"]
    assert shown["delivered_to"] == ["spring: back"]
    assert f"message {first} was delivered: spring: back" in call("review", "reject", first).stderr
    call("collect")
    assert "[sandbox]" not in waiting.output.read_text(encoding="utf-8")


def test_a_text_that_is_far_too_long_does_not_hide_the_others(call: Call, waiting: Workspace) -> None:
    first = messages(call)[0]
    edited = call("review", "edit", str(first["id"]), "--text", "Ann1 " * 100)
    assert "499 of 200: 299 too many" in edited.stdout
    call("review", "reject", str(first["id"]))
    listed = call("review", "list", "--rejected").stdout
    assert f"\u2026 (all of it: `upscale-connect review show {first['id']}`)" in listed
    assert listed.count("Ann1 Ann1") < 45
    assert call("review", "show", str(first["id"])).stdout.count("Ann1 Ann1") > 45


def test_an_editor_that_fails_is_no_crash(call: Call, waiting: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDITOR", "/nowhere/editor")
    monkeypatch.setenv("VISUAL", "/nowhere/editor")
    result = call("review", "edit", str(messages(call)[0]["id"]))
    assert result.exit_code == 2
    assert "the editor could not be started" in result.stderr
    assert len(messages(call)) == 2
