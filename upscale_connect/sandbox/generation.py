"""An accepted request: which messages it will bring, and how far it is."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

#: Message type → the field that carries it in a retrieve answer, in the answer's order.
FIELD_OF = {
    "connection_request": "outreach_message",
    "first_follow_up": "first_follow_up_message",
    "share_material": "share_material_message",
    "hiring_activity": "hiring_activity_message",
}

#: What becomes of a lead, decided by its addresses alone.
OK, NO_WEB, NO_JOBS = 0, 1, 2

#: lead id, LinkedIn URL, first name, company, outcome.
Row = tuple[str, str, str, str, int]


def foresee(lead: dict[str, Any]) -> int:
    """The failure rule: a website on `.invalid` (RFC 2606), or a LinkedIn slug with `noweb` or `nojobs`.

    As in the reference, `lead_specified_url` takes precedence over the website.
    """
    website = lead.get("lead_specified_url") or lead.get("lead_company_website_url")
    if website and ".invalid" in website.lower() and _is_invalid_domain(website):
        return NO_WEB
    linkedin = lead["lead_linkedin"].lower()
    if "noweb" not in linkedin and "nojobs" not in linkedin:
        return OK
    slug = linkedin.partition("#")[0].partition("?")[0].rstrip("/").rpartition("/")[2]
    if "noweb" in slug:
        return NO_WEB
    return NO_JOBS if "nojobs" in slug else OK


def _is_invalid_domain(url: str) -> bool:
    try:
        return (urlsplit(url).hostname or "").rstrip(".").endswith(".invalid")
    except ValueError:
        return False


def pack(leads: Sequence[dict[str, Any]]) -> tuple[bytes, list[int]]:
    """The leads as a retrieve answer will need them, and their outcomes.

    Packed bytes instead of objects: 100,000 leads then cost a tenth of the memory, and nothing to the
    garbage collector.
    """
    rows = [
        (
            lead["automation_tool_lead_id"],
            lead["lead_linkedin"],
            lead["first_name"],
            lead["lead_company"],
            foresee(lead),
        )
        for lead in leads
    ]
    return json.dumps(rows, separators=(",", ":")).encode("ascii"), [row[4] for row in rows]


@dataclass(slots=True)
class Generation:
    """`sequence` is as it was sent; times of the injected clock, `ready_at` monotonic.

    `generatable`: messages that the failure rule lets through. `allowed`: at most so many are paid for.
    """

    id: str
    key: str
    customer: str
    campaign: str
    sequence: tuple[str, ...]
    tone: str
    notification_url: str
    packed: bytes
    leads: int
    generatable: int
    allowed: int
    started_at: float
    ready_at: float
    completed_at: datetime
    reserved: int = 0
    complete: bool = False

    @property
    def types(self) -> tuple[str, ...]:
        """Without repetitions (the reference does not forbid them)."""
        return tuple(dict.fromkeys(self.sequence))

    @property
    def requested(self) -> int:
        return self.leads * len(self.types)

    @property
    def generated(self) -> int:
        """Messages that are there at the end."""
        return min(self.generatable, self.allowed)

    def measure_progress(self, monotonic: float) -> int:
        """How many messages of an incomplete request have been worked on: never all of them.

        Zero, as long as it is not known which of them the credits will cover.
        """
        if not self.reserved:
            return 0
        share = (monotonic - self.started_at) / (self.ready_at - self.started_at)
        return min(int(self.requested * share), self.requested - 1)

    def results(self) -> Iterator[tuple[Row, tuple[str, ...]]]:
        """Each lead in its order, with the types that bring a message."""
        left = self.allowed
        wanted = wanted_by_outcome(self.types)
        for row in json.loads(self.packed):
            granted = wanted[row[4]][:left]
            left -= len(granted)
            yield row, granted


def wanted_by_outcome(types: tuple[str, ...]) -> dict[int, tuple[str, ...]]:
    """Outcome of a lead → the types that can be generated for it."""
    return {OK: types, NO_WEB: (), NO_JOBS: tuple(t for t in types if t != "hiring_activity")}
