"""What may stand under `source: {plugin: hubspot, …}`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from upscale_connect_hubspot.options import ActivityConfig, SinkConfig, SourceConfig


def build(**options: Any) -> SourceConfig:
    return SourceConfig.model_validate({"token": "pat-na1-x", **options})


def test_a_token_is_enough() -> None:
    config = build()
    assert (config.base_url, config.api_version) == ("https://api.hubapi.com", "2026-03")
    assert "pat-na1-x" not in repr(config)


def test_blanks_around_a_token_are_none_of_it() -> None:
    assert build(token=" pat-na1-x\n").token.get_secret_value() == "pat-na1-x"


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8080", "http://localhost/", "http://[::1]:1", "https://crm.example/hubspot/"]
)
def test_addresses_that_are_safe(url: str) -> None:
    assert build(base_url=url).base_url == url.rstrip("/")


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"token": " "}, "must not be empty"),
        ({"token": "pat na1"}, "must be the token alone"),
        ({"base_url": "http://crm.example"}, "must begin with https://"),
        ({"base_url": "http://127.0.0.1.example"}, "must begin with https://"),
        ({"base_url": "https://u:p@crm.example"}, "without anything behind it"),
        ({"base_url": "https://crm.example?x=1"}, "without anything behind it"),
        ({"base_url": "https://crm.example:port"}, "must be a valid address"),
        ({"base_url": "crm.example"}, "must be an address"),
        ({"api_version": "v4"}, "2026-03"),
        ({"list_id": "spring"}, "must be the number of the list"),
        ({"list_id": "7", "filter": [{"property": "a", "operator": "HAS_PROPERTY"}]}, "must not have both"),
        ({"list_id": "7", "incremental": "yes"}, "must not be `incremental`"),
        ({"filter": []}, "at least 1"),
        ({"filter": [{"property": "a", "operator": "HAS_PROPERTY"}] * 5}, "at most 4"),
        ({"filter": [{"property": "First name", "operator": "HAS_PROPERTY"}]}, "internal name"),
        ({"filter": [{"property": "a", "operator": "LIKE"}]}, "EQ"),
        ({"filter": [{"property": "a", "operator": "EQ"}]}, "must have `value` for"),
        ({"filter": [{"property": "a", "operator": "IN", "value": "x"}]}, "must have `values` for"),
        ({"filter": [{"property": "a", "operator": "BETWEEN", "value": "1"}]}, "must have `value` and `high_value`"),
        ({"filter": [{"property": "a", "operator": "HAS_PROPERTY", "value": "1"}]}, "neither value nor values"),
        ({"linkedin": []}, "at least 1"),
        ({"properties": {"connection_request": "email"}}, "must not name email, which holds data of the contact"),
        ({"properties": {"connection_request": "hs_linkedin_url"}}, "must not name hs_linkedin_url"),
        ({"properties": {"connection_request": "a", "receipt": "a"}}, "must not name a property twice"),
        ({"properties": {"connection_request": "Our message"}}, "internal name"),
        ({"also": ["state"]}, "status"),
        ({"overwrite": "sometimes"}, "if_unchanged"),
    ],
)
def test_what_is_wrong_is_told(options: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told.replace("(", r"\(")):
        build(**options)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({}, "match"),
        ({"match": {"property": "email"}}, "must have a `column`"),
        ({"match": {"property": "email", "column": " "}}, "must have a `column`"),
        ({"match": {"property": "email", "column": "Email"}, "list_id": "7"}, "list_id"),
    ],
)
def test_a_sink_must_know_how_to_find_a_contact(options: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        SinkConfig.model_validate({"token": "pat-na1-x", **options})


def test_a_sink_finds_by_the_records_own_id() -> None:
    config = SinkConfig.model_validate({"token": "pat-na1-x", "match": {"property": "hs_object_id"}})
    assert (config.match.column, config.overwrite, config.also) == ("", "if_unchanged", ("status", "updated_at"))


def test_an_activity_is_a_note_or_a_task() -> None:
    with pytest.raises(ValidationError, match="'note' or 'task'"):
        ActivityConfig.model_validate({"token": "x", "match": {"property": "hs_object_id"}, "kind": "call"})


def test_the_page_says_what_the_options_say() -> None:
    page = (Path(__file__).parents[3] / "docs/hubspot.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \| (.+) \| .+ \|$", page.partition("## All options")[2].partition("\n## ")[0], re.M)
    assert dict(rows) == {name: field.description for name, field in SourceConfig.model_fields.items()}
