"""Somebody else holds the ledger while a run buys: the answer waits for its place, and is not lost."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from upscale_connect.errors import LedgerError
from upscale_connect.ledger import database

if TYPE_CHECKING:
    from tests.engine.conftest import World


class Holder:
    """Takes the ledger's write lock when a paid request arrives."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._connection: sqlite3.Connection | None = None
        self._receive = world.sandbox.state.receive
        world.replace("receive", self._arrive)  # acts in that very moment

    def _arrive(self, request: Any) -> None:
        if request.endpoint == "submit" and self._connection is None:
            path = self._world.folder / "ledger.db"
            self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            self._connection.execute("BEGIN IMMEDIATE")
        self._receive(request)

    def let_go(self) -> None:
        if self._connection is not None:
            self._connection.close()


@pytest.fixture
def holder(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Holder]:
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.02)
    world.write_leads(1)
    held = Holder(world)
    yield held
    held.let_go()


@pytest.mark.promise(row="I3")
def test_held_when_the_answer_comes(world: World, holder: Holder) -> None:
    """For a while: the id is stored by a later try."""
    world.stop.on_wait = holder.let_go
    world.sync()
    assert (world.attempts(), world.exit_code, world.posts) == (["accepted"], 0, 1)
    assert world.stop.waits == [1]


@pytest.mark.promise(row="I3")
def test_held_for_good(world: World, holder: Holder) -> None:
    """The run says so, with the id; the next one has it from the spool, and nothing is in doubt."""
    result = world.sync()
    (post,) = world.sandbox.state.requests_to("submit")
    assert result.error is not None
    assert f"request {post.accepted} was accepted and paid" in result.error.message
    assert "another program holds the ledger" in result.error.message
    assert (world.attempts(), world.exit_code) == (["submitting"], 2)
    holder.let_go()
    world.wait()
    assert (world.attempts(), world.exit_code, world.posts) == (["complete"], 0, 1)


@pytest.mark.promise(row="I3")
def test_held_before_a_run(world: World, holder: Holder) -> None:
    """Nothing is sent."""
    with world.ledger():
        pass
    with contextlib.closing(sqlite3.connect(world.folder / "ledger.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(LedgerError, match="another program holds the ledger"):
            world.sync()
    assert world.posts == 0
    world.sync(limit=0)
