"""`regenerate` and `retry`: the price is shown, and a person agrees."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Result, Workspace

Call = Callable[..., "Result"]
NO_WEB = "8,Eve,Lee,Foo Ltd,https://www.linkedin.com/in/eve-noweb"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def posts(workspace: Workspace) -> int:
    return len(workspace.sandbox.state.requests_to("submit"))


@pytest.fixture
def bought(call: Call, workspace: Workspace, rows: Any) -> Workspace:
    workspace.write_leads(*rows(2), NO_WEB)
    assert call("sync", "--wait").exit_code == 0
    return workspace


def test_nothing_without_consent(call: Call, bought: Workspace) -> None:
    refused = call("regenerate", "1", "--json")
    assert (refused.exit_code, refused.data["credits"]) == (2, None)
    assert "for up to 2 credits" in refused.data["error"]["hint"]
    assert call("sync", "--json").data["syncs"][0]["messages"]["requested"] == 0


@pytest.mark.parametrize(("typed", "code", "sent"), [("y\n", 0, 2), ("\n", 2, 1), ("n\n", 2, 1)])
def test_consent_is_asked_for(
    call: Call, bought: Workspace, monkeypatch: pytest.MonkeyPatch, typed: str, code: int, sent: int
) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal(typed))
    result = call("regenerate", "https://www.linkedin.com/in/ann-1", "--type", "connection_request")
    assert result.exit_code == code
    assert "lead '1' of spring: connection_request: buy once more, for up to 1 credits?" in result.stderr
    assert call("sync", "--wait").exit_code == 0
    assert posts(bought) == sent


def test_regenerated(call: Call, bought: Workspace) -> None:
    done = call("regenerate", "leads.csv:2", "--yes", "--json")
    assert done.data == {
        "schema": 1, "lead": "1", "sync": "spring", "types": ["connection_request", "first_follow_up"], "credits": 2,
        "exit_code": 0,
    }  # fmt: skip
    assert call("sync", "--wait", "--json").data["syncs"][0]["credits"]["spent"] == 2
    assert "regenerated: connection_request, revision 2 (by " in call("explain", "1").stdout


def test_leads_that_cannot_be_meant(call: Call, bought: Workspace) -> None:
    assert "knows no lead '99'" in call("regenerate", "99", "--yes").stderr
    bought.write_config(messages="[connection_request]")
    call("sync")
    assert "does not want it any more" in call("regenerate", "1", "--type", "first_follow_up", "--yes").stderr
    assert posts(bought) == 1


def test_retry_shows_the_price_of_failed_leads(call: Call, bought: Workspace) -> None:
    shown = call("retry")
    assert shown.exit_code == 0
    assert "2 failed messages of 1 leads, for up to 2 credits: not bought again; --yes agrees" in shown.stderr
    assert "leads.csv:4: lead '8': connection_request, first_follow_up" in shown.stderr
    assert "add the company's website (lead_company_website_url), or a page about the lead" in shown.stderr
    assert call("sync").exit_code == 0
    assert posts(bought) == 1
    agreed = call("retry", "spring", "--lead", "8", "--yes")
    assert "bought by the next `upscale-connect sync spring`" in agreed.stderr
    assert call("sync", "--wait").exit_code == 0
    assert posts(bought) == 2
    assert call("retry", "--quiet").stderr == ""


def test_retry_asks_on_a_terminal(call: Call, bought: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal("y\n"))
    assert "buy again? [y/N]" in call("retry").stderr
    call("sync")
    assert posts(bought) == 2


def test_retry_of_a_lead_of_which_nothing_has_failed(call: Call, bought: Workspace) -> None:
    for lead in ("1", "99"):
        refused = call("retry", "--lead", lead, "--yes")
        assert (refused.exit_code, f"nothing of lead '{lead}' has failed" in refused.stderr) == (2, True)
    call("sync")
    assert posts(bought) == 1


def test_retry_of_one_lead_delivers_that_lead_alone(call: Call, bought: Workspace) -> None:
    """Whatever else a sink has refused waits on."""
    bought.write_config(sinks="{back: source, list: {plugin: csv, path: list.csv}}", messages="[connection_request]")
    call("sync", "--wait")
    file = Path("list.csv")
    right = file.read_text(encoding="utf-8")
    file.write_text(right.replace("/in/ann-1", "/in/x").replace("/in/ann-2", "/in/y"), encoding="utf-8")
    bought.write_config(sinks="{back: source, list: {plugin: csv, path: list.csv}}")
    call("sync", "--wait")
    call("redeliver", "--sink", "list")
    assert len(stuck(call)) == 2
    file.write_text(right, encoding="utf-8")
    assert "deliveries tried again that a sink had refused: 1" in call("retry", "--lead", "2").stdout
    (left,) = stuck(call)
    assert "lead '1'" in left["what"]


def stuck(call: Call) -> list[Any]:
    return [task for task in call("todo", "--json").data["todo"] if task["kind"] == "refused_delivery"]
