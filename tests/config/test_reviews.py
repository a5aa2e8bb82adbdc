"""`lint` and `review`: forms, defaults, and what cannot be meant so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from upscale_connect.config import Config, Sync, load_config
from upscale_connect.errors import ConfigError
from upscale_connect.lint import DEFAULT_RULES, RULES

PAGE = (Path(__file__).parent.parent.parent / "docs" / "configuration.md").read_text(encoding="utf-8")
FILE = """
version: 1
accounts: {{main: {{api_key: a}}}}
syncs:
  spring:
    customer: c
    campaign: d
    source: {{plugin: csv, path: leads.csv}}
    map: {{first_name: a, last_name: b, lead_company: c, lead_linkedin: d}}
    request: {{proposition_company_name: Acme, proposition_company_url: https://acme.example.com}}
    messages: [connection_request]
    {more}
"""


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def load(more: str) -> Sync:
    Path("upscale-connect.yaml").write_text(FILE.format(more=more), encoding="utf-8")
    config: Config = load_config("upscale-connect.yaml", environ={})
    return config.syncs["spring"]


@pytest.mark.parametrize(
    ("more", "mode", "percent", "where"),
    [
        ("", "lint", 0, ()),
        ("review: required", "required", 0, ()),
        ("review: off", "off", 0, ()),
        ("review: {sample: 20}", "sample", 20, ()),
        ("review: {mode: required, where: [back]}", "required", 0, ("back",)),
        ("review: {sample: 5, where: [back]}", "sample", 5, ("back",)),
    ],
)
def test_forms_of_review(more: str, mode: str, percent: int, where: tuple[str, ...]) -> None:
    review = load(more).review
    assert (review.mode, review.percent, review.where) == (mode, percent, where)


def test_rules_are_switched_one_by_one() -> None:
    lint = load("lint: {off: [identical], on: [shouting], limits: {connection_request: 280}}").lint
    assert lint.rules == (DEFAULT_RULES | {"shouting"}) - {"identical"}
    assert lint.limits == {"connection_request": 280}


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ("review: sometimes", "'off', 'lint', 'sample' or 'required'"),
        ("review: {sample: 200}", "`percent` must be at most 100"),
        ("review: sample", "must say the percentage"),
        ("review: {mode: required, percent: 5}", "must say the percentage"),
        ("lint: {off: [identicle]}", "must be one of greeting"),
        ("lint: {sender: gold}", "'free' or 'premium'"),
        ("lint: {limits: {connection_request: 0}}", "must be at least 1"),
        ("review: {where: [nowhere]}", "no sink is called 'nowhere'"),
        ("read_back: {Invitation: {sink: nowhere, field: accepted}}", "no sink is called 'nowhere'"),
        ("read_back: {Invitation: {sink: back, field: accepted}}", "no sink is called 'back' that could be asked"),
        ("read_back: {Invitation: accepted}", "`Invitation` must be keys and values"),
    ],
)
def test_what_cannot_be_meant_so(more: str, told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(more)
    assert told in caught.value.message
    assert "upscale-connect.yaml:12" in caught.value.message


def test_the_page_lists_the_rules() -> None:
    section = PAGE.partition("### `lint`")[2].partition("\n### ")[0]
    listed = dict(re.findall(r"^\| `(\w+)` \| .+ \| (yes|no) \|$", section, re.MULTILINE))
    assert list(listed) == list(RULES)
    assert {rule for rule, word in listed.items() if word == "yes"} == DEFAULT_RULES


def test_length_is_held_unless_it_may_be_cut() -> None:
    assert load("").lint.settings().on_too_long == "hold"
    assert load("lint: {on_too_long: cut}").lint.settings().on_too_long == "cut"
    with pytest.raises(ConfigError, match="on_too_long: cut needs the rule too_long"):
        load("lint: {on_too_long: cut, off: [too_long]}")
    with pytest.raises(ConfigError, match="on_too_long"):
        load("lint: {on_too_long: shorten}")
