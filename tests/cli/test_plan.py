"""`upscale-connect plan` tells what a sync would buy, and leaves no trace."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Result, Workspace


def hash_tree() -> dict[str, str]:
    """Every file below the current folder, with its content and time of change."""
    return {
        str(path): f"{hashlib.sha256(path.read_bytes()).hexdigest()} {path.stat().st_mtime_ns}"
        for path in sorted(Path().rglob("*"))
        if path.is_file()
    }


def test_it_writes_nothing_before_the_first_run_and_after_it(
    call: Callable[..., Result], workspace: Workspace, rows: Any
) -> None:
    before = hash_tree()
    assert call("plan").exit_code == 0
    assert call("plan", "--json").exit_code == 0
    assert hash_tree() == before
    call("sync", "--wait")
    workspace.write_leads(*rows(4))
    before = hash_tree()
    for command in ("plan", "check", "status", "todo"):
        assert call(command).exit_code == 0
    assert hash_tree() == before
    assert len(workspace.sandbox.state.requests_to("submit")) == 1


def test_the_object_is_that_of_a_run(call: Callable[..., Result], workspace: Workspace) -> None:
    data = call("plan", "--json").data
    run = call("sync", "--wait", "--json").data
    assert data.keys() == {*run.keys(), "accounts", "plans"}
    (account,) = data["accounts"]
    assert (account["account"], account["needed"], account["enough"]) == ("main", 4, True)
    assert data["syncs"][0].keys() == run["syncs"][0].keys()
    assert data["syncs"][0]["records"] == run["syncs"][0]["records"]
    assert data["syncs"][0]["credits"] == {"estimated": 4, "reserved": 0, "spent": 0}
    assert (data["needs_person"], data["exit_code"]) == ([], 0)


def test_people_see_leads_credits_requests_and_what_goes_wrong(
    call: Callable[..., Result], workspace: Workspace, rows: Any
) -> None:
    workspace.write_config(batch_size=2, hold_above=9)
    workspace.write_leads(*rows(5), rows(1)[0], "9,Bob,Lee,Foo Ltd,")
    result = call("plan")
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "spring",
        "  read        7 records: 5 new, 1 duplicate, 1 quarantined",
        "  would buy   10 messages for 5 leads",
        "  types       5 connection_request, 5 first_follow_up",
        "  campaigns   1; requests: 3",
        "  credits     10 at most: a message that cannot be made costs nothing",
        "  approval    more than 9 (limits.hold_above): sync asks, or needs --yes",
        "  duplicate   leads.csv:7: the same lead id as leads.csv:2",
        "  quarantined leads.csv:8: lead_linkedin (column LinkedIn): The LinkedIn address is missing.",
        "  cleaned     legal_form 5; such as:",
        *(f"              leads.csv:{row}: lead_company 'Foo Ltd' \u2192 'Foo' (legal_form)" for row in (2, 3)),
        "account main",
        "  credits     10 needed, 0 reserved, 0 spent",
        "  left        at most 1000000 (unverified: the API tells monthly_credits 0, monthly_allowance 1000000, and not"
        " whether they are used or left)",
    ]


def test_limits_leave_something_for_later(call: Callable[..., Result], workspace: Workspace, rows: Any) -> None:
    workspace.write_leads(*rows(5))
    result = call("plan", "--limit", "2")
    assert "would buy   4 messages for 2 leads" in result.stdout
    assert "later       6 messages are over the limits" in result.stdout
    assert call("plan", "--limit", "2", "--json").data["syncs"][0]["credits"]["estimated"] == 4


def test_what_is_in_doubt_blocks_its_campaign(call: Callable[..., Result], workspace: Workspace, rows: Any) -> None:
    workspace.sandbox.faults.add("reset", on="submit", after=True)
    call("sync")
    workspace.write_leads(*rows(3))
    result = call("plan")
    assert "would buy   0 messages for 0 leads" in result.stdout
    assert "blocked     2 messages of campaigns with an attempt in doubt" in result.stdout


def test_what_stands_open_is_shown_and_is_no_news(call: Callable[..., Result], workspace: Workspace) -> None:
    workspace.sandbox.faults.add("reset", on="submit", after=True)
    call("sync")
    data = call("plan", "--json").data
    (sync,) = data["syncs"]
    assert (sync["attempts"]["in_doubt"], sync["messages"]["pending"]) == (1, 4)
    assert (sync["credits"], data["exit_code"]) == ({"estimated": 0, "reserved": 4, "spent": 0}, 0)


def test_a_sync_that_cannot_be_planned_has_its_error(call: Callable[..., Result], workspace: Workspace) -> None:
    Path("leads.csv").unlink()
    result = call("plan")
    assert result.exit_code == 10
    assert result.stdout == ""
    assert re.fullmatch(r"Error: spring: \S+leads\.csv: there is no such file\nHint: .+\n", result.stderr)
    assert call("plan", "--json").data["syncs"][0]["error"]["type"] == "SourceError"


def test_leads_of_one_name_and_company_are_shown_and_bought(call: Callable[..., Result], workspace: Workspace) -> None:
    """Perhaps one person with a new address, perhaps two people."""
    workspace.write_leads(
        "1,Zoé,Lee,Foo Ltd,https://www.linkedin.com/in/zoe-lee",
        "2,Zoe,LEE,FOO,https://www.linkedin.com/in/zoe-lee-2",
        "3,Zoe,Lee,Bar Ltd,https://www.linkedin.com/in/zoe-lee-3",
    )
    lines = call("plan").stdout.splitlines()
    assert "  read        3 records: 3 new" in lines
    assert "  possible    duplicates: 1 of the same name and company, other address; such as:" in lines
    assert "              leads.csv:3: like leads.csv:2; both would be bought, remove one if it is one person" in lines
    (planned,) = call("plan", "--json").data["plans"]
    assert planned["possible_duplicates"] == {"leads": 1, "examples": [{"place": "leads.csv:3", "like": "leads.csv:2"}]}


def test_odd_address_is_used_and_told(call: Callable[..., Result], workspace: Workspace) -> None:
    workspace.write_leads("1,Zoe,Lee,Foo,http://uk.linkedin.com/pub/zoe-lee/1a/2b/3c", "2,Ann,Roe,Foo,in/ann-roe")
    lines = call("plan").stdout.splitlines()
    why = "This is an old form of address; the person may also be listed under /in/…."
    assert "  odd         addresses of LinkedIn: 1; such as:" in lines
    assert f"              leads.csv:2: {why}" in lines
    (planned,) = call("plan", "--json").data["plans"]
    assert planned["odd_addresses"] == {"leads": 1, "examples": [{"place": "leads.csv:2", "why": why}]}


def test_object_tells_each_change_with_its_rule(call: Callable[..., Result], workspace: Workspace) -> None:
    """More examples than people are shown: who reviews a list in a program sees every change."""
    workspace.write_leads(*(f"{n},ANN,Lee{n} MBA,Foo,in/ann-{n}" for n in range(1, 9)), "9,J.,Roe,Foo,in/j-roe")
    (planned,) = call("plan", "--json").data["plans"]
    assert planned["rules"] == [
        {"rule": "case", "applied": False, "leads": 8},
        {"rule": "credentials", "applied": True, "leads": 8},
    ]
    assert len(planned["changes"]) == 16
    assert planned["changes"][1] == {
        "place": "leads.csv:2",
        "field": "last_name",
        "before": "Lee1 MBA",
        "after": "Lee1",
        "rule": "credentials",
        "applied": True,
    }
    (held,) = planned["set_aside"]
    assert (held["class"], held["place"]) == ("held", "leads.csv:10")
    assert "initial" in held["reason"]
    assert (planned["leads"], planned["now"]["messages"], planned["later"], planned["blocked"]) == (8, 16, 0, 0)


def test_many_who_look_alike_take_no_more_memory_than_a_few(call: Callable[..., Result], workspace: Workspace) -> None:
    workspace.write_leads(*(f"{n},Ann,Lee,Foo,in/ann-{n}" for n in range(1, 1203)))
    (planned,) = call("plan", "--json").data["plans"]
    assert planned["possible_duplicates"]["leads"] == 1201
    assert len(planned["possible_duplicates"]["examples"]) == 1000


@pytest.mark.parametrize(
    ("policy", "read", "url"),
    [
        ("reject", "1 records: 1 quarantined", ""),
        ("passthrough", "1 records: 1 new", "https://www.linkedin.com/sales/lead/ACwAABcDe"),
        ("convert", "1 records: 1 new", "https://www.linkedin.com/in/ACwAABcDe"),
    ],
)
def test_addresses_of_sales_navigator_are_as_the_sync_says(
    policy: str, read: str, url: str, call: Callable[..., Result], workspace: Workspace
) -> None:
    workspace.write_config(more=f"    sales_navigator: {policy}")
    workspace.write_leads("1,Zoe,Lee,Foo,https://www.linkedin.com/sales/lead/ACwAABcDe%2CNAME_SEARCH%2Cx1Y2?_ntb=z")
    assert f"  read        {read}" in call("plan").stdout.splitlines()
    call("sync", "--wait")
    sent = [
        request.json()["lead_data"][0]["lead_linkedin"] for request in workspace.sandbox.state.requests_to("submit")
    ]
    assert sent == ([url] if url else [])


def test_a_paused_sync_says_that_it_buys_nothing(call: Callable[..., Result], workspace: Workspace, rows: Any) -> None:
    assert call("sync").exit_code == 0
    assert call("pause", "spring").exit_code == 0
    workspace.write_leads(*rows(3))
    said = call("plan").stdout
    assert "has paused 'spring'" in said
    assert "upscale-connect resume spring" in said
