"""What a sync could buy, for people: counts, and examples of what is odd."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from ..models import Change
from .classify import Verdict
from .joins import Retraction

_Example = TypeVar("_Example")

#: Of each kind, no more examples are kept; of changes, of each rule.
MOST_EXAMPLES = 1000
#: Of the changes of each rule, people are shown so many.
OF_EACH_RULE = 2
#: Of records that are set aside, of each class.
MOST_SAMPLES = 5


@dataclass(slots=True)
class PlanSummary:
    """What a sync could buy. `samples` are a few leads of each class, for people.

    `groups`: (customer, campaign, message types) → leads; each group fills requests of its own. `changes`: (rule of
    hygiene, whether it was applied) → leads that would be bought; `changed` are examples, with their place.
    `alike`: leads that would be bought and share name and company with an earlier one; `lookalikes` are examples.
    `odd`: leads whose LinkedIn address is used and yet has something odd; `addresses` are examples.
    """

    leads: int = 0
    messages: Counter[str] = field(default_factory=Counter)
    groups: Counter[tuple[str, str, tuple[str, ...]]] = field(default_factory=Counter)
    changes: Counter[tuple[str, bool]] = field(default_factory=Counter)
    changed: list[tuple[str, Change]] = field(default_factory=list)
    samples: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    alike: int = 0
    lookalikes: list[tuple[str, str]] = field(default_factory=list)
    odd: int = 0
    addresses: list[tuple[str, str]] = field(default_factory=list)

    def add(self, verdict: Verdict) -> None:
        place, lead = verdict.record.where, verdict.lead
        if verdict.kind in ("quarantined", "duplicate", "suppressed", "held"):
            self._sample(verdict.kind, place, verdict.why)
        if verdict.kind == "new" and lead is not None:
            self.leads += 1
            self.messages.update(verdict.buy)
            self.groups[lead.customer, lead.campaign, verdict.buy] += 1
            if lead.changes:
                self._note_changes(place, lead.changes)
            if lead.warnings:
                self.odd += 1
                _keep(self.addresses, [(place, warning) for warning in lead.warnings])

    def note_alike(self, place: str, first: str) -> None:
        """A lead that would be bought has the name and the company of the one at `first`."""
        self.alike += 1
        _keep(self.lookalikes, [(place, first)])

    def retract(self, one: Retraction) -> None:
        """Count a record differently that was added to what would be bought."""
        member, place = one.member, one.member.place
        self.leads -= 1
        self.messages.subtract(member.buy)
        self.groups[member.customer, member.campaign, tuple(member.buy)] -= 1
        self.changes.subtract(member.rules)
        self.changed = [example for example in self.changed if example[0] != place]
        self.odd -= member.is_odd
        self.addresses = [example for example in self.addresses if example[0] != place]
        self.alike -= len(alike := [example for example in self.lookalikes if example[0] == place])
        self.lookalikes = [example for example in self.lookalikes if example not in alike]
        self._sample(one.kind, place, one.why)

    def examples(self, *, applied: bool) -> Iterator[tuple[str, Change]]:
        """A few changes of each rule, in the order of the source."""
        seen: Counter[str] = Counter()
        for place, change in self.changed:
            if change.applied is applied and seen[change.rule] < OF_EACH_RULE:
                seen[change.rule] += 1
                yield place, change

    def as_json(self) -> dict[str, Any]:
        return {
            "leads": self.leads,
            "messages": {kind: count for kind, count in self.messages.items() if count},
            "campaigns": [
                {"customer": customer, "campaign": campaign, "messages": list(types), "leads": leads}
                for (customer, campaign, types), leads in self.groups.items()
                if leads
            ],
            "set_aside": [
                {"class": kind, "place": place, "reason": why}
                for kind, samples in self.samples.items()
                for place, why in samples
            ],
            "rules": [
                {"rule": rule, "applied": applied, "leads": count}
                for (rule, applied), count in sorted(self.changes.items())
                if count
            ],
            "changes": [
                {
                    "place": place,
                    "field": change.field,
                    "before": change.before,
                    "after": change.after,
                    "rule": change.rule,
                    "applied": change.applied,
                }
                for place, change in self.changed
            ],
            "possible_duplicates": {
                "leads": self.alike,
                "examples": [{"place": place, "like": first} for place, first in self.lookalikes],
            },
            "odd_addresses": {
                "leads": self.odd,
                "examples": [{"place": place, "why": warning} for place, warning in self.addresses],
            },
        }

    def _sample(self, kind: str, place: str, why: str) -> None:
        listed = self.samples.setdefault(kind, [])
        if len(listed) < MOST_SAMPLES:
            listed.append((place, why))

    def _note_changes(self, place: str, changes: Sequence[Change]) -> None:
        for change in changes:
            if self.changes[change.rule, change.applied] < MOST_EXAMPLES:
                self.changed.append((place, change))
        self.changes.update({(change.rule, change.applied) for change in changes})


def _keep(examples: list[_Example], more: Sequence[_Example]) -> None:
    examples += more[: MOST_EXAMPLES - len(examples)]
