"""People who must be forgotten: what of a contact is ours and is emptied, and what stays there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from upscale_connect import Delivery, WriteResult

from .layout import DELIVERED, HELD, Layout
from .places import Place
from .updates import Failure, Update


@dataclass(frozen=True, slots=True)
class Erasure:
    """What is emptied of one contact. `kept`: properties with a person's words; `foreign`: those with other texts."""

    place: Place
    deliveries: Sequence[Delivery]
    emptied: Sequence[str] = ()
    kept: Sequence[str] = ()
    foreign: Sequence[str] = ()

    def describe(self) -> Update:
        return Update(self.place.id, dict.fromkeys(self.emptied, ""), list(self.deliveries))

    def conclude(self, failure: Failure | None = None) -> Iterator[WriteResult]:
        """A result for each delivery, after it was tried."""
        where = f"contact {self.place.id}"
        for delivery in self.deliveries:
            if failure is not None:
                yield delivery.failed(f"{where}: {failure.why}", retry=failure.retry)
            elif self.foreign:
                yield delivery.conflict(f"{where}: the property {self.foreign[0]!r} holds a text that is not ours")
            elif self.kept:
                names = " and ".join(map(repr, self.kept))
                yield delivery.skipped(f"{where}: the messages are gone; what a person wrote into {names} stays")
            else:
                yield delivery.written() if self.emptied else delivery.unchanged()


def plan_erasure(place: Place, deliveries: Sequence[Delivery], layout: Layout, present: Sequence[str]) -> Erasure:
    """What these deliveries have left in one contact. `present`: the properties that the portal has.

    A receipt of theirs makes all messages ours, also those that a person has changed; else each text is compared.
    """
    shown = {name: text for name, text in place.texts.items() if text.strip()}
    is_ours = shown.get(layout.receipt, "").strip() in {one.receipt for one in deliveries if one.receipt}
    texts = {name: kind for kind, name in layout.messages.items() if name in shown}
    ours = [
        name
        for name, kind in texts.items()
        if is_ours or any(delivery.may_replace(kind, shown[name]) for delivery in deliveries)
    ]
    foreign = [name for name in texts if name not in ours]
    if foreign or not (ours or is_ours):
        return Erasure(place, deliveries, ours, foreign=foreign)
    emptied = [*ours, layout.receipt, layout.updated_at, layout.approved]
    if shown.get(layout.status) in (HELD, DELIVERED):
        emptied.append(layout.status)
    kept = [name for name in (layout.status, layout.notes) if name in shown and name not in emptied]
    return Erasure(place, deliveries, [name for name in emptied if name in present], kept)
