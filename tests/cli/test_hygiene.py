"""Each rule of hygiene as a person meets it: shown by `plan`, sent so, switched off by its name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from upscale_connect.hygiene import DEFAULTS, RULES

if TYPE_CHECKING:
    from tests.cli.conftest import Result, Workspace

#: Rule → field, what stands in the row, what is sent.
CASES = {
    "spaces": ("first_name", "\u201cAnn\u201d", "Ann"),
    "emoji": ("first_name", "Ann \U0001f680", "Ann"),
    "tail": ("last_name", "Lee | We're hiring", "Lee"),
    "credentials": ("last_name", "Lee MBA", "Lee"),
    "titles": ("first_name", "Dr. Ann", "Ann"),
    "case": ("last_name", "LEE-ROE", "Lee-Roe"),
    "legal_form": ("lead_company", "Foo GmbH", "Foo"),
    "website": ("lead_company_website_url", "https://foo.com/?utm_source=x", "https://foo.com/"),
}
USUAL = {
    "first_name": "Ann",
    "last_name": "Lee",
    "lead_company": "Foo",
    "lead_company_website_url": "https://foo.com/",
}


def prepare(workspace: Workspace, field: str, value: str, switched: str) -> None:
    workspace.write_config(messages="[connection_request]", more=f"    hygiene: {{{switched}}}")
    path = Path("upscale-connect.yaml")
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("lead_company: Company", "lead_company: Company\n      lead_company_website_url: Web"))
    cells = USUAL | {field: value}
    rows = ["ID,First name,Last name,Company,Web,LinkedIn", f"1,{','.join(cells.values())},in/ann-lee", ""]
    Path("leads.csv").write_text("\n".join(rows), encoding="utf-8")


def sent(workspace: Workspace) -> dict[str, Any]:
    (request,) = workspace.sandbox.state.requests_to("submit")
    found: dict[str, Any] = request.json()["lead_data"][0]
    return found


def test_every_rule_that_changes_something_is_tried() -> None:
    assert {*CASES, "first_name"} == set(RULES) == set(DEFAULTS)


@pytest.mark.parametrize(("rule", "field", "before", "after"), [(rule, *case) for rule, case in CASES.items()])
def test_rule_is_shown_applied_and_reversible(
    rule: str, field: str, before: str, after: str, call: Callable[..., Result], workspace: Workspace
) -> None:
    prepare(workspace, field, before, f"{rule}: on")
    (planned,) = call("plan", "--json").data["plans"]
    expected = {"field": field, "before": before, "after": after, "rule": rule, "applied": True}
    assert expected in [{key: one[key] for key in expected} for one in planned["changes"]]
    assert f"{field} {before!r} \u2192 {after!r} ({rule})" in call("plan").stdout
    source = Path("leads.csv").read_bytes()
    assert call("sync", "--wait").exit_code == 0
    assert sent(workspace)[field] == after
    assert Path("leads.csv").read_bytes() == source
    assert before in workspace.output.read_text(encoding="utf-8")


@pytest.mark.parametrize(("rule", "field", "before"), [(rule, *case[:2]) for rule, case in CASES.items()])
@pytest.mark.parametrize("switched", ["off", "suggest"])
def test_rule_that_is_off_or_suggested_changes_nothing(
    switched: str, rule: str, field: str, before: str, call: Callable[..., Result], workspace: Workspace
) -> None:
    prepare(workspace, field, before, f"{rule}: {switched}")
    (planned,) = call("plan", "--json").data["plans"]
    assert [one["applied"] for one in planned["changes"] if one["rule"] == rule] == [False] * (switched == "suggest")
    assert call("sync", "--wait").exit_code == 0
    assert sent(workspace)[field] == before
