"""The rules stand in the docs, each with what it is unless a person says otherwise."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from upscale_connect.config import Config, load_config
from upscale_connect.errors import ConfigError
from upscale_connect.hygiene import DEFAULTS, RULES

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
    hygiene: {hygiene}
"""


def load(tmp_path: Path, hygiene: str) -> Config:
    (tmp_path / "upscale-connect.yaml").write_text(FILE.format(hygiene=hygiene), encoding="utf-8")
    return load_config(tmp_path / "upscale-connect.yaml", environ={})


def test_the_page_lists_them() -> None:
    section = PAGE.partition("### `hygiene`")[2].partition("\n### ")[0]
    assert re.findall(r"^\| `(\w+)` \| .+ \| `(\w+)` \|$", section, re.MULTILINE) == list(DEFAULTS.items())
    assert tuple(DEFAULTS) == RULES


def test_they_are_switched_in_the_configuration(tmp_path: Path) -> None:
    assert load(tmp_path, "{titles: on, case: off}").syncs["spring"].hygiene == {"titles": "on", "case": "off"}


@pytest.mark.parametrize(
    ("hygiene", "told"),
    [("{titel: on}", "must be one of spaces, emoji"), ("{titles: yes}", "'on', 'suggest' or 'off'")],
)
def test_a_wrong_word_is_told(tmp_path: Path, hygiene: str, told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, hygiene)
    assert told in caught.value.message
    assert "upscale-connect.yaml:12" in caught.value.message
