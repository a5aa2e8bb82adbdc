"""Content faults: each changes a complete retrieve answer in place, the same way every time."""

from __future__ import annotations

import copy
import uuid
from collections.abc import Callable
from typing import Any

from .generation import FIELD_OF

Answer = dict[str, Any]
Mutation = Callable[[Answer], None]

_FIELDS = tuple(FIELD_OF.values())


def mutate(kind: str, answer: Answer) -> None:
    """Apply one kind of content fault (see `faults.KINDS`)."""
    _MUTATIONS[kind](answer)


def _leads(answer: Answer) -> list[dict[str, Any]]:
    leads: list[dict[str, Any]] = answer["campaign"]["leads_data"]
    return leads


def _drop_last_lead(answer: Answer) -> None:
    _leads(answer).pop()


def _add_strange_lead(answer: Answer) -> None:
    lead = copy.deepcopy(_leads(answer)[0])
    lead |= {"external_prospect_id": "sandbox-strange-lead", "linkedin": "https://linkedin.com/in/sandbox-strange"}
    _leads(answer).append(lead)


def _repeat_first_lead(answer: Answer) -> None:
    _leads(answer).append(copy.deepcopy(_leads(answer)[0]))


def _contradict_first_lead(answer: Answer) -> None:
    lead = copy.deepcopy(_leads(answer)[0])
    for field in _FIELDS:
        if lead[field]:
            lead[field] += " (another text)"
    _leads(answer).append(lead)


def _reverse_leads(answer: Answer) -> None:
    _leads(answer).reverse()


def _swap_messages(answer: Answer) -> None:
    """The first two leads that have messages get each other's."""
    with_messages = [lead for lead in _leads(answer) if any(lead[field] for field in _FIELDS)]
    if len(with_messages) >= 2:
        first, second = with_messages[:2]
        for field in _FIELDS:
            first[field], second[field] = second[field], first[field]


def _name_foreign_request(answer: Answer) -> None:
    """As a cache does that ignores the body of a GET: the answer belongs to another request."""
    answer["metadata"]["request_message_generation_api_request_secure_request_id"] = str(uuid.uuid4())


def _append(suffix: str) -> Mutation:
    def append(answer: Answer) -> None:
        for lead in _leads(answer):
            for field in _FIELDS:
                if lead[field]:
                    lead[field] += suffix

    return append


def _add_message_field(answer: Answer) -> None:
    for lead in _leads(answer):
        lead["industry_insight_message"] = "[sandbox] a message of a type that nobody asked for. Not for sending."


def _add_metadata(answer: Answer) -> None:
    answer["metadata"] |= {"generation_status": "complete", "credits_used": 0, "model": {"version": "sandbox"}}


def _rename_counts(answer: Answer) -> None:
    answer["metadata"] = {
        name.replace("_messages_count", "_message_count"): value for name, value in answer["metadata"].items()
    }


_MUTATIONS: dict[str, Mutation] = {
    "missing_lead": _drop_last_lead,
    "extra_lead": _add_strange_lead,
    "duplicate_lead": _repeat_first_lead,
    "conflicting_lead": _contradict_first_lead,
    "reorder_leads": _reverse_leads,
    "swap_messages": _swap_messages,
    "foreign_request": _name_foreign_request,
    "over_length": _append(" and so on" * 90),
    "placeholder": _append(" Best regards, {{sender_name}} [INSERT COMPANY]"),
    # a waving hand with skin tone, a family joined by zero-width joiners, a flag of two letters
    "emoji": _append(" \U0001f44b\U0001f3fd \U0001f469\u200d\U0001f469\u200d\U0001f467 \U0001f1ea\U0001f1fa"),
    # "thanks" in Arabic and in Hebrew, with a right-to-left and a left-to-right mark
    "rtl": _append(" \u200f\u0634\u0643\u0631\u0627 \u05ea\u05d5\u05d3\u05d4\u200e"),
    # "hello world" in Chinese, "test" in Japanese, "Korean" in Korean
    "cjk": _append(" \u4f60\u597d\uff0c\u4e16\u754c\u3002\u30c6\u30b9\u30c8 \ud55c\uad6d\uc5b4"),
    "unknown_message_field": _add_message_field,
    "new_metadata": _add_metadata,
    "singular_counts": _rename_counts,
}
