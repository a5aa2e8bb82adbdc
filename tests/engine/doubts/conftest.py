"""A person who decides about an attempt in doubt."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from upscale_connect.engine.doubts import Decision, find_case
from upscale_connect.ledger import Case, Inbox, hash_token
from upscale_connect.models import Lead, RequestDescription
from upscale_connect.upscale import GenerationRequest

if TYPE_CHECKING:
    from tests.engine.conftest import World

ACTOR = "alice"


class Person:
    """Short words for what a person does and sees. Attempts go by their number, from 1."""

    def __init__(self, world: World) -> None:
        self.world = world

    def doubt(self, kind: str = "reset", *, paid: bool = True, leads: tuple[int, ...] = (1, 2)) -> None:
        """Attempt 1 for these leads is in doubt; `paid`: it was accepted, and its answer was lost."""
        self.world.write_leads(*leads)
        self.world.sandbox.faults.add(kind, on="submit", after=paid)
        self.world.sync()
        assert self.world.attempts() == ["in_doubt"]

    def act(self, function: Callable[..., Decision], *args: Any) -> Decision:
        with self.world.services() as services:
            return function(services, *args, ACTOR)

    def case(self, attempt: int) -> Case:
        with self.world.ledger() as ledger:
            return find_case(ledger, attempt)

    def request_of(self, attempt: int) -> str:
        """The request that the sandbox made of the attempt of this number."""
        found = self.world.sandbox.state.requests_to("submit")[attempt - 1].accepted
        assert found is not None
        return found

    def call_back(self, attempt: int, request_id: str = "") -> None:
        """A callback for the attempt comes in, as `serve` would keep it."""
        url = self.world.sandbox.state.requests_to("submit")[attempt - 1].json()["completion_notification_url"]
        request_id = request_id or self.request_of(attempt)
        with Inbox.open(self.world.folder / "ledger.db") as inbox:
            token = hash_token(url.rpartition("/")[2])
            inbox.put(token, request_id, "complete", "", None, None, self.world.clock.now())

    def sold_to(self) -> Counter[str]:
        return Counter(lead_id for lead_id, _ in self.world.bought())

    def events(self, kind: str) -> list[tuple[str, int]]:
        """(Actor, attempt) of each event of a kind."""
        return self.world.query("SELECT actor, attempt_id FROM event WHERE kind = ? ORDER BY id", kind)

    @contextlib.contextmanager
    def unchanged(self) -> Iterator[None]:
        """Nothing is bought, and nothing that counts is changed in the ledger."""
        tables = ("attempt", "purchase", "batch", "delivery", "aside")
        before = [self.world.query(f"SELECT * FROM {table} ORDER BY 1, 2, 3") for table in tables]
        posts = self.world.posts
        yield
        assert [self.world.query(f"SELECT * FROM {table} ORDER BY 1, 2, 3") for table in tables] == before
        assert self.world.posts == posts

    def buy_elsewhere(self, campaign: str, *numbers: int) -> str:
        """Another program buys something with the same key. Returns its request."""
        leads = [
            Lead(f"lead_{number:03}", f"https://www.linkedin.com/in/person-{number}", "", "Company", "Ann", "Example")
            for number in numbers
        ]
        request = GenerationRequest(
            "https://callback.invalid/x",
            "customer_1",
            campaign,
            RequestDescription("Acme Corporation", "https://www.acmecorp.com"),
            ("connection_request",),
            leads,
        )
        with self.world.services() as services:
            found = services.client(services.config.accounts["main"]).request_message_generation(request)
        self.world.sandbox.state.requests_to("submit")[-1].accepted = None  # it is not for our books
        return found


@pytest.fixture
def person(world: World) -> Person:
    return Person(world)
