"""The parser of callbacks: whatever comes, it is a payload within bounds or a ValueError."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from upscale_connect.receiver.payload import MAX_DEPTH, Payload, parse_payload

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
IDS = st.from_regex(r"[A-Za-z0-9-]{1,128}", fullmatch=True)


@pytest.mark.promise(row="F5")
@given(st.binary(max_size=300))
@example(b'"' + b'\\"' * 100)
@example(b"\\" * 300)
@example(b"]" * 50 + b"[" * 40)
def test_any_bytes(body: bytes) -> None:
    """No other exception than ValueError."""
    with contextlib.suppress(ValueError):
        assert isinstance(parse_payload(body), Payload)


@given(IDS, st.dictionaries(st.text(), VALUES, max_size=4), st.booleans())
def test_any_object_with_an_id_is_a_payload(request_id: str, fields: dict[str, Any], ascii_only: bool) -> None:
    content = fields | {"secure_request_id": request_id}
    body = json.dumps(content, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")
    payload = parse_payload(body)
    assert payload.secure_request_id == request_id
    payload.status.encode()
    payload.completed_at.encode()
    assert all(count is None or count >= 0 for count in (payload.requested, payload.generated))


@pytest.mark.promise(row="F5")
@pytest.mark.parametrize(("depth", "fits"), [(MAX_DEPTH - 1, True), (MAX_DEPTH, False), (20_000, False)])
def test_depth(depth: int, fits: bool) -> None:
    body = (
        b'{"secure_request_id": "x", "brackets in text": "[[[[{{{{\\"[[[[", "a": ' + b"[" * depth + b"]" * depth + b"}"
    )
    if fits:
        assert parse_payload(body).secure_request_id == "x"
    else:
        with pytest.raises(ValueError, match="nested too deeply"):
            parse_payload(body)


def test_later_servers_write_the_counts_in_the_singular() -> None:
    body = b'{"secure_request_id": "x", "requested_message_count": 3, "generated_message_count": 2}'
    payload = parse_payload(body)
    assert (payload.requested, payload.generated) == (3, 2)
