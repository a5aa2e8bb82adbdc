"""A spreadsheet behind real HTTP and a service account with a real key, and connectors that know only their address."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

import upscale_connect_google_sheets
from tests.cli.conftest import Result
from tests.engine.conftest import START, MovableClock, MovingStop, World
from tests.plugins.google_sheets.fake import Book, FakeGoogle, ServiceAccount
from tests.plugins.google_sheets.office import LEADS, Office
from upscale_connect import Context, Delivery, Found, Lead, Message, Record, WriteResult
from upscale_connect.http import HttpSession, Limits, RateLimiters, repeatable_session
from upscale_connect.sandbox import Sandbox
from upscale_connect.testing import FakeStop
from upscale_connect_google_sheets.client import Client
from upscale_connect_google_sheets.options import GoogleSheetsConfig
from upscale_connect_google_sheets.sink import GoogleSheetsSink
from upscale_connect_google_sheets.source import GoogleSheetsSource

ID = "1x2y3z-a-book-that-nobody-has-in-the-world-4"
HEADER = ["First", "Last", "Company", "LinkedIn"]
MAPPING = {
    "first_name": ("First",),
    "last_name": ("Last",),
    "lead_company": ("Company",),
    "lead_linkedin": ("LinkedIn",),
}
LIMITS = Limits(connect_seconds=2, read_seconds=5, total_seconds=20)
#: Our columns where one message type is mapped.
OURS = [
    "outreach_message",
    "upscale_status",
    "upscale_approved",
    "upscale_notes",
    "upscale_updated_at",
    "upscale_receipt",
]


def person(number: int) -> list[str]:
    """The row of a lead."""
    return [f"Ann{number}", "Example", f"Company {number}", f"https://www.linkedin.com/in/person-{number}"]


@pytest.fixture(scope="session")
def account() -> ServiceAccount:
    return ServiceAccount()


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
def google(clock: MovableClock) -> Iterator[FakeGoogle]:
    with FakeGoogle(clock.monotonic) as fake:
        yield fake


@pytest.fixture
def book(google: FakeGoogle, account: ServiceAccount) -> Book:
    """A spreadsheet with a header and two leads, shared with the service account."""
    made = google.add(Book(ID), account)
    made.tab.fill([HEADER, person(1), person(2)])
    return made


def outcomes(results: Iterable[Any]) -> list[str]:
    return [result.outcome for result in results]


class Bench:
    """What the core would lend to a connector, and short words for what a test does with one."""

    def __init__(self, folder: Path, google: FakeGoogle, stop: FakeStop, http: HttpSession) -> None:
        self.google, self.stop = google, stop
        self.mapping: Mapping[str, Sequence[str]] = MAPPING
        self._folder, self._http = folder, http

    def context(self, types: Sequence[str] = ("connection_request",), columns: Sequence[str] | None = None) -> Context:
        return Context(
            folder=self._folder,
            http=self._http,
            clock=self.stop.clock,
            stop=self.stop,
            log=logging.getLogger("test.google-sheets"),
            columns=[name for names in self.mapping.values() for name in names] if columns is None else columns,
            message_types=types,
            mapping=self.mapping,
        )

    def config(self, **changes: Any) -> GoogleSheetsConfig:
        options = {"spreadsheet": ID, "key_file": "key.json", "api_root": self.google.url, **changes}
        return GoogleSheetsConfig.model_validate(options)

    def source(self, context: Context | None = None, **options: Any) -> GoogleSheetsSource:
        return GoogleSheetsSource(self.config(**options), context or self.context())

    def read(self, context: Context | None = None, **options: Any) -> list[Record]:
        return list(self.source(context, **options).read(None))

    def sink(self, types: Sequence[str] = ("connection_request",), **options: Any) -> GoogleSheetsSink:
        return self.source(self.context(types), **options).beside()

    def write(self, *deliveries: Delivery, **options: Any) -> list[WriteResult]:
        """Write through a sink of its own, as a new run would; a result for each, in their order."""
        results = list(self.sink(**options).write(deliveries))
        assert [result.delivery for result in results] == list(deliveries)
        return results

    def find(self, *deliveries: Delivery, **options: Any) -> list[Found]:
        return list(self.sink(**options).find(deliveries))

    def delivery(
        self,
        number: int,
        text: str = "",
        *,
        receipt: str = "",
        earlier: Sequence[str] = (),
        follow_up: str = "",
        **columns: str,
    ) -> Delivery:
        """Messages for the lead of this number. `columns`: what its record shows besides."""
        first, last, company, url = person(number)
        key = url.rpartition("/")[2]
        lead = Lead(str(number), url, f"li:in:{key}", company, first, last, customer="customer", campaign="campaign")
        texts = {"connection_request": text or f"Hi {first}"} | ({"follow_up": follow_up} if follow_up else {})
        messages = {kind: Message(kind, one, START) for kind, one in texts.items()}
        record = Record(None, dict(zip(HEADER, person(number), strict=True)) | columns)
        ours_before = {"connection_request": list(earlier)}
        return Delivery(lead.key, record, lead, messages, receipt or f"uc-{number}", ours_before)

    def client(self, *, writes: bool = False) -> Client:
        """What a connector calls Google with; the limits are declared as a connector does."""
        context = self.context()
        self.source(context)
        return Client(self.config(), context, writes=writes)

    def write_key(self, info: Mapping[str, Any], name: str = "key.json") -> None:
        (self._folder / name).write_text(json.dumps(info), encoding="utf-8")


@pytest.fixture
def bench(tmp_path: Path, google: FakeGoogle, clock: MovableClock, account: ServiceAccount) -> Iterator[Bench]:
    stop = MovingStop(clock)
    limiters = RateLimiters(clock, stop.wait)
    with repeatable_session(
        limits=LIMITS, longest_wait=300, sleep=stop.wait, random=lambda: 0.5, clock=clock, limiters=limiters
    ) as session:
        made = Bench(tmp_path, google, stop, session)
        made.write_key(account.key_file(google.token_uri))
        yield made


class SheetWorld:
    """Whole runs: leads from a spreadsheet, messages back beside them."""

    def __init__(self, world: World, google: FakeGoogle, book: Book) -> None:
        self.world, self.google, self.tab = world, google, book.tab
        world.registry.register(upscale_connect_google_sheets, name="google-sheets")
        self.options = {"spreadsheet": ID, "key_file": "key.json", "api_root": google.url}
        world.spring["source"] = {"plugin": "google-sheets", **self.options}
        world.spring["map"] = {field: names[0] for field, names in MAPPING.items()}

    def shown(self, column: str = "outreach_message") -> dict[str, str]:
        """First name → what the row shows in a column."""
        header, *rows = self.tab.texts()
        place, first = header.index(column), header.index("First")
        return {row[first]: row[place] if place < len(row) else "" for row in rows if row and row[first]}

    def check_messages(self) -> int:
        """Each message stands beside the person that it greets. Returns how many there are."""
        written = {first: text for first, text in self.shown().items() if text}
        for first, text in written.items():
            assert re.search(rf"\b{first}\b", text)
        receipts = self.shown("upscale_receipt")
        assert {first for first, receipt in receipts.items() if receipt.startswith("uc-")} == set(written)
        return len(written)


@pytest.fixture
def sheet(
    world: World,
    google: FakeGoogle,
    book: Book,
    account: ServiceAccount,
) -> SheetWorld:
    (world.folder / "key.json").write_text(json.dumps(account.key_file(google.token_uri)), encoding="utf-8")
    return SheetWorld(world, google, book)


@pytest.fixture
def office(
    call: Callable[..., Result],
    google: FakeGoogle,
    book: Book,
    account: ServiceAccount,
) -> Iterator[Office]:
    """Three leads in a sheet, and an API that has every message at once."""
    google.per_minute = None
    book.tab.fill([HEADER, *map(person, range(LEADS))])
    source = {"plugin": "google-sheets", "spreadsheet": ID, "key_file": "key.json", "api_root": google.url}
    with Sandbox(delay=0) as server:
        made = Office(call, google, book.tab, server, source, {field: names[0] for field, names in MAPPING.items()})
        (made.folder / "key.json").write_text(json.dumps(account.key_file(google.token_uri)), encoding="utf-8")
        made.configure()
        yield made
