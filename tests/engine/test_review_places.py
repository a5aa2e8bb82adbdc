"""Messages are reviewed where they are delivered: what people write there counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.engine.test_revisions import regenerate
from tests.engine.verdicts import held
from upscale_connect import Delivery, Found
from upscale_connect.engine import review_places

if TYPE_CHECKING:
    from tests.engine.conftest import World


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
