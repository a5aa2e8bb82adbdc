"""Deliveries that may have been written when a run ended: looked up where a repeat would show."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.engine.delivery.conftest import deliveries, fail_after, write
from upscale_connect import Delivery

if TYPE_CHECKING:
    from tests.engine.conftest import World


@pytest.mark.promise(row="A4")
@pytest.mark.parametrize("done", [0, 1, 2])
def test_crash_between_write_and_mark(listed: World, done: int) -> None:
    """What may be there already is written again: this sink does not mind."""
    listed.memory.answer = fail_after(done, RuntimeError("gone"))
    result = listed.wait()
    assert listed.exit_code == 9
    assert result.error is not None
    assert "RuntimeError: gone" in result.error.message
    assert result.sinks["memory"].written == done
    assert deliveries(listed).get("written", 0) == done
    listed.memory.answer = write
    listed.wait()
    assert deliveries(listed) == {"written": 3}
    assert len(listed.memory.shown) == 3


@pytest.mark.promise(row="A4")
def test_crash_after_the_write_is_not_repeated_where_it_would_show(notes: World) -> None:
    """The note is there, its mark is not: `find` says so, and nothing is written a second time."""

    def write_and_die(delivery: Delivery) -> object:
        notes.notes.written.append(delivery)
        notes.notes.shown[delivery.key] = delivery.receipt
        raise RuntimeError("gone after the write")

    notes.notes.answer = write_and_die
    notes.wait()
    assert deliveries(notes) == {"unknown": 1, "due": 2}
    notes.notes.answer = write
    result = notes.wait()
    assert notes.notes.asked == ["customer_1/campaign_1/lead_001"]
    assert result.sinks["notes"].unchanged == 1
    assert set(notes.notes.texts.values()) == {1}
    assert deliveries(notes) == {"written": 3}


@pytest.mark.promise(row="A4")
def test_crash_before_the_write_is_repeated(notes: World) -> None:
    notes.notes.answer = fail_after(1, RuntimeError("gone before the write"))
    notes.wait()
    notes.notes.answer = write
    notes.wait()
    assert notes.notes.asked == ["customer_1/campaign_1/lead_002"]
    assert set(notes.notes.texts.values()) == {1}
    assert deliveries(notes) == {"written": 3}


@pytest.mark.promise(row="A4")
def test_unknown_that_nobody_can_find_waits_for_a_person(notes: World) -> None:
    notes.notes.knows = False
    notes.notes.answer = fail_after(1, RuntimeError("gone"))
    notes.wait()
    notes.notes.answer = write
    result = notes.wait()
    assert deliveries(notes) == {"written": 2, "parked": 1}
    assert result.sinks["notes"].unknown == 1
    assert len(notes.notes.written) == 2


def test_unknown_stays_unknown_when_another_message_arrives(notes: World) -> None:
    """The first note may be there: the second message must not make the program forget that."""
    notes.notes.knows = False
    notes.leads.items = [notes.record(1)]
    notes.sandbox.faults.set(delay=1000)
    notes.sync()
    notes.spring["messages"] = ["connection_request", "first_follow_up"]
    notes.sandbox.faults.set(delay=5000)
    notes.sync()
    notes.clock.advance(2000)
    notes.notes.answer = fail_after(0, RuntimeError("gone"))
    notes.run(buy=False)
    assert deliveries(notes) == {"unknown": 1}
    notes.clock.advance(5000)
    notes.notes.answer = write
    notes.run(buy=False)
    assert deliveries(notes) == {"parked": 1}
