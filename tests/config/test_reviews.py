"""`lint` and `review`: forms, defaults, and what cannot be meant so."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from upscale_connect.config import Sync
from upscale_connect.errors import ConfigError
from upscale_connect.lint import DEFAULT_RULES, RULES

Load = Callable[[str], Sync]
Section = Callable[[str], str]


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
def test_forms_of_review(load_sync: Load, more: str, mode: str, percent: int, where: tuple[str, ...]) -> None:
    review = load_sync(more).review
    assert (review.mode, review.percent, review.where) == (mode, percent, where)


def test_rules_are_switched_one_by_one(load_sync: Load) -> None:
    lint = load_sync("lint: {off: [identical], on: [shouting], limits: {connection_request: 280}}").lint
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
def test_what_cannot_be_meant_so(load_sync: Load, more: str, told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_sync(more)
    assert told in caught.value.message
    assert "upscale-connect.yaml:20" in caught.value.message


def test_the_page_lists_the_rules(section: Section) -> None:
    listed = dict(re.findall(r"^\| `(\w+)` \| .+ \| (yes|no) \|$", section("lint"), re.MULTILINE))
    assert list(listed) == list(RULES)
    assert {rule for rule, word in listed.items() if word == "yes"} == DEFAULT_RULES


def test_length_is_held_unless_it_may_be_cut(load_sync: Load) -> None:
    assert load_sync("").lint.settings().on_too_long == "hold"
    assert load_sync("lint: {on_too_long: cut}").lint.settings().on_too_long == "cut"
    with pytest.raises(ConfigError, match="on_too_long: cut needs the rule too_long"):
        load_sync("lint: {on_too_long: cut, off: [too_long]}")
    with pytest.raises(ConfigError, match="on_too_long"):
        load_sync("lint: {on_too_long: shorten}")
