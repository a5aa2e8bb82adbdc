"""The suites of the two connectors that are nothing but memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from upscale_connect import BadRecord, Delivery, Record
from upscale_connect.testing import MemoryPlugin, MemorySink, MemorySource, SinkConformance, SourceConformance

Leads = MemorySource.of([])
Box = MemorySink.fresh()


class MemorySourceSuite(SourceConformance):
    connector = Leads
    plugin = MemoryPlugin(Leads)
    id_column = "id"

    def arrange(self, rows: Sequence[Mapping[str, str]]) -> Mapping[str, Any]:
        Leads.items[:] = [Record(row["id"], row, f"row {row['id']}") for row in rows]
        return {}

    def spoil(self) -> None:
        Leads.items.append(BadRecord("row 9", "it cannot be read"))


class MemorySinkSuite(SinkConformance):
    connector = Box
    plugin = MemoryPlugin(Box)

    def arrange(self, deliveries: Sequence[Delivery]) -> Mapping[str, Any]:
        Box.written.clear()
        return {}

    def read_back(self) -> Iterator[tuple[str, str, str]]:
        for delivery in Box.written:
            for message_type, message in delivery.messages.items():
                yield delivery.key, message_type, message.text
