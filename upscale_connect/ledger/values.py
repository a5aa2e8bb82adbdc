"""What crosses the border between engine and ledger: plain values, no SQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, TypeAlias

from ..models import Lead, Message, Record, RequestDescription

PurchaseState: TypeAlias = Literal["queued", "pending", "ready", "failed", "refused"]
AttemptState: TypeAlias = Literal["prepared", "submitting", "accepted", "complete", "refused", "in_doubt", "dropped"]
DeliveryState: TypeAlias = Literal["due", "unknown", "written", "unchanged", "skipped", "conflict", "failed", "parked"]
#: Why a record is set aside. `refused`: the API refused the lead; `held`: a person decides.
AsideKind: TypeAlias = Literal["quarantined", "duplicate", "held", "refused"]

#: The closed vocabulary of events.
EventKind: TypeAlias = Literal[
    "prepared",
    "submitting",
    "accepted",
    "complete",
    "refused",
    "in_doubt",
    "dropped",
    "quarantined",
    "held",
    "skipped",
    "conflict",
    "failed",
    "parked",
    "approved",
    "retried",
    "bound",
    "alarm",
    "attached",
    "resent",
    "redelivered",
    "dismissed",
    "paused",
    "resumed",
    "regenerated",
    "rejected",
    "edited",
    "cut",
    "suppressed",
    "unsuppressed",
    "forgotten",
    "purged",
    "adopted",
]


@dataclass(slots=True)
class Purchase:
    """What the ledger knows of a purchase key.

    `person` is the LinkedIn key it was bought for, `sync_id` the sync that bought or queued it. `version`: of the text
    that a person made of the message, 0 for the original. `review`: what was said of it. `given_up`: a person dropped
    it while it was in doubt, or adopted it without a text, so that it may have been paid. `purged`: its text was
    removed, because everybody has it. `adopted`: the receipt with which it was taken over from a sink.
    """

    type: str
    state: PurchaseState
    person: str
    sync_id: int
    request_id: int
    in_doubt: bool = False
    text: str | None = None
    reason: str | None = None
    changed_at: str = ""
    id: int = 0
    review: str = ""
    version: int = 0
    given_up: bool = False
    purged: bool = False
    adopted: str | None = None

    @property
    def is_clear(self) -> bool:
        """Whether it may be delivered, as far as a person has a say in it."""
        return self.review in ("clear", "approved")


@dataclass(slots=True)
class Known:
    """A lead as the ledger knows it before a chunk is planned. `held_reason`: what a sink showed at the last read."""

    digest: bytes | None = None
    purchases: list[Purchase] = field(default_factory=list)
    refused_digest: bytes | None = None
    refused_reason: str = ""
    held_reason: str = ""


@dataclass(slots=True)
class Wish:
    """A lead to store, with the message types to queue and those to take from the queue again."""

    lead: Lead
    record: Record
    digest: bytes
    campaign_id: int
    store: bool
    request_id: int | None = None
    queue: Sequence[str] = ()
    withdraw: Sequence[str] = ()


@dataclass(slots=True)
class Aside:
    """A record that is set aside. `key` recognises it in the next read; `place` is for people.

    A lead that is held because of what a sink shows has the field `receipt`, or `stranger` if it cannot be taken over
    because it is another person's.
    """

    key: str
    kind: AsideKind
    place: str
    reason: str
    field: str = ""
    value: str = ""
    campaign_id: int | None = None
    lead_id: str | None = None
    digest: bytes | None = None


@dataclass(frozen=True, slots=True)
class Queue:
    """Queued purchases that may share a POST: one campaign, one request description, one list of types."""

    campaign_id: int
    customer: str
    campaign: str
    request_id: int
    description: RequestDescription
    types: tuple[str, ...]
    leads: int


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """A queued lead that is not bought after all. `messages` had been queued for it.

    `other`: the lead id under which its person was bought meanwhile. `suppressed`: why it gets no message.
    """

    lead: Lead
    place: str
    campaign_id: int
    messages: int
    other: str = ""
    suppressed: str = ""


@dataclass(slots=True)
class Batch:
    """The leads of one POST, and the attempt that is to send them. `leads` in the order of the request."""

    id: int
    attempt_id: int
    queue: Queue
    leads: Sequence[Lead]
    places: Sequence[str]

    @property
    def messages(self) -> int:
        return len(self.leads) * len(self.queue.types)


@dataclass(slots=True)
class OpenAttempt:
    """An accepted attempt whose messages are not all there. `account` is the one that bought them."""

    id: int
    batch_id: int
    account: str
    secure_request_id: str
    customer: str
    campaign: str
    campaign_id: int
    types: tuple[str, ...]
    messages: int
    polls: int
    accepted_at: datetime
    next_poll_at: datetime
    last_digest: str | None


@dataclass(frozen=True, slots=True)
class Counts:
    """What the server itself says of a request; None: not reported."""

    requested: int | None
    generated: int | None
    failed: int | None
    failed_reason: str | None


@dataclass(slots=True)
class DueDelivery:
    """A delivery that a sink has to write. `tried`: it may be there already. `earlier`: texts of older revisions.

    `is_draft`: one of the messages waits for a person.
    """

    campaign_id: int
    lead: Lead
    record: Record
    messages: Mapping[str, Message]
    earlier: Mapping[str, Sequence[str]]
    receipt: str
    tried: bool
    attempts: int
    is_draft: bool = False


@dataclass(frozen=True, slots=True)
class DeliveryResult:
    campaign_id: int
    lead_id: str
    state: DeliveryState
    receipt: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Doubt:
    """An attempt that may or may not have been accepted."""

    attempt_id: int
    sync: str
    customer: str
    campaign: str
    leads: int
    messages: int
    sent_at: str
    cause: str
    detail: str
    token_tail: str


@dataclass(frozen=True, slots=True)
class OpenPoints:
    """What a sync has open now.

    `pending` and `in_doubt` are messages, `overdue` are attempts, `asides` records by kind, `unadopted` of these the
    leads that a sink shows as bought, `stuck` deliveries that wait for a person.
    """

    sync: str
    pending: int
    in_doubt: int
    attempts_in_doubt: int
    overdue: int
    asides: Mapping[str, int]
    unadopted: int
    stuck: int
    oldest_open: str | None
    finished_at: str | None


@dataclass(frozen=True, slots=True)
class Standing(OpenPoints):
    """What a sync has open and done now, counted in messages unless said otherwise."""

    leads: int
    queued: int
    ready: int
    failed: int
    deliveries: Mapping[str, Mapping[str, int]]
