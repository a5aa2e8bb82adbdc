"""The rules stand in the docs, each with what it is unless a person says otherwise."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from upscale_connect.config import Sync
from upscale_connect.errors import ConfigError
from upscale_connect.hygiene import DEFAULTS, RULES

Load = Callable[[str], Sync]
Section = Callable[[str], str]


def test_the_page_lists_them(section: Section) -> None:
    assert re.findall(r"^\| `(\w+)` \| .+ \| `(\w+)` \|$", section("hygiene"), re.MULTILINE) == list(DEFAULTS.items())
    assert tuple(DEFAULTS) == RULES


def test_they_are_switched_in_the_configuration(load_sync: Load) -> None:
    assert load_sync("hygiene: {titles: on, case: off}").hygiene == {"titles": "on", "case": "off"}


@pytest.mark.parametrize(
    ("hygiene", "told"),
    [("{titel: on}", "must be one of spaces, emoji"), ("{titles: yes}", "'on', 'suggest' or 'off'")],
)
def test_a_wrong_word_is_told(load_sync: Load, hygiene: str, told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_sync(f"hygiene: {hygiene}")
    assert told in caught.value.message
    assert "upscale-connect.yaml:20" in caught.value.message
