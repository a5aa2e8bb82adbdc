"""The body of a callback: at most 64 KiB of JSON from anybody on the internet."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..http.json_body import mend, parse_json
from ..upscale.dialects.shape import is_request_id, whole_or_none

#: More than the five short fields of a callback need, and less than a server can be hurt with.
MAX_BYTES = 64 * 1024
MAX_DEPTH = 32

#: A whole string (the last one may lack its end), or a bracket outside of strings.
_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"?|[\[\]{}]', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Payload:
    """What a callback tells. Fields that are not documented are ignored; counts that are no counts are None."""

    secure_request_id: str
    status: str
    completed_at: str
    requested: int | None
    generated: int | None


def parse_payload(body: bytes) -> Payload:
    """Raises ValueError, without a word of the body, if it is no callback."""
    if _depth(body) > MAX_DEPTH:
        raise ValueError("nested too deeply")
    found = parse_json(body)
    if not isinstance(found, dict) or not is_request_id(request_id := found.get("secure_request_id")):
        raise ValueError("no request id")
    return Payload(
        secure_request_id=request_id,
        status=_text(found.get("status")),
        completed_at=_text(found.get("completed_at")),
        requested=whole_or_none(found, "requested_messages_count", "requested_message_count"),
        generated=whole_or_none(found, "generated_messages_count", "generated_message_count"),
    )


def _depth(body: bytes) -> int:
    depth = deepest = 0
    for match in _TOKEN.finditer(body):
        if match[0] in (b"[", b"{"):
            depth += 1
            deepest = max(deepest, depth)
        elif match[0] in (b"]", b"}"):
            depth -= 1
    return deepest


def _text(value: object) -> str:
    return mend(value) if isinstance(value, str) else ""
