"""A spreadsheet behind real HTTP and a service account with a real key, and connectors that know only their address."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.engine.conftest import MovableClock, MovingStop
from tests.plugins.google_sheets.fake import Book, FakeGoogle, ServiceAccount
from upscale_connect import Context, Record
from upscale_connect.http import HttpSession, Limits, RateLimiters, repeatable_session
from upscale_connect_google_sheets.client import Client
from upscale_connect_google_sheets.options import GoogleSheetsConfig
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


class Bench:
    """What the core would lend to a connector, and short words for what a test does with one."""

    def __init__(self, folder: Path, google: FakeGoogle, stop: MovingStop, http: HttpSession) -> None:
        self.google, self.stop = google, stop
        self._folder, self._http = folder, http

    def context(
        self,
        mapping: Mapping[str, Sequence[str]] = MAPPING,
        types: Sequence[str] = ("connection_request",),
        columns: Sequence[str] | None = None,
    ) -> Context:
        return Context(
            folder=self._folder,
            http=self._http,
            clock=self.stop.clock,
            stop=self.stop,
            log=logging.getLogger("test.google-sheets"),
            columns=tuple(name for names in mapping.values() for name in names) if columns is None else columns,
            message_types=types,
            mapping=mapping,
        )

    def config(self, **changes: Any) -> GoogleSheetsConfig:
        options = {"spreadsheet": ID, "credentials": "key.json", "api_root": self.google.url, **changes}
        return GoogleSheetsConfig.model_validate(options)

    def source(self, context: Context | None = None, **options: Any) -> GoogleSheetsSource:
        return GoogleSheetsSource(self.config(**options), context or self.context())

    def read(self, context: Context | None = None, **options: Any) -> list[Record]:
        return list(self.source(context, **options).read(None))

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
