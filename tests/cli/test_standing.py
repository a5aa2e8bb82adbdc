"""`status`, `todo`, `explain` and `retry`: what stands in the ledger, told to people."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Result, Workspace

NO_WEB = "8,Eve,Lee,Foo Ltd,https://www.linkedin.com/in/eve-noweb"
LIST = "{back: source, list: {plugin: csv, path: list.csv}}"


def test_texts_that_a_person_changed_are_shown(call: Callable[..., Result], workspace: Workspace) -> None:
    call("sync", "--wait")
    assert call("status", "--json").data["syncs"][0]["edited"] == {}
    text = workspace.output.read_text(encoding="utf-8")
    workspace.output.write_text(text.replace("[sandbox] Hello Ann1", "[me] Hello Ann1"), encoding="utf-8")
    assert "back: a person has changed 2 texts since they were written" in call("sync").stdout
    assert "2 written; a person has changed 2 texts" in call("status").stdout
    assert "leads.csv:2: the connection_request of lead '1' in spring: back" in call("todo").stdout
    first = call("todo", "--json").data["edited"][0]
    assert (first["sync"], first["sink"], first["type"], first["hides"]) == (
        "spring",
        "back",
        "connection_request",
        False,
    )
    call("review", "edit", "1", "--text", "A newer text for Ann1.")
    assert "messages that a person's own text hides in a table (1)" in call("sync").stdout
    assert "redeliver spring --sink back" in call("todo").stdout
    assert "[me] Hello Ann1" in workspace.output.read_text(encoding="utf-8")


def test_before_the_first_run_there_is_no_ledger(call: Callable[..., Result], workspace: Workspace) -> None:
    result = call("status")
    assert result.exit_code == 0
    assert "There is no ledger yet" in result.stderr
    told = result.stdout.splitlines()
    assert told[:3] == ["spring", "  has never run", "  next        upscale-connect sync spring"]
    assert told[3:5] == ["account main", "  credits     0 needed, 0 reserved, 0 spent"]
    assert call("status", "--json").data["ledger"] is None
    assert call("todo").stdout == "Nothing waits for you.\n"
    assert call("explain", "1").exit_code == 2
    assert not workspace.ledger.exists()


def test_a_ledger_that_a_first_run_is_just_making_is_empty(call: Callable[..., Result], workspace: Workspace) -> None:
    workspace.ledger.touch()
    result = call("status")
    assert (result.exit_code, result.stdout.splitlines()[1]) == (0, "  has never run")


def test_status_counts_what_is_open_and_done(call: Callable[..., Result], workspace: Workspace, rows: Any) -> None:
    workspace.write_leads(*rows(2), NO_WEB)
    call("sync")
    waiting = call("status", "--json").data
    assert waiting.keys() == {"schema", "ledger", "accounts", "syncs", "exit_code"}
    (sync,) = waiting["syncs"]
    assert sync["messages"] == {"queued": 0, "pending": 6, "in_doubt": 0, "ready": 0, "failed": 0}
    assert sync["oldest_open"] is not None
    assert sync["next"] == "upscale-connect collect spring"
    call("collect", "--wait")
    (sync,) = call("status", "--json").data["syncs"]
    assert (sync["name"], sync["configured"], sync["leads"]) == ("spring", True, 3)
    assert sync["messages"] == {"queued": 0, "pending": 0, "in_doubt": 0, "ready": 4, "failed": 2}
    assert sync["sinks"] == {"back": {"written": 2}}
    assert sync["last_run"]["exit_code"] == 0
    assert sync["last_good_run"] == sync["last_run"]["finished_at"]
    assert "messages    4 ready, 2 failed" in call("status", "spring").stdout


def test_a_sync_that_left_the_configuration_is_still_shown(call: Callable[..., Result], workspace: Workspace) -> None:
    call("sync", "--wait")
    path = Path("upscale-connect.yaml")
    path.write_text(path.read_text(encoding="utf-8").replace("spring:", "summer:"), encoding="utf-8")
    shown = {sync["name"]: sync for sync in call("status", "--json").data["syncs"]}
    assert (shown["summer"]["configured"], shown["summer"]["last_run"]) == (True, None)
    assert (shown["spring"]["configured"], shown["spring"]["messages"]["ready"]) == (False, 4)
    assert "spring (no longer in the configuration)" in call("status").stdout
    assert call("todo", "spring").exit_code == 0
    assert call("status", "winter").exit_code == 2


def test_todo_lists_doubts_with_what_support_needs(call: Callable[..., Result], workspace: Workspace) -> None:
    workspace.sandbox.faults.add("reset", on="submit", after=True)
    call("sync")
    result = call("todo", "--json")
    assert result.exit_code == 0
    assert result.data.keys() == {"schema", "todo", "failed", "edited", "exit_code"}
    (task,) = result.data["todo"]
    assert task.keys() == {"sync", "kind", "what", "why", "advice", "command", "since"}
    assert (task["kind"], task["command"]) == ("in_doubt", "upscale-connect doubts show 1")
    assert "2 leads of campaign 's1'" in task["what"]
    assert "up to 4 credits" in task["what"]
    sent = json.loads(workspace.sandbox.state.requests_to("submit")[0].body or b"")["completion_notification_url"]
    assert sent[-8:] in task["advice"]
    assert sent[-12:] not in result.stdout


def test_todo_lists_everything_else_with_its_command(
    call: Callable[..., Result], workspace: Workspace, rows: Any
) -> None:
    workspace.write_leads(*rows(2), NO_WEB)
    call("sync", "--wait")
    workspace.write_config(hold_above=1)
    moved = "77,Ann1,Lee,Foo Ltd,https://www.linkedin.com/in/ann-1"
    workspace.write_leads(*rows(2, 2), moved, NO_WEB, "9,Bob,Lee,Foo Ltd,nothing to see")
    assert call("sync").exit_code == 6
    data = call("todo", "--json").data
    found = {task["kind"]: task for task in data["todo"]}
    assert found.keys() == {"held_for_size", "held", "quarantined"}
    assert found["held_for_size"]["command"] == "upscale-connect sync spring --yes"
    assert found["held"]["command"] == "upscale-connect explain 77 --sync spring"
    assert found["quarantined"]["command"] == "upscale-connect sync spring"
    assert found["quarantined"]["what"] == "leads.csv:6: LinkedIn = 'nothing to see'"
    (failed,) = data["failed"]
    assert (failed["lead_id"], failed["types"]) == ("8", "connection_request, first_follow_up")
    text = call("todo", "spr*").stdout
    for task in data["todo"]:
        assert task["what"] in text
        assert task["command"] in text
    assert "lead_specified_url" in text
    assert "bought before in this campaign, as lead id '1'" in call("explain", "77").stdout


def test_explain_tells_a_lead_by_each_of_its_names(call: Callable[..., Result], workspace: Workspace) -> None:
    call("sync", "--wait")
    stories = [
        call("explain", name).stdout
        for name in ("2", "https://uk.linkedin.com/in/Ann-2/?x=1", "leads.csv:3", "./leads.csv:3", "acme/s1/2")
    ]
    assert len(set(stories)) == 1
    lines = [line.split("  ")[-1] for line in stories[0].splitlines()]
    events = ["read from leads.csv:3", "sent with attempt 1", "accepted as request", "received", "written"]
    positions = [next(index for index, line in enumerate(lines) if event in line) for event in events]
    assert positions == sorted(positions)
    assert "[sandbox] Hello Ann2" in stories[0]
    data = call("explain", "2", "--json").data
    assert data.keys() == {"schema", "leads", "set_aside", "exit_code"}
    (lead,) = data["leads"]
    assert (lead["lead_id"], lead["place"], lead["sync"]) == ("2", "leads.csv:3", "spring")
    assert {event["at"] for event in lead["story"]} <= {event["at"] for event in lead["story"] if event["text"]}


def test_explain_knows_what_never_became_a_lead(call: Callable[..., Result], workspace: Workspace, rows: Any) -> None:
    workspace.write_leads(*rows(12), rows(1)[0], "9b,Bob,Lee,Foo Ltd,")
    call("sync")
    duplicate = call("explain", "leads.csv:14").stdout
    assert "duplicate: the same lead id as leads.csv:2" in duplicate
    assert "The LinkedIn address is missing." in call("explain", "leads.csv:15", "--sync", "spring").stdout
    assert call("explain", "1", "--sync", "autumn").exit_code == 2
    missing = call("explain", "leads.csv:1", "--json")
    assert missing.exit_code == 2
    assert "'leads.csv:14'" in missing.data["error"]["hint"]


def test_retry_delivers_what_a_sink_refused(call: Callable[..., Result], workspace: Workspace) -> None:
    workspace.write_config(sinks=LIST, messages="[connection_request]")
    call("sync", "--wait")
    file = Path("list.csv")
    right = file.read_text(encoding="utf-8")
    file.write_text(right.replace("/in/ann-1", "/in/somebody-else"), encoding="utf-8")
    workspace.write_config(sinks=LIST)
    refused = call("sync", "--wait", "--json")
    assert refused.exit_code == 9
    assert refused.data["syncs"][0]["sinks"]["list"]["conflict"] == 1
    (task,) = call("todo", "--json").data["todo"]
    assert (task["kind"], task["command"]) == ("refused_delivery", "upscale-connect retry spring")
    assert call("sync", "--json").exit_code == 0

    still = call("retry", "--json")
    assert (still.exit_code, still.data["syncs"][0]["sinks"]["list"]["conflict"]) == (9, 1)
    file.write_text(file.read_text(encoding="utf-8").replace("/in/somebody-else", "/in/ann-1"), encoding="utf-8")
    done = call("retry", "spring")
    assert done.exit_code == 0
    assert "deliveries tried again that a sink had refused: 1" in done.stdout
    assert "list        1 written" in done.stdout
    assert call("todo").stdout == "Nothing waits for you.\n"
    assert "retried" in call("explain", "1").stdout
    assert len(workspace.sandbox.state.requests_to("submit")) == 2


@pytest.mark.parametrize("command", ["status", "todo", "explain"])
def test_a_configuration_that_is_wrong_is_an_error(call: Callable[..., Result], command: str) -> None:
    Path("upscale-connect.yaml").write_text("version: 1\n", encoding="utf-8")
    assert call(command, *(["1"] if command == "explain" else []), "--json").exit_code == 2
