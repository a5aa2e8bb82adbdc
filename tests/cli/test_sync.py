"""`upscale-connect sync` and `collect`: what they do, what they tell, and the object of `--json`."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from filelock import FileLock

if TYPE_CHECKING:
    from tests.cli.conftest import Result, Workspace

RECORDS = {"read", "new", "waiting", "done", "duplicate", "quarantined", "suppressed", "held", "inactive"}
SINK = {"written", "unchanged", "skipped", "conflict", "failed", "unknown"}
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def check_shape(report: dict[str, Any], exit_code: int) -> None:
    """The object of `--json`, key by key."""
    keys = {"schema", "run_id", "started_at", "finished_at", "syncs", "needs_person", "exit_code"}
    assert report.keys() == keys
    assert report["schema"] == 1
    assert report["exit_code"] == exit_code
    assert report["run_id"]
    assert TIME.fullmatch(report["started_at"])
    assert TIME.fullmatch(report["finished_at"])
    for sync in report["syncs"]:
        assert sync.keys() == {"name", "records", "attempts", "messages", "sinks", "credits", "error"}
        assert sync["records"].keys() == RECORDS
        assert sync["records"]["read"] == sum(sync["records"].values()) - sync["records"]["read"]
        assert sync["attempts"].keys() == {"accepted", "complete", "in_doubt", "refused"}
        assert sync["messages"].keys() == {"requested", "generated", "failed", "pending"}
        assert sync["credits"].keys() == {"estimated", "reserved", "spent"}
        assert all(counts.keys() == SINK for counts in sync["sinks"].values())
        assert sync["error"] is None or sync["error"].keys() == {"type", "message", "hint"}
    for need in report["needs_person"]:
        assert need.keys() == {"sync", "what", "count", "command"}


def test_the_object_of_a_whole_run(call: Callable[..., Result], workspace: Workspace) -> None:
    result = call("sync", "--wait", "--json")
    assert (result.exit_code, result.stderr) == (0, "")
    check_shape(result.data, 0)
    (sync,) = result.data["syncs"]
    assert (sync["name"], sync["records"]["read"], sync["records"]["new"]) == ("spring", 2, 2)
    assert sync["attempts"] == {"accepted": 1, "complete": 1, "in_doubt": 0, "refused": 0}
    assert sync["messages"] == {"requested": 4, "generated": 4, "failed": 0, "pending": 0}
    assert sync["credits"] == {"estimated": 4, "reserved": 0, "spent": 4}
    assert sync["sinks"]["back"]["written"] == 2
    assert "[sandbox]" in workspace.output.read_text(encoding="utf-8")


def test_off_a_terminal_it_does_not_wait_and_collect_finishes(
    call: Callable[..., Result], workspace: Workspace
) -> None:
    result = call("sync", "--json")
    check_shape(result.data, 0)
    assert result.data["syncs"][0]["messages"]["pending"] == 4
    assert result.data["syncs"][0]["credits"]["reserved"] == 4

    finished = call("collect", "--wait", "--json")
    check_shape(finished.data, 0)
    assert finished.data["syncs"][0]["records"]["read"] == 0
    assert finished.data["syncs"][0]["messages"]["generated"] == 4
    assert len(workspace.sandbox.state.requests_to("submit")) == 1


def test_people_get_lines_that_add_up(call: Callable[..., Result], workspace: Workspace, rows: Any) -> None:
    workspace.write_leads(
        *rows(2), rows(1)[0], "9,Bob,Lee,Foo Ltd,", "8,Eve,Lee,Foo,https://www.linkedin.com/in/eve-noweb"
    )
    result = call("sync", "--wait")
    assert result.exit_code == 3
    assert result.stdout.splitlines() == [
        "spring",
        "  read        5 records: 3 new, 1 duplicate, 1 quarantined",
        "  bought      6 messages; requests: 1 accepted",
        "  messages    4 received, 2 failed",
        "              failed ones cost nothing; `upscale-connect todo spring` tells why",
        "  credits     4 spent",
        "  back        2 written",
        "",
        "Needs you:",
        "  spring: records in quarantine (1): upscale-connect quarantine list spring",
    ]
    assert result.stderr == ""
    again = call("sync")
    assert (again.exit_code, again.stdout.splitlines()[1]) == (0, "  read        nothing new in the source")


def test_commands_to_copy_name_the_configuration_that_was_given(
    call: Callable[..., Result], workspace: Workspace
) -> None:
    Path("upscale-connect.yaml").rename("other.yaml")
    workspace.write_leads("9,Bob,Lee,Foo Ltd,")
    assert "upscale-connect -c other.yaml quarantine list spring" in call("-c", "other.yaml", "sync").stdout


def test_an_error_stands_in_the_report_with_its_hint(call: Callable[..., Result], workspace: Workspace) -> None:
    workspace.write_config(key="sandbox-no-credits")
    result = call("sync")
    assert result.exit_code == 7
    assert result.stderr.startswith("Error: spring: Not enough credits remaining")
    assert "\nHint: top up the account" in result.stderr
    assert "Not enough" not in result.stdout
    shown = call("sync", "--json")
    check_shape(shown.data, 7)
    assert shown.data["syncs"][0]["error"]["type"] == "NoCreditsError"


def test_if_nothing_can_start_the_error_stands_at_the_top(call: Callable[..., Result], workspace: Workspace) -> None:
    for command in ("sync", "collect", "plan", "retry"):
        result = call(command, "summer", "--json")
        assert result.exit_code == 2
        assert result.data["syncs"] == []
        assert result.data["needs_person"] == []
        assert result.data["error"]["message"] == "no sync is called 'summer'"
        assert result.data["exit_code"] == 2


def test_limit_buys_for_the_first_leads_only(call: Callable[..., Result], workspace: Workspace, rows: Any) -> None:
    workspace.write_leads(*rows(5))
    assert call("sync", "--limit", "2", "--json").data["syncs"][0]["messages"]["requested"] == 4
    assert call("sync", "--json").data["syncs"][0]["messages"]["requested"] == 6


def test_time_up_is_no_failure(call: Callable[..., Result], workspace: Workspace) -> None:
    workspace.sandbox.faults.set(delay=3600)
    workspace.write_config(poll=30)
    result = call("sync", "--wait", "--timeout", "0.2s", "--json")
    assert (result.exit_code, result.data["syncs"][0]["messages"]["pending"]) == (0, 4)


def test_a_timeout_without_a_wait_is_pointed_out(call: Callable[..., Result], workspace: Workspace) -> None:
    result = call("sync", "--timeout", "20m")
    assert result.exit_code == 0
    assert "--wait" in result.stderr


@pytest.mark.parametrize("text", ["20", "m", "-1s", "1d", "٣s", ""])
def test_a_duration_has_a_number_and_a_unit(call: Callable[..., Result], workspace: Workspace, text: str) -> None:
    result = call("sync", "--timeout", text, "--json")
    assert result.exit_code == 2
    assert result.data["error"]["message"] == "--timeout must be a duration"


def test_quiet_speaks_only_when_a_person_is_needed_anew(
    call: Callable[..., Result], workspace: Workspace, rows: Any
) -> None:
    quiet = call("sync", "--wait", "--quiet")
    assert (quiet.exit_code, quiet.stdout, quiet.stderr) == (0, "", "")

    workspace.write_leads(*rows(2), "9,Bob,Lee,Foo Ltd,")
    new = call("sync", "--quiet")
    assert new.exit_code == 3
    assert "records in quarantine (1)" in new.stdout

    known = call("sync", "--quiet")
    assert (known.exit_code, known.stdout, known.stderr) == (0, "", "")
    assert call("sync", "--quiet", "--json").data["needs_person"] != []


def test_a_note_of_the_run_is_told_once(call: Callable[..., Result], workspace: Workspace, rows: Any) -> None:
    workspace.write_config(hold_above=2)
    assert call("sync").exit_code == 6
    workspace.write_leads(rows(1)[0])
    result = call("sync", "--yes")
    note = "1 leads that waited to be bought are no longer in the source"
    assert result.stdout.count(note) == 1
    assert note not in result.stderr


def test_with_all_one_failure_stops_no_other(call: Callable[..., Result], workspace: Workspace) -> None:
    add_sync_without_leads()
    assert call("sync").exit_code == 2
    result = call("sync", "--all", "--wait", "--json")
    check_shape(result.data, 10)
    assert [sync["error"] is None for sync in result.data["syncs"]] == [False, True]
    assert result.data["syncs"][1]["messages"]["generated"] == 4


def test_quiet_leaves_out_the_syncs_that_are_well(call: Callable[..., Result], workspace: Workspace) -> None:
    """An agency has dozens, and cron mails what is printed."""
    add_sync_without_leads()
    result = call("sync", "--all", "--wait", "--quiet")
    assert (result.exit_code, result.stdout) == (10, "autumn\n  stopped\n")
    assert result.stderr.startswith("Error: autumn: ")
    assert len(call("sync", "--all", "--quiet", "--json").data["syncs"]) == 2


def test_quiet_says_nothing_of_another_run_that_works(call: Callable[..., Result], workspace: Workspace) -> None:
    call("sync", "--wait")
    with FileLock(f"{workspace.ledger}.1.lock"):
        result = call("sync", "--quiet")
        assert (result.exit_code, result.stdout, result.stderr) == (4, "", "")
        assert "another run works on 'spring'" in call("sync").stderr
        assert call("sync", "--quiet", "--json").data["syncs"][0]["error"]["type"] == "LockHeldError"


def add_sync_without_leads() -> None:
    """A sync `autumn` in front of `spring`, whose file is not there."""
    text = Path("upscale-connect.yaml").read_text(encoding="utf-8")
    spring = text.partition("syncs:\n")[2]
    autumn = spring.replace("spring:", "autumn:").replace("leads.csv", "none.csv").replace("leads.mess", "other.mess")
    Path("upscale-connect.yaml").write_text(text.replace(spring, autumn + spring), encoding="utf-8")
