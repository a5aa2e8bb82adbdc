"""Takes our texts away from the rows of people who must be forgotten."""

from __future__ import annotations

from collections.abc import Sequence

from upscale_connect import Delivery, WriteResult

from .a1 import place as name_place
from .columns import RECEIPT, STATUS, UPDATED_AT, OurColumns
from .judging import DELIVERED, HELD, Judge, Texts
from .places import Place


class Eraser(Judge):
    """Empties cells with a text that was ours, and with them status, time and receipt. All else is a person's."""

    def __init__(self, ours: OurColumns) -> None:
        self._ours = ours

    def choose(self, delivery: Delivery, places: Sequence[Place], tab: str) -> Sequence[Place] | WriteResult:
        """If nothing of ours is left, but something else is, that is the result."""
        rows = self.select(delivery, places)
        if not any(self._find_ours(delivery, place) for place in rows):
            for place in places:
                if why := self._find_kept(delivery, place):
                    return delivery.conflict(f"{name_place(tab, place.row)}: {why}")
        return rows

    def select(self, delivery: Delivery, places: Sequence[Place]) -> Sequence[Place]:
        return [place for place in places if self._find_ours(delivery, place)] or places[:1]

    def judge(self, delivery: Delivery, place: Place, where: str) -> WriteResult | Texts:
        return self._find_ours(delivery, place)

    def is_done(self, delivery: Delivery, places: Sequence[Place]) -> bool:
        return not any(self._find_ours(delivery, place) or self._find_kept(delivery, place) for place in places)

    def miss(self, delivery: Delivery, tab: str) -> WriteResult | None:
        return None

    def count(self, delivery: Delivery) -> int:
        return 0

    def _find_ours(self, delivery: Delivery, place: Place) -> Texts:
        """The columns that must be emptied."""
        if self._find_stranger(delivery, place):
            return {}
        shown = self._find_texts(place)
        found = [header for kind, header in shown.items() if delivery.may_replace(kind, place.shown[header])]
        receipt = self._ours.others[RECEIPT]
        if found or place.shown.get(receipt) == delivery.receipt or not shown:
            status, updated_at = self._ours.others[STATUS], self._ours.others[UPDATED_AT]
            found += [header for header in (updated_at, receipt) if header in place.shown]
            found += [status] if place.shown.get(status) in (HELD, DELIVERED) else []
        return dict.fromkeys(found, "")

    def _find_kept(self, delivery: Delivery, place: Place) -> str:
        """Why something must stay, for people; "" if nothing must."""
        shown = self._find_texts(place)
        if stranger := self._find_stranger(delivery, place):
            is_ours = place.shown.get(self._ours.others[RECEIPT]) == delivery.receipt
            return stranger if shown and is_ours else ""
        for kind, header in shown.items():
            if not delivery.may_replace(kind, place.shown[header]):
                return (
                    f"the column {header!r} shows a text that this ledger does not know; if it may go, empty the cell"
                )
        return ""

    def _find_texts(self, place: Place) -> dict[str, str]:
        """Message type → the column, for those that show a text."""
        return {kind: header for kind, header in self._ours.messages.items() if place.shown.get(header, "").strip()}

    @staticmethod
    def _find_stranger(delivery: Delivery, place: Place) -> str:
        return delivery.find_stranger(linkedin=place.linkedin, name=place.name)
