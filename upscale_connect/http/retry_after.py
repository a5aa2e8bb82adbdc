"""The `Retry-After` header (RFC 9110 §10.2.3)."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

#: No server makes us sleep longer than this.
LONGEST = 900.0

_SECONDS = re.compile(r"[0-9]{1,18}")


def parse_retry_after(value: str | None, now: datetime) -> float | None:
    """Seconds to wait, from 0 to `LONGEST`; None if the header is absent or neither seconds nor a date."""
    text = (value or "").strip()
    if _SECONDS.fullmatch(text):
        return min(float(text), LONGEST)
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    if date.tzinfo is None:
        date = date.replace(tzinfo=UTC)
    return min(max((date - now).total_seconds(), 0.0), LONGEST)
