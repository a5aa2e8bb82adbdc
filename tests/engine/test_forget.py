"""A person who is forgotten, and then searched for in every file that the program has written."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from pathlib import Path

import pytest

from tests.engine.conftest import World
from tests.engine.erasure import EMAIL, NAME, erase, searched, zoe
from tests.engine.stand_ins import Plugin, make_sink
from upscale_connect.engine.forget import find_person, forget
from upscale_connect.errors import LockHeldError
from upscale_connect.ledger import Ledger, back_up, name_backup, verify
from upscale_connect.suppression import Entry


def test_nothing_is_left_of_a_person_in_any_file(world: World) -> None:
    world.spring["sinks"] = {
        "back": "source",
        "list": {"plugin": "csv", "path": "all.csv"},
    }
    world.spring["messages"] = ["connection_request", "first_follow_up"]
    world.write_leads(zoe(world), 2)
    world.wait()
    texts, others = world.messages_of("lead_001"), world.messages_of("lead_002")
    ledger = world.folder / "ledger.db"
    made = name_backup(ledger, world.clock.now())
    back_up(ledger, made)
    back_up(ledger, world.folder / "elsewhere.db")
    own = ("leads.csv", "leads.messages.csv")
    with searched(world, *texts), searched(world, NAME, EMAIL, "person-1", ours=own):
        done = erase(world, EMAIL, world.folder / "elsewhere.db")
    assert (done.leads, done.messages, done.left) == (1, 2, [])
    assert [Path(file).name for file in done.files] == ["ledger.db", made.name, "elsewhere.db"]
    assert done.rows == {"spring: back": 0, "spring: list": 1}
    assert world.messages_of("lead_002") == others
    assert world.shown()["lead_001"]["upscale_status"] == "suppressed"
    assert "lead_002" in (world.folder / "all.csv").read_text(encoding="utf-8")
    for file in done.files:
        assert [finding for finding in verify(Path(file), is_copy=True) if finding.level == "error"] == []


@pytest.mark.promise(row="L2")
def test_no_old_page_is_left_in_file_or_log(world: World) -> None:
    """Also not of what was written without care, or lies in the log of a ledger that is open all the time."""
    world.write_leads(1, 2)
    with world.services() as services:
        world.wait()
        (text,) = world.messages_of("lead_001")
        with contextlib.closing(sqlite3.connect(world.folder / "ledger.db", isolation_level=None)) as careless:
            careless.execute("PRAGMA secure_delete = OFF")
            careless.execute("INSERT INTO meta VALUES ('draft', ?)", (text * 100,))
            careless.execute("DELETE FROM meta WHERE key = 'draft'")
        assert text.encode() in (world.folder / "ledger.db-wal").read_bytes()
        with searched(world, text):
            keys, mentions = find_person(services.ledger, "lead_001")
            forget(services, keys, mentions, "ann", asked="lead_001")
    world.forgotten = {"lead_001"}


def test_who_is_forgotten_is_not_bought_again_also_with_a_restored_copy(world: World) -> None:
    world.write_leads(1, 2)
    world.wait()
    ledger, copy = world.folder / "ledger.db", world.folder / "copy.db"
    back_up(ledger, copy)
    erase(world, "https://de.linkedin.com/in/Person-1", copy)
    assert world.sync().records.suppressed == 1
    world.write_leads(world.lead(7, LinkedIn=world.lead(1)["LinkedIn"]), 2)
    assert world.sync().records.suppressed == 1, "under another id"
    for name in ("ledger.db", "ledger.db-wal", "ledger.db-shm", "ledger.db.generation"):
        (world.folder / name).unlink(missing_ok=True)
    copy.rename(ledger)
    result = world.wait()
    assert (result.records.suppressed, result.records.done) == (1, 1)
    assert len(world.bought()) == 2


def test_the_sums_stay_right(world: World) -> None:
    world.write_leads(1, 2)
    world.wait()
    with world.ledger() as ledger:
        before = ledger.credits(1)
    erase(world, "lead_001")
    with world.ledger() as ledger:
        assert ledger.credits(1) == before
    assert before.spent == 2
    ((lead_id, person),) = world.query("SELECT lead_id, person FROM purchase WHERE text IS NULL")
    assert lead_id.startswith("forgotten:")
    assert person.startswith("forgotten:")
    assert world.query("SELECT count(*) FROM suppression WHERE value IS NULL") == [(2,)]


def test_old_copies_are_brought_to_the_newest_shape(world: World) -> None:
    world.write_leads(1, 2)
    world.wait()
    (text,) = world.messages_of("lead_001")
    ledger = world.folder / "ledger.db"
    copy = world.folder / "ledger.db.v2.backup"
    back_up(ledger, copy)
    with searched(world, text, ours=()):
        done = erase(world, "lead_001")
    assert str(copy) in done.files
    assert not list(world.folder.glob("*.v2.backup.v*")), "no copy of a copy was made"


def test_what_is_no_copy_of_this_ledger_is_left_alone_and_told(world: World) -> None:
    world.write_leads(1)
    world.wait()
    with Ledger.open(world.folder / "other.db"):
        pass
    (world.folder / "ledger.old.backup.db").write_bytes(b"half a file")
    done = erase(world, "lead_001", world.folder / "other.db")
    assert len(done.left) == 2
    assert "this is a copy of another ledger" in done.left[1]
    assert "ledger.old.backup.db" in done.left[0]


def test_what_a_person_made_of_the_output_is_named(world: World) -> None:
    world.write_leads(1, 2)
    world.wait()
    output = world.folder / "leads.messages.csv"
    output.write_text(output.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    done = erase(world, "lead_001")
    (edited,) = world.folder.glob("leads.messages.edited-*.csv")
    assert [one.partition(":")[0] for one in done.left] == [str(edited)]


def test_a_text_in_the_source_itself_is_named(world: World) -> None:
    world.spring["source"]["in_place"] = True
    world.write_leads(1, 2)
    world.wait()
    done = erase(world, "lead_001")
    assert done.left == [
        "leads.csv:2: it still shows a message; empty the cell",
        f"{world.folder / 'leads.csv.bak'}: an earlier state; look for the person, or remove it",
    ]


def test_messages_on_their_way_bring_nothing_of_a_forgotten_person(world: World) -> None:
    world.use_list()
    world.leads.items = [world.record(1), world.record(2)]
    world.sync()
    assert world.states() == {"pending": 2}
    erase(world, "lead_001")
    result = world.wait()
    assert [one.lead.lead_id for one in world.memory.written] == ["lead_002"]
    assert (result.messages.generated, result.messages.pending) == (1, 0)
    assert result.notes == []
    assert world.states() == {"ready": 1, "failed": 1}


def test_queued_and_undelivered_messages_go(world: World) -> None:
    world.use_list()
    world.spring["limits"] = {"hold_above": 0}
    world.leads.items = [world.record(1)]
    world.sync()
    erase(world, "lead_001")
    assert world.states() == {}
    assert world.query("SELECT count(*) FROM lead") == [(0,)]


def test_again(world: World) -> None:
    """A first time that was interrupted, or another copy that turned up, is no dead end."""
    world.write_leads(1)
    world.wait()
    back_up(world.folder / "ledger.db", world.folder / "found-later.db")
    erase(world, "lead_001")
    done = erase(world, "linkedin.com/in/person-1", world.folder / "found-later.db")
    assert (done.leads, done.left) == (0, [])
    assert b"person-1" not in (world.folder / "found-later.db").read_bytes()


def test_not_while_a_run_works(world: World) -> None:
    world.use_list()
    seen: list[str] = []

    def try_it() -> object:
        with pytest.raises(LockHeldError):
            erase(world, "lead_001")
        seen.append("locked")
        return world.record(2)

    world.leads.items = [world.record(1)]
    world.sync()
    world.leads.items = [world.record(1), try_it]
    world.sync()
    assert seen == ["locked"]


def test_sentences_about_others_lose_the_name_alone(world: World) -> None:
    world.use_list()
    world.leads.items = [world.record(1), world.record(2)]
    world.memory.answer = lambda one: one.conflict(f"it shows Ann1 Example, not {one.lead.first_name}")
    world.wait()
    with searched(world, "Ann1 Example"):
        erase(world, "lead_001")
    assert world.query("SELECT reason FROM delivery") == [("it shows (forgotten), not Ann2",)]


def test_another_person_under_the_same_id_is_not_bought_for(world: World) -> None:
    """The API may have the forgotten person's message for that id."""
    world.write_leads(1)
    world.wait()
    world.write_leads(world.lead(1, LinkedIn="https://www.linkedin.com/in/somebody"), 2)
    world.wait()
    ((reason,),) = world.query("SELECT reason FROM aside WHERE kind = 'held'")
    assert "li:in:person-1" in reason
    with searched(world, "li:in:person-1"):
        erase(world, "linkedin.com/in/person-1")
    assert world.query("SELECT count(*) FROM lead") == [(2,)], "the row is another person's by now"
    result = world.wait()
    assert (result.records.suppressed, result.records.done) == (1, 1)
    world.write_leads(world.lead(3, LinkedIn="https://www.linkedin.com/in/somebody"), 2)
    assert world.wait().records.new == 1


