"""Syncs that read from a list, and sinks that do what a test tells them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from upscale_connect import Delivery

if TYPE_CHECKING:
    from tests.engine.conftest import World


def fail_after(count: int, error: BaseException) -> Callable[[Delivery], object]:
    """Writes `count` deliveries, then raises."""
    left = [count]

    def answer(delivery: Delivery) -> object:
        if not left[0]:
            raise error
        left[0] -= 1
        return delivery.written()

    return answer


def write(delivery: Delivery) -> object:
    return delivery.written()


def deliveries(world: World) -> dict[str, int]:
    """State → number of deliveries in the ledger."""
    return dict(world.query("SELECT state, count(*) FROM delivery GROUP BY state"))


@pytest.fixture
def listed(world: World) -> World:
    """Reads three leads from a list and delivers to the sink `memory`."""
    world.use_list()
    world.leads.items = [world.record(n) for n in (1, 2, 3)]
    return world


@pytest.fixture
def notes(world: World) -> World:
    """The same with the sink `notes`, which must not be written twice."""
    world.use_list("notes")
    world.leads.items = [world.record(n) for n in (1, 2, 3)]
    return world
