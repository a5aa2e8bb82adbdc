"""Sources, sinks and tables of a test's own: they hold what they are given, and do what a test tells them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import Any, cast

from upscale_connect import Delivery, Finding, Found, PluginConfig, Row, Sink, Source, Table, WriteResult
from upscale_connect.hookspecs import hookimpl


def untyped(kind: Callable[..., Any], *arguments: object) -> Any:
    """What a plugin whose types nobody checks may make."""
    return kind(*arguments)


class NoOptions(PluginConfig):
    """A connector without options."""


class Plugin:
    """What a plugin's module would be."""

    def __init__(self, sources: Sequence[type[Source[Any]]], sinks: Sequence[type[Sink[Any]]]) -> None:
        self._sources = list(sources)
        self._sinks = list(sinks)

    @hookimpl
    def lead_sources(self) -> list[type[Source[Any]]]:
        return self._sources

    @hookimpl
    def message_sinks(self) -> list[type[Sink[Any]]]:
        return self._sinks


class Memory:
    """A sink's target, and what it is told to do. `found`: what somebody else made of a place, by key.

    `asked`: the keys of deliveries that may have been written; `examined`: those asked about before a purchase.
    """

    def __init__(self) -> None:
        self.written: list[Delivery] = []
        self.shown: dict[str, str] = {}
        self.asked: list[str] = []
        self.examined: list[str] = []
        self.closed = 0
        self.knows = True
        self.found: dict[str, Found] = {}
        self.on_find: Callable[[list[Delivery]], None] = lambda deliveries: None
        self.answer: Callable[[Delivery], object] = lambda delivery: delivery.written()
        self.fault: Callable[[str], Any] = lambda text: ""

    def places(self) -> dict[str, Found]:
        texts = {one.key: {kind: message.text for kind, message in one.messages.items()} for one in self.written}
        return {key: Found(key, receipt, texts.get(key, {})) for key, receipt in self.shown.items()} | self.found

    @property
    def texts(self) -> Counter[tuple[str, str]]:
        """(Key, text) → how often it was written."""
        return Counter((one.key, message.text) for one in self.written for message in one.messages.values())


def make_sink(memory: Memory, name: str = "memory", *, repeatable: bool = True) -> type[Sink[Any]]:
    asks = repeatable

    class MemorySink(Sink[NoOptions]):
        config_model = NoOptions
        repeatable = asks

        def write(self, deliveries: Iterable[Delivery]) -> Iterator[WriteResult]:
            for delivery in deliveries:
                result: Any = memory.answer(delivery)
                if isinstance(result, WriteResult) and result.outcome == "written":
                    memory.written.append(delivery)
                    memory.shown[delivery.key] = delivery.receipt
                yield result

        def find(self, deliveries: Iterable[Delivery]) -> Iterator[Found] | None:
            asked = list(deliveries)
            memory.on_find(asked)
            memory.asked += [one.key for one in asked if one.receipt]
            memory.examined += [one.key for one in asked if not one.receipt]
            places = memory.places()
            return (places[one.key] for one in asked if one.key in places) if memory.knows else None

        def find_fault(self, message_type: str, text: str) -> str:
            return cast("str", memory.fault(text))

        def close(self) -> None:
            memory.closed += 1

    MemorySink.name = name
    return MemorySink


class Grid:
    """A table's target: `rows` as last written, None while there is nothing. `fail` is raised instead of writing.

    `stamps` are those that the last rewrite was told.
    """

    def __init__(self) -> None:
        self.rows: list[Row] | None = None
        self.stamps: list[str] = []
        self.announces = True
        self.rewrites = 0
        self.fail: BaseException | None = None


def make_table(grid: Grid) -> type[Table[Any]]:
    class GridTable(Table[NoOptions]):
        name = "grid"
        config_model = NoOptions

        def stamp(self) -> str | None:
            return None if grid.rows is None else str(grid.rewrites)

        def rewrite(self, rows: Iterable[Row], stamps: Collection[str], announce: Callable[[str], None]) -> None:
            written = list(rows)
            grid.stamps = list(stamps)
            if grid.announces:
                announce(str(grid.rewrites + 1))
            if grid.fail is not None:
                raise grid.fail
            grid.rows, grid.rewrites = written, grid.rewrites + 1

    return GridTable


class Leads:
    """A source's content. `items` may hold anything; what is callable is called when it is reached."""

    def __init__(self) -> None:
        self.items: list[object] = []
        self.available: Any = None
        self.findings: list[Finding] = []
        self.cursors: list[Any] = []
        self.beside: Any = None
        self.closed = 0


def make_source(leads: Leads, name: str = "list") -> type[Source[Any]]:
    class ListSource(Source[NoOptions]):
        config_model = NoOptions

        def read(self, since: Any) -> Iterator[Any]:
            leads.cursors.append(since)
            for item in leads.items:
                yield item() if callable(item) else item

        def columns(self) -> Any:
            return leads.available() if callable(leads.available) else leads.available

        def beside(self) -> Any:
            return leads.beside(self.config, self.context) if leads.beside else None

        def check(self) -> Iterable[Finding]:
            return leads.findings

        def close(self) -> None:
            leads.closed += 1

    ListSource.name = name
    return ListSource
