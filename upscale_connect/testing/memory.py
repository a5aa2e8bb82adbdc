"""A source and a sink that are nothing but memory, for the other half of a test."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, ClassVar

from ..contracts import Checkpoint, Cursor, Delivery, Found, PluginConfig, Sink, Source, WriteResult
from ..hookspecs import hookimpl
from ..models import BadRecord, Record


class MemorySource(Source[PluginConfig]):
    """Gives `items`. Each class has its own: `MemorySource.of([Record(…), …])`."""

    name = "memory"
    config_model = PluginConfig
    items: ClassVar[list[Record | BadRecord | Checkpoint]] = []

    @classmethod
    def of(cls, items: Iterable[Record | BadRecord | Checkpoint], name: str = "memory") -> type[MemorySource]:
        """A source of these items, which stay in the list `items` of the class."""
        return type("MemorySource", (cls,), {"items": list(items), "name": name})

    def read(self, since: Cursor | None) -> Iterator[Record | BadRecord | Checkpoint]:
        yield from self.items


class MemorySink(Sink[PluginConfig]):
    """Keeps what it got in `written`. Each class has its own list: `MemorySink.fresh()`.

    `answer` makes the result of a delivery; what is not `written` is not kept.
    """

    name = "memory"
    config_model = PluginConfig
    written: ClassVar[list[Delivery]] = []
    answer: ClassVar[Callable[[Delivery], WriteResult]] = staticmethod(Delivery.written)

    @classmethod
    def fresh(
        cls,
        name: str = "memory",
        *,
        repeatable: bool = True,
        answer: Callable[[Delivery], WriteResult] = Delivery.written,
    ) -> type[MemorySink]:
        """An empty one."""
        own: dict[str, Any] = {"written": [], "name": name, "repeatable": repeatable, "answer": staticmethod(answer)}
        return type("MemorySink", (cls,), own)

    def write(self, deliveries: Iterable[Delivery]) -> Iterator[WriteResult]:
        for delivery in deliveries:
            result = type(self).answer(delivery)
            if result.outcome == "written" and not self._keep(delivery):
                result = delivery.unchanged()
            yield result

    def find(self, deliveries: Iterable[Delivery]) -> Iterator[Found]:
        there = {one.key: one for one in self.written}
        for delivery in deliveries:
            if one := there.get(delivery.key):
                texts = {name: message.text for name, message in one.messages.items()}
                yield Found(delivery.key, one.receipt, texts)

    def _keep(self, delivery: Delivery) -> bool:
        """Whether anything is new. If repeats do not show, a lead gets its new texts beside those that it has."""
        if type(self).repeatable:
            for place, one in enumerate(self.written):
                if one.key == delivery.key:
                    self.written[place] = _merge(one, delivery)
                    return one.receipt != delivery.receipt
        self.written.append(delivery)
        return True


class MemoryPlugin:
    """What the module of a plugin would be: it offers these classes."""

    def __init__(self, *connectors: type[Source[Any]] | type[Sink[Any]]) -> None:
        self._connectors = connectors

    @hookimpl
    def lead_sources(self) -> Sequence[type[Source[Any]]]:
        return [one for one in self._connectors if issubclass(one, Source)]

    @hookimpl
    def message_sinks(self) -> Sequence[type[Sink[Any]]]:
        return [one for one in self._connectors if issubclass(one, Sink)]


def _merge(before: Delivery, after: Delivery) -> Delivery:
    messages = {**before.messages, **after.messages}
    return Delivery(after.key, after.record, after.lead, messages, after.receipt, after.earlier)
