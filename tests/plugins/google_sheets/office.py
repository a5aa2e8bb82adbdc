"""What a user and a colleague do: commands in a folder, and cells changed by hand."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tests.cli.conftest import Result
from tests.plugins.google_sheets.fake import FakeGoogle, Tab
from upscale_connect.sandbox import Sandbox

TEXT, STATUS, APPROVED, RECEIPT = "outreach_message", "upscale_status", "upscale_approved", "upscale_receipt"
LEADS = 3


class Office:
    """A folder with a configuration, a spreadsheet, and an API that has every message at once."""

    def __init__(
        self,
        call: Callable[..., Result],
        google: FakeGoogle,
        tab: Tab,
        sandbox: Sandbox,
        source: Mapping[str, str],
        mapping: Mapping[str, str],
    ) -> None:
        self.call, self.google, self.tab, self.sandbox = call, google, tab, sandbox
        self._source, self._mapping = source, mapping
        self.folder = Path.cwd()

    def configure(self, **sync: Any) -> None:
        spring = {
            "customer": "acme",
            "campaign": "s1",
            "source": self._source,
            "map": self._mapping,
            "request": {"proposition_company_name": "Acme", "proposition_company_url": "https://acme.example"},
            "messages": ["connection_request"],
            **sync,
        }
        account = {
            "api_key": "sandbox-valid",
            "base_url": self.sandbox.base_url,
            "poll": {"first_seconds": "0.05", "factor": "1", "max_seconds": "60"},
        }
        config = {"version": "1", "accounts": {"main": account}, "syncs": {"spring": spring}}
        (self.folder / "upscale-connect.yaml").write_text(json.dumps(config), encoding="utf-8")

    def sync(self) -> Any:
        """A run: its exit code, and what it tells."""
        return self.call("sync", "--wait", "--json").data

    @property
    def posts(self) -> int:
        return len(self.sandbox.state.requests_to("submit"))

    def rows(self) -> dict[str, dict[str, str]]:
        """First name → the row of each lead, by the names of the columns."""
        header, *rows = self.tab.texts()
        return {row[0]: dict(zip(header, [*row, *[""] * len(header)], strict=False)) for row in rows}

    def write(self, first: str, column: str, text: str) -> None:
        """As a colleague would."""
        self._put(first, column, text)

    def check(self, first: str, column: str, *, ticked: bool) -> None:
        """Leave a checkbox there."""
        self._put(first, column, ticked)

    def _put(self, first: str, column: str, value: str | bool) -> None:
        rows = self.tab.texts()
        row = next(number for number, cells in enumerate(rows) if cells[0] == first)
        self.tab.put(row, rows[0].index(column), value)

    def sort(self) -> None:
        self.tab.sort(1, key=lambda row: str(row[0]), reverse=True)

    def lose_ledger(self) -> None:
        for path in self.folder.glob("upscale-connect.db*"):
            path.unlink()
