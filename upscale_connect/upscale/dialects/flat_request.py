"""Building the body of a paid request."""

from __future__ import annotations

import functools
import json
from collections.abc import Sequence
from typing import (
    Annotated,
    Any,
    Literal,
    NotRequired,  # pydantic wants this one before Python 3.12
)

import pydantic
from pydantic import ConfigDict, StringConstraints, TypeAdapter
from typing_extensions import TypedDict

from ...errors import UsageError
from ...models import Lead
from ..wire import GenerationRequest

_Filled = Annotated[str, StringConstraints(strict=True, pattern=r"\S")]
_Url = Annotated[str, StringConstraints(strict=True, pattern=r"^(?i:https?)://[^\s/]")]

_WORDS = {
    "string_pattern_mismatch": "is blank",
    "string_unicode": "holds half a character (an unpaired surrogate)",
    "literal_error": "is none of the values that the API knows",
    "too_short": "is empty",
}


_URLS = frozenset(
    {
        "completion_notification_url",
        "proposition_company_url",
        "lead_linkedin",
        "lead_company_website_url",
        "lead_specified_url",
    }
)


class LeadData(TypedDict):
    """An element of `lead_data`. An optional URL that is not known is left out."""

    __pydantic_config__ = ConfigDict(hide_input_in_errors=True)  # type: ignore[misc]  # pydantic's way for TypedDict

    automation_tool_lead_id: _Filled
    lead_linkedin: _Url
    lead_company: _Filled
    first_name: _Filled
    last_name: _Filled
    lead_company_website_url: NotRequired[_Url]
    lead_specified_url: NotRequired[_Url]


class RequestData(TypedDict):
    """The top level, but for `lead_data`."""

    __pydantic_config__ = ConfigDict(hide_input_in_errors=True)  # type: ignore[misc]  # pydantic's way for TypedDict

    completion_notification_url: _Url
    automation_tool_customer_id: _Filled
    automation_tool_campaign_id: _Filled
    proposition_company_name: _Filled
    proposition_company_url: _Url
    message_sequence: Annotated[list[_Filled], pydantic.Field(min_length=1)]
    tone_preference: Literal["formal", "normal", "casual"]


#: What all leads of a request share.
SHARED_FIELDS = frozenset(RequestData.__annotations__)
_DOCUMENTED = SHARED_FIELDS | {"lead_data"}


@functools.cache
def _adapters() -> tuple[TypeAdapter[RequestData], TypeAdapter[list[LeadData]]]:
    return TypeAdapter(RequestData), TypeAdapter(list[LeadData])


def encode_request(request: GenerationRequest) -> bytes:
    """The request as JSON. Raises `UsageError` that lists what is wrong, by field and lead, without values."""
    head = _head(request)
    leads = [_lead_data(lead) for lead in request.leads]
    of_head, of_leads = _adapters()
    problems = [
        *_problems(of_head, head, "request"),
        *_problems(of_leads, leads, "lead"),
        *_misused(request),
    ]
    if problems:
        raise UsageError(f"the request cannot be sent: {'; '.join(problems[:20])}")
    return _to_json({**head, "lead_data": leads, **request.description.extra})


def _head(request: GenerationRequest) -> dict[str, Any]:
    return {
        "completion_notification_url": request.callback_url,
        "automation_tool_customer_id": request.customer,
        "automation_tool_campaign_id": request.campaign,
        "proposition_company_name": request.description.proposition_company_name,
        "proposition_company_url": request.description.proposition_company_url,
        "message_sequence": list(dict.fromkeys(request.message_types)),
        "tone_preference": request.description.tone_preference,
    }


def _lead_data(lead: Lead) -> dict[str, str]:
    data = {
        "automation_tool_lead_id": lead.lead_id,
        "lead_linkedin": lead.linkedin_url,
        "lead_company": lead.company,
        "first_name": lead.first_name,
        "last_name": lead.last_name,
    }
    if lead.website_url:
        data["lead_company_website_url"] = lead.website_url
    if lead.specified_url:
        data["lead_specified_url"] = lead.specified_url
    return data


def _problems(adapter: TypeAdapter[Any], value: object, what: str) -> list[str]:
    try:
        adapter.validate_python(value)
    except pydantic.ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
    else:
        return []
    return [_describe(item["loc"], item["type"], what) for item in found]


def _describe(path: Sequence[int | str], kind: str, what: str) -> str:
    index = f" {path[0] + 1}" if path and isinstance(path[0], int) else ""
    field = ".".join(str(step) for step in path[1 if index else 0 :])
    wrong_url = kind == "string_pattern_mismatch" and field in _URLS
    problem = "is not an http or https URL" if wrong_url else _WORDS.get(kind, "is not text")
    return f"{field} of {what}{index} {problem}"


def _misused(request: GenerationRequest) -> list[str]:
    """What only the whole request shows."""
    problems = [f"extra must not set {name}" for name in sorted(_DOCUMENTED & set(request.description.extra))]
    if not request.leads:
        problems.append("it has no lead")
    if len({lead.lead_id for lead in request.leads}) < len(request.leads):
        problems.append("two of its leads have the same id")
    return problems


def _to_json(data: dict[str, Any]) -> bytes:
    try:
        return json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode("utf-8")
    except UnicodeEncodeError:
        problem = "a text holds half a character (an unpaired surrogate)"
    except (TypeError, ValueError, RecursionError):
        problem = "extra holds a value that JSON cannot express"
    raise UsageError(f"the request cannot be sent: {problem}")
