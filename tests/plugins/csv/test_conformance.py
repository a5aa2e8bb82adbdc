"""The plugin passes the suites that every author of a plugin can use."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from upscale_connect import Delivery, Record, Shown
from upscale_connect.testing import SinkConformance, SourceConformance, TableConformance
from upscale_connect_csv.sink import CsvSink
from upscale_connect_csv.source import CsvSource

TEXTS = {"connection_request": "outreach_message", "first_follow_up": "first_follow_up_message"}
OURS = {*TEXTS.values(), "upscale_status", "upscale_updated_at", "upscale_receipt"}
COLUMNS = ("id", "first_name", "last_name", "company", "linkedin", "email", "note", "changed_at")


def write_leads(folder: Path, rows: Sequence[Mapping[str, str]]) -> dict[str, Any]:
    with (folder / "leads.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, quoting=csv.QUOTE_ALL)
        writer.writeheader()
        writer.writerows(rows)
    return {"path": "leads.csv"}


def spoil_leads(folder: Path) -> None:
    with (folder / "leads.csv").open("a", encoding="utf-8") as file:
        file.write("one cell,another\n")


def read(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"), newline=""))) if path.exists() else []


def unguard(text: str) -> str:
    """As a spreadsheet shows it: what begins like a formula is text, and its apostrophe is not seen."""
    return text[1:] if text[:2] in ("'=", "'+", "'-", "'@") else text


class TestCsvSource(SourceConformance):
    connector = CsvSource

    def arrange(self, rows: Sequence[Mapping[str, str]]) -> Mapping[str, Any]:
        return write_leads(self.folder, rows)

    def spoil(self) -> None:
        spoil_leads(self.folder)


class TestCsvSink(SinkConformance):
    connector = CsvSink

    def arrange(self, deliveries: Sequence[Delivery]) -> Mapping[str, Any]:
        return {"path": "delivered.csv"}

    def read_back(self) -> Iterator[tuple[str, str, str]]:
        for row in read(self.folder / "delivered.csv"):
            key = "/".join(row[f"automation_tool_{name}_id"] for name in ("customer", "campaign", "lead"))
            for message_type, column in TEXTS.items():
                if row[column]:
                    yield key, message_type, unguard(row[column])

    def edit(self, delivery: Delivery, message_type: str, text: str) -> None:
        path = self.folder / "delivered.csv"
        ours = delivery.messages[message_type].text
        path.write_text(path.read_text(encoding="utf-8").replace(ours, text), encoding="utf-8")

    def put_stranger(self, delivery: Delivery) -> None:
        lead = delivery.lead
        header = "automation_tool_customer_id,automation_tool_campaign_id,automation_tool_lead_id,lead_linkedin"
        row = f"{lead.customer},{lead.campaign},{lead.lead_id},https://www.linkedin.com/in/john-roe"
        texts = ",".join(["outreach_message", "first_follow_up_message", "upscale_receipt", "upscale_updated_at"])
        (self.folder / "delivered.csv").write_text(f"{header},{texts}\n{row},,,,\n", encoding="utf-8")

    def take_away(self) -> str:
        (self.folder / "delivered.csv").write_text("automation_tool_lead_id,note\n", encoding="utf-8")
        return "upscale_receipt"


class TestCsvSinkForATool(SinkConformance):
    """A row is known by its person: in this suite no two leads are one."""

    connector = CsvSink

    def arrange(self, deliveries: Sequence[Delivery]) -> Mapping[str, Any]:
        self._keys = {delivery.lead.linkedin_url: delivery.key for delivery in deliveries}
        return {"path": "tool.csv", "profile": "generic", "keep_formulas": True}

    def read_back(self) -> Iterator[tuple[str, str, str]]:
        for row in read(self.folder / "tool.csv"):
            for message_type, column in TEXTS.items():
                if row[column]:
                    yield self._keys[row["linkedin_url"]], message_type, row[column]

    def edit(self, delivery: Delivery, message_type: str, text: str) -> None:
        path = self.folder / "tool.csv"
        ours = delivery.messages[message_type].text
        path.write_text(path.read_text(encoding="utf-8").replace(ours, text), encoding="utf-8")

    def take_away(self) -> str:
        (self.folder / "tool.csv").write_text("linkedin_url,note\n", encoding="utf-8")
        return "upscale_receipt"


class TestCsvTable(TableConformance):
    connector = CsvSource

    def arrange(self, rows: Sequence[Mapping[str, str]]) -> Mapping[str, Any]:
        return write_leads(self.folder, rows)

    def read_back(self) -> Iterator[Shown]:
        for row in read(self.folder / "leads.messages.csv"):
            fields = {name: text for name, text in row.items() if name not in OURS}
            texts = {name: unguard(row[column]) for name, column in TEXTS.items() if row[column]}
            yield Shown(Record(None, fields), row["upscale_receipt"] or None, texts)

    def edit(self) -> str:
        path = self.folder / "leads.messages.csv"
        path.write_text(path.read_text(encoding="utf-8") + "a person wrote this\n", encoding="utf-8")
        return "a person wrote this"

    def spoil(self) -> None:
        spoil_leads(self.folder)
