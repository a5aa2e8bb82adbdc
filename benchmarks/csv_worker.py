"""One step with a large CSV file: python -m benchmarks.csv_worker STEP FOLDER ROWS. Prints how many rows it met."""

from __future__ import annotations

import csv
import logging
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from upscale_connect import Context, Delivery, Lead, Message, Record, Row
from upscale_connect.clock import SystemClock
from upscale_connect_csv import sink
from upscale_connect_csv.options import CsvConfig, CsvSinkConfig
from upscale_connect_csv.source import CsvSource

MAPPING = {
    "automation_tool_lead_id": ("ID",),
    "first_name": ("First name",),
    "last_name": ("Last name",),
    "lead_company": ("Company",),
    "lead_linkedin": ("LinkedIn",),
}
TEXT = "a note of about two hundred characters, with a comma. " * 4
NOW = datetime(2026, 1, 2, tzinfo=UTC)
#: Leads that are delivered at last, as many as a sink writes at once.
LAST = sink.CHUNK
#: Sink → its options.
SINKS: dict[str, dict[str, Any]] = {
    "own": {"path": Path("own.csv")},
    "tool": {"path": Path("tool.csv"), "profile": "heyreach"},
}


def make_delivery(record: Record) -> Delivery:
    fields = record.fields
    url = fields["LinkedIn"].rstrip("/")
    key = f"li:in:{url.rpartition('/')[2]}"
    lead = Lead(fields["ID"], url, key, fields["Company"], fields["First name"], fields["Last name"])
    lead.customer, lead.campaign = "customer_1", "campaign_1"
    message = Message("connection_request", f"Hello {lead.first_name}, {TEXT}", NOW)
    return Delivery(lead.key, record, lead, {message.type: message}, f"uc-{lead.lead_id}")


class Bench:
    """The connectors in a folder with `leads.csv`."""

    def __init__(self, folder: Path) -> None:
        http: Any = None  # no call is made
        columns = [name for names in MAPPING.values() for name in names]
        log, types = logging.getLogger("bench"), ("connection_request",)
        self._folder = folder
        self._context = Context(folder, http, SystemClock(), threading.Event(), log, columns, types, MAPPING)

    def _source(self, *, in_place: bool = False) -> CsvSource:
        return CsvSource(CsvConfig(path=Path("leads.csv"), in_place=in_place), self._context)

    def _records(self) -> Iterator[Record]:
        return (item for item in self._source().read(None) if isinstance(item, Record))

    def read(self) -> int:
        """To plain records: column → text."""
        return sum(1 for _ in self._records())

    def rewrite(self, *, in_place: bool = False) -> int:
        """All rows with a message each: beside the file, or in it."""
        source, count = self._source(in_place=in_place), 0

        def rows() -> Iterator[Row]:
            nonlocal count
            for item in source.read(None):
                if isinstance(item, Record):
                    count += 1
                    yield Row(item, "delivered", "", make_delivery(item), NOW)

        source.beside().rewrite(rows(), (), lambda stamp: None)
        return count

    def rewrite_in_place(self) -> int:
        return self.rewrite(in_place=True)

    def sort_output(self) -> int:
        """As a colleague would: no row stands where it stood."""
        path = self._folder / "leads.messages.csv"
        with path.open(encoding="utf-8", newline="") as file:
            header, *rows = csv.reader(file)
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([header, *reversed(rows)])
        return len(rows)

    def read_back(self) -> int:
        return sum(1 for _ in self._source().beside().shown() or ())

    def prepare(self, name: str, rows: int) -> int:
        """The file of a sink before the last leads come."""
        sink.CHUNK = 100_000  # ten times as much memory, and a tenth of the rewriting
        return self._deliver(name, 0, rows - LAST)

    def deliver(self, name: str, rows: int) -> int:
        """The last leads, into the file of a sink that has all others."""
        return self._deliver(name, rows - LAST, rows)

    def _deliver(self, name: str, first: int, last: int) -> int:
        target = sink.CsvSink(CsvSinkConfig(**SINKS[name]), self._context)
        deliveries = map(make_delivery, islice(self._records(), first, last))
        return sum(result.outcome == "written" for result in target.write(deliveries))


def main() -> None:
    step, folder, rows = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    bench = Bench(folder)
    if step in ("read", "read_back", "rewrite", "rewrite_in_place", "sort_output"):
        count = getattr(bench, step)()
    else:
        action, _, name = step.partition("_")
        count = getattr(bench, action)(name, rows)
    sys.stdout.write(str(count))


if __name__ == "__main__":
    main()
