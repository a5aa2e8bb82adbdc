"""Foreign text made safe to show: no control characters, no secrets, not too long."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from urllib.parse import quote, quote_plus

QUOTED = 200
_REDACTED = "[redacted]"
_WINDOW = 64 * 1024


def printable(text: str) -> str:
    """Escape what a terminal would obey or hide: control, bidirectional and unpaired characters."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def redact(text: str, secrets: Iterable[str]) -> str:
    """Replace every secret, also where it is URL-encoded, base64 or escaped for JSON."""
    for secret in secrets:
        for form in sorted(_forms(secret), key=len, reverse=True):
            text = text.replace(form, _REDACTED)
    return text


def quote_body(content: bytes, secrets: Iterable[str] = ()) -> str:
    """The first 200 characters of a body."""
    text = content[:_WINDOW].decode("utf-8", "replace")
    text = printable(redact(text.strip(), secrets))
    if not text:
        return "(an empty body)"
    return f"{text[:QUOTED]}…" if len(text) > QUOTED else text


def _forms(secret: str) -> set[str]:
    plain = secret.encode("utf-8")
    forms = {
        secret,
        quote(secret, safe=""),
        quote_plus(secret),
        json.dumps(secret)[1:-1],
        base64.b64encode(plain).decode("ascii").rstrip("="),
        base64.urlsafe_b64encode(plain).decode("ascii").rstrip("="),
    }
    return forms - {""}
