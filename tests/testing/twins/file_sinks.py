"""What a sink does with a file of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from tests.testing.files import FileSink, FileSinkSuite
from upscale_connect import Delivery, WriteResult

from .register import wrong


@wrong("K19", FileSinkSuite)
class PromisesBeforeItWrites(FileSink):
    def write(self, deliveries: Iterable[Delivery]) -> Iterator[WriteResult]:
        taken = []
        before = self.load()
        for delivery in deliveries:
            taken.append(delivery)
            there = before.get(delivery.key, {}).get("receipt") == delivery.receipt
            yield delivery.unchanged() if there else delivery.written()
        for _ in super().write(taken):
            pass


@wrong("K22", FileSinkSuite)
class KnowsTheTargetByHeart(FileSink):
    known: dict[str, Any] | None = None

    def load(self) -> dict[str, Any]:
        self.known = super().load() if self.known is None else self.known
        return self.known

    def save(self, entries: Mapping[str, Any]) -> None:
        self.known = dict(entries)
        super().save(entries)


@wrong("K23", FileSinkSuite)
class LeavesALock(FileSink):
    def write(self, deliveries: Iterable[Delivery]) -> Iterator[WriteResult]:
        lock = self.path.with_suffix(".lock")
        for delivery in deliveries:
            lock.touch()
            yield from super().write([delivery])
        lock.unlink(missing_ok=True)


@wrong("K23", FileSinkSuite)
class EmptiesTheTarget(FileSink):
    def write(self, deliveries: Iterable[Delivery]) -> Iterator[WriteResult]:
        entries = None
        results = []
        for delivery in deliveries:
            if entries is None:
                entries = self.load()
                self.save({})
            texts = {name: message.text for name, message in delivery.messages.items()}
            before = entries.get(delivery.key, {"texts": {}})
            entry = {"texts": {**before["texts"], **texts}, "receipt": delivery.receipt}
            results.append(delivery.unchanged() if entry == before else delivery.written())
            entries[delivery.key] = entry
        if entries is not None:
            self.save(entries)
        yield from results
