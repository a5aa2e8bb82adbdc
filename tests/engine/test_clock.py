"""Somebody puts the clock forward or back: it costs no money, and no message waits for the old time to come again."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.engine.conftest import World

HOUR, DAY, YEARS = timedelta(hours=1), timedelta(days=1), timedelta(days=11 * 365)


@pytest.mark.promise(row="D1")
@pytest.mark.parametrize("skew", [YEARS, -YEARS, HOUR, -HOUR], ids=str)
@pytest.mark.parametrize("accepted", [True, False])
def test_interrupted_at_another_time(world: World, skew: timedelta, accepted: bool) -> None:
    """What was sent in another decade is in doubt as it was; what was accepted is collected."""
    world.config["accounts"]["main"]["batch_size"] = 2
    world.spring["limits"] = {"max_in_doubt": 1}
    world.write_leads(1, 2, 3, 4)
    if not accepted:
        world.sandbox.faults.add("reset", on="submit", after=True)
    world.sync()
    world.clock.skew = skew
    world.wait(timeout=3600)
    world.clock.skew = -skew
    world.wait(timeout=3600)
    assert world.attempts() == ["complete" if accepted else "in_doubt", "complete"]
    assert world.posts == 2
    assert (world.clock.monotonic() < 7200, world.exit_code) == (True, 0 if accepted else 5)


@pytest.mark.promise(row="D1")
@pytest.mark.parametrize("back", [HOUR, YEARS], ids=str)
def test_clock_that_is_put_back_while_a_run_waits(world: World, back: timedelta) -> None:
    """A pause ends when it would have ended, by the stopwatch."""
    world.sandbox.faults.set(delay=30)
    world.write_leads(1)
    world.stop.on_wait = lambda: setattr(world.clock, "skew", -back)
    world.wait(timeout=3600)
    assert world.states() == {"ready": 1}
    assert world.clock.monotonic() < 700


@pytest.mark.promise(row="D1")
def test_request_that_was_asked_for_in_the_future(world: World) -> None:
    """Old and incomplete by a clock that ran years ahead: at the right time again, it is asked for."""
    world.sandbox.faults.set(delay=7200)
    world.write_leads(1)
    world.sync()
    world.clock.skew = YEARS
    world.run(buy=False)
    assert world.states() == {"pending": 1}
    world.clock.skew = 2 * DAY
    world.clock.advance(7200)
    gets = world.gets
    world.run(buy=False)
    assert world.gets > gets
    assert world.states() == {"ready": 1}


@pytest.mark.promise(row="D1")
def test_day_that_comes_twice(world: World) -> None:
    """The cap of a day counts what was bought on it, and what was bought on a day that is now to come."""
    world.spring["limits"] = {"messages_per_day": 2}
    world.clock.skew = DAY
    world.write_leads(1, 2)
    world.wait()
    world.clock.skew = timedelta()
    world.write_leads(1, 2, 3)
    world.wait()
    assert world.posts == 1
    assert world.states() == {"ready": 2, "queued": 1}
