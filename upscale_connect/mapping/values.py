"""What counts as blank, as text, and as a URL in the cells of people's tables."""

from __future__ import annotations

import re
from unicodedata import category

#: What spreadsheets, databases and exports leave where a value is missing. `Null` is a surname, so it is not here.
PLACEHOLDERS = frozenset(
    (
        *("#REF!", "#N/A", "#NAME?", "#VALUE!", "#DIV/0!", "#NULL!", "#NUM!", "#ERROR!", "#SPILL!", "#CALC!"),
        *("N/A", "n/a", "-", "\u2013", "\u2014", "null", "NULL", "None", "none", "NaN"),
    )
)

_LONGEST_SHOWN = 60
_BREAKS = re.compile(r"[\t\r\n]+")
#: Control characters except tab and line breaks, and halves of surrogate pairs, which no encoding can carry.
_UNSENDABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_LABELS = r"(?:[^\W_](?:[\w-]*[^\W_])?\.)+"
_REST = r"(?::\d{1,5})?(?:[/?#][^\s<>\"]*)?"
_HTTP_URL = re.compile(rf"https?://{_LABELS}[\w-]+\.?{_REST}", re.IGNORECASE)
_HOST_AND_PATH = re.compile(rf"{_LABELS}(?:xn--[\w-]+|[^\W\d_]{{2,}})\.?{_REST}", re.IGNORECASE)


def keep_id(value: str) -> str:
    """The id exactly as it is, "" if there is nothing to see in it."""
    return value if value.strip() and (value.isprintable() or _is_visible(value)) else ""


def clean_text(value: str) -> str:
    """The text without surrounding white space, "" for a placeholder."""
    value = value.strip()
    return "" if value in PLACEHOLDERS else value


def clean_name(value: str) -> str:
    """As `clean_text`, and a tab or line break inside becomes a space."""
    value = value.strip()
    if value.isprintable():
        return "" if value in PLACEHOLDERS else value
    return _BREAKS.sub(" ", value) if _is_visible(value) else ""


def is_sendable(value: str) -> bool:
    """Whether the value is free of control characters; tab and line breaks are allowed."""
    return value.isprintable() or not _UNSENDABLE.search(value)


def complete_url(value: str) -> str:
    """The value as an http or https URL, with `https://` added to a mere host and path; "" if it is none."""
    if not value.isprintable():
        return ""
    if _HTTP_URL.fullmatch(value):
        return value
    return f"https://{value}" if _HOST_AND_PATH.fullmatch(value) else ""


def shorten(value: str) -> str:
    """At most 60 printable characters of the value, for people."""
    shown = _BREAKS.sub(" ", value.strip())
    if len(shown) > _LONGEST_SHOWN:
        shown = shown[: _LONGEST_SHOWN - 1] + "…"
    return shown if shown.isprintable() else "".join(c if c.isprintable() else "\ufffd" for c in shown)


def _is_visible(value: str) -> bool:
    return any(category(c) not in ("Cc", "Cf", "Zs", "Zl", "Zp") for c in value)
