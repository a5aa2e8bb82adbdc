"""The books by which a history of the money protocol is judged."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Books:
    """How a history ended, by lead id.

    `paid`: accepted requests; `agreed`: how often a person agreed to pay once more; `noted`: how often the message is
    in the sink that can only append; `shown`: who is in the other sink. `open`: in doubt, and shown so; `given_up`: by
    a person; `told`: shown for another reason. `heard`: the listener answered a callback for the lead's request.
    `avoidable`: consents that were taken although the proof had arrived; `misbound`: attempts bound to a request that
    is not their own, and messages beside another person.
    """

    wanted: Collection[str]
    paid: Mapping[str, int]
    agreed: Mapping[str, int]
    noted: Mapping[str, int]
    shown: Collection[str]
    open: Collection[str]
    given_up: Collection[str]
    told: Collection[str]
    heard: Collection[str]
    avoidable: int
    misbound: int

    @property
    def delivered(self) -> set[str]:
        return {lead for lead in self.wanted if self.noted[lead] and lead in self.shown}

    def violations(self) -> set[str]:
        """The properties of the model that do not hold."""
        found = {name for lead in self.wanted for name in self._judge(lead)}
        if self.avoidable:
            found.add("AVOIDABLE")
        if self.misbound:
            found.add("MISBIND")
        return found

    def _judge(self, lead: str) -> Iterator[str]:
        if self.paid[lead] > 1 + self.agreed[lead]:
            yield "DOUBLE_PAY"
        if self.noted[lead] > 1:
            yield "DOUBLE_WRITE"
        if lead in self.delivered:
            return
        if lead in self.open:
            if lead in self.heard and lead not in self.given_up:
                yield "WASTED"
        elif self.paid[lead]:
            if lead not in self.given_up or lead in self.heard:
                yield "SILENT_LOSS"
        elif lead not in self.given_up and lead not in self.told:
            yield "SILENT_SKIP"
