"""No secret in any form in which it travels, and no line that a lead could fake."""

from __future__ import annotations

import base64
import json
import logging
import re
import sys
import urllib.parse

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from upscale_connect.cli.output import printable
from upscale_connect.cli.redaction import MARK, RedactingFilter, Redactor, format_error

KEY = 'sk-Canary "0123"/+=\\é\n…end'


@pytest.mark.promise(row="K1")
@pytest.mark.parametrize(
    "text",
    [
        KEY,
        json.dumps({"key": KEY}),
        json.dumps({"key": KEY}, ensure_ascii=False),
        repr(KEY),
        urllib.parse.quote(KEY),
        urllib.parse.quote(KEY, safe=""),
        re.sub("%..", lambda escape: escape[0].lower(), urllib.parse.quote(KEY, safe="")),
        urllib.parse.urlencode({"key": KEY}),
    ],
)
def test_every_form_of_a_known_secret_is_replaced(text: str) -> None:
    cleaned = Redactor([KEY]).clean(f"before {text} after")
    assert MARK in cleaned
    assert "Canary" not in cleaned
    assert cleaned.startswith("before ")
    assert cleaned.endswith(" after")


@given(st.binary(max_size=5), st.text(st.characters(codec="utf-8"), min_size=8, max_size=40), st.binary(max_size=5))
def test_base64_of_a_secret_is_replaced_wherever_it_begins(before: bytes, secret: str, after: bytes) -> None:
    assume(len(secret.strip()) >= 8)
    whole = before + secret.encode() + after
    redactor = Redactor([secret])
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        assert MARK in redactor.clean(encode(whole).decode())


@given(st.text(min_size=1, max_size=30), st.text(max_size=30), st.text(max_size=30))
def test_a_long_secret_never_survives(secret: str, before: str, after: str) -> None:
    secret = f"sk-{secret}-0123456789"
    assert secret not in Redactor([secret]).clean(before + secret + after)


def test_short_secrets_are_replaced_as_words_only() -> None:
    assert Redactor(["acme"]).clean("acme, acmecorp: acme") == f"{MARK}, acmecorp: {MARK}"


def test_blank_secrets_are_ignored() -> None:
    assert Redactor(["", "  "]).clean("all stays") == "all stays"


def test_the_longer_of_two_secrets_wins() -> None:
    assert Redactor(["sk-0123456789", "sk-0123456789-more"]).clean("sk-0123456789-more") == MARK


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("Api-Key: abc123", f"Api-Key: {MARK}"),
        ("{'Api-Key': 'abc123', 'Accept': '*/*'}", f"{{'Api-Key': '{MARK}', 'Accept': '*/*'}}"),
        ('"{\\"Api-Key\\": \\"abc123\\"}"', f'"{{\\"Api-Key\\": \\"{MARK}\\"}}"'),
        ("Authorization: Bearer eyJhbGciOi.J9", f"Authorization: {MARK}"),
        ("with bearer eyJhbGciOi.J9 sent", f"with bearer {MARK} sent"),
        ("http://bob:pw1@proxy:3128/x", f"http://bob:{MARK}@proxy:3128/x"),
        ("GET /api?api_key=abc&x=1", f"GET /api?api_key={MARK}&x=1"),
        ("POST /callbacks/tok-en_1 204", f"POST /callbacks/{MARK} 204"),
        ("https://callback.invalid/" + "Ab-_9" * 8 + "xyz", f"https://callback.invalid/{MARK}"),
    ],
)
def test_what_looks_like_a_credential_is_replaced(text: str, cleaned: str) -> None:
    assert Redactor().clean(text) == cleaned


@pytest.mark.parametrize(
    "text",
    [
        "accounts.main.api_key: is empty (write api_key: ${UPSCALE_API_KEY})",
        "https://www.linkedin.com/in/jane-doe?trk=a:b@c",
        "mail jane@example.com: no such person",
        "the bearer of this message",
    ],
)
def test_plain_text_stays(text: str) -> None:
    assert Redactor([KEY]).clean(text) == text


def test_a_record_is_cleaned_with_its_traceback_and_stack() -> None:
    try:
        raise ValueError(f"{KEY} \x1b[31m")
    except ValueError:
        caught = sys.exc_info()
    record = logging.LogRecord("x", logging.ERROR, "x.py", 1, "row %s", ("a\nERROR: fake\u202e",), caught, sinfo=KEY)
    assert RedactingFilter(Redactor([KEY])).filter(record)
    text = logging.Formatter("%(levelname)s: %(message)s").format(record)
    assert text.startswith("ERROR: row a\\nERROR: fake\\u202e\nTraceback")
    assert f"ValueError: {MARK} \\x1b[31m" in text
    assert "Canary" not in text


def test_causes_are_part_of_a_traceback() -> None:
    try:
        try:
            raise KeyError("first")
        except KeyError as error:
            raise RuntimeError("second") from error
    except RuntimeError as error:
        shown = format_error(error)
    assert "first" in shown
    assert shown.endswith("RuntimeError: second")


@pytest.mark.promise(row="G3")
@given(st.text())
def test_printable_text_is_one_line_without_controls(text: str) -> None:
    shown = printable(text)
    assert len(shown.splitlines()) <= 1
    assert not any(ord(char) < 32 or 127 <= ord(char) < 160 for char in shown)
