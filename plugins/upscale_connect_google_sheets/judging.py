"""What is to become of one delivery in one place."""

from __future__ import annotations

from typing import Literal, TypeAlias

from upscale_connect import Clock, Delivery, WriteResult

from .columns import APPROVED, RECEIPT, STATUS, UPDATED_AT, OurColumns, show_time
from .places import Place

#: Characters that a cell can hold. Source: the Sheets API's own refusal.
CELL_LIMIT = 50_000
_DELIVERED = "delivered"

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


class Judge:
    """`overwrite`: what may be replaced: nothing, what was ours and is unchanged, or anything."""

    def __init__(self, ours: OurColumns, overwrite: Overwrite, clock: Clock) -> None:
        self._ours = ours
        self._overwrite = overwrite
        self._clock = clock

    def texts(self, delivery: Delivery) -> Texts:
        """What the delivery's messages are in our columns."""
        messages = delivery.messages
        return {header: clean(messages[kind].text) for kind, header in self._ours.messages.items() if kind in messages}

    def judge(self, delivery: Delivery, place: Place, where: str) -> WriteResult | Texts:
        """What must be written, nothing if all of it is there, or the result if it may not be written."""
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
        receipt = self._ours.others[RECEIPT]
        if wanted or place.shown.get(receipt) != delivery.receipt:
            wanted[self._ours.others[STATUS]] = _DELIVERED
            wanted[self._ours.others[UPDATED_AT]] = show_time(self._clock.now())
            wanted[receipt] = delivery.receipt
        return wanted

    def _may_replace(self, delivery: Delivery, kind: str, shown: str) -> bool:
        if self._overwrite == "if_unchanged":
            return delivery.may_replace(kind, shown)
        return self._overwrite == "always" or not shown.strip()
