"""Credits that are needed, reserved, spent and left, by account."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.conftest import make_row
from upscale_connect.cli.credits import CreditsLeft

if TYPE_CHECKING:
    from tests.cli.conftest import Result, Workspace

Call = Callable[..., "Result"]


def test_what_is_bought_goes_from_needed_to_reserved_to_spent(call: Call, workspace: Workspace) -> None:
    assert "4 needed, 0 reserved, 0 spent" in call("plan").stdout
    call("sync")
    (account,) = call("status", "--json").data["accounts"]
    assert (account["account"], account["needed"], account["reserved"], account["spent"]) == ("main", 0, 4, 0)
    call("collect", "--wait")
    (account,) = call("status", "--json").data["accounts"]
    assert (account["needed"], account["reserved"], account["spent"]) == (0, 0, 4)
    assert account["left"] == {
        "remaining": None, "monthly_credits": 4, "monthly_allowance": 1_000_000, "most": 999_996, "unverified": True,
    }  # fmt: skip


def test_what_is_in_doubt_stays_reserved(call: Call, workspace: Workspace) -> None:
    workspace.sandbox.faults.add("reset", on="submit", after=True)
    assert call("sync").exit_code == 5
    assert "0 needed, 4 reserved, 0 spent" in call("status").stdout


def test_what_was_dropped_is_neither_reserved_nor_spent_but_shown(call: Call, workspace: Workspace) -> None:
    workspace.sandbox.faults.add("reset", on="submit", after=True)
    call("sync")
    assert "perhaps spent" not in call("status").stdout
    assert call("doubts", "drop", "1").exit_code == 0
    assert "0 reserved, 0 spent\n              4 dropped while in doubt: perhaps spent\n" in call("status").stdout
    assert call("plan", "--json").data["accounts"][0]["dropped"] == 4
    (first,) = workspace.sandbox.state.requests_to("submit")
    call("doubts", "attach", "1", str(first.accepted))
    call("collect", "--wait")
    assert call("status", "--json").data["accounts"][0]["dropped"] == 0


def test_what_was_given_back_unsent_is_no_doubt(call: Call, workspace: Workspace) -> None:
    workspace.sandbox.faults.add("rate_limit", on="submit", retry_after=300)
    assert call("sync").exit_code == 10
    assert call("status", "--json").data["accounts"][0]["dropped"] == 0


def test_a_batch_that_was_sent_twice_counts_twice(call: Call, workspace: Workspace) -> None:
    """Both may have been paid; and if both were, both have."""
    workspace.sandbox.faults.add("reset", on="submit", after=True)
    call("sync")
    call("doubts", "resend", "1", "--may-pay-twice", "1")
    assert "0 needed, 8 reserved, 0 spent" in call("status").stdout
    call("collect", "--wait")
    assert "0 needed, 4 reserved, 4 spent" in call("status").stdout
    (first, _) = workspace.sandbox.state.requests_to("submit")
    call("doubts", "attach", "1", str(first.accepted))
    call("collect", "--wait")
    assert "0 needed, 0 reserved, 8 spent" in call("status").stdout


def test_an_account_counts_all_its_syncs(call: Call, workspace: Workspace) -> None:
    """Also one that was renamed, and messages that cost nothing are not spent."""
    workspace.write_leads(make_row(1), make_row(2, "eve-noweb"))
    path = workspace.folder / "upscale-connect.yaml"
    text = path.read_text(encoding="utf-8")
    copy = (
        text[text.index("  spring:") :].replace("spring", "summer").replace("s1", "s2").replace("leads.mess", "2.mess")
    )
    path.write_text(text + copy, encoding="utf-8")
    assert "8 needed, 0 reserved, 0 spent" in call("plan", "--all").stdout
    call("sync", "--all", "--wait")
    path.write_text((text + copy).replace("  main:", "  new:\n    formerly: main", 1), encoding="utf-8")
    assert "account new\n  credits     0 needed, 0 reserved, 4 spent" in call("status").stdout


def test_more_than_there_is(call: Call, workspace: Workspace, rows: Any) -> None:
    workspace.write_config(key="sandbox-low-credits")
    workspace.write_leads(*rows(600))
    told = call("plan").stdout
    assert "that is not enough: buying stops where the credits end" in told
    assert call("plan", "--json").data["accounts"][0]["enough"] is False


def test_who_has_no_credits_is_told_to_top_up(call: Call, workspace: Workspace) -> None:
    workspace.write_config(key="sandbox-no-credits")
    assert call("sync").exit_code == 7
    assert call("collect").exit_code == 0
    (task,) = call("todo", "--json").data["todo"]
    assert (task["kind"], task["command"]) == ("no_credits", "upscale-connect sync spring")
    assert "account 'main': 4 messages wait to be bought" in call("todo").stdout
    assert call("status", "--json").data["syncs"][0]["next"] == "upscale-connect sync spring"
    workspace.sandbox.state.set_credits("sandbox-no-credits", 4)
    assert call("sync", "--wait").exit_code == 0
    assert call("todo").stdout == "Nothing waits for you.\n"


@pytest.mark.parametrize("fault", [{"kind": "http_error", "status": 404}, {"kind": "truncate"}])
def test_an_api_that_does_not_tell_is_no_obstacle(call: Call, workspace: Workspace, fault: dict[str, Any]) -> None:
    workspace.sandbox.faults.add(on="account", times=None, **fault)
    for command in ("plan", "status"):
        result = call(command)
        assert result.exit_code == 0
        assert "left        unknown: the API could not be asked" in result.stdout


def test_an_api_that_is_not_there_is_no_obstacle(call: Call, workspace: Workspace) -> None:
    workspace.sandbox.close()
    assert "unknown: the API could not be asked" in call("status").stdout
    assert call("status", "--json").data["accounts"][0]["left"] is None


@pytest.mark.parametrize(
    ("left", "most", "told"),
    [
        (CreditsLeft(70, 30, 100), 70, "70 (unverified: what the API tells)"),
        (CreditsLeft(None, 30, 100), 70, "at most 70 (unverified: the API tells monthly_credits 30,"),
        (CreditsLeft(None, 90, 100), 90, "at most 90 (unverified"),
        (CreditsLeft(None, None, 100), 100, "at most 100 (unverified"),
        (CreditsLeft(None, 30, None), None, "unknown: the API tells nothing of credits"),
        (CreditsLeft(None, None, None), None, "unknown"),
    ],
)
def test_what_the_api_tells_may_mean_two_things(left: CreditsLeft, most: int | None, told: str) -> None:
    assert left.most == most
    assert left.tell().startswith(told)


def test_a_wrong_key_is_in_the_list_until_a_run_succeeds(call: Callable[..., Result], workspace: Workspace) -> None:
    workspace.write_config(key="sandbox-wrong")
    report = call("sync", "--json")
    assert report.exit_code == 8
    assert [need["command"] for need in report.data["needs_person"]] == ["upscale-connect check spring"]
    (task,) = call("todo", "--json").data["todo"]
    assert (task["kind"], task["why"]) == ("stopped", "the API does not know this key")
    assert task["advice"].startswith("copy the API key")
    assert call("status", "--json").data["syncs"][0]["next"] == "upscale-connect check spring"
    assert "  stopped     the API does not know this key" in call("status").stdout
    workspace.write_config()
    assert call("sync", "--wait").exit_code == 0
    assert call("todo").stdout == "Nothing waits for you.\n"
