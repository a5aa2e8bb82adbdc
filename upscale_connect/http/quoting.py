"""Foreign text made safe to show: no control characters, no secrets, not too long."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable

from ..secrecy import find_secrets

QUOTED = 200
_REDACTED = "[redacted]"
_WINDOW = 64 * 1024


def printable(text: str) -> str:
    """Escape what a terminal would obey or hide: control, bidirectional and unpaired characters."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def redact(text: str, secrets: Iterable[str]) -> str:
    """Replace every secret, also where it is URL-encoded, base64 or escaped for JSON."""
    found = _find(frozenset(secrets))
    return text if found is None else found.sub(_REDACTED, text)


@functools.lru_cache(maxsize=16)
def _find(secrets: frozenset[str]) -> re.Pattern[str] | None:
    return find_secrets(secrets)


def quote_body(content: bytes, secrets: Iterable[str] = ()) -> str:
    """The first 200 characters of a body."""
    text = content[:_WINDOW].decode("utf-8", "replace")
    text = printable(redact(text.strip(), secrets))
    if not text:
        return "(an empty body)"
    return f"{text[:QUOTED]}…" if len(text) > QUOTED else text
