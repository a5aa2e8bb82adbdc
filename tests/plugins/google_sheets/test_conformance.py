"""The plugin passes the suites that every author of a plugin can use."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from tests.plugins.google_sheets.fake import Book, FakeGoogle, ServiceAccount
from upscale_connect import Delivery
from upscale_connect.testing import SinkConformance, SourceConformance
from upscale_connect_google_sheets.sink import GoogleSheetsSink
from upscale_connect_google_sheets.source import GoogleSheetsSource

ID = "1x2y3z-a-book-that-nobody-has-in-the-world-4"
COLUMNS = ("id", "first_name", "last_name", "company", "linkedin", "email", "note", "changed_at")
TEXTS = {"connection_request": "outreach_message", "first_follow_up": "first_follow_up_message"}
ACCOUNT = ServiceAccount()
#: The token, and the question whether we may write.
SAFE = ("POST /token", f"POST /v4/spreadsheets/{ID}:batchUpdate")


class TestGoogleSheetsSource(SourceConformance):
    connector = GoogleSheetsSource
    safe_calls = SAFE
    page_size = 5_000
    bypass: ClassVar[Mapping[str, str]] = {"S16": "Google does not tell what has changed"}

    def arrange(self, rows: Sequence[Mapping[str, str]]) -> Mapping[str, Any]:
        self.google = self.enter(FakeGoogle(self.clock.monotonic))
        self.google.add(Book(ID), ACCOUNT).tab.fill([COLUMNS, *([row[name] for name in COLUMNS] for row in rows)])
        self.serve("https://sheets.googleapis.com", self.google.url)
        self.serve("https://oauth2.googleapis.com", self.google.url)
        (self.folder / "key.json").write_text(json.dumps(ACCOUNT.key_file("https://oauth2.googleapis.com/token")))
        return {"spreadsheet": ID, "key_file": "key.json"}


class TestGoogleSheetsSink(SinkConformance):
    connector = GoogleSheetsSink
    safe_calls = SAFE

    def arrange(self, deliveries: Sequence[Delivery]) -> Mapping[str, Any]:
        self.google = self.enter(FakeGoogle(self.clock.monotonic))
        self.tab = self.google.add(Book(ID), ACCOUNT).tab
        self.keys = {delivery.lead.lead_id: delivery.key for delivery in deliveries}
        self.tab.fill([COLUMNS, *([one.record.fields.get(name, "") for name in COLUMNS] for one in deliveries)])
        self.serve("https://sheets.googleapis.com", self.google.url)
        self.serve("https://oauth2.googleapis.com", self.google.url)
        (self.folder / "key.json").write_text(json.dumps(ACCOUNT.key_file("https://oauth2.googleapis.com/token")))
        return {"spreadsheet": ID, "key_file": "key.json"}

    def read_back(self) -> Iterator[tuple[str, str, str]]:
        header, *rows = self.tab.texts()
        for row in rows:
            shown = dict(zip(header, row, strict=False))
            for kind, name in TEXTS.items():
                if shown.get(name):
                    yield self.keys[row[0]], kind, shown[name]

    def find_row(self, delivery: Delivery) -> int:
        return next(row for row, cells in enumerate(self.tab.texts()) if cells[0] == delivery.lead.lead_id)

    def edit(self, delivery: Delivery, message_type: str, text: str) -> None:
        self.tab.put(self.find_row(delivery), self.tab.texts()[0].index(TEXTS[message_type]), text)

    def put_stranger(self, delivery: Delivery) -> None:
        row = self.find_row(delivery)
        for column, text in ((1, "John"), (2, "Roe"), (4, "https://www.linkedin.com/in/john-roe")):
            self.tab.put(row, column, text)

    def remove(self, delivery: Delivery) -> None:
        self.tab.delete_rows(self.find_row(delivery))

    def take_away(self) -> str:
        self.tab.put(0, COLUMNS.index("linkedin"), "Profile")
        return "linkedin"
