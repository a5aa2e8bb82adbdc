"""Two waves from the command line: notes for everybody, follow-ups for those who accepted."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Result, Workspace

    Call = Callable[..., Result]

WAVES = "[connection_request, {first_follow_up: {when: {column: Accepted, equals: 'yes'}}}]"


@pytest.fixture
def waves(workspace: Workspace) -> Callable[..., None]:
    """`waves("", "yes")`: one lead for each, with this in its column."""
    workspace.write_config(messages=WAVES)

    def write(*accepted: str) -> None:
        people = [
            f"{n},Ann{n},Lee,Foo Ltd,https://www.linkedin.com/in/ann-{n},{text}" for n, text in enumerate(accepted, 1)
        ]
        rows = ["ID,First name,Last name,Company,LinkedIn,Accepted", *people, ""]
        Path("leads.csv").write_text("\n".join(rows), encoding="utf-8")

    return write


def test_the_second_wave_buys_only_what_is_newly_allowed(call: Call, workspace: Workspace, waves: Call) -> None:
    waves("", "", "")
    assert call("sync", "--wait").exit_code == 0
    (campaign,) = call("status", "--json").data["syncs"][0]["campaigns"]
    assert (campaign["leads"], campaign["credits_not_spent"]) == (3, 3)
    assert [(wave["type"], wave["bought"], wave["ready"], wave["open"]) for wave in campaign["waves"]] == [
        ("connection_request", 3, 3, 0),
        ("first_follow_up", 0, 0, 3),
    ]

    waves("", "yes", "")
    assert "would buy   1 messages for 1 leads" in call("plan").stdout
    assert call("sync", "--wait").exit_code == 0
    assert call("sync", "--wait").exit_code == 0
    bodies = [request.body or b"" for request in workspace.sandbox.state.requests_to("submit")]
    assert [b"first_follow_up" in body for body in bodies] == [False, True]
    told = call("status").stdout
    assert "connection_request: 3 bought, 3 ready\n" in told
    assert "first_follow_up: 1 bought, 1 ready, 2 wait for their condition\n" in told
    assert "not spent   2 credits so far" in told


def test_without_conditions_there_are_no_waves(call: Call, workspace: Workspace) -> None:
    assert call("sync", "--wait").exit_code == 0
    assert call("status", "--json").data["syncs"][0]["campaigns"] == []
    assert "not spent" not in call("status").stdout


def test_a_held_lead_waits_for_a_person_and_not_for_a_condition(call: Call, workspace: Workspace, waves: Call) -> None:
    waves("", "")
    text = Path("leads.csv").read_text(encoding="utf-8")
    Path("leads.csv").write_text(text.replace(",Ann2,", ",A.,"), encoding="utf-8")
    assert call("sync", "--wait").exit_code == 6
    told = call("status").stdout
    assert "connection_request: 1 bought, 1 ready, 1 held\n" in told
    assert "first_follow_up: 0 bought, 0 ready, 1 held, 1 wait for their condition\n" in told
    assert "not spent   1 credits so far" in told


def test_another_case_in_the_column_is_told_and_not_guessed(call: Call, workspace: Workspace, waves: Call) -> None:
    """A second wave that does not come, and nobody knows why."""
    waves("Yes", "YES", "no", "yes")
    told = call("plan").stdout
    assert "1 first_follow_up" in told
    assert "note        1 records have 'Yes' in column 'Accepted': first_follow_up is not bought for them" in told
    assert "1 records have 'YES' in column" in told
    (planned,) = call("plan", "--json").data["plans"]
    assert len(planned["notes"]) == 2
    assert "'no'" not in told
    assert "1 records have 'Yes' in column 'Accepted'" in call("sync", "--wait").stdout


def test_who_opted_out_in_another_case_has_opted_out(call: Call, workspace: Workspace, waves: Call) -> None:
    waves("Stop", "STOP", "")
    workspace.write_config(messages=WAVES, more="    opt_out: {column: Accepted, equals: 'stop'}")
    assert "3 records: 1 new, 2 suppressed" in call("plan").stdout
