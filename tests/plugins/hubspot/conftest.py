"""A portal behind real HTTP, and connectors that know its address."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

import upscale_connect_hubspot
from tests.engine.conftest import START, MovableClock, MovingStop, World
from tests.plugins.hubspot.portal import TOKEN, Portal
from tests.plugins.hubspot.server import HubSpot
from upscale_connect import Checkpoint, Context, Cursor, Delivery, Lead, Message, Record, Sink
from upscale_connect.http import HttpSession, Limits, RateLimiters, repeatable_session
from upscale_connect_hubspot.options import SinkConfig, SourceConfig
from upscale_connect_hubspot.sink import HubSpotSink
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

    def sink(self, types: Sequence[str] = ("connection_request",), **options: Any) -> HubSpotSink:
        given = self.options(**{"match": {"property": "hs_object_id"}, "create": "yes", **options})
        return HubSpotSink(SinkConfig.model_validate(given), self.context((), types))

    def delivery(self, id_: int | str, text: str = "Hello", receipt: str = "uc-1", **changes: Any) -> Delivery:
        """Of the person that `add_people` made with this id; `others`: further message types and texts."""
        number = changes.pop("number", 0)
        texts = {"connection_request": text, **changes.pop("others", {})}
        messages = {kind: Message(kind, one, START) for kind, one in texts.items()}
        url = f"https://www.linkedin.com/in/person-{number}"
        lead = Lead(str(id_), url, f"li:in:person-{number}", "Acme", f"Ann{number}", "Example")
        lead.customer, lead.campaign = "acme", changes.pop("campaign", "spring")
        record = Record(str(id_), changes.pop("fields", {}), f"HubSpot contact {id_}")
        return Delivery(lead.key, record, lead, messages, receipt, changes.pop("earlier", {}))

    def write(self, sink: Sink[Any], *deliveries: Delivery) -> list[str]:
        """Outcomes, and why if not written, in the order of the deliveries."""
        results = {id(result.delivery): result for result in sink.write(deliveries)}
        assert len(results) == len(deliveries)
        ordered = [results[id(delivery)] for delivery in deliveries]
        return [f"{one.outcome}: {one.why}" if one.why else one.outcome for one in ordered]

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


class HubSpotWorld:
    """A whole run: leads from HubSpot, messages back beside them."""

    def __init__(self, world: World, hubspot: HubSpot) -> None:
        self.world, self.hubspot, self.portal = world, hubspot, hubspot.portal
        world.registry.register(upscale_connect_hubspot, name="hubspot")
        self.options: dict[str, Any] = {"token": TOKEN, "base_url": hubspot.url, "create": "yes"}
        world.spring["source"] = {"plugin": "hubspot", **self.options}
        world.spring["map"] = {
            "first_name": "firstname",
            "last_name": "lastname",
            "lead_company": {"first_of": ["company.name", "company"]},
            "lead_linkedin": "contact.linkedin",
            "lead_company_website_url": {"first_of": ["company.website", "company.domain", "website"]},
        }

    @property
    def source(self) -> dict[str, Any]:
        """The options of the source, to be changed."""
        found: dict[str, Any] = self.world.spring["source"]
        return found

    def add_people(self, number: int, companies: int = 1, first: int = 0) -> list[int]:
        """So many contacts that can become leads, each at one of so many companies; numbered from `first`."""
        homes = [self.portal.add("companies", name=f"Company {one}") for one in range(companies)]
        return [
            self.portal.add(
                firstname=f"Ann{index}",
                lastname="Example",
                hs_linkedin_url=f"https://www.linkedin.com/in/person-{index}",
                associatedcompanyid=str(homes[index % companies]),
            )
            for index in range(first, first + number)
        ]

    def message(self, id_: int) -> str:
        """What the contact shows."""
        return self.portal.shown(id_).get("upscale_connection_request", "")

    def check_messages(self) -> int:
        """Each message stands beside the person that it greets. Returns how many there are."""
        shown = [row.properties for row in self.portal.rows["contacts"].values()]
        written = [one for one in shown if one.get("upscale_connection_request")]
        for one in written:
            assert re.search(rf"\b{one['firstname']}\b", one["upscale_connection_request"])
            assert one["upscale_receipt"].startswith("uc-")
        return len(written)


@pytest.fixture
def hub(world: World, hubspot: HubSpot) -> HubSpotWorld:
    return HubSpotWorld(world, hubspot)
