"""Thousands of callbacks, true and forged, while a sync runs; and a callback while somebody holds the ledger."""

from __future__ import annotations

import contextlib
import http.client
import json
import random
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from upscale_connect.ledger.inbox import MAX_IDS

if TYPE_CHECKING:
    from tests.engine.callbacks.conftest import Wire
    from tests.engine.conftest import World

#: 10,000 hold as well, in seven times the time.
CALLS = 1_500
THREADS = 4


def call(wire: Wire, token: str, request_id: str) -> int:
    """The status of the answer to one callback."""
    connection = http.client.HTTPConnection(urlsplit(wire.url).netloc, timeout=20)
    with contextlib.closing(connection):
        body = json.dumps({"secure_request_id": request_id, "status": "complete"})
        connection.request("POST", f"/callbacks/{token}", body, {"Content-Type": "application/json"})
        return connection.getresponse().status


def known(world: World) -> list[tuple[str, str]]:
    """(Token, request id) of each request that the sandbox has accepted so far."""
    accepted = [post for post in world.sandbox.state.requests_to("submit") if post.accepted]
    return [(post.json()["completion_notification_url"].rpartition("/")[2], post.accepted or "") for post in accepted]


def make_calls(world: World, chance: random.Random) -> Iterator[tuple[str, str]]:
    """True ones again and again, ids of others, ids of nobody, and tokens of nobody, as the run goes on."""
    for number in range(CALLS):
        token, request_id = chance.choice(known(world))
        yield chance.choice(
            [
                (token, request_id),
                (token, chance.choice(known(world))[1]),
                (token, f"forged-{number}"),
                (f"{number:043}", request_id),
            ]
        )


@pytest.mark.promise(row="F6")
@pytest.mark.promise(row="F2")
def test_flood_while_a_sync_runs(world: World, wire: Wire) -> None:
    """Every call is answered, nothing forged counts, and the books are equal."""
    world.write_leads(*range(1, 9))
    world.sync(limit=2)
    calls = make_calls(world, random.Random(1))
    take = threading.Lock()

    def send() -> Counter[int]:
        answers: Counter[int] = Counter()
        while True:
            with take:
                one = next(calls, None)
            if one is None:
                return answers
            answers[call(wire, *one)] += 1

    begun = time.monotonic()
    with ThreadPoolExecutor(THREADS) as pool:
        floods = [pool.submit(send) for _ in range(THREADS)]
        while not all(flood.done() for flood in floods):
            world.sync()
        answers = sum((flood.result() for flood in floods), Counter[int]())
    assert time.monotonic() - begun < 30 * CALLS / 1000
    assert set(answers) <= {200, 404, 429}
    assert answers.total() == CALLS
    assert all(call(wire, *one) in (200, 429) for one in known(world))
    for _ in range(3):
        world.clock.advance(61)
        world.wait()
    assert (world.posts, world.states()) == (4, {"ready": 8})
    assert world.query("SELECT count(*) FROM attempt WHERE state <> 'complete'") == [(0,)]
    with contextlib.closing(sqlite3.connect(world.folder / "ledger.db.inbox")) as inbox:
        rows = inbox.execute("SELECT count(*) FROM callback GROUP BY token_hash").fetchall()
    assert max(rows) <= (MAX_IDS,)


@pytest.mark.promise(row="F8")
def test_callback_while_the_ledger_is_held(world: World, wire: Wire) -> None:
    """Whoever writes to the ledger for long keeps no callback waiting: those have a file of their own."""
    world.write_leads(1, 2)
    world.sandbox.faults.add("webhook_drop")
    world.sandbox.faults.add("reset", on="submit", after=True)
    world.sync()
    (one,) = known(world)
    with contextlib.closing(sqlite3.connect(world.folder / "ledger.db", isolation_level=None)) as writer:
        writer.execute("BEGIN EXCLUSIVE")
        writer.execute("UPDATE meta SET value = value")
        begun = time.monotonic()
        assert [call(wire, *one) for _ in range(50)] == [200] * 50
        assert time.monotonic() - begun < 5
        writer.execute("ROLLBACK")
    world.sync()
    assert (world.attempts(), world.exit_code) == (["complete"], 0)
