"""Callbacks, over real HTTP to a real receiver: the sandbox sends them, or a test by hand."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
import requests

from upscale_connect.clock import SystemClock
from upscale_connect.engine import Task, find_tasks
from upscale_connect.ledger import Inbox, hash_token
from upscale_connect.receiver import open_receiver
from upscale_connect.sandbox import Sandbox

if TYPE_CHECKING:
    from tests.engine.conftest import MovableClock, World


@dataclass
class Wire:
    """The receiver's address, and callbacks by hand."""

    world: World
    url: str
    http: requests.Session

    def inbox(self) -> Inbox:
        return Inbox.open(self.world.folder / "ledger.db")

    def tokens(self) -> list[str]:
        """The callback tokens of all POSTs that the sandbox saw, in order."""
        urls = [
            request.json()["completion_notification_url"] for request in self.world.sandbox.state.requests_to("submit")
        ]
        return [str(url).rpartition("/")[2] for url in urls]

    def ids(self) -> list[str]:
        """The request ids that the sandbox gave, in order."""
        accepted = (request.accepted for request in self.world.sandbox.state.requests_to("submit"))
        return [one for one in accepted if one is not None]

    def call(self, token: str, request_id: str, **fields: Any) -> int:
        body = {"secure_request_id": request_id, "status": "complete", **fields}
        return self.http.post(f"{self.url}/callbacks/{token}", json=body, timeout=5).status_code

    def wait_for(self, callbacks: int) -> None:
        """Until so many are in the inbox, read or not."""
        with closing(sqlite3.connect(self.world.folder / "ledger.db.inbox")) as db:
            wait_until(lambda: db.execute("SELECT count(*) FROM callback").fetchone()[0] >= callbacks)

    def outcome(self, token: str, request_id: str) -> str:
        """What became of a callback; "" while it is unread."""
        with self.inbox() as inbox:
            return inbox.outcomes(hash_token(token))[request_id]

    def lose_answer(self, *, webhook: bool = False) -> None:
        """The next POST is processed and its answer never comes."""
        self.world.sandbox.faults.add("reset", on="submit", after=True)
        if not webhook:
            self.world.sandbox.faults.add("webhook_drop")

    def doubt(self) -> tuple[str, str]:
        """An attempt in doubt whose callback was lost, too: its token and true request id."""
        world = self.world
        self.lose_answer()
        world.write_leads(1, 2)
        world.sync()
        assert world.exit_code == 5
        assert world.attempts()[-1] == "in_doubt"
        return self.tokens()[-1], self.ids()[-1]

    def change(self, statement: str) -> None:
        """Do something to the ledger that no run does."""
        with closing(sqlite3.connect(self.world.folder / "ledger.db")) as db, db:
            db.execute(statement)

    def tasks(self) -> list[Task]:
        """What waits for a person."""
        with self.world.ledger() as ledger:
            sync_id = ledger.find_sync("spring")
            assert sync_id is not None
            return list(find_tasks(ledger, sync_id, "spring", None, self.world.clock.now()))


def wait_until(condition: Callable[[], bool]) -> None:
    pause = threading.Event()
    for _ in range(500):
        if condition():
            return
        pause.wait(0.01)
    raise AssertionError("it did not happen within 5 s")


@pytest.fixture
def sandbox(clock: MovableClock) -> Iterator[Sandbox]:
    with Sandbox(delay=0, clock=clock, webhook_secret="a webhook secret") as started:
        yield started


@pytest.fixture
def wire(world: World) -> Iterator[Wire]:
    with world.ledger(), requests.Session() as http:
        http.trust_env = False
        with open_receiver(world.load(), "127.0.0.1", 0, SystemClock()) as listener:
            world.config["accounts"]["main"] |= {"callback_url": listener.url, "batch_size": 2}
            yield Wire(world, listener.url, http)
