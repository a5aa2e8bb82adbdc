"""How a call to HubSpot ends if it does not end well, and the program can go on. Neither leaves the plugin."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(eq=False)
class RefusalError(Exception):
    """HubSpot refused what was sent: the same again would be refused again. Whoever sent it knows what to make of it.

    `reason` is a clause for people without any value of a record. `codes` are HubSpot's own words for it, such
    as `PROPERTY_DOESNT_EXIST`; `correlation_id` is what HubSpot's support asks for.
    """

    status: int
    category: str
    reason: str
    codes: frozenset[str] = frozenset()
    correlation_id: str = ""


class StoppedError(Exception):
    """The run should end: a pause was cut short."""
