"""What is to become of a delivery in the rows of its lead."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Literal, TypeAlias

from upscale_connect import Clock, Delivery, WriteResult

from .a1 import place as name_place
from .columns import APPROVED, RECEIPT, STATUS, UPDATED_AT, OurColumns, show_time
from .keys import Keys
from .places import Place

#: Characters that a cell can hold. Source: the Sheets API's own refusal.
CELL_LIMIT = 50_000
#: What stands in our column of the status: the message waits for a person who looks at it here, or does not.
HELD, DELIVERED = "held", "delivered"

#: Our column → the text that is to stand there.
Texts: TypeAlias = "dict[str, str]"
Overwrite: TypeAlias = Literal["never", "if_unchanged", "always"]


def clean(text: str) -> str:
    """Line ends as LF, no NUL: what a cell gives back as it was written."""
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")


def is_same(text: str, shown: str) -> bool:
    """Whether two texts differ in nothing but line ends and blanks at the edges."""
    return _normalize(text) == _normalize(shown)


def _normalize(text: str) -> str:
    return "\n".join(text.splitlines()).strip()


class Judge(ABC):
    """What writing and erasing differ in. `places` have the key of the delivery's lead, as they are at one moment."""

    @abstractmethod
    def choose(self, delivery: Delivery, places: Sequence[Place], tab: str) -> Sequence[Place] | WriteResult:
        """Of all its places those that must be visited, or its result if it is known already."""

    @abstractmethod
    def select(self, delivery: Delivery, places: Sequence[Place]) -> Sequence[Place]:
        """Of some of its places those that are judged."""

    @abstractmethod
    def judge(self, delivery: Delivery, place: Place, where: str) -> WriteResult | Texts:
        """What must be written, nothing if the place is as it should be, or the result if that may not be."""

    @abstractmethod
    def is_done(self, delivery: Delivery, places: Sequence[Place]) -> bool:
        """Whether all its places together are as they should be."""

    @abstractmethod
    def miss(self, delivery: Delivery, tab: str) -> WriteResult | None:
        """The result of one that has no place any more; None if that is as it should be."""

    @abstractmethod
    def count(self, delivery: Delivery) -> int:
        """The characters that it takes to write it."""


class Writer(Judge):
    """`overwrite`: what may be replaced: nothing, what was ours and is unchanged, or anything."""

    def __init__(self, ours: OurColumns, keys: Keys, overwrite: Overwrite, clock: Clock) -> None:
        self._ours = ours
        self._keys = keys
        self._overwrite = overwrite
        self._clock = clock

    def choose(self, delivery: Delivery, places: Sequence[Place], tab: str) -> Sequence[Place] | WriteResult:
        """Several rows with one key must show one person. If they do not show whom, it is a conflict."""
        known = [place for place in places if not delivery.find_stranger(linkedin=place.linkedin)] or places
        if len(known) > 1 and not all(self._keys.shows_same(place.linkedin, delivery) for place in known):
            rows = " and ".join(name_place(tab, place.row) for place in known[:5])
            return delivery.conflict(f"{rows} both have what names this lead, and do not show whose rows they are")
        return self.select(delivery, known)

    def select(self, delivery: Delivery, places: Sequence[Place]) -> Sequence[Place]:
        """The one that has its receipt, else any receipt of ours, else the first."""
        receipt = self._ours.others[RECEIPT]

        def rank(place: Place) -> tuple[bool, bool]:
            return place.shown.get(receipt) == delivery.receipt, receipt in place.shown

        return [max(places, key=rank)] if places else []

    def is_done(self, delivery: Delivery, places: Sequence[Place]) -> bool:
        return any(place.shown.get(self._ours.others[RECEIPT]) == delivery.receipt for place in places)

    def miss(self, delivery: Delivery, tab: str) -> WriteResult | None:
        return delivery.conflict(f"no row of the tab {tab!r} shows this lead any more")

    def count(self, delivery: Delivery) -> int:
        return sum(len(message.text) for message in delivery.messages.values())

    def judge(self, delivery: Delivery, place: Place, where: str) -> WriteResult | Texts:
        if stranger := delivery.find_stranger(linkedin=place.linkedin, name=place.name):
            return delivery.conflict(f"{where}: {stranger}")
        wanted: Texts = {}
        for kind, header in self._ours.messages.items():
            if kind not in delivery.messages:
                continue
            text, shown = clean(delivery.messages[kind].text), place.shown.get(header, "")
            if len(text) > CELL_LIMIT:
                why = f"{where}: the text of {kind} has {len(text):,} characters; a cell can hold {CELL_LIMIT:,}"
                return delivery.failed(why, retry=False)
            if is_same(text, shown):
                continue
            if not self._may_replace(delivery, kind, shown):
                return delivery.conflict(f"{where}: a person has changed the column {header!r}, which stays as it is")
            wanted[header] = text
        approved = self._ours.others[APPROVED]
        if wanted and place.shown.get(approved):
            wanted[approved] = ""  # it was said before this text was there
        receipt, status = self._ours.others[RECEIPT], HELD if delivery.is_draft else DELIVERED
        stands = place.shown.get(self._ours.others[STATUS])
        is_old = stands in (HELD, DELIVERED) and stands != status
        if wanted or is_old or place.shown.get(receipt) != delivery.receipt:
            wanted[self._ours.others[STATUS]] = status
            wanted[self._ours.others[UPDATED_AT]] = show_time(self._clock.now())
            wanted[receipt] = delivery.receipt
        return wanted

    def _may_replace(self, delivery: Delivery, kind: str, shown: str) -> bool:
        if self._overwrite == "if_unchanged":
            return delivery.may_replace(kind, shown)
        return self._overwrite == "always" or not shown.strip()
