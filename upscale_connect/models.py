"""The core values. Plain slotted classes: they are made by the million."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

#: What `datetime` becomes in the ledger, in files and in reports.
TIME_FORMAT = "%Y-%m-%dT%H:%M:%SZ"

#: What the API reference allows in `message_sequence` today.
MESSAGE_TYPES = ("connection_request", "first_follow_up", "share_material", "hiring_activity")

#: Announced in the reference as "coming soon"; refused until `extra_message_types` lists them.
ANNOUNCED_TYPES = (
    "industry_insight",
    "proposition_summary",
    "breakup",
    "linkedin_post",
    "re-engagement",
    "youtube_content",
    "trustpilot_reviews",
)


@dataclass(slots=True)
class Record:
    """A row as a source gives it.

    `fields`: column → text. `id`: the source's own id of the record, if it has one; never a row number.
    `where`: for people (`leads.csv:17`), never a key.
    """

    id: str | None
    fields: Mapping[str, str]
    where: str = ""


@dataclass(slots=True)
class BadRecord:
    """A row that the source could not read as a record. It stays counted and goes to quarantine."""

    where: str
    reason: str
    id: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """What a rule of hygiene made of a lead's field. Not `applied`: it is only suggested."""

    field: str
    before: str
    after: str
    rule: str
    applied: bool = True


@dataclass(slots=True)
class Lead:
    """A record after mapping: the seven `lead_data` fields of the API, and where it belongs.

    `linkedin_url` is canonical and is what is sent; `linkedin_key` is what is compared. An optional URL
    that is empty is None: it is left out of the request, never sent as "". `changes`: what hygiene did to the
    record's own values. `doubt`: why a person should look at it before anything is bought; empty if nothing is odd.
    `aliases`: further LinkedIn keys of the same person, which are compared too. `warnings`: what is
    odd about the address, for people.
    """

    lead_id: str
    linkedin_url: str
    linkedin_key: str
    company: str
    first_name: str
    last_name: str
    website_url: str | None = None
    specified_url: str | None = None
    customer: str = ""
    campaign: str = ""
    changes: tuple[Change, ...] = ()
    doubt: str = ""
    aliases: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """Unique within an account; for people and for sinks."""
        return f"{self.customer}/{self.campaign}/{self.lead_id}"


@dataclass(slots=True)
class Message:
    """One generated text. `generated_at` is when we first saw it (the API does not say), in UTC."""

    type: str
    text: str
    generated_at: datetime


@dataclass(frozen=True, slots=True)
class RequestDescription:
    """Everything that the leads of one POST share besides customer and campaign.

    `extra` is passed through to the API's top level, verbatim.
    """

    proposition_company_name: str
    proposition_company_url: str
    tone_preference: str = "normal"
    extra: Mapping[str, Any] = field(default_factory=dict)
