"""`quarantine`: what cannot be bought for, and what a person need not be told of any more."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Result, Workspace

Call = Callable[..., "Result"]
BAD = "9,Bob,Lee,Foo Ltd,nothing to see"
WORSE = "9,Bob,Lee,Foo Ltd,still nothing"


@pytest.fixture
def quarantined(call: Call, workspace: Workspace, rows: Any) -> Workspace:
    workspace.write_leads(*rows(2), BAD)
    assert call("sync").exit_code == 3
    return workspace


def entries(call: Call, *args: str) -> list[Any]:
    found: list[Any] = call("quarantine", "list", *args, "--json").data["quarantine"]
    return found


def test_nothing_in_quarantine(call: Call, workspace: Workspace) -> None:
    assert call("quarantine", "list").stdout == "Nothing is in quarantine.\n"
    missing = call("quarantine", "show", "3", "--json")
    assert (missing.exit_code, missing.data["entry"]) == (2, None)
    assert not workspace.ledger.exists()


def test_list_and_show_say_where_and_why(call: Call, quarantined: Workspace) -> None:
    (entry,) = entries(call)
    assert (entry["sync"], entry["kind"], entry["place"], entry["dropped_by"]) == (
        "spring", "quarantined", "leads.csv:4", None,
    )  # fmt: skip
    assert (entry["field"], entry["value"]) == ("LinkedIn", "nothing to see")
    text = call("quarantine", "list", "spr*").stdout
    assert f"{entry['id']}  spring: leads.csv:4: LinkedIn = 'nothing to see'" in text
    assert entry["reason"] in text
    shown = call("quarantine", "show", str(entry["id"])).stdout
    assert "cannot become a lead" in shown
    assert "correct it in its source, then upscale-connect sync spring" in shown
    assert call("quarantine", "list", "winter").exit_code == 2


def test_dropped_entry_is_told_no_more_while_it_stays_as_it_is(call: Call, quarantined: Workspace, rows: Any) -> None:
    (entry,) = entries(call)
    number = str(entry["id"])
    assert call("quarantine", "drop", number).exit_code == 0
    assert entries(call) == []
    assert entries(call, "--dropped")[0]["dropped_by"]
    assert call("todo").stdout == "Nothing waits for you.\n"
    assert call("status", "--json").data["syncs"][0]["set_aside"] == {}
    again = call("quarantine", "drop", number)
    assert again.exit_code == 2
    assert "was dropped before" in again.stderr

    quarantined.write_leads(*rows(3), BAD)
    report = call("sync", "--json")
    assert (report.exit_code, report.data["needs_person"]) == (0, [])
    assert report.data["syncs"][0]["records"]["quarantined"] == 1
    assert entries(call) == []
    quarantined.write_leads(*rows(3), WORSE)
    assert call("sync", "--json").data["needs_person"][0]["command"] == "upscale-connect quarantine list spring"
    assert entries(call)[0]["value"] == "still nothing"


def test_corrected_record_leaves_by_itself(call: Call, quarantined: Workspace, rows: Any) -> None:
    (entry,) = entries(call)
    quarantined.write_leads(*rows(2), "9,Bob,Lee,Foo Ltd,https://www.linkedin.com/in/bob")
    assert call("sync").exit_code == 0
    assert entries(call) == []
    gone = call("quarantine", "drop", str(entry["id"]))
    assert gone.exit_code == 2
    assert "a record that was corrected has left it" in gone.stderr


def test_several_are_dropped_at_once(call: Call, workspace: Workspace, rows: Any) -> None:
    workspace.write_leads(*rows(1), BAD, "10,Eve,Lee,Foo Ltd,")
    call("sync")
    numbers = [str(entry["id"]) for entry in entries(call)]
    assert call("quarantine", "drop", *numbers, "99").exit_code == 2
    assert len(entries(call)) == 2, "all or none"
    assert call("quarantine", "drop", *numbers, "--json").data["dropped"] == [int(number) for number in numbers]
    assert entries(call) == []
