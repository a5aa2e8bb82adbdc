"""Two records that were planned as two people, until a later one showed that they are one: only one of them buys.

What a source gives is planned chunk after chunk, and a record may name the persons of two earlier chunks. Nothing is
bought before everything is read, so that it can still be put right.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ..ledger import Aside, Ledger, Scratch
from .classify import Verdict, describe_other_id, hold_lead
from .report import RecordClass


@dataclass(frozen=True, slots=True)
class Member:
    """A record of a person, as it was planned.

    `bought_as`: lead id under which the person was bought → where. `held`: it leaves the person to the others.
    `is_odd`: there is a warning about its address.
    """

    number: int
    kind: RecordClass
    why: str
    place: str
    customer: str
    campaign: str
    campaign_id: int | None
    lead_id: str
    keys: Sequence[str]
    buy: Sequence[str]
    rules: Sequence[tuple[str, bool]]
    bought_as: Mapping[str, str]
    held: bool
    is_odd: bool


@dataclass(frozen=True, slots=True)
class Retraction:
    """A record that does not buy after all: its class, and why."""

    member: Member
    kind: RecordClass
    why: str

    @property
    def aside(self) -> Aside | None:
        one = self.member
        if self.kind == "held":
            return hold_lead(one.customer, one.campaign, one.lead_id, one.campaign_id, one.place, self.why)
        if self.kind == "duplicate":
            return Aside(f"duplicate:{one.place}", "duplicate", one.place, self.why, lead_id=one.lead_id)
        return None


@dataclass(slots=True)
class _Person:
    """Records that are one person. `shown_by`: the place of the record that showed it first."""

    shown_by: str
    numbers: set[int] = field(default_factory=set)
    bought_as: dict[str, str] = field(default_factory=dict)
    suppressed: str = ""


class Joins:
    """Notes every chunk of a read, and tells at its end what must not be bought."""

    def __init__(self, scratch: Scratch) -> None:
        self._scratch = scratch
        self._people: dict[int, _Person] = {}

    def note(self, verdicts: Sequence[Verdict]) -> None:
        """Keep what was planned for these records, and whom they join."""
        claimed = [(one, one.claim) for one in verdicts if one.claim is not None and one.lead is not None]
        self._scratch.note([(claim.number, _pack(one)) for one, claim in claimed if not claim.why])
        first = claimed[0][1].number if claimed else 0
        for one, claim in claimed:
            numbers = claim.met if claim.why else (claim.number, *claim.met) if claim.met else ()
            # Records of one chunk know of each other what the ledger knows; what their own rows say they do not.
            news = one.suppressed or any(number < first for number in numbers)
            if numbers and (len(numbers) > 1 or (claim.why and news)):
                self._join(one, numbers)

    def _join(self, verdict: Verdict, numbers: Sequence[int]) -> None:
        people = {id(one): one for number in numbers if (one := self._people.get(number)) is not None}
        joined, *others = sorted(people.values(), key=lambda one: -len(one.numbers)) or [_Person(verdict.record.where)]
        for other in others:
            joined.numbers |= other.numbers
            joined.bought_as = {**other.bought_as, **joined.bought_as}
            joined.suppressed = joined.suppressed or other.suppressed
            self._people.update(dict.fromkeys(other.numbers, joined))
        joined.numbers.update(numbers)
        self._people.update(dict.fromkeys(numbers, joined))
        joined.bought_as.update(verdict.bought_as)
        if verdict.suppressed and not joined.suppressed:
            joined.suppressed = f"{verdict.record.where}: {verdict.suppressed}"

    def retract(self) -> Iterator[Retraction]:
        """The records that must not buy, after everything was read."""
        for person in {id(one): one for one in self._people.values()}.values():
            bodies = (self._scratch.noted(number) for number in sorted(person.numbers))
            yield from _decide(person, [_unpack(body) for body in bodies if body is not None])


def recall(ledger: Ledger, sync_id: int, verdicts: Sequence[Verdict]) -> None:
    """What the end of the last read has shown to be a duplicate is one also where its row is read again."""
    new = [one for one in verdicts if one.kind == "new" and one.lead and not (one.known and one.known.purchases)]
    found = ledger.known_duplicates(sync_id, [one.record.where for one in new]) if new else {}
    for one in new:
        lead_id, why = found.get(one.record.where, ("", ""))
        if one.lead and one.lead.lead_id == lead_id:
            one.kind, one.why, one.buy = "duplicate", why, ()


def _decide(person: _Person, members: Sequence[Member]) -> Iterator[Retraction]:
    """As if all of them had been read together."""
    buyers = [one for one in members if one.buy]
    if not buyers:
        return
    suppressed = person.suppressed or next((one.why for one in members if one.kind == "suppressed"), "")
    bought_as = {id_: where for one in members for id_, where in one.bought_as.items()} | person.bought_as
    bought = [one for one in members if one.lead_id in bought_as]
    keeper = next(iter(bought or (one for one in members if not one.held)))
    for one in buyers:
        other = next((id_ for id_ in sorted(bought_as) if id_ != one.lead_id), None)
        if suppressed:
            yield Retraction(one, "suppressed", suppressed)
        elif other is not None and (one in bought or keeper not in bought or one.number < keeper.number):
            yield Retraction(one, "held", describe_other_id(other, bought_as[other]))
        elif one is not keeper:
            why = f"the same person as {keeper.place} (lead id {keeper.lead_id!r}), as {person.shown_by} shows"
            yield Retraction(one, "duplicate", why)


def _pack(verdict: Verdict) -> str:
    lead, claim = verdict.lead, verdict.claim
    assert lead is not None
    assert claim is not None
    rules = sorted({(change.rule, change.applied) for change in lead.changes})
    return json.dumps(
        [
            *(claim.number, verdict.kind, verdict.why, verdict.record.where, lead.customer, lead.campaign),
            *(verdict.campaign_id, lead.lead_id, (lead.linkedin_key, *lead.aliases), verdict.buy, rules),
            *(dict(verdict.bought_as), claim.held, bool(lead.warnings)),
        ]
    )


def _unpack(body: str) -> Member:
    values = json.loads(body)
    values[10] = [(rule, applied) for rule, applied in values[10]]
    return Member(*values)
