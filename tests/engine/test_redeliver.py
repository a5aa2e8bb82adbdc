"""What a sink has is written again when a person says so; nothing is bought for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from upscale_connect.errors import UsageError

if TYPE_CHECKING:
    from tests.engine.conftest import World


def again(world: World, sink: str) -> None:
    posts = world.posts
    world.sync(buy=False, redeliver=sink, actor="alice")
    assert world.posts == posts


def test_everything_is_written_again_to_one_sink(world: World) -> None:
    world.use_list("memory", "other")
    world.leads.items = [world.record(1), world.record(2)]
    world.wait()
    again(world, "memory")
    assert set(world.memory.texts.values()) == {2}
    assert set(world.other.texts.values()) == {1}
    assert (world.exit_code, world.reports[-1].syncs[0].sinks["memory"].written) == (0, 2)
    assert "deliveries made again: 2" in world.notes_of_run
    assert world.query("SELECT actor, detail FROM event WHERE kind = 'redelivered'") == [("alice", "2 deliveries")]
    world.sync(buy=False)
    assert set(world.memory.texts.values()) == {2}, "once for each time that a person says so"


def test_what_a_sink_gave_up_stays_with_retry(world: World) -> None:
    world.use_list("memory")
    world.leads.items = [world.record(1)]
    world.memory.answer = lambda delivery: delivery.failed("full", retry=False)
    world.wait()
    again(world, "memory")
    assert world.query("SELECT state FROM delivery") == [("parked",)]


@pytest.mark.parametrize("has_it", [True, False])
def test_sink_in_which_a_repeat_would_show_is_asked(world: World, has_it: bool) -> None:
    world.use_list("notes")
    world.leads.items = [world.record(1)]
    world.wait()
    if not has_it:
        world.notes.shown.clear()
    again(world, "notes")
    assert set(world.notes.texts.values()) == {1 if has_it else 2}
    assert world.notes.asked == ["customer_1/campaign_1/lead_001"]


@pytest.mark.promise(row="A4")
def test_sink_is_asked_also_when_the_row_was_somebody_elses_meanwhile(world: World) -> None:
    """Skipped for that time, and not forgotten that it may have the messages."""
    world.use_list("notes")
    world.leads.items = [world.record(1)]
    world.wait()
    world.leads.items = [world.record(1, LinkedIn="https://www.linkedin.com/in/somebody-else")]
    world.wait()
    again(world, "notes")
    assert world.query("SELECT state FROM delivery") == [("skipped",)]
    world.leads.items = [world.record(1)]
    world.wait()
    assert set(world.notes.texts.values()) == {1}
    assert world.notes.asked == ["customer_1/campaign_1/lead_001"]


def test_table_is_written_anew(world: World) -> None:
    world.use_grid()
    world.leads.items = [world.record(1)]
    world.wait()
    rewrites = world.grid.rewrites
    again(world, "back")
    assert world.grid.rewrites == rewrites + 1
    assert world.grid.rows is not None
    assert world.grid.rows[0].delivery is not None


def test_unknown_sink(world: World) -> None:
    world.use_list("memory")
    world.leads.items = [world.record(1)]
    world.wait()
    again(world, "memroy")
    error = world.reports[-1].syncs[0].error
    assert isinstance(error, UsageError)
    assert (world.exit_code, error.hint) == (2, "did you mean 'memory'?")
    assert set(world.memory.texts.values()) == {1}
