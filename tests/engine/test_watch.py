"""A plugin that hangs is named, and what it does not promise is not said."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from upscale_connect.clock import SystemClock
from upscale_connect.engine import Options, run_syncs, select_syncs
from upscale_connect.engine.watch import PATIENCE, Watch

if TYPE_CHECKING:
    from tests.engine.conftest import MovableClock, World
    from upscale_connect import Delivery, Record, WriteResult

    Warnings = Callable[[], list[str]]


@pytest.fixture
def warnings(caplog: pytest.LogCaptureFixture) -> Warnings:
    """`warnings()`: what was said since the last time."""

    def take() -> list[str]:
        said = [record.getMessage() for record in caplog.records if record.name.endswith("watch")]
        caplog.clear()
        return said

    return take


def test_it_is_told_once_until_it_gives_something(clock: MovableClock, warnings: Warnings) -> None:
    watch = Watch(clock)
    with watch.over("the source"):
        clock.advance(PATIENCE - 1)
        watch.look()
        assert warnings() == []
        clock.advance(1)
        watch.look()
        watch.look()
        (said,) = warnings()
        assert said.startswith("the source has given nothing for 120 s, and is waited for")
        watch.tick()
        clock.advance(PATIENCE)
        watch.look()
        assert len(warnings()) == 1


def test_nobody_is_blamed_between_two_plugins(clock: MovableClock, warnings: Warnings) -> None:
    watch = Watch(clock)
    with watch.over("the sink"):
        clock.advance(PATIENCE - 1)
        with watch.over("the source"):
            clock.advance(1)
            watch.look()
        clock.advance(1)
        watch.look()
    clock.advance(PATIENCE)
    watch.look()
    assert warnings() == []


class Hang:
    """Comes back when somebody has complained."""

    def __init__(self) -> None:
        self._told = threading.Event()

    def filter(self, record: logging.LogRecord) -> bool:
        self._told.set()
        return True

    def __call__(self, *_: object) -> None:
        assert self._told.wait(10), "nobody noticed"


@pytest.mark.promise(row="H2")
@pytest.mark.parametrize("who", ["source", "sink"])
def test_plugin_that_hangs(world: World, monkeypatch: pytest.MonkeyPatch, warnings: Warnings, who: str) -> None:
    """Its name is on the screen while it hangs; what it gives in the end counts, and the lock is free."""
    hang = Hang()
    monkeypatch.setattr(logging.getLogger("upscale_connect.engine.watch"), "filters", [hang])
    world.use_list()
    world.leads.items = [world.record(1), world.record(2)]

    def hang_and_write(delivery: Delivery) -> WriteResult:
        hang()
        return delivery.written()

    def hang_and_read() -> Record:
        hang()
        return world.record(3)

    if who == "source":
        world.leads.items.insert(1, hang_and_read)
    else:
        world.memory.answer = hang_and_write
    monkeypatch.setattr("upscale_connect.engine.connect.Watch", lambda clock: Watch(SystemClock(), 0.02))
    with world.services() as services:
        report = run_syncs(services, select_syncs(services.config, None), Options(wait=True))
    assert report.exit_code == 0
    (said,) = {line.partition(" has given")[0] for line in warnings()}
    assert said == ("the source 'list' of 'spring'" if who == "source" else "the sink 'memory' of 'spring'")
    assert len(world.memory.written) == (3 if who == "source" else 2)
