"""What sinks and tables are given and give back: messages with their leads, and what became of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, TypeAlias

from . import identity
from .models import BadRecord, Lead, Message, Record

Outcome: TypeAlias = Literal["written", "unchanged", "skipped", "conflict", "failed"]
#: What is known of a row, as a table shows it. Empty: its conditions allow no message now.
Status: TypeAlias = Literal[
    "", "waiting", "delivered", "failed", "quarantined", "held", "in doubt", "duplicate", "rejected", "suppressed"
]


@dataclass(slots=True)
class WriteResult:
    """What became of one delivery. Made by the methods of `Delivery`, so it cannot belong to another lead."""

    delivery: Delivery
    outcome: Outcome
    why: str = ""
    retry: bool = False


@dataclass(slots=True)
class Delivery:
    """All messages of one lead for one sink.

    `key` names the lead (`customer/campaign/lead id`). `messages`: message type → message. `receipt` is a
    short id to write beside them, by which they are recognised later. `earlier`: message type → the texts that
    were ours before. `is_draft`: this sink is where people look at them, and one of them waits for that.
    """

    key: str
    record: Record
    lead: Lead
    messages: Mapping[str, Message]
    receipt: str
    earlier: Mapping[str, Sequence[str]] = field(default_factory=dict)
    is_draft: bool = False

    def may_replace(self, message_type: str, shown: str) -> bool:
        """Whether a place that shows this text is free or ours. If not, a person wrote there: a conflict.

        Line ends and blanks at the edges make no difference.
        """
        text = _normalize(shown)
        message = self.messages.get(message_type)
        ours = [*self.earlier.get(message_type, ()), *([message.text] if message else ())]
        return not text or text in map(_normalize, ours)

    def find_stranger(self, *, linkedin: str = "", name: str = "") -> str:
        """Why a place that shows this LinkedIn address or full name is another person's; "" if it is not."""
        return identity.find_stranger(self.lead, linkedin=linkedin, name=name)

    def written(self) -> WriteResult:
        """The messages are there, durably."""
        return WriteResult(self, "written")

    def unchanged(self) -> WriteResult:
        """They were there already."""
        return WriteResult(self, "unchanged")

    def skipped(self, why: str) -> WriteResult:
        """Left out on purpose; a person reads `why`."""
        return WriteResult(self, "skipped", why)

    def conflict(self, why: str) -> WriteResult:
        """The place belongs to somebody else, or a person changed it: nothing was written."""
        return WriteResult(self, "conflict", why)

    def failed(self, why: str, *, retry: bool) -> WriteResult:
        """Not written. `retry`: the next run may try again by itself."""
        return WriteResult(self, "failed", why, retry)


def _normalize(text: str) -> str:
    return "\n".join(text.splitlines()).strip()


@dataclass(slots=True)
class Row:
    """A record of the source with what is known of it, for a sink that shows all of them.

    `record` is the very object that the source has just yielded. `delivery` is None as long as there is no
    message; `why` says for people why not. `since` is when `status` began.
    """

    record: Record | BadRecord
    status: Status
    why: str = ""
    delivery: Delivery | None = None
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """What a sink shows in the place of a delivery now. `key` is the delivery's.

    `receipt`: the one that stands there, None if there is none. `fields`: message type → the text that stands
    there and, where the place has them, `approved`, `notes` and `status`. `stranger`: why the place is another
    person's, as `Delivery.find_stranger` says.
    """

    key: str
    receipt: str | None
    fields: Mapping[str, str] = field(default_factory=dict)
    stranger: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """A row of a table's target as it is now.

    `record`: the row as the source would give it, without our columns. `receipt` and `fields` as in `Found`; its
    `status` is the one that the table was given for the row.
    """

    record: Record
    receipt: str | None
    fields: Mapping[str, str] = field(default_factory=dict)
