"""How many calls HubSpot allows. Source: HubSpot's usage guidelines, 2026."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

from upscale_connect import Allowance, RateLimit

from .refusals import read_error

if TYPE_CHECKING:
    import requests

#: What every plan has, until an answer says more: 100 calls in 10 s.
_BURST, _SPAN = 100, 10.0
#: And in a day.
_DAILY, _DAY = 250_000, 86_400.0
#: The part of it that we take: other programs may use the same token.
_SHARE = 0.9
#: All programs of a portal together may search 5 times a second, and no answer tells how often they did.
_SEARCHES = RateLimit(4, 1.0, path="/search")

#: Associations have a budget of their own, of which no answer tells.
_ASSOCIATIONS = RateLimit(_BURST * _SHARE, _SPAN, path="/associations/")

LIMITS = (RateLimit(_BURST * _SHARE, _SPAN), _SEARCHES, _ASSOCIATIONS)

_PREFIX = "X-HubSpot-RateLimit-"


class Limited:
    """A connector that keeps HubSpot's limits."""

    hosts: ClassVar[Sequence[str]] = ("api.hubapi.com",)
    limits: ClassVar[Sequence[RateLimit]] = LIMITS

    @classmethod
    def read_allowances(cls, response: requests.Response) -> Iterable[Allowance]:
        """What the headers tell, and which limit a 429 has met."""
        headers = response.headers
        most, span = read_number(headers, "Max"), read_number(headers, "Interval-Milliseconds")
        limit = RateLimit(max(1.0, most * _SHARE), span / 1000) if most and span else LIMITS[0]
        if most and (left := read_number(headers, "Remaining")) is not None:
            yield Allowance(limit, max(0.0, left - most + limit.amount))
        if day := read_number(headers, "Daily"):
            yield Allowance(RateLimit(day, _DAY), read_number(headers, "Daily-Remaining"))
        if response.status_code == 429:
            policies = {"SECONDLY": _SEARCHES, "TEN_SECONDLY_ROLLING": limit, "DAILY": RateLimit(_DAILY, _DAY)}
            if met := policies.get(read_error(response.content).policy):
                yield Allowance(met, 0.0)


def read_number(headers: Mapping[str, str], name: str) -> int | None:
    """A header of HubSpot's rate limits; None if it is not there."""
    text = headers.get(_PREFIX + name, "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else None
