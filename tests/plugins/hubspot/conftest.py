"""A portal behind real HTTP, and connectors that know its address."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.engine.conftest import MovableClock, MovingStop
from tests.plugins.hubspot.portal import TOKEN, Portal
from tests.plugins.hubspot.server import HubSpot
from upscale_connect import Checkpoint, Context, Cursor, Record
from upscale_connect.http import HttpSession, Limits, RateLimiters, repeatable_session
from upscale_connect_hubspot.options import SourceConfig
from upscale_connect_hubspot.source import HubSpotSource

NAMES = ("firstname", "lastname", "contact.linkedin", "company.name", "company.website")
LIMITS = Limits(connect_seconds=2, read_seconds=2, total_seconds=5)


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
def portal(clock: MovableClock) -> Portal:
    return Portal(clock)


@pytest.fixture
def hubspot(portal: Portal) -> Iterator[HubSpot]:
    with HubSpot(portal) as server:
        yield server


class Bench:
    """What the core would lend to a connector, and short words for what a test does with one."""

    def __init__(self, folder: Path, hubspot: HubSpot, stop: MovingStop, http: HttpSession) -> None:
        self.hubspot, self.portal, self.clock, self.stop = hubspot, hubspot.portal, stop.clock, stop
        self._folder, self._http = folder, http

    def context(self, columns: Sequence[str] = NAMES, types: Sequence[str] = ("connection_request",)) -> Context:
        return Context(
            folder=self._folder,
            http=self._http,
            clock=self.clock,
            stop=self.stop,
            log=logging.getLogger("test.hubspot"),
            columns=columns,
            message_types=types,
        )

    def options(self, **changes: Any) -> dict[str, Any]:
        return {"token": TOKEN, "base_url": self.hubspot.url, **changes}

    def source(self, columns: Sequence[str] = NAMES, **options: Any) -> HubSpotSource:
        return HubSpotSource(SourceConfig.model_validate(self.options(**options)), self.context(columns))

    def read(self, since: Cursor | None = None, columns: Sequence[str] = NAMES, **options: Any) -> list[Any]:
        """Everything that a read yields."""
        return list(self.source(columns, **options).read(since))

    def ids(self, since: Cursor | None = None, **options: Any) -> list[int]:
        """The ids of the contacts that a read yields, in their order."""
        return [int(item.id or 0) for item in self.read(since, **options) if isinstance(item, Record)]

    def cursor(self, since: Cursor | None = None, **options: Any) -> Cursor:
        """What the last checkpoint of a read holds."""
        (checkpoint,) = (item for item in self.read(since, **options) if isinstance(item, Checkpoint))
        return checkpoint.cursor

    def add_people(self, number: int, **properties: str) -> list[int]:
        """So many contacts with a name and a LinkedIn address."""
        return [
            self.portal.add(
                firstname=f"Ann{index}",
                lastname="Example",
                hs_linkedin_url=f"https://www.linkedin.com/in/person-{index}",
                **properties,
            )
            for index in range(number)
        ]


@pytest.fixture
def bench(tmp_path: Path, hubspot: HubSpot, clock: MovableClock) -> Iterator[Bench]:
    stop = MovingStop(clock)
    limiters = RateLimiters(clock, stop.wait)
    with repeatable_session(
        limits=LIMITS, longest_wait=300, sleep=stop.wait, random=lambda: 0.5, clock=clock, limiters=limiters
    ) as session:
        yield Bench(tmp_path, hubspot, stop, session)
