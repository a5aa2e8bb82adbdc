"""JSON from a server that may send anything."""

from __future__ import annotations

import json
import re

_SURROGATE = re.compile("[\ud800-\udfff]")


def parse_json(content: bytes) -> object:
    """Parse UTF-8 JSON, with or without a byte order mark.

    Raises ValueError for everything that is not: other encodings, NaN, nesting that exhausts the stack, and
    numbers of thousands of digits, too.
    """
    try:
        return json.loads(content.decode("utf-8-sig"), parse_constant=_refuse)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def mend(text: str) -> str:
    """Replace unpaired surrogates, which JSON can spell and neither files nor databases can store, by U+FFFD."""
    return _SURROGATE.sub("\ufffd", text)


def _refuse(constant: str) -> object:
    raise ValueError(f"{constant} is not JSON")
