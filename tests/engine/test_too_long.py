"""Messages that are too long: held, or cut behind a sentence where the sync says so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.engine.verdicts import decide, held

if TYPE_CHECKING:
    from tests.engine.conftest import World


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
