"""What a sink says of its deliveries: results that are foreign, doubled, missing or no results at all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.engine.delivery.conftest import deliveries, write
from tests.engine.stand_ins import untyped
from upscale_connect import Delivery, PluginConfig, Sink, WriteResult

if TYPE_CHECKING:
    from tests.engine.conftest import World


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
