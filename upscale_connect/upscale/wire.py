"""What goes to the API and comes back, in this project's words."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ..models import Lead, RequestDescription


@dataclass(frozen=True, slots=True)
class GenerationRequest:
    """One paid request: leads that share customer, campaign and description.

    `message_types` are sent in this order, each once.
    """

    callback_url: str
    customer: str
    campaign: str
    description: RequestDescription
    message_types: tuple[str, ...]
    leads: Sequence[Lead]


@dataclass(frozen=True, slots=True)
class RetrievedLead:
    """The messages of one lead: type → text, for those that are there.

    A type that is missing was not requested, or failed, or is not ready yet: the answer does not tell which.
    `unknown`: fields that look like messages of a type this program does not know, name → text.
    """

    lead_id: str
    messages: dict[str, str]
    unknown: dict[str, str]


@dataclass(frozen=True, slots=True)
class Retrieved:
    """What the API shows of a request now.

    `customer` and `campaign` are what the answer says, to be compared with what was asked. The counts are the
    server's own and only hints: the samples of the API reference contradict themselves. `failed_reason` is
    about the whole request, not about a lead. `in_progress`: True or False if the server says so, else None.
    `retrieve_id` names this very call, for the vendor's support. `digest` is equal for two calls that show
    the same content.
    """

    secure_request_id: str
    retrieve_id: str | None
    customer: str | None
    campaign: str | None
    leads: tuple[RetrievedLead, ...]
    requested: int | None
    generated: int | None
    failed: int | None
    failed_reason: str | None
    in_progress: bool | None
    digest: str


@dataclass(frozen=True, slots=True)
class MessageSequence:
    """A sequence that the API recommends. A placeholder in the API reference: any field may be missing.

    `extra` holds what is not known here, as it came.
    """

    id: str | None
    name: str | None
    message_types: tuple[str, ...]
    role: str | None
    industry: str | None
    geography: str | None
    objective: str | None
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AccountInfo:
    """Plan and credits of the account. A placeholder in the API reference: to be shown, never relied on.

    Whether `monthly_credits` are used or left is not documented. `extra` holds what is not known here, and
    known fields of an unexpected kind, as they came.
    """

    plan_name: str | None
    monthly_credits: int | None
    monthly_allowance: int | None
    created_at: datetime | None
    extra: Mapping[str, Any] = field(default_factory=dict)


def digest_of(leads: Sequence[RetrievedLead], *facts: object) -> str:
    """SHA-256, in hex, of leads and facts; the order of the leads does not count."""
    content = [sorted([lead.lead_id, lead.messages, lead.unknown] for lead in leads), facts]
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def parse_time(text: str) -> datetime | None:
    """An ISO 8601 time with an offset or `Z`, fractions allowed; None if it is something else."""
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return None
    return time if time.tzinfo is not None else None
