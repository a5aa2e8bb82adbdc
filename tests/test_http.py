"""The small parts of HTTP: waiting times, addresses, JSON, and foreign text made safe to show."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upscale_connect.http.json_body import mend, parse_json
from upscale_connect.http.origins import host_of, is_loopback, origin_of, redirect_host
from upscale_connect.http.quoting import printable, quote_body, redact
from upscale_connect.http.retry_after import LONGEST, parse_retry_after

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
KEYS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=8, max_size=40)


@given(st.text() | st.none())
def test_retry_after_never_fails(value: str | None) -> None:
    seconds = parse_retry_after(value, NOW)
    assert seconds is None or 0 <= seconds <= LONGEST


@given(st.integers(0, 10**17))
def test_retry_after_in_seconds(seconds: int) -> None:
    assert parse_retry_after(f" {seconds} ", NOW) == min(seconds, LONGEST)


@given(st.integers(-(10**6), 10**6))
def test_retry_after_as_a_date(seconds: int) -> None:
    text = format_datetime(NOW + timedelta(seconds=seconds), usegmt=True)
    assert parse_retry_after(text, NOW) == min(max(seconds, 0), LONGEST)


def test_retry_after_as_a_date_without_a_zone() -> None:
    assert parse_retry_after("Wed, 04 Mar 2026 05:06:17 -0000", NOW) == 10


@pytest.mark.promise(row="E7")
@given(st.binary(max_size=300))
def test_any_bytes_are_json_or_a_value_error(content: bytes) -> None:
    try:
        parse_json(content)
    except ValueError:
        return


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"NaN", b"[Infinity]", b"\xff\xfe1\x00", b"[" * 100_000, b"9" * 5000, b"\xc3"],
)
def test_json_that_is_none(content: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # the kind is all that is promised
        parse_json(content)


def test_json_with_a_byte_order_mark() -> None:
    assert parse_json(b'\xef\xbb\xbf{"a": 1}') == {"a": 1}


@given(st.text(st.characters(codec="utf-8")))
def test_sound_text_is_not_mended(text: str) -> None:
    assert mend(text) == text


@given(st.text())
def test_mended_text_can_be_stored(text: str) -> None:
    assert len(mend(text).encode("utf-8").decode("utf-8")) == len(text)


@pytest.mark.promise(row="G3")
@given(st.text())
def test_printable_text_obeys_nobody(text: str) -> None:
    shown = printable(text)
    assert shown.isprintable()
    assert printable(shown) == shown


@given(KEYS, st.text(max_size=50), st.text(max_size=300))
def test_no_form_of_a_secret_is_quoted(key: str, before: str, after: str) -> None:
    for form in (key, quote(key, safe=""), json.dumps(key)[1:-1], base64.b64encode(key.encode()).decode()):
        text = f"{before}{form}{after}"
        assert form not in redact(text, [key])
        if key not in before + after:
            assert key not in quote_body(text.encode("utf-8", "replace"), [key])


@pytest.mark.parametrize(
    ("content", "shown"),
    [
        (b"", "(an empty body)"),
        (b" \r\n ", "(an empty body)"),
        (b"a\r\nb\x1b[0m", r"a\r\nb\x1b[0m"),
        (b"\xff", "\ufffd"),
        ("x\u202ey".encode(), r"x\u202ey"),
        (b"x" * 200, "x" * 200),
        (b"x" * 201, "x" * 200 + "…"),
    ],
)
def test_quoted_body(content: bytes, shown: str) -> None:
    assert quote_body(content) == shown


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://api.example/x?q=1", "api.example"),
        ("https://API.example:443/", "api.example"),
        ("http://api.example:443/", "api.example:443"),
        ("https://user:pass@api.example:8443/", "api.example:8443"),
        ("http://[::1]:8080/", "[::1]:8080"),
        ("http://[::1", "an invalid address"),
        ("http://a:99999/", "an invalid address"),
    ],
)
def test_host_for_people(url: str, host: str) -> None:
    assert host_of(url) == host


@given(st.text())
def test_any_location_has_a_host_for_people(location: str) -> None:
    assert "@" not in redirect_host("https://api.example/x", f"https://user:pass@{location}")


def test_origins() -> None:
    assert origin_of("https://a.example/x") == origin_of("https://A.example:443/y")
    assert origin_of("https://a.example/") != origin_of("http://a.example/")
    assert origin_of("https://a.example/") != origin_of("https://a.example:8443/")


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.1", "::1", "localhost", "LocalHost"])
def test_loopback(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["", "192.0.2.1", "127.0.0.1.example.com", "localhost.example", "::2", "0.0.0.0"])
def test_not_loopback(host: str) -> None:
    assert not is_loopback(host)
