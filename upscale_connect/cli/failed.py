"""Leads for which no message could be made, told to people."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ..engine import FailedLead

#: More leads than these are not listed one by one for people.
LISTED = 50


def tell_failed(failed: Sequence[FailedLead]) -> Iterator[str]:
    """Each reason once, with its leads, and what may help them."""
    order = sorted(failed[:LISTED], key=lambda one: one.reason)
    for reason, group in groupby(order, key=lambda one: one.reason):
        yield reason
        for one in group:
            yield f"    {one.sync}: {one.place}: lead {one.lead_id!r}: {one.types}"
            yield f"        {one.suggestion}"
    if len(failed) > LISTED:
        yield f"and {len(failed) - LISTED} leads more"
