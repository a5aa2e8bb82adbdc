"""From messages to sinks: each delivery once, whatever the sink does."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.engine.stand_ins import untyped
from upscale_connect import Delivery, PluginConfig, Sink, WriteResult

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


@pytest.mark.promise(row="H3")
@pytest.mark.parametrize(
    "answer",
    [
        lambda delivery: replace(delivery, key="customer_1/campaign_1/lead_999").written(),
        lambda delivery: replace(delivery).written(),
        lambda delivery: None,
        lambda delivery: "written",
        lambda delivery: untyped(WriteResult, delivery, "bogus"),
        lambda delivery: untyped(WriteResult, delivery, "unknown"),
    ],
    ids=["foreign", "copy", "nothing", "text", "no such outcome", "core's own word"],
)
def test_result_that_belongs_to_nothing(listed: World, answer: Callable[[Delivery], object]) -> None:
    listed.memory.answer = answer
    result = listed.wait()
    assert listed.exit_code == 9
    assert result.error is not None
    assert "'memory'" in result.error.message
    assert "written" not in deliveries(listed)
    listed.memory.answer = write
    listed.wait()
    assert deliveries(listed) == {"written": 3}


class Mute:
    def __str__(self) -> str:
        raise RuntimeError("no words")


@pytest.mark.promise(row="H3")
@pytest.mark.parametrize(
    ("why", "kept"),
    [
        (ValueError("inside"), "inside"),
        (Mute(), "a reason that is no text (Mute)"),
        ("401 for key sandbox-valid, c2FuZGJveC12YWxpZA==", "401 for key [redacted], [redacted]A=="),
    ],
    ids=["error", "mute", "secret"],
)
def test_reason_that_is_no_text(listed: World, why: Any, kept: str) -> None:
    """Or one that should not be in the ledger."""
    listed.memory.answer = lambda delivery: delivery.conflict(why)
    listed.wait()
    assert deliveries(listed) == {"conflict": 3}
    assert listed.query("SELECT DISTINCT reason FROM delivery") == [(kept,)]


@pytest.mark.promise(row="H3")
def test_same_result_twice(listed: World) -> None:
    class TwiceSink(Sink[PluginConfig]):
        name = "twice"
        config_model = PluginConfig

        def write(self, deliveries: Iterable[Delivery]) -> Iterator[WriteResult]:
            for delivery in deliveries:
                yield delivery.written()
                yield delivery.written()

    listed.offer(TwiceSink)
    listed.wait()
    assert listed.exit_code == 9
    assert deliveries(listed)["written"] == 1


@pytest.mark.promise(row="G8")
def test_results_for_some_only(listed: World) -> None:
    class LazySink(Sink[PluginConfig]):
        name = "lazy"
        config_model = PluginConfig

        def write(self, deliveries: Iterable[Delivery]) -> Iterator[WriteResult]:
            last = list(deliveries)[-1]
            yield last.written()

    listed.offer(LazySink)
    result = listed.wait()
    assert listed.exit_code == 9
    assert deliveries(listed) == {"written": 1, "unknown": 2}
    assert (result.sinks["lazy"].written, result.sinks["lazy"].unknown) == (1, 2)


def test_no_results_at_all(listed: World) -> None:
    class SilentSink(Sink[PluginConfig]):
        name = "silent"
        config_model = PluginConfig

        def write(self, deliveries: Iterable[Delivery]) -> Any:
            return None

    listed.offer(SilentSink)
    listed.wait()
    assert listed.exit_code == 9
    assert "written" not in deliveries(listed)


def test_batching_sink_keeps_look_alike_keys_apart(world: World) -> None:
    """Ids may hold slashes: what people see of these two leads is the same."""

    class BatchSink(Sink[PluginConfig]):
        name = "batch"
        config_model = PluginConfig

        def write(self, deliveries: Iterable[Delivery]) -> Iterator[WriteResult]:
            first, second = deliveries
            yield second.conflict("mine")
            yield first.written()

    world.use_list()
    world.offer(BatchSink)
    del world.spring["customer"], world.spring["campaign"]
    world.spring["map"] |= {"automation_tool_customer_id": "Customer", "automation_tool_campaign_id": "Campaign"}
    world.leads.items = [
        world.record(1, ID="d", Customer="a", Campaign="b/c"),
        world.record(2, ID="d", Customer="a/b", Campaign="c"),
    ]
    world.wait()
    query = "SELECT c.customer, d.state FROM delivery d JOIN campaign c ON c.id = d.campaign_id ORDER BY 1"
    assert world.query(query) == [("a", "written"), ("a/b", "conflict")]


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
