"""The wire shape of the API reference: flat requests, message types as strings, retrieval by GET with a body."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any

from ...errors import Invalid
from ...http.json_body import mend
from ...models import ANNOUNCED_TYPES, MESSAGE_TYPES
from ..wire import (
    AccountInfo,
    GenerationRequest,
    MessageSequence,
    Retrieved,
    RetrievedLead,
    digest_of,
    parse_time,
)
from . import Query, ShapeError
from .flat_request import SHARED_FIELDS, encode_request
from .problems import blames, looks_newer, lost_id, split_problems
from .shape import get_list, get_map, get_text, is_request_id, leave_out, text_or_none, whole_or_none

_SUFFIX = "_message"
_RETRIEVE_PATH = "/retrieve_messages"
_RETRIEVE_ID = "request_message_generation_secure_request_id"
_ECHOED_ID = "request_message_generation_api_request_secure_request_id"
_RETRIEVE_CALL_ID = "retrieve_messages_api_request_secure_request_id"
_LEAD_ID = "external_prospect_id"

# Later servers write the counts in the singular.
_REQUESTED = ("requested_messages_count", "requested_message_count")
_GENERATED = ("generated_messages_count", "generated_message_count")
_FAILED = ("failed_messages_count", "failed_message_count")
_FAILED_REASON = ("failed_messages_reason", "failed_message_reason")


def field_of(message_type: str) -> str:
    """The field of an answer that holds messages of this type."""
    return "outreach_message" if message_type == "connection_request" else _stem(message_type) + _SUFFIX


def type_of(echoed: str) -> str:
    """The message type that an answer means: the reference's samples echo field names among the types."""
    if echoed in _TYPE_OF_FIELD:
        return _TYPE_OF_FIELD[echoed]
    return echoed.removesuffix(_SUFFIX)


def _stem(message_type: str) -> str:
    return message_type.replace("-", "_")


_TYPE_OF_FIELD = {field_of(known): known for known in (*MESSAGE_TYPES, *ANNOUNCED_TYPES)}


class FlatDialect:
    name = "flat"
    submit_path = "/request_message_generation"
    sequences = Query("/get_sequences")
    account = Query("/account")

    def headers(self, key: str) -> dict[str, str]:
        return {"Api-Key": key, "Content-Type": "application/json", "Accept": "application/json"}

    def encode(self, request: GenerationRequest) -> bytes:
        return encode_request(request)

    def parse_receipt(self, answer: object) -> str | None:
        found = answer.get("secure_request_id") if isinstance(answer, dict) else None
        return found if is_request_id(found) else None

    def retrieval(self, secure_request_id: str) -> tuple[Query, Query]:
        named = {_RETRIEVE_ID: secure_request_id}
        body = json.dumps(named).encode("ascii")
        return Query(_RETRIEVE_PATH, body=body), Query(_RETRIEVE_PATH, params=named)

    def parse_retrieved(self, answer: object, secure_request_id: str, status: int, types: Collection[str]) -> Retrieved:
        top = get_map({"": answer}, "", "a JSON object")
        metadata = get_map(top, "metadata")
        in_progress = _in_progress(metadata, status)
        campaign = get_map(top, "campaign", optional=in_progress is True)
        leads = _leads(campaign, types, optional=in_progress is True)
        _check_echo(metadata, secure_request_id, optional=in_progress is True and not leads)
        requested = whole_or_none(metadata, *_REQUESTED)
        generated = whole_or_none(metadata, *_GENERATED)
        failed = whole_or_none(metadata, *_FAILED)
        reason = text_or_none(metadata, *_FAILED_REASON)
        return Retrieved(
            secure_request_id=secure_request_id,
            retrieve_id=text_or_none(metadata, _RETRIEVE_CALL_ID),
            customer=text_or_none(get_map(top, "account", optional=True), "automation_tool_customer_id"),
            campaign=text_or_none(campaign, "automation_tool_campaign_id"),
            leads=leads,
            requested=requested,
            generated=generated,
            failed=failed,
            failed_reason=reason,
            in_progress=in_progress,
            digest=digest_of(leads, requested, generated, failed, reason, in_progress),
        )

    def parse_sequences(self, answer: object) -> list[MessageSequence]:
        listed = answer if isinstance(answer, list) else get_map({"": answer}, "", "a JSON object").get("sequences")
        if not isinstance(listed, list):
            raise ShapeError("no list of sequences")
        return [_sequence(item) for item in listed if isinstance(item, dict)]

    def parse_account(self, answer: object) -> AccountInfo:
        top = get_map({"": answer}, "", "a JSON object")
        plan = text_or_none(top, "plan_name")
        monthly = whole_or_none(top, "monthly_credits")
        allowance = whole_or_none(top, "monthly_allowance")
        created = parse_time(text_or_none(top, "created_at") or "")
        known = {
            "plan_name": plan,
            "monthly_credits": monthly,
            "monthly_allowance": allowance,
            "created_at": created,
        }
        return AccountInfo(plan, monthly, allowance, created, extra=leave_out(top, known))

    def parse_error(self, answer: object) -> str | None:
        return text_or_none(answer, "error") if isinstance(answer, dict) else None

    def split_problems(self, text: str) -> tuple[Invalid, ...]:
        return split_problems(text)

    def blames_request(self, text: str) -> bool:
        return any(blames(problem, SHARED_FIELDS, "lead_data") for problem in split_problems(text))

    def lost_id(self, text: str) -> bool:
        return lost_id(text)

    def looks_newer(self, text: str) -> bool:
        return looks_newer(text)


