"""What was bought, what the ledger says of it, and what an output shows: questions about them, and what must hold."""

from __future__ import annotations

import contextlib
import csv
import re
import sqlite3
import zlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from filelock import FileLock

from upscale_connect.engine import SyncReport
from upscale_connect.ledger import Ledger, verify
from upscale_connect.sandbox import Sandbox

#: Leads and message types that a person agreed to pay once more, once for each time.
CONSENTS = (
    "SELECT p.lead_id, p.type FROM event e JOIN attempt a ON a.id = e.attempt_id JOIN purchase p USING (batch_id)"
    " WHERE e.kind = 'resent' UNION ALL SELECT lead_id, type FROM purchase WHERE revision > 1 AND state <> 'refused'"
)

LeadRow = dict[str, str]


class Books:
    """The books of one folder: the sandbox's, the ledger's and those of the outputs beside the leads."""

    def __init__(self, folder: Path, sandbox: Sandbox) -> None:
        self.folder = folder
        self.sandbox = sandbox
        self.reports: list[SyncReport] = []
        self.forgotten: set[str] = set()  # leads that no books name any more: erased, or lost with a ledger
        self.withheld: set[str] = set()  # leads whose messages the API is told never to show

    # What a test looks at.

    @property
    def posts(self) -> int:
        return len(self.sandbox.state.requests_to("submit"))

    @property
    def gets(self) -> int:
        return len(self.sandbox.state.requests_to("retrieve"))

    def bought(self) -> list[tuple[str, str]]:
        return [(lead_id, kind) for _, _, _, lead_id, kind in self.sold()]

    def sold(self) -> list[tuple[str, str, str, str, str]]:
        """(API key, customer, campaign, lead id, message type) of every accepted request, in order."""
        found = []
        for request in self.sandbox.state.requests_to("submit"):
            if request.accepted is not None:
                body = request.json()
                ids = [lead["automation_tool_lead_id"] for lead in body["lead_data"]]
                where = (body["automation_tool_customer_id"], body["automation_tool_campaign_id"])
                found += [
                    (request.key or "", *where, lead_id, kind) for lead_id in ids for kind in body["message_sequence"]
                ]
        return found

    def query(self, statement: str, *values: object) -> list[Any]:
        """Ask the ledger's file."""
        with contextlib.closing(sqlite3.connect(self.folder / "ledger.db")) as connection:
            return connection.execute(statement, values).fetchall()

    def states(self) -> dict[str, int]:
        """State → number of purchases."""
        return dict(self.query("SELECT state, count(*) FROM purchase GROUP BY state"))

    def attempts(self) -> list[str]:
        """The states of all attempts, oldest first."""
        return [row[0] for row in self.query("SELECT state FROM attempt ORDER BY id")]

    @contextlib.contextmanager
    def ledger(self) -> Iterator[Ledger]:
        with Ledger.open(self.folder / "ledger.db") as ledger:
            yield ledger

    def shown(self, name: str = "leads.messages.csv") -> dict[str, LeadRow]:
        """The rows of the output by lead id; a repeated id gets a `+`."""
        rows: dict[str, LeadRow] = {}
        with (self.folder / name).open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                key = row["ID"]
                while key in rows:
                    key += "+"
                rows[key] = row
        return rows

    def messages_of(self, lead_id: str) -> list[str]:
        row = self.shown()[lead_id]
        return [text for name, text in row.items() if name.endswith("_message") and text]

    # What must hold.

    def check_books(self) -> None:
        for report in self.reports:
            for result in report.syncs:
                result.records.verify()
        if not (self.folder / "ledger.db").exists():
            assert not self.sold()
            return
        assert [
            finding for finding in verify(self.folder / "ledger.db", is_copy=True) if finding.level == "error"
        ] == []
        self._check_sales()
        for lock in self.folder.glob("ledger.db.*.lock"):
            with FileLock(lock, timeout=0):
                pass
        for output in self.folder.glob("*.messages.csv"):
            self._check_neighbours(output.name)

    def _check_sales(self) -> None:
        """Nothing was asked for oftener than a person agreed to, and everything that was made is known."""
        sold, consents = Counter(self.sold()), Counter(self.query(CONSENTS))
        assert not {key: count for key, count in sold.items() if count > 1 + consents[key[3:]]}, "bought twice"
        known: dict[tuple[str, str, str, str], list[str]] = {}
        for *key, state in self.query(
            "SELECT c.customer, c.campaign, p.lead_id, p.type, p.state FROM purchase p"
            " JOIN campaign c ON c.id = p.campaign_id WHERE p.state <> 'refused'"
        ):
            known.setdefault((key[0], key[1], key[2], key[3]), []).append(state)
        made = self.sandbox.state.generated()
        given_up = self.query(
            "SELECT lead_id, type FROM purchase WHERE state = 'failed' AND reason LIKE 'dropped by %'"
        )
        for api_key, customer, campaign, lead_id, kind in sold:
            if lead_id in self.forgotten:
                continue
            states = known.get((customer, campaign, lead_id, kind), [])
            shown = made[api_key, lead_id, kind] and lead_id not in self.withheld
            allowed = {"pending", "ready" if shown and (lead_id, kind) not in given_up else "failed"}
            assert set(states) & allowed, f"{lead_id} {kind}: sold, but in the ledger it is {states}"

    def _check_neighbours(self, output: str) -> None:
        """Each of the sandbox's messages carries a number made of its lead id: it must stand beside that lead."""
        for row in self.shown(output).values():
            for name, text in row.items():
                if name and name.endswith("_message") and (number := re.search(r"no\. (\d+)", text or "")):
                    kind = "connection_request" if name == "outreach_message" else name.removesuffix("_message")
                    numbers = {zlib.crc32(f"{row['ID']}\0{kind}\0{tone}".encode()) for tone in ("normal", "formal")}
                    assert int(number[1]) in numbers, f"{text!r} stands beside {row['ID']}"
                    assert row["First"] in text, f"{text!r} stands beside {row['First']}"


def bought_ids(books: Books) -> list[str]:
    return [lead_id for lead_id, _ in books.bought()]
