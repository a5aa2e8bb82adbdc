"""`forget` and `export`: shown, asked, done, and told."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Workspace

Call = Callable[..., Any]


@pytest.fixture
def synced(call: Call, workspace: Workspace) -> Workspace:
    assert call("sync", "--wait").exit_code == 0
    return workspace


def test_it_shows_whom_it_found_and_wants_a_yes(call: Call, synced: Workspace) -> None:
    refused = call("forget", "1")
    assert refused.exit_code == 2
    assert "Ann1 Lee (Foo): acme/s1/1 of spring, read from leads.csv:2" in refused.stderr
    assert "--yes agrees to: erase li:in:ann-1 (1 lead here) for good?" in refused.stderr
    assert b"ann-1" in synced.ledger.read_bytes()


def test_erased_and_told(call: Call, synced: Workspace) -> None:
    done = call("forget", "linkedin.com/in/ann-1", "--yes")
    assert done.exit_code == 0
    assert done.stdout.startswith(f"erased: 1 leads, 2 messages\n  {synced.ledger}\n  spring: back: written without")
    assert "A person has asked to be forgotten." in done.stdout
    assert b"ann-1" not in synced.ledger.read_bytes()
    assert call("ledger", "verify").exit_code == 0
    assert call("sync", "--json").data["syncs"][0]["records"]["suppressed"] == 1
    assert call("explain", "1").exit_code == 2


def test_messages_of_others_are_told_and_erased_by_their_number(call: Call, workspace: Workspace) -> None:
    workspace.sandbox.faults.add("swap_messages", on="retrieve")
    assert call("sync", "--wait").exit_code == 6
    refused = call("forget", "1")
    assert (
        "message 3 of lead '2' of spring, leads.csv:3 (connection_request, held) may name this person: it greets"
        in (refused.stderr)
    )
    assert call("forget", "1", "--message", "99", "--yes").exit_code == 2
    told = call("forget", "1", "--message", "4", "--yes")
    assert "Still here, as they are messages of other leads:\n  message 3 of lead '2'" in told.stdout
    assert "see `upscale-connect review show 3`" in told.stdout
    assert call("review", "show", "4").exit_code == 2
    again = call("forget", "linkedin.com/in/ann-1", "--message", "3", "--yes", "--json").data
    assert (again["messages"], again["named"]) == (1, [])
    assert b"Ann1" not in workspace.ledger.read_bytes()


def test_as_json(call: Call, synced: Workspace) -> None:
    data = call("forget", "1", "--yes", "--json").data
    assert (data["leads"], data["messages"], data["rows"]) == (1, 2, {"spring: back": 0})
    assert [one["what"].partition(",")[0] for one in data["outside"]] == ["Upscale", "spring: source (csv)"]


def test_nobody_and_several(call: Call, synced: Workspace) -> None:
    assert call("forget", "9", "--yes").exit_code == 2
    synced.write_leads(
        "1,Ann1,Lee,a@foo.example,https://www.linkedin.com/in/ann-1",
        "2,Ann2,Lee,a@foo.example,https://www.linkedin.com/in/ann-2",
    )
    call("sync", "--wait")
    both = call("forget", "a@foo.example", "--yes")
    assert both.exit_code == 2
    assert "may be 2 people: li:in:ann-1: Ann1 Lee" in both.stderr


def test_everything_held_as_json(call: Call, synced: Workspace, tmp_path: Path) -> None:
    held = call("export", "1").data["person"]
    assert (held["named_in"], held["do_not_contact"]) == ([], [])
    assert [one["first_name"] for one in held["leads"]] == ["Ann1"]
    assert {one["type"] for one in held["messages"]} == {"connection_request", "first_follow_up"}
    file = tmp_path / "ann.json"
    assert call("export", "1", "--output", str(file)).stdout == f"{file}\n"
    assert json.loads(file.read_text(encoding="utf-8")) == held
    assert call("export", "1", "--output", str(file)).exit_code == 2
    assert call("export", "9", "--json").exit_code == 2
