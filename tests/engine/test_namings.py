"""A forgotten person in the messages of other leads: found, told, and erased where somebody says so."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.engine.conftest import World
from tests.engine.erasure import searched
from upscale_connect.engine.forget import Forgotten, find_person, forget
from upscale_connect.engine.namings import Naming, find_namings
from upscale_connect.errors import UsageError
from upscale_connect.ledger import Ledger, back_up, name_backup, verify

QUILL = "https://www.linkedin.com/in/zoe-quill-77"


@pytest.fixture
def swapped(world: World) -> World:
    """The service gave each of two leads the text of the other one; a person let one of them pass."""
    world.write_leads(
        world.lead(1, First="Zoë", Last="Quillfeather", Company="Acme Works", LinkedIn=QUILL),
        world.lead(2, First="Bob", Company="Globex"),
    )
    world.sandbox.faults.add("swap_messages", on="retrieve")
    world.wait()
    return world


def erase(world: World, text: str, *messages: int) -> Forgotten:
    with world.services() as services:
        keys, mentions = find_person(services.ledger, text)
        done = forget(services, keys, mentions, "ann", asked=text, messages=messages)
    world.forgotten |= {mention.lead_id for mention in mentions}
    return done


def namings(world: World, text: str = QUILL) -> list[Naming]:
    with world.ledger() as ledger:
        keys, _ = find_person(ledger, text)
        return find_namings(ledger, keys)


def test_a_swapped_text_is_told_and_left(swapped: World) -> None:
    (found,) = namings(swapped)
    assert (found.message, found.lead_id, found.place, found.type, found.review, found.why) == (
        2, "lead_002", "leads.csv:3", "connection_request", "held", "it greets Zoe",
    )  # fmt: skip
    done = erase(swapped, QUILL)
    assert [(one.message, one.erased) for one in done.named] == [(2, False)]
    assert len(swapped.query("SELECT 1 FROM purchase WHERE text IS NOT NULL")) == 1, "what was bought is not touched"
    with swapped.ledger() as ledger:
        assert "Zoë" in ledger.find_message(2).text
    swapped.forgotten |= {"lead_002"}  # its text stays held


def test_it_is_erased_from_ledger_copies_and_tables_where_somebody_says_so(swapped: World) -> None:
    with swapped.ledger() as ledger:
        held = ledger.find_message(2)
        ledger.decide(2, "approved", held.hash, "ann", swapped.clock.now())
    swapped.wait()
    assert swapped.messages_of("lead_002") == [held.text]
    copy = name_backup(swapped.folder / "ledger.db", swapped.clock.now())
    back_up(swapped.folder / "ledger.db", copy)
    with searched(swapped, held.text, "Zoë", ours=("leads.csv", "leads.messages.csv")):
        done = erase(swapped, QUILL, 2)
    assert [(one.message, one.erased) for one in done.named] == [(2, True)]
    assert (done.leads, done.messages) == (1, 2)
    assert done.left == [
        "spring: back: message 2 of lead 'lead_002' was delivered there; a table loses it with the next run, elsewhere"
        " take it out"
    ]
    for file in done.files:
        assert [one for one in verify(Path(file), is_copy=True) if one.level == "error"] == []
    swapped.forgotten |= {"lead_002"}
    swapped.wait()
    assert swapped.messages_of("lead_002") == []
    assert swapped.shown()["lead_002"]["upscale_status"] == "rejected"
    assert len(swapped.bought()) == 2, "what is erased is not bought again"


def test_what_a_person_made_of_it_goes_with_it(swapped: World) -> None:
    with swapped.ledger() as ledger:
        held = ledger.find_message(2)
        ledger.add_version(2, "Bob, ask Zoë Quillfeather.", held.hash, "ann", "review", swapped.clock.now())
        ledger.add_version(2, "Bob, good morning.", ledger.find_message(2).hash, "ann", "review", swapped.clock.now())
    assert [one.message for one in namings(swapped)] == [2], "an earlier text is held, too"
    with searched(swapped, "ask Zoë Quillfeather", "Bob, good morning", ours=("leads.csv",)):
        erase(swapped, QUILL, 2)
    swapped.forgotten |= {"lead_002"}


def test_later_as_well(swapped: World) -> None:
    """The names are not known any more, but the address and the number are."""
    erase(swapped, QUILL)
    with swapped.ledger() as ledger:
        text = ledger.find_message(2).text
    with searched(swapped, text):
        done = erase(swapped, QUILL, 2)
    assert (done.leads, done.messages, done.named) == (0, 1, [])
    swapped.forgotten |= {"lead_002"}


def test_a_message_that_is_not_there_changes_nothing(swapped: World) -> None:
    with pytest.raises(UsageError, match="there is no message 99"):
        erase(swapped, QUILL, 99)
    assert swapped.query("SELECT count(*) FROM lead") == [(2,)]
    swapped.forgotten |= {"lead_001", "lead_002"}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("Hi Ann2, I saw that you work with Zoë Quillfeather.", "it names Zoe Quillfeather"),
        ("Hi Ann2, ask Zoe about it.", "it names Zoe"),
        ("Hi Ann2, I met Mrs Quillfeather.", "it names Quillfeather"),
        ("Hallo Zoë, wie geht es?", "it greets Zoe"),
        ("Hi Ann2, see linkedin.com/in/ZOE-quill-77", "it holds zoe-quill-77"),
        ("Hi Ann2, write to Zoe@Acme.example", "it holds zoe@acme.example"),
        ("Hi Ann2, nothing of it is here.", ""),
        ("Hi Ann2, zoetropes quill the acme.", ""),
    ],
)
def test_what_names_somebody(world: World, text: str, why: str) -> None:
    world.write_leads(
        world.lead(1, First="Zoë", Last="Quillfeather", LinkedIn=QUILL, Phone="zoe@acme.example"), world.lead(2)
    )
    world.wait()
    with Ledger.open(world.folder / "ledger.db") as ledger:
        found = ledger.find_message(2)
        ledger.add_version(2, text, found.hash, "ann", "review", world.clock.now())
    assert [one.why for one in namings(world)] == ([why] if why else [])


def test_a_namesake_is_not_told(world: World) -> None:
    world.write_leads(
        world.lead(1, First="Zoë", Last="Quillfeather", LinkedIn=QUILL), world.lead(2, First="Zoe", Last="Quillfeather")
    )
    world.wait()
    assert namings(world) == []


def test_of_many_messages_each_is_looked_at(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("upscale_connect.ledger.namings._CHUNK", 2)
    world.spring["messages"] = ["connection_request", "first_follow_up"]
    world.write_leads(world.lead(1, LinkedIn=QUILL), 2, 3, 4)
    world.wait()
    with world.ledger() as ledger:
        for number in range(3, 9):
            held = ledger.find_message(number)
            ledger.add_version(number, f"{number}: ask Ann1 Example", held.hash, "ann", "review", world.clock.now())
    assert [one.message for one in namings(world)] == [3, 4, 5, 6, 7, 8]
    assert json.dumps([one.why for one in namings(world)]).count("Ann1 Example") == 6
