"""A copy of a sync's records, read once through the source's own plugin, and what stands in for its sinks."""

from __future__ import annotations

import json
from collections.abc import Generator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..config import Sync
from ..contracts import Checkpoint, Connector, Sink, Source, Table
from ..engine.connect import Services, build_sink, build_source, compile_mapping
from ..engine.run import check_columns
from ..engine.shield import shield, shield_iterator
from ..errors import SinkError, SourceError, UsageError
from ..mapping import Mapping
from ..models import MESSAGE_TYPES, BadRecord, Lead, Record
from .recorder import Kind, dump_record, parse_record

#: A source is read this far to say how many records it has.
COUNTED = 10_000


@dataclass(frozen=True, slots=True)
class StandIn:
    """What a sink is replaced by. `finds`: whether it can tell later what it has."""

    kind: Kind
    finds: bool = True


@dataclass(frozen=True, slots=True)
class Recording:
    """`sync` as it is proven: with the message types that the sandbox knows, the others are in `left_out`.

    `seen`: records that were counted in the source; `more`: it has more than these.
    """

    sync: Sync
    mapping: Mapping
    columns: list[str] | None
    records: list[Record | BadRecord]
    seen: int
    more: bool
    leads: int
    sinks: dict[str, StandIn]
    left_out: list[str] = field(default_factory=list)

    def write(self, path: Path) -> None:
        """The file of a `RecordedSource`."""
        values = [self.columns, *map(dump_record, self.records)]
        path.write_text("".join(f"{json.dumps(value)}\n" for value in values), encoding="ascii", newline="\n")


def record_sync(services: Services, sync: Sync, limit: int) -> Recording:
    """Read the first `limit` records of a sync's source, and look what kind of sinks it has. Writes nothing.

    Raises ConfigError, PluginError, SourceError, SinkError, UsageError.
    """
    known = tuple(
        wanted
        for wanted in sync.messages
        if wanted.type in MESSAGE_TYPES and not (wanted.when and wanted.when.column in sync.read_back)
    )
    left_out = [wanted.type for wanted in sync.messages if wanted not in known]
    if not known:
        raise UsageError(
            f"the sandbox has none of the message types of {sync.name!r}", hint=f"it has {', '.join(MESSAGE_TYPES)}"
        )
    sync = sync.model_copy(update={"messages": known, "read_back": {}})
    mapping = compile_mapping(sync)
    source = build_source(services, sync, mapping)
    try:
        sinks = {name: _describe_sink(services, sync, mapping, source, name) for name in sync.sinks}
        with shield(lambda failure: _source_error(sync, failure), services.config.secrets):
            columns = source.columns()
        check_columns(sync, mapping, columns, services.config)
        records, seen, more = _read(services, sync, source, limit)
    finally:
        _close(services, sync, source)
    with shield(lambda failure: _source_error(sync, failure), services.config.secrets):
        leads = sum(isinstance(one, Record) and isinstance(mapping.lead(one), Lead) for one in records)
    names = None if columns is None else list(columns)
    return Recording(sync, mapping, names, records, seen, more, leads, sinks, left_out)


def _describe_sink(services: Services, sync: Sync, mapping: Mapping, source: Source[Any], name: str) -> StandIn:
    """A sink is made to see of what kind it is, and closed: nothing is asked of it."""
    sink = build_sink(services, sync, mapping, source, name)
    _close(services, sync, sink)
    if isinstance(sink, Table):
        return StandIn("table")
    return StandIn("sink" if sink.repeatable else "notes", finds=type(sink).find is not Sink.find)


def _read(
    services: Services, sync: Sync, source: Source[Any], limit: int
) -> tuple[list[Record | BadRecord], int, bool]:
    """The first records, how many there are, and whether counting ended before they did."""
    kept: list[Record | BadRecord] = []
    seen = 0
    items = _records(services, sync, source)
    for item in items:
        if seen == max(limit, COUNTED):
            items.close()
            return kept, seen, True
        seen += 1
        if len(kept) < limit:
            with shield(lambda failure: _source_error(sync, failure), services.config.secrets):
                kept.append(parse_record(json.loads(json.dumps(dump_record(item)))))
    return kept, seen, False


def _records(services: Services, sync: Sync, source: Source[Any]) -> Generator[Record | BadRecord, None, None]:
    def fail(failure: str) -> SourceError:
        return _source_error(sync, failure)

    with shield(fail, services.config.secrets):
        items = iter(source.read(None))
    for item in shield_iterator(items, fail, services.config.secrets):
        if services.stop.is_set():
            return
        if not isinstance(item, Checkpoint):
            yield item


def _close(services: Services, sync: Sync, connector: Connector[Any]) -> None:
    with shield(
        lambda failure: SinkError(f"{connector.name} of {sync.name!r} could not be closed: {failure}"),
        services.config.secrets,
    ):
        connector.close()


def _source_error(sync: Sync, failure: str) -> SourceError:
    return SourceError(
        f"the source of {sync.name!r} failed: {failure}", hint="this is a fault of the plugin; tell its author"
    )
