"""Callbacks about accepted requests say when to ask, and change nothing else."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.engine.callbacks.conftest import Wire
    from tests.engine.conftest import World


@pytest.mark.promise(row="F2")
def test_repeated_50_times_and_shuffled(world: World, wire: Wire) -> None:
    world.sandbox.faults.set(delay=60)
    world.config["accounts"]["main"]["batch_size"] = 1
    world.write_leads(1, 2, 3, 4)
    world.sync()
    gets = world.gets
    world.clock.advance(60)
    wire.wait_for(4)
    calls = list(zip(wire.tokens(), wire.ids(), strict=True)) * 50
    random.Random(7).shuffle(calls)
    assert {wire.call(*call) for call in calls} == {200}
    world.sync()
    assert world.attempts() == ["complete"] * 4
    assert world.gets - gets == 4
    assert {wire.call(*call) for call in calls} == {200}
    world.sync()
    assert world.gets - gets == 4
    assert world.posts == 4


@pytest.mark.promise(row="F4")
def test_a_lost_callback_costs_no_message(world: World, wire: Wire) -> None:
    world.sandbox.faults.add("webhook_drop")
    world.write_leads(1, 2)
    world.wait()
    assert (world.exit_code, world.attempts()) == (0, ["complete"])


def test_a_callback_is_evidence_that_an_answer_is_complete(world: World, wire: Wire) -> None:
    """Without one, a request with a failed lead needs two equal answers."""
    world.sandbox.faults.set(delay=60)
    world.write_leads(1, world.lead(2, LinkedIn="https://www.linkedin.com/in/noweb-2"))
    world.sync()
    world.clock.advance(60)
    wire.wait_for(1)
    gets = world.gets
    result = world.sync()
    assert world.gets - gets == 1
    assert (result.messages.generated, result.messages.failed) == (1, 1)


def test_an_answer_that_has_less_than_the_callback_counts_is_not_complete(world: World, wire: Wire) -> None:
    world.sandbox.faults.set(delay=60)
    world.write_leads(1, 2)
    world.sync()
    world.clock.advance(60)
    wire.wait_for(1)
    world.sandbox.faults.add("missing_lead")
    result = world.wait()
    assert (result.messages.generated, result.messages.failed) == (2, 0)


def test_an_answer_without_one_of_the_leads_is_not_complete(world: World, wire: Wire) -> None:
    """Also where the callback counts nothing: a lead that failed is there without a message."""
    world.sandbox.faults.set(delay=60)
    world.sandbox.faults.add("webhook_drop")
    world.write_leads(1, 2)
    world.sync()
    world.clock.advance(60)
    wire.call(wire.tokens()[0], wire.ids()[0])
    world.sandbox.faults.add("missing_lead")
    result = world.wait()
    assert (result.messages.generated, result.messages.failed) == (2, 0)


def test_another_status_only_makes_us_ask(world: World, wire: Wire) -> None:
    world.sandbox.faults.set(delay=60)
    world.sandbox.faults.add("webhook_drop")
    world.write_leads(1, 2)
    world.sync()
    token, request_id = wire.tokens()[0], wire.ids()[0]
    wire.call(token, request_id, status="started")
    world.sync()
    assert world.attempts() == ["accepted"]
    assert wire.outcome(token, request_id) == "not complete yet"
    world.clock.advance(60)
    wire.call(token, request_id, status="complete")
    world.sync()
    assert world.attempts() == ["complete"]


def test_other_counts_than_the_api_shows_are_a_note(world: World, wire: Wire) -> None:
    token, request_id = wire.doubt()
    wire.call(token, request_id, requested_messages_count=9, generated_messages_count=2)
    world.sync()
    assert "its callback counts 2 of 9 messages, the API 2 of 2" in world.notes_of_run
    assert world.attempts() == ["complete"]


def test_a_run_that_waits_sees_the_inbox_at_once(world: World, wire: Wire) -> None:
    """The first poll would come after 20 s; the callback after 3 is used within a slice of 200 ms."""
    world.sandbox.faults.set(delay=3)
    world.write_leads(1, 2)
    world.stop.on_wait = lambda: wire.wait_for(1) if world.clock.monotonic() >= 3 else None
    world.wait()
    assert world.attempts() == ["complete"]
    assert 3 <= world.clock.monotonic() < 3.7
    assert set(world.stop.waits) == {0.2}


@pytest.mark.promise(row="F4")
def test_who_only_polls_has_no_inbox(world: World) -> None:
    world.write_leads(1, 2)
    world.sandbox.faults.set(delay=3)
    world.wait()
    assert not (world.folder / "ledger.db.inbox").exists()
    assert 0.2 not in world.stop.waits
