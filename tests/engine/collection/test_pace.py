"""How often open requests are asked for, and what is said of them meanwhile."""

from __future__ import annotations

from datetime import datetime
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from tests.engine.collection.conftest import purchases

if TYPE_CHECKING:
    from tests.engine.conftest import MovableClock, World


def next_poll(world: World) -> float:
    """Seconds from now until the next question."""
    ((text,),) = world.query("SELECT next_poll_at FROM attempt")
    return (datetime.fromisoformat(text) - world.clock.now()).total_seconds()


@pytest.mark.promise(row="F4")
def test_pace(world: World) -> None:
    """20 s, then each pause times 1.6, up to 5 minutes, all give or take a tenth."""
    world.sandbox.faults.set(delay=60)
    world.write_leads(1)
    asked = [world.clock.monotonic()]
    receive = world.sandbox.state.receive

    def note(request: Any) -> None:
        if request.endpoint == "retrieve":
            asked.append(world.clock.monotonic())
        receive(request)

    world.replace("receive", note)  # notes the time of our side
    world.wait(timeout=2000)
    pauses = [after - before for before, after in pairwise(asked)]
    assert pauses[0] == pytest.approx(20)
    assert pauses[:8] == pytest.approx([20, 32, 51.2, 81.92, 131.07, 209.7, 300, 300], rel=0.11)
    assert sum(world.stop.waits) == pytest.approx(2000)
    assert world.exit_code == 0


@pytest.mark.promise(row="F4")
def test_request_that_is_open_for_days(world: World, api_clock: MovableClock) -> None:
    """Shown as overdue after 24 h and asked for every 15 minutes, after a week once a day; and still stored."""
    world.sandbox.faults.set(delay=60)
    world.write_leads(1)
    world.sync()
    world.clock.advance(23 * 3600)
    world.run(buy=False)
    assert next_poll(world) < 330
    assert world.reports[-1].needs_person == []
    world.clock.advance(2 * 3600)
    world.run(buy=False)
    assert next_poll(world) == pytest.approx(900, rel=0.11)
    assert [need.what for need in world.reports[-1].needs_person] == ["requests open for more than 24 h"]
    gets = world.gets
    world.run(buy=False)
    assert world.gets == gets, "asked again within the 15 minutes"
    world.clock.advance(7 * 86400)
    world.run(buy=False)
    assert next_poll(world) == pytest.approx(86400, rel=0.11)
    api_clock.advance(60)
    world.clock.advance(100000)
    world.run(buy=False)
    assert purchases(world) == {"lead_001": "ready"}
    assert len(world.messages_of("lead_001")) == 1


def test_what_was_said_is_not_said_again(world: World) -> None:
    world.sandbox.faults.set(early="404-until-ready", delay=60)
    world.write_leads(1)
    result = world.wait(timeout=3000)
    assert world.gets > 10
    assert len(result.notes) == 1


def test_collecting_reads_and_buys_nothing(world: World) -> None:
    world.use_list()
    world.leads.items = [world.record(1)]
    world.sync()
    world.leads.items = [world.record(1), world.record(2)]
    reads = len(world.leads.cursors)
    world.run(buy=False, wait=True)
    assert (len(world.leads.cursors), world.posts) == (reads, 1)
    assert len(world.memory.written) == 1
