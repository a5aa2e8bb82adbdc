"""From accepted requests to messages: answers before everything is there, and strange ones that still count."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.engine.collection.conftest import purchases

if TYPE_CHECKING:
    from tests.engine.conftest import MovableClock, World

DONE = {"lead_001": "ready", "lead_002": "failed", "lead_003": "ready"}


@pytest.mark.parametrize("early", ["partial-200", "202", "nulls-200", "404-until-ready"])
def test_answers_before_it_is_complete(three: World, api_clock: MovableClock, early: str) -> None:
    """Half of the messages, or nulls, are no result: a null may still become a message."""
    three.sandbox.faults.set(delay=100, early=early)
    three.sync()
    for seconds in (0, 50, 40):
        api_clock.advance(seconds)
        for _ in range(2):
            result = three.sync()
            assert purchases(three) == dict.fromkeys(DONE, "pending")
            assert (result.messages.pending, result.attempts.complete) == (3, 0)
    assert three.exit_code == (10 if early == "404-until-ready" else 0)
    assert {row["upscale_status"] for row in three.shown().values()} == {"waiting"}
    api_clock.advance(10)
    three.wait()
    assert purchases(three) == DONE
    assert three.exit_code == 0


def test_failed_prospect_has_the_reason_and_costs_nothing(three: World) -> None:
    result = three.wait()
    assert (result.messages.generated, result.messages.failed, result.credits.spent) == (2, 1, 2)
    assert three.exit_code == 0
    assert "web presence" in three.query("SELECT reason FROM purchase WHERE lead_id = 'lead_002'")[0][0]
    assert three.shown()["lead_002"]["upscale_status"] == "failed"
    assert three.gets == 2  # a message is missing, so a second answer must agree


def test_complete_at_once_needs_one_answer(world: World) -> None:
    world.write_leads(1, 2)
    world.wait()
    assert world.gets == 1


@pytest.mark.promise(row="G7")
@pytest.mark.parametrize(
    ("fault", "gets"),
    [
        ("reorder_leads", 2),
        ("duplicate_lead", 2),
        ("unknown_message_field", 2),
        ("new_metadata", 2),
        ("singular_counts", 2),
        ("emoji", 2),
        ("rtl", 2),
        ("cjk", 2),
        ("over_length", 2),
        ("extra_lead", 2),
    ],
)
def test_strange_but_usable_answers(three: World, fault: str, gets: int) -> None:
    three.sandbox.faults.add(fault, on="retrieve", times=None)
    three.wait()
    assert (purchases(three), three.gets) == (DONE, gets)
    if fault == "extra_lead":
        assert "1 leads that were not asked for (first 'sandbox-strange-lead')" in three.notes_of_run


def test_counts_as_odd_as_in_the_reference(three: World) -> None:
    """Five requested where six were, and `share_material` echoed under the name of its field."""
    three.sandbox.faults.set(quirks="docs")
    three.spring["messages"] = ["connection_request", "share_material"]
    result = three.wait()
    assert (result.messages.generated, result.messages.failed) == (4, 2)
    assert len(three.messages_of("lead_001")) == 2


@pytest.mark.promise(row="G7")
def test_lead_that_is_missing_in_the_answer(world: World) -> None:
    """The counts are full and two answers agree: it is over, and said."""
    world.write_leads(1, 2)
    world.withheld = {"lead_002"}
    world.sandbox.faults.add("missing_lead", on="retrieve", times=None)
    result = world.wait()
    assert purchases(world) == {"lead_001": "ready", "lead_002": "failed"}
    assert (result.messages.generated, result.credits.spent) == (1, 1)
    assert "the API counts 2 messages, 1 are there" in world.notes_of_run


def test_lead_that_was_missing_once(world: World) -> None:
    """One answer that lacks it proves nothing."""
    world.write_leads(1, 2)
    world.sandbox.faults.add("missing_lead", on="retrieve", times=1)
    world.wait()
    assert purchases(world) == {"lead_001": "ready", "lead_002": "ready"}


def test_credits_that_end_while_it_generates(world: World) -> None:
    world.config["accounts"]["main"]["api_key"] = "sandbox-low-credits"
    world.sandbox.faults.set(credit_check="partial")
    world.sandbox.state.set_credits("sandbox-low-credits", 1)
    world.write_leads(1, 2)
    result = world.wait()
    assert (result.messages.generated, result.messages.failed) == (1, 1)
    assert "credits ran out" in world.query("SELECT reason FROM purchase WHERE state = 'failed'")[0][0]
