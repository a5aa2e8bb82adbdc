"""Checks of a request body, with the API reference's sentences in the reference's order.

The reference gives these sentences: "is required but was missing or blank", "must be an array", "must
contain at least one lead", and both wordings for URLs. The others are invented here, because a real server
must say something: they are marked INVENTED and follow the same form, `<path> must …`. Paths count from 0.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any, NoReturn

from ..models import ANNOUNCED_TYPES, MESSAGE_TYPES

TONES = ("formal", "normal", "casual")

REQUIRED = "is required but was missing or blank"
NOT_ARRAY = "must be an array"
NO_LEAD = "must contain at least one lead"
NOT_HTTP = "must be a valid HTTP or HTTPS URL"
NOT_URL = "must be a valid URL"
# INVENTED from here on.
NOT_STRING = "must be a string"
NOT_OBJECT = "must be an object"
NOT_TONE = f"must be one of: {', '.join(TONES)}"
NOT_TYPE = f"must be one of: {', '.join(MESSAGE_TYPES)}"
COMING_SOON = "must be available today, this message type is coming soon"
BODY_NOT_JSON = "request body must be valid JSON"
BODY_NOT_OBJECT = "request body must be a JSON object"

_FORBIDDEN = r"\s<>\"{}|\\^`"
_URL = re.compile(
    rf"https?://(?:[^{_FORBIDDEN}/?#@\[\]]*@)?"  # user
    rf"(?:\[[0-9a-f:.]+\]|[^{_FORBIDDEN}/?#@:.\[\]][^{_FORBIDDEN}/?#@:\[\]]*)"  # host
    rf"(?::(?P<port>\d{{0,5}}))?(?:[/?#][^{_FORBIDDEN}]*)?",
    re.IGNORECASE,
)

#: A check says what is wrong with a value, None if nothing is.
Check = Callable[[Any], str | None]


class BodyError(Exception):
    """The body is no JSON object. `status` is the answer's."""

    def __init__(self, text: str, status: int) -> None:
        super().__init__(text)
        self.text = text
        self.status = status


def parse_json(body: bytes) -> Any:
    """The JSON value in `body`. Raises `BodyError`; its status and text are INVENTED."""
    try:
        return json.loads(body, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise BodyError(BODY_NOT_JSON, 400) from None


def parse_object(body: bytes) -> dict[str, Any]:
    """The JSON object in `body`. Raises `BodyError`; its statuses and texts are INVENTED."""
    value = parse_json(body)
    if not isinstance(value, dict):
        raise BodyError(BODY_NOT_OBJECT, 422)
    return value


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


def check_text(value: Any) -> str | None:
    if isinstance(value, str):
        return None if value and not value.isspace() else REQUIRED
    return REQUIRED if value is None else NOT_STRING


def check_url(value: Any) -> str | None:
    """A required URL: http or https with a host; anything else in it that no URL has is malformed."""
    if isinstance(value, str):
        found = _URL.fullmatch(value)
        if found:
            port = found["port"]
            return NOT_URL if port and int(port) > 65535 else None
    return _name_url_problem(value)


def _name_url_problem(value: Any) -> str:
    if value is None or (isinstance(value, str) and not value.strip()):
        return REQUIRED
    if not isinstance(value, str):
        return NOT_HTTP
    return NOT_URL if value.strip().lower().startswith(("http:", "https:")) else NOT_HTTP


def check_optional_url(value: Any) -> str | None:
    """May be null or left out. The reference does not say what "" is: here it is no HTTP URL."""
    if value is None:
        return None
    problem = check_url(value)
    return NOT_HTTP if problem == REQUIRED else problem


def check_tone(value: Any) -> str | None:
    return None if value is None or value in TONES else NOT_TONE


_HEAD: tuple[tuple[str, Check], ...] = (
    ("completion_notification_url", check_url),
    ("automation_tool_customer_id", check_text),
    ("automation_tool_campaign_id", check_text),
    ("proposition_company_name", check_text),
    ("proposition_company_url", check_url),
)
_LEAD: tuple[tuple[str, Check], ...] = (
    ("automation_tool_lead_id", check_text),
    ("lead_linkedin", check_url),
    ("lead_company", check_text),
    ("first_name", check_text),
    ("last_name", check_text),
    ("lead_company_website_url", check_optional_url),
    ("lead_specified_url", check_optional_url),
)


def find_problems(request: dict[str, Any]) -> list[str]:
    """Every problem of a submitted request, in the order of the reference's parameter tables."""
    problems = [f"{name} {problem}" for name, check in _HEAD if (problem := check(request.get(name)))]
    problems += _find_sequence_problems(request.get("message_sequence"))
    if problem := check_tone(request.get("tone_preference")):
        problems.append(f"tone_preference {problem}")
    return problems + _find_lead_problems(request.get("lead_data"))


def _find_sequence_problems(sequence: Any) -> list[str]:
    if sequence is None or sequence in ([], ""):
        return [f"message_sequence {REQUIRED}"]
    if not isinstance(sequence, list):
        return [f"message_sequence {NOT_ARRAY}"]
    return [
        f"message_sequence[{index}] {COMING_SOON if value in ANNOUNCED_TYPES else NOT_TYPE}"
        for index, value in enumerate(sequence)
        if value not in MESSAGE_TYPES
    ]


def _find_lead_problems(leads: Any) -> list[str]:
    if leads is None:
        return [f"lead_data {REQUIRED}"]
    if not isinstance(leads, list):
        return [f"lead_data {NOT_ARRAY}"]
    if not leads:
        return [f"lead_data {NO_LEAD}"]
    problems = []
    for index, lead in enumerate(leads):
        if not isinstance(lead, dict):
            problems.append(f"lead_data[{index}] {NOT_OBJECT}")
            continue
        for name, check in _LEAD:
            if problem := check(lead.get(name)):
                problems.append(f"lead_data[{index}].{name} {problem}")
    return problems
