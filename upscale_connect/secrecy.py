"""The forms in which a secret travels: as it is, in a URL, in JSON, in Base64. Who hides it must know them all."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Iterator
from urllib.parse import quote, quote_plus

#: Shorter values are found only where they stand alone: parts of words would make a text unreadable.
SHORT = 8


def find_secrets(secrets: Iterable[str]) -> re.Pattern[str] | None:
    """What finds these values in every form, the longest first; None if there are none. Blank ones are ignored."""
    forms = {form for secret in secrets if (value := secret.strip()) for form in forms_of(value)}
    return re.compile("|".join(map(_expression, sorted(forms, key=len, reverse=True)))) if forms else None


def _expression(form: str) -> str:
    escaped = re.escape(form)
    return escaped if len(form) >= SHORT else rf"(?<!\w){escaped}(?!\w)"


def forms_of(secret: str) -> Iterator[str]:
    """How a value may appear in a text: as it is, in JSON, in a Python literal, in a URL, in Base64."""
    yield secret
    for text in (json.dumps(secret), json.dumps(secret, ensure_ascii=False), repr(secret)):
        yield text[1:-1]
    for text in (quote(secret), quote(secret, safe=""), quote_plus(secret)):
        yield text
        yield re.sub("%[0-9A-F]{2}", lambda escape: escape[0].lower(), text)
    if len(secret) >= SHORT:
        yield from _base64_forms(secret.encode("utf-8", "surrogatepass"))


def _base64_forms(secret: bytes) -> Iterator[str]:
    """Base64 of `secret` within something longer: for each possible beginning the digits that it alone decides."""
    for offset, first in enumerate((0, 2, 3)):
        length = offset + len(secret)
        digits = base64.b64encode(bytes(offset) + secret).decode("ascii")[first : length * 8 // 6]
        yield digits
        yield digits.translate(str.maketrans("+/", "-_"))
