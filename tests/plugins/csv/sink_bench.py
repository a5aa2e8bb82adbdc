"""A sink of its own file, and what is delivered to it."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from upscale_connect import Delivery, Lead, Message, Record
from upscale_connect_csv.options import CsvSinkConfig
from upscale_connect_csv.sink import CsvSink

NOW = datetime(2026, 1, 2, tzinfo=UTC)


def delivery(
    lead_id: str = "1", text: str = "Hi", receipt: str = "r1", url: str = "", campaign: str = "spring", **others: str
) -> Delivery:
    url = url or f"https://www.linkedin.com/in/{lead_id}"
    lead = Lead(lead_id, url, f"li:in:{url.rpartition('/')[2]}", "Acme", "Ann", "Lee")
    lead.customer, lead.campaign = "acme", campaign
    texts = {"connection_request": text, **others}
    messages = {name: Message(name, message, NOW) for name, message in texts.items()}
    return Delivery(lead.key, Record(None, {}), lead, messages, receipt, {"connection_request": ["Hi"]})


def unbought(lead_id: str, **changes: str) -> Delivery:
    """What a sink is asked about before anything is bought."""
    asked = delivery(lead_id, **changes)
    asked.messages, asked.receipt = {}, ""
    return asked


class Bench:
    def __init__(self, path: Path, make_context: Any) -> None:
        self.path = path / "delivered.csv"
        self._make_context = make_context

    def sink(self, types: Sequence[str] = ("connection_request",), **options: Any) -> CsvSink:
        return CsvSink(CsvSinkConfig(**{"path": "delivered.csv", **options}), self._make_context((), types))

    def write(self, *deliveries: Delivery, **options: Any) -> list[str]:
        """Write; return the outcomes in the order of the deliveries."""
        results = list(self.sink(**options).write(deliveries))
        assert [result.delivery for result in results] == list(deliveries)
        return [result.outcome for result in results]

    def rows(self, **options: Any) -> list[dict[str, str]]:
        with self.path.open(encoding="utf-8-sig", newline="") as file:
            return list(csv.DictReader(file, **options))
