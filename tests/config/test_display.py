from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import yaml

from upscale_connect.config import Config, render, show
from upscale_connect.config.display import is_secret_name

Load = Callable[..., Config]


@pytest.fixture
def full(minimal: str) -> str:
    mapped = (
        "    map:\n"
        '      lead_specified_url: {template: "https://{Domain}"}\n'
        "      automation_tool_lead_id: {constant: x}\n"
    )
    return minimal.replace("Company\n", "{first_of: [Company, Employer]}\n").replace("    map:\n", mapped) + (
        "      - first_follow_up: {when: {column: Stage, in: [won, open]}}\n"
        "    hygiene: {titles: suggest}\n"
        "    sinks:\n"
        "      back: source\n"
        "      crm:\n"
        "        plugin: hubspot\n"
        "        token: literal\n"
        "        key: literal\n"
        "        portal: ${PORTAL}\n"
        "        match: {property: email, api_key: literal}\n"
        "        columns: [a, b]\n"
        "notify: {command: [tell, me]}\n"
    )


def test_defaults_are_filled_in_and_secrets_are_hidden(load: Load, full: str) -> None:
    shown = show(load(full, PORTAL="12"))
    sync: dict[str, Any] = shown["syncs"]["spring"]
    assert shown["version"] == 1
    assert shown["accounts"]["main"]["api_key"] == "***"
    assert shown["accounts"]["main"]["batch_size"] == 25
    assert shown["notify"] == {"command": ["tell", "me"], "on": ["needs_person", "stale_26h"]}
    assert sync["limits"]["hold_above"] == 1000
    assert sync["map"]["first_name"] == "First name"
    assert sync["map"]["lead_company"] == {"first_of": ["Company", "Employer"]}
    assert sync["map"]["lead_specified_url"] == {"template": "https://{Domain}"}
    assert sync["map"]["automation_tool_lead_id"] == {"constant": "x"}
    assert sync["messages"][1] == {"first_follow_up": {"when": {"column": "Stage", "in": ["won", "open"]}}}
    assert sync["sinks"] == {
        "back": "source",
        "crm": {
            "plugin": "hubspot",
            "token": "***",
            "key": "***",
            "portal": "***",
            "match": {"property": "email", "api_key": "***"},
            "columns": ["a", "b"],
        },
    }


def test_what_is_shown_is_a_configuration_again(load: Load, full: str) -> None:
    config = load(full, PORTAL="12")
    text = render(config)
    assert yaml.safe_load(text) == show(config)
    again = load(text)
    assert again.syncs["spring"].map == config.syncs["spring"].map
    assert again.syncs["spring"].messages == config.syncs["spring"].messages
    assert again.syncs["spring"].limits == config.syncs["spring"].limits
    assert again.syncs["spring"].hygiene == config.syncs["spring"].hygiene == {"titles": "suggest"}


@pytest.mark.parametrize("name", ["token", "access_token", "client_secret", "PASSWORD", "api-key", "private_key"])
def test_names_of_secrets(name: str) -> None:
    assert is_secret_name(name)


@pytest.mark.parametrize("name", ["match_key", "key", "tokens_per_day", "path", "secretary"])
def test_names_of_no_secrets(name: str) -> None:
    assert not is_secret_name(name)
