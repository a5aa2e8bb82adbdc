"""An API whose time stands still until a test moves it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from upscale_connect.sandbox import Sandbox

if TYPE_CHECKING:
    from tests.engine.conftest import MovableClock, World


@pytest.fixture
def api_clock(clock: MovableClock) -> MovableClock:
    """The API's own time: it stands still until a test moves it."""
    return type(clock)()


@pytest.fixture
def sandbox(api_clock: MovableClock) -> Iterator[Sandbox]:
    with Sandbox(delay=0, clock=api_clock) as started:
        yield started


@pytest.fixture
def three(world: World) -> World:
    """Three leads in a file, one of them without web presence."""
    world.write_leads(1, world.lead(2, LinkedIn="https://www.linkedin.com/in/noweb-2"), 3)
    return world


def purchases(world: World) -> dict[str, str]:
    """Lead id → state of its message."""
    return dict(world.query("SELECT lead_id, state FROM purchase ORDER BY lead_id"))
