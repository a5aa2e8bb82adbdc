"""Taking values out of JSON that may be anything."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, TypeGuard

from ...http.json_body import mend
from . import ShapeError

#: Above this, a number counts nothing.
MOST = 1_000_000_000_000

_REQUEST_ID = re.compile(r"[A-Za-z0-9-]{1,128}")


def is_request_id(value: object) -> TypeGuard[str]:
    """Whether this can be the id of a request: a UUID today, letters, digits and hyphens in general."""
    return isinstance(value, str) and _REQUEST_ID.fullmatch(value) is not None


def get_map(parent: Mapping[str, Any], name: str, what: str = "", *, optional: bool = False) -> Mapping[str, Any]:
    """The object under `name`; an empty one if it is optional and missing. `what` names it for people."""
    value = parent.get(name)
    if value is None and optional:
        return {}
    if not isinstance(value, dict):
        raise ShapeError(f"something else than {what}" if what else f"no {name!r}")
    return value


def get_list(parent: Mapping[str, Any], name: str, *, optional: bool) -> list[Any]:
    """The array under `name`; an empty one if it is optional and missing."""
    value = parent.get(name)
    if value is None and optional:
        return []
    if not isinstance(value, list):
        raise ShapeError(f"no list {name!r}")
    return value


def get_text(parent: Mapping[str, Any], name: str, whose: str) -> str:
    """The text under `name`, which must not be blank."""
    value = parent.get(name)
    if not isinstance(value, str) or not value.strip():
        raise ShapeError(f"{whose} without {name!r}")
    return mend(value)


def text_or_none(parent: Mapping[str, Any], *names: str) -> str | None:
    """The first text under one of these names."""
    return next((mend(value) for name in names if isinstance(value := parent.get(name), str)), None)


def whole_or_none(parent: Mapping[str, Any], *names: str) -> int | None:
    """The first count under one of these names: a whole number from 0 to `MOST`."""
    values = (parent.get(name) for name in names)
    return next((v for v in values if isinstance(v, int) and not isinstance(v, bool) and 0 <= v <= MOST), None)


def leave_out(parent: Mapping[str, Any], known: Mapping[str, object]) -> dict[str, Any]:
    """Everything but the fields that are known and could be read."""
    return {name: value for name, value in parent.items() if known.get(name) is None and value is not None}
