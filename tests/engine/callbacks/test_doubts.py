"""Callbacks end doubts, however late they come."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from upscale_connect.ledger import back_up

if TYPE_CHECKING:
    from tests.engine.callbacks.conftest import Wire
    from tests.engine.conftest import World


@pytest.mark.promise(row="E2")
def test_a_lost_answer_is_told_by_the_callback(world: World, wire: Wire) -> None:
    wire.lose_answer(webhook=True)
    world.write_leads(1, 2)
    world.sync()
    wire.wait_for(1)
    world.sync()
    assert world.exit_code == 0
    assert world.attempts() == ["complete"]
    assert world.posts == 1
    assert all(len(world.messages_of(lead_id)) == 1 for lead_id in ("lead_001", "lead_002"))
    assert world.query("SELECT count(*) FROM event WHERE kind = 'bound'") == [(1,)]
    assert any("had been accepted" in note for report in world.reports for note in report.syncs[0].notes)


def test_the_campaign_buys_again_after_its_doubt_has_ended(world: World, wire: Wire) -> None:
    token, request_id = wire.doubt()
    world.write_leads(1, 2, 3)
    assert world.sync().messages.requested == 0
    wire.call(token, request_id)
    result = world.wait()
    assert result.messages.requested == 1
    assert world.exit_code == 0
    assert len(world.messages_of("lead_003")) == 1


@pytest.mark.promise(row="F2")
def test_30_days_late(world: World, wire: Wire) -> None:
    token, request_id = wire.doubt()
    world.clock.advance(30 * 86_400)
    assert wire.call(token, request_id) == 200
    result = world.sync()
    assert world.attempts() == ["complete"]
    assert (result.messages.generated, world.exit_code) == (2, 0)
    world.clock.advance(30 * 86_400)
    gets = world.gets
    assert wire.call(token, request_id) == 200
    world.sync()
    assert world.gets == gets


@pytest.mark.promise(row="B4")
def test_a_proof_that_an_old_copy_of_the_ledger_has_not_seen(world: World, wire: Wire) -> None:
    """The callback was used and its ledger is lost; the copy that a person accepted uses it once more."""
    ledger, saved = world.folder / "ledger.db", world.folder / "saved.db"
    token, request_id = wire.doubt()
    back_up(ledger, saved)
    assert wire.call(token, request_id) == 200
    world.wait()
    assert world.attempts() == ["complete"]
    with closing(sqlite3.connect(saved)) as copy, closing(sqlite3.connect(ledger)) as lost:
        copy.backup(lost)
    (world.folder / "ledger.db.generation").unlink()
    assert world.attempts() == ["in_doubt"]
    world.wait()
    assert (world.attempts(), world.posts, world.exit_code) == (["complete"], 1, 0)


def test_a_dropped_attempt_is_bound_by_a_late_callback(world: World, wire: Wire) -> None:
    token, request_id = wire.doubt()
    wire.change("UPDATE attempt SET state = 'dropped'")
    wire.call(token, request_id)
    world.sync()
    assert world.attempts() == ["complete"]
    assert len(world.messages_of("lead_001")) == 1


@pytest.mark.promise(row="F3")
def test_a_post_that_has_not_returned_is_left_alone(world: World, wire: Wire) -> None:
    from upscale_connect.engine import Options
    from upscale_connect.engine.callbacks import CallbackReader
    from upscale_connect.engine.collect import Collector
    from upscale_connect.engine.connect import close_run, open_run

    token, request_id = wire.doubt()
    wire.change("UPDATE attempt SET state = 'submitting'")
    wire.call(token, request_id)
    with world.services() as services:
        run = open_run(services, services.config.syncs["spring"], "a run", Options())
        reader = CallbackReader(run, Collector(run))
        gets = world.gets
        assert reader.drain() == 0
        assert (world.gets, wire.outcome(token, request_id)) == (gets, "")
        assert not reader.has_news()
        world.clock.advance(1)
        assert reader.has_news()
        wire.change("UPDATE attempt SET state = 'in_doubt'")
        assert reader.drain() == 1
        reader.close()
        close_run(run)
    assert world.attempts() == ["complete"]
    world.sync()


@pytest.mark.promise(row="F3")
def test_a_callback_before_the_answer(world: World, wire: Wire) -> None:
    """The answer is slow, so the callback is there first; what it says is used once the id is known."""
    world.sandbox.faults.add("slow", on="submit", after=True, seconds=0.3)
    world.write_leads(1, 2)
    world.sync()
    wire.wait_for(1)
    world.sync()
    assert (world.attempts(), world.exit_code, world.posts) == (["complete"], 0, 1)