def test_other_systems_are_named_with_a_text_to_send(world: World) -> None:
    world.use_list()
    world.leads.items = [world.record(1)]
    world.wait()
    done = erase(world, "lead_001")
    upscale, sink, source = done.outside
    assert upscale.what == f"Upscale, account main ({world.sandbox.base_url.removesuffix('/api/v2')})"
    (request,) = world.query("SELECT secure_request_id FROM attempt")[0]
    assert f"request {request}" in upscale.text
    assert "LinkedIn: https://www.linkedin.com/in/person-1" in upscale.text
    assert (sink.what, source.what) == ("spring: memory", "spring: source (list)")


def test_everything_that_is_held_is_exported(world: World) -> None:
    world.write_leads(zoe(world), 2)
    world.wait()
    with world.ledger() as ledger:
        held = ledger.dossier(["li:in:person-1"])
    (lead,) = held["leads"]
    (message,) = held["messages"]
    assert (lead["first_name"], lead["record"]["Phone"]) == (NAME, f"mail to {EMAIL}")
    assert [message["text"]] == world.messages_of("lead_001")
    assert len(message["requests"]) == 1
    assert [one["state"] for one in held["deliveries"]] == ["written"]
    assert "person-2" not in json.dumps(held)
    with world.ledger() as ledger:
        ledger.suppress([Entry("id", "x")], "ann", world.clock.now())
        assert ledger.dossier(["li:in:nobody"])["leads"] == []


def test_a_sink_that_does_not_say_what_became_of_it_is_told(world: World) -> None:
    silent = make_sink(world.memory, "silent")
    silent.erase = lambda self, deliveries: iter(())  # type: ignore[method-assign]  # one that breaks the contract
    world.registry.register(Plugin([], [silent]), name="silent")
    world.spring["sinks"] = {"box": {"plugin": "silent"}}
    world.write_leads(1)
    world.wait()
    done = erase(world, "lead_001")
    assert done.left == ["spring: box: it did not say what became of 1 of 1: look there"]
    assert "spring: box" in [one.what for one in done.outside]
    assert done.rows == {}