def _in_progress(metadata: Mapping[str, Any], status: int) -> bool | None:
    stage = text_or_none(metadata, "generation_status")
    if status == 202 or stage == "in_progress":
        return True
    return False if stage == "complete" else None


def _check_echo(metadata: Mapping[str, Any], secure_request_id: str, *, optional: bool) -> None:
    """A proxy's cache, or a proxy that drops bodies, could give us the answer to another request."""
    echoed = text_or_none(metadata, _ECHOED_ID)
    if echoed is None and optional:
        return
    if echoed is None:
        raise ShapeError("no id of the request it belongs to")
    if echoed.lower() != secure_request_id.lower():
        raise ShapeError("the id of another request")


def _leads(campaign: Mapping[str, Any], types: Collection[str], *, optional: bool) -> tuple[RetrievedLead, ...]:
    fields = {**_TYPE_OF_FIELD, **{field_of(asked): asked for asked in types}}
    echoed = campaign.get("message_sequence")
    for item in echoed if isinstance(echoed, list) else ():
        if isinstance(item, str):
            fields.setdefault(field_of(type_of(item)), type_of(item))
    leads: dict[str, RetrievedLead] = {}
    for item in get_list(campaign, "leads_data", optional=optional):
        lead = _lead(item, fields)
        known = leads.setdefault(lead.lead_id, lead)
        if known is not lead:
            _merge(known, lead)
    return tuple(leads.values())


def _lead(item: object, fields: Mapping[str, str]) -> RetrievedLead:
    entry = get_map({"": item}, "", "an object for every lead")
    lead = RetrievedLead(get_text(entry, _LEAD_ID, "a lead"), {}, {})
    for name, value in entry.items():
        if name in fields:
            if not isinstance(value, str | None):
                raise ShapeError(f"something else than text as {name} of lead {lead.lead_id!r}")
            if value and value.strip():
                lead.messages[fields[name]] = mend(value)
        elif name.endswith(_SUFFIX) and isinstance(value, str) and value.strip():
            lead.unknown[mend(name)] = mend(value)
    return lead


def _merge(known: RetrievedLead, again: RetrievedLead) -> None:
    """The same lead twice: equal texts are one, different ones cannot be told apart."""
    for texts, more in ((known.messages, again.messages), (known.unknown, again.unknown)):
        for name, text in more.items():
            if texts.setdefault(name, text) != text:
                raise ShapeError(f"lead {known.lead_id!r} twice, with different texts")


def _sequence(item: Mapping[str, Any]) -> MessageSequence:
    names = ("id", "name", "role", "industry", "geography", "objective")
    known: dict[str, str | None] = {name: text_or_none(item, name) for name in names}
    listed = item.get("message_types")
    types = tuple(t for t in listed if isinstance(t, str)) if isinstance(listed, list) else ()
    kept: dict[str, object] = {**known, "message_types": types or None}
    return MessageSequence(
        id=known["id"],
        name=known["name"],
        message_types=types,
        role=known["role"],
        industry=known["industry"],
        geography=known["geography"],
        objective=known["objective"],
        extra=leave_out(item, kept),
    )
