"""What a person sees before it is delivered, and what comes of what the person says."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from tests.engine.test_revisions import regenerate
from upscale_connect import Delivery, Found
from upscale_connect.engine import review_places
from upscale_connect.engine.review import is_sampled
from upscale_connect.errors import UsageError
from upscale_connect.ledger import Held, Ledger
from upscale_connect.suppression import Entry

if TYPE_CHECKING:
    from tests.engine.conftest import World

AT = datetime(2026, 3, 5, tzinfo=UTC)


@pytest.fixture
def swapped(world: World) -> World:
    """Two leads whose texts the service has swapped, a file beside them, and a sink of its own."""
    world.spring["sinks"] = {"back": "source", "memory": {"plugin": "memory"}}
    world.write_leads(world.lead(1, First="Ann", Company="Acme"), world.lead(2, First="Bob", Company="Globex"))
    world.sandbox.faults.add("swap_messages", on="retrieve")
    return world


def held(world: World) -> list[Held]:
    with Ledger.open(world.folder / "ledger.db") as ledger:
        return ledger.held_messages([1])


def decide(world: World, message: Held, verdict: Any, seen: bytes | None = None) -> None:
    with Ledger.open(world.folder / "ledger.db") as ledger:
        ledger.decide(message.id, verdict, seen or message.hash, "alice", AT)


def edit(world: World, message: Held, text: str) -> None:
    with Ledger.open(world.folder / "ledger.db") as ledger:
        ledger.add_version(message.id, text, message.hash, "alice", "review", AT)


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


# Reviewed where the messages are.


@pytest.fixture
def sheet(world: World) -> World:
    """A sink in which people review, and another that gets only what was approved."""
    world.spring.update(
        review={"mode": "required", "where": ["memory"]},
        sinks={"memory": {"plugin": "memory"}, "other": {"plugin": "other"}},
    )
    world.write_leads(1)
    world.wait()
    assert (len(world.memory.written), len(world.other.written), world.exit_code) == (1, 0, 6)
    return world


def show(world: World, **fields: str) -> None:
    """What people wrote into the place of the lead."""
    (delivery,) = world.memory.written[:1]
    text = delivery.messages["connection_request"].text
    world.memory.found = {delivery.key: Found(delivery.key, delivery.receipt, {"connection_request": text, **fields})}


@pytest.mark.parametrize("word", ["yes", "x", "TRUE", "Ja", "\u2713"])
def test_a_yes_in_the_sheet(sheet: World, word: str) -> None:
    show(sheet, approved=word)
    sheet.wait()
    assert (len(sheet.other.written), sheet.exit_code) == (1, 0)
    assert sheet.query("SELECT actor FROM verdict") == [("a person in memory",)]


def test_a_no_in_the_sheet(sheet: World) -> None:
    show(sheet, approved="no")
    sheet.wait()
    assert (sheet.other.written, sheet.exit_code) == ([], 0)


def test_every_message_that_is_held_is_asked_about(sheet: World, monkeypatch: pytest.MonkeyPatch) -> None:
    sheet.write_leads(1, 2, 3)
    sheet.wait()
    monkeypatch.setattr(review_places, "TOGETHER", 1)
    sheet.memory.found = {
        one.key: Found(one.key, one.receipt, {"connection_request": one.messages["connection_request"].text, **said})
        for one, said in zip(sheet.memory.written, ({}, {}, {"approved": "yes"}), strict=True)
    }
    sheet.wait()
    assert [one.lead.lead_id for one in sheet.other.written] == ["lead_003"]


@pytest.mark.parametrize("word", ["", "maybe", "?"])
def test_anything_else_is_no_word(sheet: World, word: str) -> None:
    show(sheet, approved=word)
    sheet.wait()
    assert (sheet.other.written, sheet.exit_code) == ([], 6)


def test_another_text_in_the_sheet(sheet: World) -> None:
    show(sheet, connection_request="Hello Ann1, from a person.")
    sheet.wait()
    (delivery,) = sheet.other.written
    assert delivery.messages["connection_request"].text == "Hello Ann1, from a person."
    assert sheet.query("SELECT place FROM version") == [("memory",)]


def test_a_no_counts_beside_another_text_too(sheet: World) -> None:
    show(sheet, approved="no", connection_request="Hello Ann1, but not like this.")
    sheet.wait()
    assert (sheet.other.written, sheet.exit_code) == ([], 0)
    assert sheet.query("SELECT review FROM purchase") == [("rejected",)]


@pytest.mark.parametrize("word", ["yes", "no", ""])
def test_what_was_said_of_a_text_is_not_said_of_a_newer_one(sheet: World, word: str) -> None:
    """It still stands there, with the text before: the newer one did not get there."""
    show(sheet, approved=word or "yes")
    sheet.wait()
    show(sheet, approved=word)
    delivered = list(sheet.other.written)
    sheet.spring["request"]["tone_preference"] = "formal"
    regenerate(sheet, "lead_001")
    sheet.memory.answer = lambda delivery: delivery.failed("busy", retry=True)
    sheet.wait()
    sheet.wait()
    assert sheet.other.written == delivered
    assert [one.review for one in held(sheet)] == ["held"]
    assert sheet.query("SELECT count(*) FROM version") == [(0,)]


def test_a_newer_text_takes_the_place_of_a_rejected_one(sheet: World) -> None:
    (first,) = sheet.memory.written
    show(sheet, approved="no")
    sheet.wait()
    sheet.spring["request"]["tone_preference"] = "formal"
    regenerate(sheet, "lead_001")
    sheet.wait()
    (_, second) = sheet.memory.written
    assert second.may_replace("connection_request", first.messages["connection_request"].text)


def test_a_place_of_somebody_else_decides_nothing(sheet: World) -> None:
    (delivery,) = sheet.memory.written
    found = Found(delivery.key, delivery.receipt, {"approved": "yes"}, stranger="it shows John Roe")
    sheet.memory.found = {delivery.key: found}
    sheet.wait()
    assert sheet.other.written == []


def test_a_sheet_that_cannot_be_read_stops_nothing_but_says_so(sheet: World) -> None:
    def fail(deliveries: list[Delivery]) -> None:
        raise OSError("offline")

    sheet.memory.on_find = fail
    result = sheet.wait()
    assert "in which messages are reviewed, could not be read" in str(result.error)
    assert sheet.exit_code == 9


def write_too_long(world: World, **lint: Any) -> str:
    """One lead, whose note has some hundred characters too many. Returns its first sentence."""
    world.spring["sinks"] = {"back": "source", "memory": {"plugin": "memory"}}
    world.spring["lint"] = {"limits": {"connection_request": 120}, **lint}
    world.write_leads(world.lead(1, Company="Acme"))
    world.sandbox.faults.add("over_length", on="retrieve")
    world.wait()
    (text,) = world.query("SELECT text FROM purchase")[0]
    return str(text).partition("Acme. ")[0] + "Acme."


def test_note_that_is_too_long_is_held_unless_the_sync_says_otherwise(world: World) -> None:
    write_too_long(world)
    (one,) = held(world)
    assert [rule for rule, _ in one.findings] == ["too_long"]
    assert (world.memory.written, world.exit_code) == ([], 6)


@pytest.mark.parametrize("mode", ["lint", "off"])
def test_note_is_cut_behind_a_sentence_where_the_sync_says_so(world: World, mode: str) -> None:
    world.spring["review"] = mode
    first = write_too_long(world, on_too_long="cut")
    (delivery,) = world.memory.written
    assert delivery.messages["connection_request"].text == world.messages_of("lead_001")[0] == first
    assert (held(world), world.exit_code) == ([], 0)
    assert "1 messages were too long, and were cut behind a sentence" in world.notes_of_run
    assert world.query("SELECT author, place, text FROM version") == [("upscale-connect", "lint", first)]
    ((finding,),) = world.query("SELECT message FROM finding WHERE rule = 'too_long'")
    assert finding.endswith(f"120 are allowed: it was cut to {len(first)}, behind a sentence")
    with world.ledger() as ledger:
        (match,) = ledger.find_leads("lead_001", None)
        story = ledger.story(match)
    assert any(line.text.startswith("cut: connection_request: it had") for line in story)
    assert any(line.message.startswith(first) and len(line.message) > 120 for line in story)
    world.wait()
    assert len(world.memory.written) == 1


def test_cut_note_is_still_looked_at_where_everything_is(world: World) -> None:
    world.spring["review"] = "required"
    first = write_too_long(world, on_too_long="cut")
    (one,) = held(world)
    assert (one.text, one.original is not None) == (first, True)
    assert [rule for rule, _ in one.findings] == ["required", "too_long"]
    assert world.memory.written == []
    decide(world, one, "approved")
    world.wait()
    assert len(world.memory.written) == 1


def test_note_that_has_no_place_to_be_cut_is_held(world: World) -> None:
    write_too_long(world, on_too_long="cut", limits={"connection_request": 20})
    ((finding,),) = [one.findings for one in held(world)]
    assert finding[0] == "too_long"
    assert finding[1].endswith("it cannot be cut: no sentence ends where what is left could stand alone")
    assert world.query("SELECT count(*) FROM version") == [(0,)]


def test_what_is_odd_about_a_cut_note_holds_the_whole_of_it(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("upscale_connect.engine.review.cut", lambda text, limit: "Hello Ann1, I saw {{company}} today.")
    write_too_long(world, on_too_long="cut")
    assert [rule for one in held(world) for rule, _ in one.findings] == ["too_long"]
    assert world.query("SELECT count(*) FROM version") == [(0,)]
