"""From messages to sinks: each delivery once, whatever the sink does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.engine.delivery.conftest import deliveries, fail_after, write

if TYPE_CHECKING:
    from tests.engine.conftest import World


def test_each_delivery_once(listed: World) -> None:
    result = listed.wait()
    assert result.sinks["memory"].written == 3
    listed.wait()
    listed.run(buy=False)
    assert len(listed.memory.written) == 3
    assert deliveries(listed) == {"written": 3}
    for one in listed.memory.written:
        assert one.record.fields["ID"] == one.lead.lead_id == one.key.rpartition("/")[2]
        assert one.lead.first_name in one.messages["connection_request"].text


def test_new_message_is_a_new_delivery_of_all(listed: World) -> None:
    listed.wait()
    first = {one.key: one.receipt for one in listed.memory.written}
    listed.spring["messages"] = ["connection_request", "first_follow_up"]
    listed.wait()
    assert len(listed.memory.written) == 6
    for one in listed.memory.written[3:]:
        assert set(one.messages) == {"connection_request", "first_follow_up"}
        assert one.receipt != first[one.key]


def test_failed_second_wave_delivers_nothing_again(listed: World) -> None:
    """What the sink has is all there is: a repeat would say nothing new, and in a chat it would show."""
    listed.use_list("notes")
    listed.leads.items = [listed.record(1, LinkedIn="https://www.linkedin.com/in/nojobs-1")]
    listed.wait()
    listed.spring["messages"] = ["connection_request", "hiring_activity"]
    assert listed.wait().messages.failed == 1
    assert len(listed.notes.written) == 1
    assert deliveries(listed) == {"written": 1}


def test_sink_that_is_added_later_gets_everything(listed: World) -> None:
    listed.wait()
    listed.spring["sinks"]["other"] = {"plugin": "other"}
    listed.wait()
    assert len(listed.other.written) == 3
    assert len(listed.memory.written) == 3


@pytest.mark.promise(row="G8")
def test_retry_and_parking(listed: World) -> None:
    """Five failures, then a person must look; no other message makes it worse."""
    listed.memory.answer = lambda delivery: delivery.failed("the door is shut", retry=True)
    for run in range(1, 5):
        assert listed.wait().sinks["memory"].failed == 3
        assert listed.exit_code == 9
        assert deliveries(listed) == {"failed": 3}
        assert listed.query("SELECT DISTINCT attempts FROM delivery") == [(run,)]
    listed.wait()
    assert deliveries(listed) == {"parked": 3}
    listed.memory.answer = write
    listed.wait()
    assert listed.memory.written == []
    assert any("sink refused" in need.what for need in listed.reports[-1].needs_person)


def test_failure_without_retry_is_parked_at_once(listed: World) -> None:
    listed.memory.answer = lambda delivery: delivery.failed("no such contact", retry=False)
    listed.wait()
    assert deliveries(listed) == {"parked": 3}


def test_retried_delivery_arrives(listed: World) -> None:
    listed.memory.answer = lambda delivery: delivery.failed("not now", retry=True)
    listed.wait()
    listed.memory.answer = write
    listed.run(buy=False)
    assert deliveries(listed) == {"written": 3}
    assert listed.exit_code == 0


def test_retryable_failure_of_a_sink_that_cannot_look(notes: World) -> None:
    """It said that nothing was written, so there is nothing to find: the next run tries again."""
    notes.notes.knows = False
    notes.notes.answer = lambda delivery: delivery.failed("not now", retry=True)
    notes.wait()
    notes.notes.answer = write
    notes.wait()
    assert deliveries(notes) == {"written": 3}
    assert notes.notes.asked == []


@pytest.mark.promise(row="G8")
def test_two_sinks_one_broken(world: World) -> None:
    world.use_list("memory", "other")
    world.leads.items = [world.record(1)]
    world.memory.answer = fail_after(0, OSError("unplugged"))
    world.wait()
    assert len(world.other.written) == 1
    assert world.exit_code == 9
    world.leads.items = [world.record(1), world.record(2)]
    world.wait()
    assert world.posts == 1, "bought although it is known that a sink cannot take it"
    world.memory.answer = write
    world.wait()
    assert len(world.memory.shown) == len(world.other.written) == 2


def test_sink_that_breaks_while_waiting_keeps_no_other_from_its_messages(world: World) -> None:
    """Two requests, the first one's delivery fails: the second is still waited for."""
    world.use_list("memory", "other")
    world.sandbox.faults.set(delay=30)
    world.leads.items = [world.record(1)]
    world.sync()
    world.sandbox.faults.set(delay=300)
    world.leads.items = [world.record(1), world.record(2)]
    world.memory.answer = fail_after(0, OSError("unplugged"))
    result = world.wait()
    assert result.messages.generated == 2
    assert len(world.other.written) == 2
    assert world.exit_code == 9


def test_more_deliveries_than_a_chunk(world: World) -> None:
    world.use_list()
    world.config["accounts"]["main"]["batch_size"] = 1000
    world.spring["limits"] = {"hold_above": 5000}
    world.leads.items = [world.record(n) for n in range(1203)]
    world.memory.answer = fail_after(700, RuntimeError("gone"))
    world.wait()
    assert deliveries(world)["written"] == 700
    world.memory.answer = write
    world.wait()
    assert deliveries(world) == {"written": 1203}
    assert set(world.memory.texts.values()) == {1}


def test_collecting_works_without_the_source(world: World) -> None:
    """What was bought is delivered from the ledger, even if the source is gone."""
    world.use_list()
    world.sandbox.faults.set(delay=60)
    world.leads.items = [world.record(1)]
    world.sync()
    world.leads.items = [lambda: (_ for _ in ()).throw(OSError("no such export"))]
    world.clock.advance(100)
    world.sync()
    assert len(world.memory.written) == 1
    assert world.exit_code == 10
