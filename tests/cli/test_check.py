"""`upscale-connect check` looks at everything that a sync needs, and writes nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from upscale_connect.ledger import Ledger, room

if TYPE_CHECKING:
    from tests.cli.conftest import Result, Workspace


def errors(result: Result) -> list[str]:
    return [finding["message"] for finding in result.data["findings"] if finding["level"] == "error"]


def test_all_is_well(call: Callable[..., Result], workspace: Workspace) -> None:
    result = call("check", "--json")
    assert result.exit_code == 0
    assert result.data.keys() == {"schema", "findings", "exit_code"}
    assert {finding["level"] for finding in result.data["findings"]} == {"ok"}
    assert all(finding.keys() == {"sync", "level", "message", "hint"} for finding in result.data["findings"])
    messages = " ".join(finding["message"] for finding in result.data["findings"])
    for word in ("configuration", "ledger", "account 'main'", "mapping: 2 of the first 2", "sink 'back'", "messages:"):
        assert word in messages
    assert not workspace.ledger.exists()


def test_a_disk_that_is_nearly_full_is_an_error(
    call: Callable[..., Result], workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "MINIMUM", 2**60)
    result = call("check", "--json")
    (message,) = errors(result)
    assert (result.exit_code, message.startswith("the disk is nearly full")) == (2, True)


def test_people_see_the_first_leads(call: Callable[..., Result], workspace: Workspace, rows: Any) -> None:
    workspace.write_leads(rows(1)[0], "9,Bob,Lee,Foo Ltd,")
    result = call("check")
    assert result.exit_code == 0
    assert "mapping: 1 of the first 2 records become leads" in result.stdout
    table = result.stdout.rpartition("the first records\n")[2]
    assert "https://www.linkedin.com/in/ann-1" in table
    assert "not a lead: lead_linkedin (LinkedIn): The LinkedIn address is missing." in table


@pytest.mark.parametrize(("key", "code"), [("sandbox-unknown", 8), ("sandbox-revoked", 8), ("sandbox-no-credits", 0)])
def test_the_key_is_tried(call: Callable[..., Result], workspace: Workspace, key: str, code: int) -> None:
    workspace.write_config(key=key)
    result = call("check", "--json")
    assert result.exit_code == code
    assert ["account 'main'" in message for message in errors(result)] == [True] * (code != 0)


@pytest.mark.parametrize("fault", [{"kind": "http_error", "status": 503}, {"kind": "http_error", "status": 404}])
def test_a_placeholder_that_fails_leaves_the_key_unverified(
    call: Callable[..., Result], workspace: Workspace, fault: dict[str, Any]
) -> None:
    workspace.sandbox.faults.add(on="account", **fault)
    result = call("check", "--json")
    assert result.exit_code == 0
    (warning,) = [finding for finding in result.data["findings"] if finding["level"] == "warning"]
    assert "unverified" in warning["message"]


def test_a_service_that_is_not_there(call: Callable[..., Result], workspace: Workspace) -> None:
    workspace.sandbox.close()
    assert call("check", "--json").exit_code == 10


def test_a_wrong_address_is_found(call: Callable[..., Result], workspace: Workspace) -> None:
    workspace.sandbox.faults.add("redirect", on="account", location="https://elsewhere.example/")
    assert call("check", "--json").exit_code == 2


def test_a_column_that_is_missing_has_a_suggestion(call: Callable[..., Result], workspace: Workspace) -> None:
    workspace.write_config(linkedin="Linkedim")
    result = call("check", "--json")
    assert result.exit_code == 2
    (finding,) = [finding for finding in result.data["findings"] if finding["level"] == "error"]
    assert "upscale-connect.yaml:" in finding["message"]
    assert "the source has no column 'Linkedim'" in finding["message"]
    assert finding["hint"] == "did you mean 'LinkedIn'?"


def test_source_sink_and_key_are_all_looked_at(call: Callable[..., Result], workspace: Workspace) -> None:
    workspace.write_config(key="sandbox-revoked", output="no/such/folder.csv")
    Path("leads.csv").unlink()
    result = call("check", "--json")
    assert result.exit_code == 8
    assert len(errors(result)) == 3


def test_every_problem_of_the_configuration_is_a_finding(call: Callable[..., Result], workspace: Workspace) -> None:
    workspace.write_config(hold_above="many", messages="[conection_request]")
    result = call("check", "--json")
    assert result.exit_code == 2
    assert len(errors(result)) == 2
    assert all("upscale-connect.yaml:" in message for message in errors(result))


def test_unknown_options_of_plugins_are_found(call: Callable[..., Result], workspace: Workspace) -> None:
    workspace.write_config(sinks="{back: source, list: {plugin: csv, pth: x.csv}, other: {plugin: nope}}")
    result = call("check", "--json")
    assert result.exit_code == 2
    assert len(errors(result)) >= 2


def test_an_account_of_another_service_is_refused(call: Callable[..., Result], workspace: Workspace) -> None:
    with Ledger.open(workspace.ledger) as ledger:
        ledger.bind_account("main", "https://app.upscaleoutreach.com:443")
    result = call("check", "--json")
    assert result.exit_code == 2
    assert "belongs to https://app.upscaleoutreach.com:443" in errors(result)[0]


def test_a_file_that_is_no_ledger(call: Callable[..., Result], workspace: Workspace) -> None:
    workspace.ledger.write_text("not a database, but long enough to be looked at", encoding="utf-8")
    result = call("check", "--json")
    assert result.exit_code == 2
    assert "damaged or is no ledger" in errors(result)[0]


@pytest.mark.parametrize(("account", "level"), [("    callback_url: https://hooks.example.com", "warning"), ("", "ok")])
def test_callbacks_need_a_secret(call: Callable[..., Result], workspace: Workspace, account: str, level: str) -> None:
    """Who has none yet is told what it takes."""
    workspace.write_config(account=account)
    result = call("check", "--json")
    (found,) = [finding for finding in result.data["findings"] if "webhook secret" in finding["message"]]
    assert (result.exit_code, found["level"], "callback_url" in found["message"]) == (0, level, True)
