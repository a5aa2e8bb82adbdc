"""HubSpot's errors in words for people: what to do, and nothing of what was sent."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upscale_connect_hubspot.refusals import describe, explain_credentials, explain_refusal, find_codes, read_error

INVALID = "Property values were not valid: "


def read(**body: Any) -> Any:
    return read_error(json.dumps(body).encode())


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"message": "Too many."}, "Too many."),
        ({"message": "ann@first.example is taken, see https://app.hubspot.com/x/1"}, "… is taken, see …"),
        (
            {"message": INVALID + '[{"name": "bio", "error": "TOO_LONG", "message": "Ann said"}]'},
            "property bio: TOO_LONG",
        ),
        ({"message": INVALID + '[{"name": "bio", "propertyValue": "Ann said"}]'}, "property bio: not valid"),
        ({"message": "m", "errors": [{"code": "X", "context": {"propertyName": ["a", "b"]}}]}, "property a, b: X"),
        ({"message": "m", "errors": [{"code": "X"}, {"code": "X"}, {"code": "Y"}]}, "X; Y"),
        ({"message": "m", "errors": [{"message": "only a sentence"}]}, "m"),
        ({"category": "VALIDATION_ERROR"}, "VALIDATION_ERROR"),
        ({"message": "a\nb\x1b[31m c"}, "a b [31m c"),
        ({"message": "x" * 999}, "x" * 299 + "…"),
        ({}, ""),
    ],
)
def test_one_clause_without_values(body: dict[str, Any], told: str) -> None:
    assert describe(read(**body)) == told


def test_values_are_not_repeated_even_if_they_cannot_be_parsed() -> None:
    error = read(message=INVALID + '[{"propertyValue": Ann said}]', category="VALIDATION_ERROR")
    assert (describe(error), find_codes(error)) == ("Property values were not valid", frozenset())


@pytest.mark.parametrize("content", [b"", b"<html>", b"[]", b"null", b'{"errors": 7}', b"\xff\xfe"])
def test_what_is_not_hubspots_says_nothing(content: bytes) -> None:
    assert describe(read_error(content)) == ""
    assert explain_refusal(400, read_error(content)).reason == "status 400"
    assert "status 403" in explain_credentials(403, read_error(content)).message


@given(st.binary(max_size=200))
def test_any_answer_can_be_explained(content: bytes) -> None:
    reason = explain_refusal(400, read_error(content)).reason
    assert reason.isprintable()
    assert len(reason) <= 300
