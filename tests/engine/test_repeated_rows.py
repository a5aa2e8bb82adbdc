"""Rows that repeat others: one is bought for, and keeps its message wherever its copies stand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from upscale_connect import Checkpoint

if TYPE_CHECKING:
    from tests.engine.conftest import World

OTHER = "https://www.linkedin.com/in/somebody-else"


@pytest.mark.promise(row="G6")
def test_duplicates_by_id_and_by_person(world: World) -> None:
    world.write_leads(
        1,
        world.lead(1, First="Twice"),
        world.lead(2, LinkedIn="linkedin.com/in/PERSON-1/"),
        3,
    )
    result = world.wait()
    assert (result.records.new, result.records.duplicate) == (2, 2)
    assert world.bought() == [("lead_001", "connection_request"), ("lead_003", "connection_request")]
    reasons = world.query("SELECT place, reason FROM aside WHERE kind = 'duplicate' ORDER BY id")
    assert reasons == [
        ("leads.csv:3", "the same lead id as leads.csv:2"),
        ("leads.csv:4", "the same LinkedIn profile as leads.csv:2 (lead id 'lead_001')"),
    ]
    assert [row["upscale_status"] for row in world.shown().values()] == [
        "delivered",
        "duplicate",
        "duplicate",
        "delivered",
    ]
    assert world.messages_of("lead_001+") == []


def test_duplicates_in_different_campaigns_are_none(world: World) -> None:
    del world.spring["campaign"]
    world.spring["map"]["automation_tool_campaign_id"] = "Campaign"
    world.write_leads(world.lead(1, Campaign="a"), world.lead(1, Campaign="b"))
    result = world.wait()
    assert (result.records.new, result.records.duplicate) == (2, 0)


def test_bought_row_keeps_its_message_below_a_copy_with_another_id(world: World) -> None:
    """The copy stands above it: the copy is held, and the message stays where it was."""
    world.write_leads(1)
    world.wait()
    text = world.messages_of("lead_001")
    world.write_leads(world.lead(7, LinkedIn=world.lead(1)["LinkedIn"]), 1)
    result = world.wait()
    assert (result.records.held, result.records.done) == (1, 1)
    assert world.messages_of("lead_001") == text
    assert world.messages_of("lead_007") == []


def test_bought_row_keeps_its_message_below_another_person_with_its_id(world: World) -> None:
    world.write_leads(1)
    world.wait()
    text = world.messages_of("lead_001")
    world.write_leads(world.lead(1, First="Eve", LinkedIn=OTHER), 1)
    result = world.wait()
    assert (result.records.held, result.records.done) == (1, 1)
    assert world.messages_of("lead_001") == []
    assert world.messages_of("lead_001+") == text
    posts = world.posts
    assert world.wait().records.read == 0
    assert world.posts == posts


def test_sink_gets_the_right_row_of_an_id_that_two_rows_claim(world: World) -> None:
    """In the order of the source: somebody else first, then the person whose message is on its way."""
    world.use_list()
    world.sandbox.faults.set(delay=60)
    world.leads.items = [world.record(1)]
    world.sync()
    world.leads.items = [world.record(1, First="Eve", LinkedIn=OTHER), world.record(1)]
    world.wait()
    written = [(one.lead.first_name, one.lead.linkedin_key) for one in world.memory.written]
    assert written == [("Ann1", "li:in:person-1")]


def test_held_rows_repeat_each_other(world: World) -> None:
    world.write_leads(1)
    world.wait()
    copy = world.lead(7, LinkedIn=world.lead(1)["LinkedIn"])
    world.write_leads(copy, copy, 1)
    result = world.wait()
    assert (result.records.held, result.records.duplicate, result.records.done) == (1, 1, 1)


def test_queued_lead_whose_row_became_a_duplicate_is_not_bought(world: World) -> None:
    """It waited in the queue; now the same person stands above it under another id."""
    world.spring["limits"] = {"messages_per_run": 0}
    world.write_leads(2)
    world.wait()
    assert world.states() == {"queued": 1}
    world.spring["limits"] = {}
    world.write_leads(world.lead(1, LinkedIn=world.lead(2)["LinkedIn"]), 2)
    world.wait()
    assert world.bought() == [("lead_001", "connection_request")]
    assert len(world.messages_of("lead_001")) == 1


def test_same_person_twice_in_a_source_that_gives_only_changes(world: World) -> None:
    """The first waits in the queue and is not read again when the second comes."""
    world.use_list()
    world.spring["limits"] = {"messages_per_run": 0}
    world.leads.items = [world.record(1), Checkpoint({"page": 1})]
    world.wait()
    world.spring["limits"] = {}
    world.leads.items = [world.record(7, LinkedIn=world.lead(1)["LinkedIn"]), Checkpoint({"page": 2})]
    result = world.wait()
    assert world.bought() == [("lead_001", "connection_request")]
    assert (result.records.held, result.records.new, world.exit_code) == (1, 0, 6)
