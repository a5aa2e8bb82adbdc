"""Where the leads of a job stand in the whole tab at one moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from upscale_connect import Delivery

from .a1 import place as name_place
from .job import Job
from .keys import Keys
from .places import Place


@dataclass(slots=True)
class Survey:
    """`astray`: rows that show what belongs elsewhere, or have lost what was theirs."""

    keys: Keys
    astray: list[int] = field(default_factory=list)
    _places: dict[int, list[Place]] = field(default_factory=dict)

    def add(self, delivery: Delivery, place: Place) -> None:
        """This row has the delivery's key."""
        self._places.setdefault(id(delivery), []).append(place)

    def has(self, delivery: Delivery) -> bool:
        return id(delivery) in self._places

    def shows(self, delivery: Delivery, receipt: str) -> bool:
        """Whether one of its rows shows its receipt."""
        return any(place.shown.get(receipt) == delivery.receipt for place in self._places.get(id(delivery), ()))

    def choose_row(self, delivery: Delivery, job: Job, tab: str, receipt: str) -> int | None:
        """The row to write to, None if there is none.

        Several rows with one key must show one person. If they do not show whom, the delivery is a conflict.
        """
        places = self._places.get(id(delivery), [])
        known = [place for place in places if not delivery.find_stranger(linkedin=place.linkedin)] or places
        if not known:
            return None
        if len(known) > 1 and not all(self.keys.shows_same(place.linkedin, delivery) for place in known):
            rows = " and ".join(name_place(tab, place.row) for place in known[:5])
            job.settle(delivery.conflict(f"{rows} both have what names this lead, and do not show whose rows they are"))
            return None
        return prefer(known, delivery, receipt).row


def prefer(places: Sequence[Place], delivery: Delivery, receipt: str) -> Place:
    """Of several rows of one lead the one that has its receipt, else any receipt of ours, else the first."""
    return max(places, key=lambda place: (place.shown.get(receipt) == delivery.receipt, receipt in place.shown))
