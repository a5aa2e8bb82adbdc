"""Which record of a read was the first of its person, and which persons turn out to be one.

The first record with a lead id or a LinkedIn key has it; a later one repeats it. What a repetition shows besides
belongs to the first record, too. Where it belongs to another record already, both were read as two people: `met` tells.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from ..http.json_body import mend
from ..identity import fold_words
from ..ledger import Scratch
from ..models import Lead

LEAD_ID, PROFILE = "lead id", "LinkedIn profile"
#: Records that are held have keys of their own: the row that the messages were bought for may follow.
HELD = "held "


def claim_key(customer: str, campaign: str, kind: str, value: str) -> str:
    return f"{customer}\x1f{campaign}\x1f{kind}\x1f{value}"


@dataclass(frozen=True, slots=True)
class Claim:
    """`number`: of the record, in the order of reading. `why`: which earlier record it repeats; "" if it is the first.

    `met`: numbers of the earlier records of the same person. `held`: it leaves the person to records that are not.
    `owner`: of a repetition, the lead id and the name of the record that has the person; "" if that is another one.
    """

    number: int
    why: str = ""
    met: tuple[int, ...] = ()
    held: bool = False
    owner: tuple[str, str] = ("", "")


@dataclass(frozen=True, slots=True)
class _Owner:
    number: int
    lead_id: str
    name: str


@dataclass(frozen=True, slots=True)
class _Hit:
    kind: str
    place: str
    owner: _Owner
    held: bool


class Claims:
    """The claims of one read."""

    def __init__(self, scratch: Scratch) -> None:
        self._scratch = scratch
        self._count = 0
        self._has_held = False

    def claim(self, lead: Lead, place: str, keys: Collection[str], *, held: bool, bought: bool) -> Claim:
        """Take a lead's id and the `keys` of its person, or tell who has them.

        A held record takes them from held ones only. One whose messages were `bought` repeats nobody with another id.
        """
        self._count += 1
        taken = self._list(lead, mend(place), keys)
        if not held and not self._has_held and self._take(lead, taken):
            return Claim(self._count)
        return self._claim_slowly(lead, taken, held=held, bought=bought)

    def _list(self, lead: Lead, place: str, keys: Collection[str]) -> list[tuple[str, str, str]]:
        """Kind and value of each key, and what whoever repeats it is told."""
        whose = f"{place} (lead id {lead.lead_id!r}"
        own, other = f"{whose})", f"{whose}, as {lead.linkedin_key})"
        listed = [(LEAD_ID, lead.lead_id, place), (PROFILE, lead.linkedin_key, own)]
        return listed + [(PROFILE, key, other) for key in keys if key != lead.linkedin_key]

    def _take(self, lead: Lead, keys: Collection[tuple[str, str, str]]) -> bool:
        """Take all of them or none."""
        taken: list[str] = []
        for kind, value, shown in keys:
            key = claim_key(lead.customer, lead.campaign, kind, value)
            if self._scratch.claim(key, shown, self._count, lead.lead_id, _name(lead)) is not None:
                for earlier in taken:
                    self._scratch.release(earlier)
                return False
            taken.append(key)
        return True

    def _claim_slowly(self, lead: Lead, keys: list[tuple[str, str, str]], *, held: bool, bought: bool) -> Claim:
        """The same where somebody may have them, or records were held."""
        hits = [hit for kind, value, _ in keys for hit in self._find(lead, kind, value)]
        first = next((hit for hit in hits if held or not hit.held), None)
        if bought and not held and first is not None and first.kind == PROFILE:
            first = None
        own = _Owner(self._count, lead.lead_id, _name(lead))
        met = [hit for hit in hits if hit.kind == PROFILE or _is_one_name(hit.owner.name, own.name)]
        numbers = tuple(dict.fromkeys(hit.owner.number for hit in met))
        if first is None:
            self._has_held = self._has_held or held
            self._fill(lead, keys, own, held=held)
            return Claim(self._count, met=numbers, held=held)
        why = f"the same {first.kind} as {first.place}"
        if not met:
            return Claim(self._count, why)
        found = next((hit for hit in met if hit.owner == first.owner), met[0])
        self._fill(lead, keys[1:], found.owner, held=found.held)
        return Claim(self._count, why, numbers, owner=(found.owner.lead_id, found.owner.name))

    def _find(self, lead: Lead, kind: str, value: str) -> list[_Hit]:
        found = []
        for held in (False, True) if self._has_held else (False,):
            key = claim_key(lead.customer, lead.campaign, f"{HELD}{kind}" if held else kind, value)
            if (holder := self._scratch.find_holder(key)) is not None:
                place, number, lead_id, name = holder
                found.append(_Hit(kind, place, _Owner(number, lead_id, name), held))
        return found

    def _fill(self, lead: Lead, keys: Collection[tuple[str, str, str]], owner: _Owner, *, held: bool) -> None:
        """Take for this record those that are free."""
        for kind, value, shown in keys:
            key = claim_key(lead.customer, lead.campaign, f"{HELD}{kind}" if held else kind, value)
            self._scratch.claim(key, shown, owner.number, owner.lead_id, owner.name)


def _name(lead: Lead) -> str:
    return f"{lead.first_name} {lead.last_name}"


def _is_one_name(name: str, other: str) -> bool:
    """One lead id under two names is a mistake in the list, and says nothing about who is who."""
    return name == other or sorted(fold_words(name)) == sorted(fold_words(other))
