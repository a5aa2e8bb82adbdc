"""Where the leads of a job stand in the whole tab at one moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from upscale_connect import Delivery

from .places import Place


@dataclass(slots=True)
class Survey:
    """`astray`: rows that show what belongs elsewhere, or have lost what was theirs."""

    astray: list[int] = field(default_factory=list)
    _places: dict[int, list[Place]] = field(default_factory=dict)

    def add(self, delivery: Delivery, place: Place) -> None:
        """This row has the delivery's key."""
        self._places.setdefault(id(delivery), []).append(place)

    def places(self, delivery: Delivery) -> Sequence[Place]:
        """All that have its key, from the top."""
        return self._places.get(id(delivery), ())
