"""Deliveries that are written together, and how far each has come."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from upscale_connect import Delivery, WriteResult

from .keys import Keys


class Job:
    """A delivery is open until it has a result. It may be opened again: others may undo what was written."""

    def __init__(self, deliveries: Sequence[Delivery], keys: Keys) -> None:
        self._deliveries = deliveries
        self._results: dict[int, WriteResult] = {}
        self._written: set[int] = set()
        self._by_key: dict[str, Delivery] = {}
        self._keys: dict[int, set[str]] = {}
        self._by_receipt = {delivery.receipt: delivery for delivery in deliveries}
        for delivery in deliveries:
            self._admit(delivery, keys.of_delivery(delivery))

    def _admit(self, delivery: Delivery, keys: set[str]) -> None:
        self._keys[id(delivery)] = keys
        if not keys:
            self.settle(delivery.conflict("its record names no lead any more, so no row can be found"))
        elif any(key in self._by_key for key in keys):
            self.settle(delivery.conflict("another lead of this sync has the same row"))
        else:
            self._by_key.update(dict.fromkeys(keys, delivery))

    def find(self, key: str) -> Delivery | None:
        """The delivery that belongs beside this key."""
        return self._by_key.get(key)

    def belongs_elsewhere(self, receipt: str, key: str) -> bool:
        """Whether this is the receipt of a delivery that does not belong beside this key."""
        delivery = self._by_receipt.get(receipt)
        return delivery is not None and key not in self._keys[id(delivery)]

    def find_receipt(self, receipt: str) -> Delivery | None:
        """The delivery that has this receipt; one that was never written has none."""
        return self._by_receipt.get(receipt) if receipt else None

    def open(self) -> Iterator[Delivery]:
        """The deliveries without a result."""
        return (delivery for delivery in self._deliveries if id(delivery) not in self._results)

    def placed(self) -> Iterator[Delivery]:
        """Those whose messages were seen in their place."""
        good = ("written", "unchanged")
        return (result.delivery for result in list(self._results.values()) if result.outcome in good)

    def is_open(self, delivery: Delivery) -> bool:
        return id(delivery) not in self._results

    def settle(self, result: WriteResult) -> None:
        self._results[id(result.delivery)] = result

    def confirm(self, delivery: Delivery) -> None:
        """Its place is as it should be."""
        self.settle(self.tell(delivery))

    def tell(self, delivery: Delivery) -> WriteResult:
        """The result of one that is as it should be: whether anything had to be written for it."""
        return delivery.written() if id(delivery) in self._written else delivery.unchanged()

    def note_written(self, delivery: Delivery) -> None:
        """It is being written: from now on it is not unchanged."""
        self._written.add(id(delivery))

    def reopen(self, delivery: Delivery) -> None:
        del self._results[id(delivery)]

    def results(self) -> Iterable[WriteResult]:
        """In the order of the deliveries; none for those that are open."""
        return [self._results[id(one)] for one in self._deliveries if id(one) in self._results]
