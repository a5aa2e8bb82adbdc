"""A text that a person changed in a table which is no review place: kept, and told."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.engine.test_revisions import regenerate
from upscale_connect.engine import find_needs, find_tasks
from upscale_connect.engine.edits import EditSearch

if TYPE_CHECKING:
    from tests.engine.conftest import World
    from upscale_connect.ledger import Edit, EditedText

OWN = "Hello Ann1, from a person."


@pytest.fixture
def edited(world: World) -> World:
    """Two leads; a person has written over the message of the first one, in the output."""
    world.write_leads(1, 2)
    world.wait()
    edit(world, world.messages_of("lead_001")[0], OWN)
    return world


def edit(world: World, old: str, new: str) -> None:
    output = world.folder / "leads.messages.csv"
    text = output.read_text(encoding="utf-8")
    assert old in text
    output.write_text(text.replace(old, new), encoding="utf-8")


def known(world: World) -> list[EditedText]:
    with world.ledger() as ledger:
        return ledger.edited_texts(1)


def needs(world: World) -> list[str]:
    with world.ledger() as ledger:
        return [need.command for need in find_needs(ledger, 1, world.clock.now())]


def test_it_is_told_once_and_nobody_has_to_act(edited: World) -> None:
    edited.sync()
    assert "back: a person has changed 1 texts since they were written" in edited.notes_of_run
    (text,) = known(edited)
    assert (text.sink, text.lead_id, text.place, text.type, text.hides) == (
        "back", "lead_001", "leads.csv:2", "connection_request", False,
    )  # fmt: skip
    edited.sync()
    assert edited.notes_of_run == ""
    assert (known(edited), needs(edited), edited.exit_code) == ([text], [], 0)
    assert edited.messages_of("lead_001") == [OWN]


def test_it_is_read_once_as_long_as_nobody_writes(edited: World, monkeypatch: pytest.MonkeyPatch) -> None:
    edited.sync()
    reads: list[int] = []

    def read(search: EditSearch) -> Iterator[Edit]:
        reads.append(1)
        return iter(())

    monkeypatch.setattr(EditSearch, "_read", read)
    edited.sync()
    assert reads == []
    edit(edited, OWN, f"{OWN} And more.")
    edited.sync()
    assert reads == [1]


def test_it_is_still_known_after_a_rewrite(edited: World) -> None:
    edited.write_leads(1, 2, 3)
    edited.wait()
    edited.write_leads(1, 2, 3, 4)
    edited.wait()
    assert edited.messages_of("lead_001") == [OWN]
    assert [text.lead_id for text in known(edited)] == ["lead_001"]


def test_a_newer_message_that_it_hides_waits_for_a_person(edited: World) -> None:
    edited.sync()
    regenerate(edited, "lead_001")
    edited.wait()
    assert edited.messages_of("lead_001") == [OWN]
    assert [text.hides for text in known(edited)] == [True]
    assert needs(edited) == ["upscale-connect todo spring"]
    with edited.ledger() as ledger:
        (task,) = find_tasks(ledger, 1, "spring", None, edited.clock.now())
    assert (task.kind, task.command) == ("hidden", "upscale-connect redeliver spring --sink back")
    edit(edited, OWN, "")
    with edited.ledger() as ledger:
        ledger.redeliver(1, 1, "ann", edited.clock.now(), ask=False)
    edited.wait()
    assert (known(edited), needs(edited)) == ([], [])
    assert edited.messages_of("lead_001") != [OWN]


def test_a_text_that_is_put_back_is_no_edit_any_more(edited: World) -> None:
    edited.sync()
    (original,) = edited.query("SELECT text FROM purchase WHERE lead_id = 'lead_001'")[0]
    edit(edited, OWN, original)
    edited.sync()
    assert known(edited) == []


def test_what_is_always_replaced_is_not_told_as_kept(edited: World) -> None:
    edited.spring["source"]["overwrite"] = "always"
    edited.write_leads(1, 2, 3)
    edited.wait()
    assert OWN not in edited.messages_of("lead_001")
    assert known(edited) == []


def test_in_a_review_place_it_becomes_the_message(edited: World) -> None:
    edited.spring["review"] = {"mode": "lint", "where": ["back"]}
    edited.sync()
    assert known(edited) == []
    assert edited.query("SELECT text FROM version") == [(OWN,)]


def test_a_person_who_sorts_the_rows_has_changed_no_text(world: World) -> None:
    world.write_leads(1, 2)
    world.wait()
    output = world.folder / "leads.messages.csv"
    header, *rows = output.read_text(encoding="utf-8").splitlines(keepends=True)
    output.write_text("".join([header, *reversed(rows)]), encoding="utf-8")
    world.sync()
    assert known(world) == []


def test_a_row_that_names_another_person_tells_nothing(edited: World) -> None:
    edit(edited, "person-1", "somebody-else")
    edited.sync()
    assert known(edited) == []


def test_a_broken_output_stops_no_run(edited: World) -> None:
    (edited.folder / "leads.messages.csv").write_text('ID,upscale_receipt\n"1,x\n', encoding="utf-8")
    assert edited.sync().error is None
