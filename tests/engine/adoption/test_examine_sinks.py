"""Sinks that are written lead by lead are asked what they show before anything is bought."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest

from tests.engine.stand_ins import make_sink, untyped
from upscale_connect import Found, SinkError

if TYPE_CHECKING:
    from tests.engine.adoption.conftest import Loss
    from tests.engine.conftest import World

CR = "connection_request"


@pytest.fixture
def listed(world: World) -> World:
    world.use_list("memory", "other")
    world.leads.items = [world.record(1), world.record(2)]
    return world


def show(world: World, number: int, stranger: str = "") -> None:
    """The sink shows a message of another ledger."""
    key = f"customer_1/campaign_1/lead_{number:03}"
    world.memory.found[key] = Found(key, "uc-elsewhere", {CR: f"Hello Ann{number}"}, stranger)


def test_sink_is_asked_about_every_lead_once(listed: World) -> None:
    listed.wait()
    assert listed.memory.examined == ["customer_1/campaign_1/lead_001", "customer_1/campaign_1/lead_002"]
    listed.leads.items.append(listed.record(3))
    listed.wait()
    assert (len(listed.memory.examined), listed.posts) == (2, 2)


def test_sink_that_ever_showed_a_strange_receipt_is_asked_again(listed: World, loss: Loss) -> None:
    """Another ledger writes there."""
    show(listed, 1)
    listed.wait()
    assert (listed.bought(), listed.exit_code) == ([("lead_002", CR)], 6)
    assert "sink 'memory' shows receipt uc-elsewhere" in loss.held()[0][2]
    assert loss.adopt().shown == {"memory": 1}
    listed.wait()
    assert listed.exit_code == 0
    show(listed, 3)
    listed.leads.items.append(listed.record(3))
    listed.other.examined.clear()
    listed.wait()
    assert (listed.bought(), listed.exit_code) == ([("lead_002", CR)], 6)
    assert listed.other.examined == []


def test_sink_with_other_options_is_another_place(world: World, loss: Loss) -> None:
    world.spring["sinks"] = {"file": {"plugin": "csv", "path": "sent.csv"}}
    world.write_leads(1)
    world.wait()
    world.spring["sinks"]["file"]["path"] = "delivered.csv"
    (world.folder / "delivered.csv").write_text(
        "automation_tool_customer_id,automation_tool_campaign_id,automation_tool_lead_id,lead_linkedin,upscale_receipt\n"
        "customer_1,campaign_1,lead_002,https://www.linkedin.com/in/person-2,uc-elsewhere\n",
        encoding="utf-8",
    )
    world.write_leads(1, 2)
    world.wait()
    assert (world.posts, world.exit_code) == (1, 6)


def test_sink_that_cannot_tell_holds_nothing(listed: World) -> None:
    show(listed, 1)
    listed.memory.knows = False
    listed.wait()
    assert (len(listed.bought()), listed.exit_code) == (2, 0)


@pytest.mark.parametrize("error", [SinkError("the token has expired"), OSError("unplugged"), SystemExit(3)], ids=repr)
def test_sink_that_cannot_be_asked_stops_the_buying(listed: World, error: BaseException) -> None:
    def fail(deliveries: object) -> None:
        raise error

    listed.memory.on_find = fail
    result = listed.wait()
    assert (listed.posts, listed.exit_code) == (0, 9)
    assert result.error is not None
    assert str(error) in result.error.message
    listed.memory.on_find = lambda deliveries: None
    listed.wait()
    assert (listed.posts, listed.exit_code) == (1, 0)


def test_sink_is_asked_about_leads_whose_row_is_to_be_corrected(listed: World) -> None:
    listed.leads.items = [listed.record(1, First="A.")]
    listed.wait()
    assert listed.memory.examined == ["customer_1/campaign_1/lead_001"]


def test_place_of_another_person(listed: World, loss: Loss) -> None:
    show(listed, 1, "it shows somebody else")
    listed.wait()
    assert (listed.bought(), listed.exit_code) == ([("lead_002", CR)], 6)
    ((_, field, reason),) = loss.held()
    assert (field, reason.rpartition(": ")[2]) == ("stranger", "it shows somebody else")


def test_place_that_two_campaigns_share(world: World) -> None:
    """A contact in a CRM shows the receipt of its first campaign, which this ledger gave."""
    world.use_list("memory")
    world.leads.items = [world.record(1)]
    world.wait()
    key = "customer_1/campaign_2/lead_001"
    world.memory.shown[key] = world.memory.shown["customer_1/campaign_1/lead_001"]
    world.config["syncs"]["autumn"] = {**copy.deepcopy(world.spring), "campaign": "campaign_2"}
    result = world.sync("autumn", wait=True)
    assert (result.records.new, world.posts, world.exit_code) == (1, 2, 0)


def test_place_of_another_lead_of_ours(world: World) -> None:
    """What stands there was bought by this ledger, for that person: it says nothing of this one."""
    world.use_list("memory")
    world.leads.items = [world.record(1)]
    world.wait()
    key, first = "customer_1/campaign_2/lead_002", "customer_1/campaign_1/lead_001"
    world.memory.found[key] = Found(key, world.memory.shown[first], {}, "it shows the first person")
    world.memory.answer = lambda delivery: delivery.conflict("another person is there")
    world.config["syncs"]["autumn"] = {**copy.deepcopy(world.spring), "campaign": "campaign_2"}
    world.leads.items = [world.record(2)]
    result = world.sync("autumn", wait=True)
    assert (result.records.new, result.sinks["memory"].conflict, world.posts) == (1, 1, 2)


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (5, "it yielded int, not Found"),
        (Found("nobody", "uc-1"), "it told of a lead that it was not asked about"),
        (untyped(Found, "customer_1/campaign_1/lead_001", "uc-1", {CR: 5}), "it gave something as text"),
    ],
    ids=str,
)
def test_sink_that_shows_nonsense(listed: World, answer: Any, told: str) -> None:
    listed.offer(type("OddSink", (make_sink(listed.memory, "odd"),), {"find": lambda self, deliveries: iter([answer])}))
    result = listed.wait()
    assert (listed.posts, listed.exit_code) == (0, 9)
    assert result.error is not None
    assert told in result.error.message
