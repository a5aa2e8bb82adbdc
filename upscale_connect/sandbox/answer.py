"""The answer of the retrieve endpoint, field by field in the reference's order."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Any

from .faults import Settings
from .generation import FIELD_OF, NO_WEB, Generation, wanted_by_outcome
from .text import NO_CREDITS_REASON, NO_JOBS_REASON, NO_WEB_REASON, compose

#: A lead without messages: all four fields are always there.
_NO_MESSAGES = dict.fromkeys(FIELD_OF.values())


@dataclass(slots=True)
class _Count:
    generated: int = 0
    failed: int = 0
    failed_leads: int = 0
    reasons: dict[str, None] = field(default_factory=dict)

    def add_failed(self, messages: int, reason: str) -> None:
        self.failed += messages
        self.reasons[reason] = None


def build_answer(generation: Generation, settings: Settings, done: int) -> dict[str, Any]:
    """What is there when `done` of the requested messages have been worked on, lead by lead."""
    count = _Count()
    leads = _build_leads(generation, done, count)
    docs = settings.quirks == "docs"
    requested, generated, failed = generation.requested, count.generated, count.failed
    if docs:
        requested, generated, failed = distort_counts(requested, done, count.failed_leads)
    return {
        "metadata": {
            "request_message_generation_api_request_secure_request_id": generation.id,
            "retrieve_messages_api_request_secure_request_id": str(uuid.uuid4()),
            "requested_messages_count": requested,
            "generated_messages_count": generated,
            "failed_messages_count": failed or None,
            "failed_messages_reason": " ".join(count.reasons) or None,
        },
        "account": {"automation_tool_customer_id": generation.customer},
        "campaign": {
            "automation_tool_campaign_id": generation.campaign,
            "message_sequence": _echo(generation.sequence) if docs else generation.sequence,
            "leads_data": leads,
        },
    }


def _build_leads(generation: Generation, done: int, count: _Count) -> list[dict[str, Any]]:
    types, tone = generation.types, generation.tone
    wanted = wanted_by_outcome(types)
    leads = []
    for (lead_id, linkedin, first_name, company, outcome), granted in generation.results():
        worked_on = types if done >= len(types) else types[: max(0, done)]
        done -= len(types)
        lead: dict[str, Any] = {"external_prospect_id": lead_id, "linkedin": linkedin, **_NO_MESSAGES}
        generated = 0
        for message_type in granted:
            if message_type in worked_on:
                lead[FIELD_OF[message_type]] = compose(message_type, tone, lead_id, first_name, company)
                generated += 1
        count.generated += generated
        if generated < len(worked_on):
            by_rule = sum(message_type not in wanted[outcome] for message_type in worked_on)
            _count_failed(lead, outcome, by_rule, len(worked_on) - generated - by_rule, count)
        leads.append(lead)
    return leads


def _count_failed(lead: dict[str, Any], outcome: int, by_rule: int, unpaid: int, count: _Count) -> None:
    if outcome == NO_WEB:
        lead["linkedin"] = None
        count.failed_leads += 1
    if by_rule:
        count.add_failed(by_rule, NO_WEB_REASON if outcome == NO_WEB else NO_JOBS_REASON)
    if unpaid:
        count.add_failed(unpaid, NO_CREDITS_REASON)


def distort_counts(requested: int, done: int, failed_leads: int) -> tuple[int, int, int]:
    """Requested, generated and failed counts as inconsistent as in the reference's two samples.

    There 3 leads with 2 types are "5 requested, 5 generated", and 5 leads with 3 types with 3 failed prospects are
    "10 requested, 7 generated, 3 failed". The straight line through both gives 5 for 6, and 10 for 15.
    """
    shown = (5 * requested + 15) // 9
    worked_on = shown if done >= requested else min(shown - 1, shown * done // requested)
    failed = min(failed_leads, worked_on)
    return shown, worked_on - failed, failed


def _echo(sequence: tuple[str, ...]) -> list[str]:
    """The reference's sample echoes `share_material` under the name of its result field."""
    return ["share_material_message" if name == "share_material" else name for name in sequence]
