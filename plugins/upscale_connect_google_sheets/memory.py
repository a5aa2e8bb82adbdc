"""What stood in our columns before, so that it can be put back where a misplaced write has hit it.

A write that lands in a wrong row must be recognised there. So each of them brings something into the column of
receipts: the receipt of the delivery or of what is put back, the column's own name, or else a mark, which is taken
away once it was seen in its place. Only taking away leaves nothing, be it a mark or the texts of somebody who is
forgotten. So from then on a row without a receipt is wrong, too, if our columns show what stood elsewhere, or nothing
more.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import replace

from .columns import RECEIPT, STATUS, UPDATED_AT, OurColumns
from .job import Job
from .judging import Texts
from .places import Place

#: What a mark begins with. One that a killed run has left behind is no receipt.
MARK = "uc-repair-"
#: What most rows show: one object for all of them.
_NOTHING: Texts = {}


class Memory:
    """Key of a row → our texts beside it, as they were last seen in their place.

    `written`: the columns that a write may hit. `needs_texts`: something was taken away, so that a look at the
    receipts alone does not show every wrong row.
    """

    def __init__(self, ours: OurColumns, make_mark: Callable[[], str] = lambda: secrets.token_hex(4)) -> None:
        self._make_mark = make_mark
        self._receipt = ours.others[RECEIPT]
        self._marks = (ours.others[STATUS], ours.others[UPDATED_AT], self._receipt)
        self.written = (*ours.messages.values(), *self._marks)
        self._texts: dict[str, Texts] = {}
        self._put_back: dict[str, str] = {}  # receipt or mark → key
        self._known: set[str] = set()
        self._met: set[int] = set()  # hashes of keys: most rows show nothing, and their keys need not be kept
        self._twins: dict[str, list[Texts]] = {}
        self.needs_texts = False

    def begin(self) -> None:
        """A new job: what was put back in an earlier one was seen in its place."""
        self._put_back = {}
        self.needs_texts = False

    def learn(self, place: Place) -> None:
        """A row of the first look at the whole tab, before anything was written. Several may have one key."""
        name = hash(place.key)
        before, now = self._texts.get(place.key, _NOTHING), self._read(place)
        if name in self._met and before != now:
            self._twins.setdefault(place.key, [before])
        self._met.add(name)
        self.remember(place)

    def expect(self, place: Place, texts: Texts) -> None:
        """These are about to be written into a row. If they leave nothing behind, it is right without its texts."""
        if not texts.get(self._receipt):
            self._take_away()
            left = {header: text for header, text in place.shown.items() if header not in texts}
            self.remember(replace(place, shown=left))

    def remember(self, place: Place) -> None:
        """The row is as it should be."""
        if not place.key:
            return
        now = self._read(place)
        if now:
            self._texts[place.key] = now
        else:
            self._texts.pop(place.key, None)
        if place.key in self._twins:
            self._twins[place.key].append(now)

    def _read(self, place: Place) -> Texts:
        return {header: text for header in self.written if (text := place.shown.get(header))} or _NOTHING

    def is_foreign(self, receipt: str, key: str, job: Job) -> bool:
        """Whether a receipt belongs elsewhere, or is none."""
        return (
            receipt.startswith(MARK)
            or receipt == self._receipt
            or job.belongs_elsewhere(receipt, key)
            or self._put_back.get(receipt, key) != key
        )

    def is_wrong(self, place: Place, job: Job) -> bool:
        """Whether the row was hit by a write that was meant for another one."""
        receipt = place.shown.get(self._receipt, "")
        if receipt:
            return self.is_foreign(receipt, place.key, job)
        return self.needs_texts and self._shows_other_texts(place)

    def _take_away(self) -> None:
        self.needs_texts = True
        self._known = {text for texts in self._texts.values() for text in texts.values()} | {""}

    def _shows_other_texts(self, place: Place) -> bool:
        """Whether a row without a receipt was hit; what a person wrote there meanwhile is no reason."""
        states = self._twins.get(place.key) or [self._texts.get(place.key, _NOTHING)]
        return all(self._was_hit(place, before) for before in states)

    def _was_hit(self, place: Place, before: Texts) -> bool:
        changed = {header for header in self.written if before.get(header, "") != place.shown.get(header, "")}
        if changed.intersection(self._marks):
            return True
        return any(place.shown.get(header, "") in self._known for header in changed)

    def repair(self, place: Place) -> Texts:
        """What must be written into a wrong row."""
        receipt = place.shown.get(self._receipt, "")
        if receipt.startswith(MARK) and self._put_back.get(receipt, place.key) == place.key:
            self._take_away()
            return {self._receipt: ""}
        before = self._texts.get(place.key, _NOTHING)
        texts = {
            header: before.get(header, "")
            for header in self.written
            if before.get(header, "") != place.shown.get(header, "")
        }
        texts[self._receipt] = before.get(self._receipt) or f"{MARK}{self._make_mark()}"
        self._put_back[texts[self._receipt]] = place.key
        return texts
