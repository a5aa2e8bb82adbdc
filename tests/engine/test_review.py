"""What a person sees before it is delivered, and what comes of what the person says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.engine.test_revisions import regenerate
from tests.engine.verdicts import AT, decide, edit, held
from upscale_connect.engine.review import is_sampled
from upscale_connect.errors import UsageError
from upscale_connect.ledger import Ledger
from upscale_connect.suppression import Entry

if TYPE_CHECKING:
    from tests.engine.conftest import World


@pytest.fixture
def swapped(world: World) -> World:
    """Two leads whose texts the service has swapped, a file beside them, and a sink of its own."""
    world.spring["sinks"] = {"back": "source", "memory": {"plugin": "memory"}}
    world.write_leads(world.lead(1, First="Ann", Company="Acme"), world.lead(2, First="Bob", Company="Globex"))
    world.sandbox.faults.add("swap_messages", on="retrieve")
    return world


def test_texts_that_were_swapped_go_nowhere(swapped: World) -> None:
    result = swapped.wait()
    assert (result.held, swapped.exit_code) == (2, 6)
    assert swapped.memory.written == []
    for row in swapped.shown().values():
        assert (row["outreach_message"], row["upscale_status"]) == ("", "held")
    rules = {rule for one in held(swapped) for rule, _ in one.findings}
    assert {"greeting", "other_company"} <= rules
    assert any(need.command == "upscale-connect review list spring" for need in swapped.reports[-1].needs_person)
    swapped.write_leads()  # no row names them any more: the books of the test need not look for them


def test_what_is_approved_is_delivered(world: World) -> None:
    world.spring.update(review="required", sinks={"back": "source", "memory": {"plugin": "memory"}})
    world.write_leads(1, 2)
    world.wait()
    assert (world.memory.written, world.exit_code) == ([], 6)
    first, second = held(world)
    decide(world, first, "approved")
    world.wait()
    assert [one.lead.lead_id for one in world.memory.written] == ["lead_001"]
    assert [row["upscale_status"] for row in world.shown().values()] == ["delivered", "held"]
    decide(world, second, "rejected")
    world.wait()
    assert [row["upscale_status"] for row in world.shown().values()] == ["delivered", "rejected"]
    assert (len(world.memory.written), world.exit_code) == (1, 0)
    assert world.posts == 1
    assert [tuple(row) for row in world.query("SELECT verdict, actor FROM verdict ORDER BY id")] == [
        ("approved", "alice"),
        ("rejected", "alice"),
    ]


def test_an_edit_is_delivered_and_the_original_kept(world: World) -> None:
    world.spring.update(review="required", sinks={"memory": {"plugin": "memory"}})
    world.write_leads(1)
    world.wait()
    (message,) = held(world)
    edit(world, message, f"Dear Ann1, {message.text}")
    world.wait()
    (delivery,) = world.memory.written
    assert delivery.messages["connection_request"].text == f"Dear Ann1, {message.text}"
    assert delivery.earlier == {"connection_request": [message.text]}
    assert world.query("SELECT text FROM purchase") == [(message.text,)]


def test_an_edit_of_what_was_delivered_is_delivered_again(world: World) -> None:
    world.spring["sinks"] = {"memory": {"plugin": "memory"}}
    world.write_leads(1)
    world.wait()
    (first,) = world.memory.written
    with Ledger.open(world.folder / "ledger.db") as ledger:
        (message,) = ledger.messages_of(1, "lead_001")
    edit(world, message, "Another text for Ann1, by a person.")
    world.wait()
    second = world.memory.written[1]
    assert second.messages["connection_request"].text == "Another text for Ann1, by a person."
    assert second.receipt != first.receipt
    world.wait()
    assert len(world.memory.written) == 2


@pytest.mark.promise(row="L4")
def test_a_word_is_bound_to_the_text_that_was_seen(world: World) -> None:
    world.spring.update(review="required", sinks={"memory": {"plugin": "memory"}})
    world.write_leads(1)
    world.wait()
    (message,) = held(world)
    edit(world, message, "Ann1, this is another text.")
    with pytest.raises(UsageError, match="another text than the one that was seen"):
        decide(world, message, "approved")
    with pytest.raises(UsageError, match="another text"):
        edit(world, message, "Ann1, and a third one.")


def test_off_looks_at_nothing(world: World) -> None:
    world.sandbox.faults.add("placeholder", on="retrieve", times=None)
    world.spring.update(review="off", sinks={"memory": {"plugin": "memory"}})
    world.write_leads(1)
    world.wait()
    assert (len(world.memory.written), world.exit_code) == (1, 0)


def test_a_sample_is_looked_at(world: World) -> None:
    world.spring.update(review={"sample": 30}, sinks={"memory": {"plugin": "memory"}})
    world.write_leads(*range(1, 41))
    world.wait()
    waiting = len(held(world))
    assert waiting == sum(is_sampled(number, 30) for number in range(1, 41))
    assert 3 <= waiting <= 22
    assert len(world.memory.written) == 40 - waiting


def test_rules_and_limits_are_as_the_sync_says(world: World) -> None:
    world.sandbox.faults.add("over_length", on="retrieve", times=None)
    world.spring["sinks"] = {"memory": {"plugin": "memory"}}
    world.write_leads(1)
    world.wait()
    assert [rule for one in held(world) for rule, _ in one.findings] == ["too_long"]
    world.spring.update(campaign="campaign_2", lint={"off": ["too_long"]})
    world.wait()
    assert len(world.memory.written) == 1


def test_what_one_sink_cannot_take_waits_before_all(world: World) -> None:
    world.spring["sinks"] = {"back": "source", "memory": {"plugin": "memory"}}
    world.memory.fault = lambda text: "it is too long" if len(text) > 30 else ""
    world.write_leads(1)
    world.wait()
    (one,) = held(world)
    assert one.findings == [("sink", "the sink 'memory' cannot take it: it is too long")]
    assert (world.memory.written, world.shown()["lead_001"]["outreach_message"]) == ([], "")
    edit(world, one, "Hi, a word about hiring?")
    world.wait()
    assert [text for _, text in world.memory.texts] == ["Hi, a word about hiring?"]


def test_what_a_sink_cannot_take_is_for_the_sink_where_nothing_is_reviewed(world: World) -> None:
    world.spring.update(review="off", sinks={"memory": {"plugin": "memory"}})
    world.memory.fault = lambda text: "it is too long"
    world.write_leads(1)
    world.wait()
    assert len(world.memory.written) == 1


def test_a_sink_that_fails_when_it_is_asked_loses_nothing(world: World) -> None:
    world.spring["sinks"] = {"memory": {"plugin": "memory"}}
    world.memory.fault = lambda text: len(text) / 0
    world.write_leads(1)
    world.sync()
    world.wait()
    assert (world.exit_code, world.posts, world.memory.written) == (9, 1, [])
    world.memory.fault = lambda text: ""
    world.wait()
    assert (world.exit_code, world.posts, len(world.memory.written)) == (0, 1, 1)


def test_a_revision_is_looked_at_anew(world: World) -> None:
    """The new message is held; the one before stays where it is."""
    world.spring.update(review="required", sinks={"memory": {"plugin": "memory"}})
    world.write_leads(1)
    world.wait()
    decide(world, held(world)[0], "approved")
    world.wait()
    regenerate(world, "lead_001")
    world.wait()
    assert len(held(world)) == 1
    assert len(world.memory.written) == 1


def test_who_gets_no_message_needs_no_word_until_that_is_over(world: World) -> None:
    world.spring.update(review="required", sinks={"back": "source", "memory": {"plugin": "memory"}})
    world.write_leads(1, 2, 3)
    world.wait()
    refused = held(world)[2]
    with Ledger.open(world.folder / "ledger.db") as ledger:
        ledger.decide(refused.id, "rejected", refused.hash, "alice", AT, "tone")
        ledger.suppress([Entry("id", "lead_001"), Entry("id", "lead_003")], "alice", AT)
    world.wait()
    assert [one.lead.lead_id for one in held(world)] == ["lead_002"]
    assert world.shown()["lead_001"]["upscale_status"] == "suppressed"
    assert world.query("SELECT actor, reason FROM verdict WHERE purchase_id = 1") == [
        ("the do-not-contact list", "suppressed")
    ]
    with Ledger.open(world.folder / "ledger.db") as ledger:
        ledger.unsuppress([Entry("id", "lead_001"), Entry("id", "lead_003")], "alice", AT)
    world.wait()
    assert [one.lead.lead_id for one in held(world)] == ["lead_001", "lead_002"], "a person's own no stays"
    decide(world, held(world)[0], "approved")
    world.wait()
    assert [one.lead.lead_id for one in world.memory.written] == ["lead_001"]
    assert len(world.bought()) == 3
