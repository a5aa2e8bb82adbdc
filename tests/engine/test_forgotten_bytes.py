"""A person with an eventful life in the program, forgotten, and then searched for in the bytes of every file.

Before, each place is shown to hold what is searched for: else the search could find nothing whatever is left.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
from pathlib import Path

import pytest

from tests.engine.conftest import World
from upscale_connect.engine.forget import Forgotten, find_person, forget
from upscale_connect.engine.namings import find_namings
from upscale_connect.errors import SinkError
from upscale_connect.ledger import Inbox, back_up, name_backup, verify
from upscale_connect.suppression import Entry

FIRST, LAST, SLUG, EMAIL, ID = "Zoë-Quill", "Vandersnoot", "zoe-vandersnoot-77b1", "zoe@quill.example", "crm-zq-0077"
MEMBER = "ACoAAB77cdEFghIJklMNopQRstUVwxYZabCDefG"
PROFILE = f"https://www.linkedin.com/in/{SLUG}?miniProfileUrn=urn%3Ali%3Afs_miniProfile%3A{MEMBER}"
EDIT, EARLIER = "A text by hand about kayaks.", "A first try about canoes."
#: What nothing may hold afterwards, and the lead's id, which stands only hashed.
PERSON = (FIRST, LAST, SLUG, EMAIL, MEMBER)

#: Everywhere in the ledger where something of the person must stand before, as table.column.
PLACES = {
    "alias.alias",
    "alias.person",
    "aside.value",
    "delivery.reason",
    "duplicate_alias.alias",
    "duplicate_alias.person",
    "finding.message",
    "lead.fields",
    "lead.person",
    "lead.record",
    "purchase.person",
    "purchase.text",
    "run.report",
    "suppression.reason",
    "suppression.value",
    "verdict.reason",
    "version.text",
}


#: Sentences of ours, of plugins, of the API and of people, in which anybody may be named.
SENTENCES = (
    "aside.reason",
    "aside.value",
    "attempt.detail",
    "attempt.failed_reason",
    "delivery.reason",
    "event.detail",
    "finding.message",
    "purchase.reason",
    "run.report",
    "suppression.reason",
    "verdict.reason",
)
#: What is a person's, or names a lead: erased, or hashed.
PERSONAL = (
    "alias.alias alias.person aside.key aside.lead_id delivery.lead_id duplicate_alias.alias"
    " duplicate_alias.person edit.lead_id event.lead_id lead.fields lead.lead_id lead.person lead.record"
    " purchase.lead_id purchase.person purchase.text suppression.value version.text"
)
#: Words and numbers of ours, names of things in the configuration, and who sat in front of the program.
PLAIN = (
    "account.name account.origin aside.dropped_by aside.field aside.kind aside.place aside.run_id aside.since"
    " attempt.answered_at attempt.cause attempt.completed_at attempt.last_digest attempt.next_poll_at"
    " attempt.prepared_at attempt.run_id attempt.secure_request_id attempt.sent_at attempt.state"
    " attempt.token_tail batch.created_at campaign.campaign campaign.customer delivery.changed_at delivery.receipt"
    " delivery.state duplicate_alias.run_id edit.since edit.type event.actor event.at event.kind finding.rule"
    " lead.read_at meta.key meta.value purchase.adopted purchase.changed_at purchase.purged_at purchase.review"
    " purchase.state purchase.type request.description request.types run.finished_at run.id run.started_at"
    " sink.announced sink.examined sink.name sink.searched sink.stamp suppression.actor suppression.at"
    " suppression.customer suppression.kind suppression.source sync.cursor sync.digest sync.fingerprint"
    " sync.finished_at sync.name sync.paused_at sync.paused_by verdict.actor verdict.at verdict.verdict version.at"
    " version.author version.place"
)


def zoe(world: World, **changes: str) -> dict[str, str]:
    known = {"ID": ID, "First": FIRST, "Last": LAST, "LinkedIn": PROFILE, "Phone": EMAIL}
    return world.lead(1, **{**known, **changes})


def list_places(ledger: Path, needles: set[str]) -> set[str]:
    """Where a needle stands in the values of a ledger, as table.column."""
    found = set()
    with contextlib.closing(sqlite3.connect(ledger)) as db:
        for (table,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            cursor = db.execute(f"SELECT * FROM {table}")
            names = [column[0] for column in cursor.description]
            for row in cursor:
                found |= {f"{table}.{name}" for name, value in zip(names, row, strict=True) if holds(value, needles)}
    return found


def holds(value: object, needles: set[str]) -> bool:
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    return any(form in text for needle in needles for form in (needle, json.dumps(needle)[1:-1]))


def list_files(folder: Path, needles: set[str]) -> set[str]:
    """The files whose bytes hold a needle."""
    forms = [form.encode() for needle in needles for form in (needle, json.dumps(needle)[1:-1])]
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {path.name for path in files if any(form in path.read_bytes() for form in forms)}


@pytest.fixture
def life(world: World) -> set[str]:
    """All that the program may come to know of a person. Returns the texts that were made for her, or are about her."""
    world.spring.update(
        messages=["connection_request", "first_follow_up"],
        review={"mode": "required", "where": ["back"]},
        sinks={
            "back": "source",
            "list": {"plugin": "csv", "path": "all.csv"},
            "memory": {"plugin": "memory"},
            "other": {"plugin": "other"},
        },
    )
    world.spring["source"]["review_columns"] = True
    world.write_leads(
        zoe(world),
        world.lead(2),
        world.lead(3, LinkedIn=f"https://www.linkedin.com/company/{SLUG}"),
        zoe(world, Phone="again"),
    )
    world.sandbox.faults.add("swap_messages", on="retrieve")
    world.wait()
    texts = {row[0] for row in world.query("SELECT text FROM purchase")}
    _say_all_kinds_of_things(world)
    _edit_the_sheet(world)
    world.memory.answer = _refuse
    world.other.answer = lambda one: one.conflict(f"it shows {FIRST} {LAST}")
    world.wait()
    with world.ledger() as ledger:
        ledger.suppress([Entry("email", EMAIL), Entry("id", f"customer_1/campaign_1/{ID}")], "ann", world.clock.now())
        ledger.suppress([Entry("id", "x", None, f"{FIRST} {LAST} said so")], "ann", world.clock.now(), hashed=True)
    with Inbox.open(world.folder / "ledger.db") as inbox:
        ((number,),) = world.query("SELECT token_hash FROM attempt")
        inbox.put(number, "a-second-request", "complete", "", 4, 4, world.clock.now())
    return {*texts, EDIT, EARLIER}


def _say_all_kinds_of_things(world: World) -> None:
    with world.ledger() as ledger:
        first, second = ledger.messages_of(1, ID)
        at = world.clock.now()
        ledger.add_version(first.id, EARLIER, first.hash, "ann", "review", at)
        ledger.decide(second.id, "approved", second.hash, "ann", at, f"{FIRST} {LAST} is fine")


def _edit_the_sheet(world: World) -> None:
    world.wait()
    output = world.folder / "leads.messages.csv"
    text = output.read_text(encoding="utf-8")
    assert EARLIER in text
    output.write_text(text.replace(EARLIER, EDIT), encoding="utf-8")


def _refuse(_: object) -> object:
    raise SinkError(f"{FIRST} {LAST} cannot be written")


def erase(world: World, *copies: Path) -> Forgotten:
    with world.services() as services:
        keys, mentions = find_person(services.ledger, ID, copies)
        messages = [one.message for one in find_namings(services.ledger, keys)]
        done = forget(services, keys, mentions, "ann", asked=ID, copies=copies, messages=messages)
    world.forgotten |= {ID, "lead_002"}
    return done


@pytest.mark.promise(row="L2")
def test_nothing_is_left_of_an_eventful_life(world: World, life: set[str]) -> None:
    ledger, elsewhere = world.folder / "ledger.db", world.folder / "elsewhere.db"
    (edited,) = world.folder.glob("leads.messages.edited-*.csv")
    copy = name_backup(ledger, world.clock.now())
    back_up(ledger, copy)
    back_up(ledger, elsewhere)
    needles = {*PERSON, *life, ID}
    assert list_places(ledger, {*PERSON, *life}) >= PLACES
    for file in (ledger, copy, elsewhere):
        assert not [needle for needle in needles if file.name not in list_files(world.folder, {needle})], file.name
    assert {"all.csv", "leads.messages.csv", edited.name} < list_files(world.folder, {EDIT})
    suffixes = {path.name.removeprefix("ledger.db") for path in world.folder.glob("ledger.db*")}
    assert {".inbox", ".generation"} <= {suffix for suffix in suffixes if suffix}, "these are searched, too"
    done = erase(world, elsewhere)
    assert done.left == [
        f"{edited}: an earlier state; look for the person, or remove it",
        *(line for line in done.left if "message 3" in line or "message 4" in line),
    ]
    assert list_files(world.folder, {*PERSON, ID}) == {"leads.csv", "leads.messages.csv", edited.name}
    assert list_files(world.folder, life) == {edited.name}
    for file in (ledger, copy, elsewhere):
        assert list_places(file, needles) == set(), file.name
        assert [finding for finding in verify(file, is_copy=True) if finding.level == "error"] == []
    world.wait()
    assert list_files(world.folder, life) == {edited.name}, "a later run brings nothing back"


def test_what_is_exported_has_the_entries(world: World, life: set[str]) -> None:
    with world.ledger() as ledger:
        keys, _ = find_person(ledger, ID)
        entries = ledger.dossier(keys)["do_not_contact"]
        assert [(one["kind"], one["value"]) for one in entries] == [
            ("id", f"customer_1/campaign_1/{ID}"),
            ("email", EMAIL),
        ]
        ledger.suppress([Entry("linkedin", f"li:in:{SLUG}")], "ann", world.clock.now(), hashed=True)
        assert ("linkedin", None) in [(one["kind"], one["value"]) for one in ledger.dossier(keys)["do_not_contact"]]
    erase(world)  # so that no text of hers stands beside a row of anybody's


def test_entries_that_name_the_person_keep_their_hash_alone(world: World, life: set[str]) -> None:
    with world.ledger() as ledger:
        ledger.suppress([Entry("company", "other"), Entry("email", "bob@quill.example")], "ann", world.clock.now())
    erase(world)
    with world.ledger() as ledger:
        shown = {row.value for row in ledger.list_suppressions()}
        assert shown == {None, "other", "bob@quill.example"}
        assert ledger.unsuppress([Entry("email", EMAIL)], "ann", world.clock.now()) == 1, "it still holds"


def test_of_each_column_it_is_known_whether_it_can_name_somebody(world: World) -> None:
    """A new one must be thought about here, and in what `forget` does."""
    with world.ledger():
        pass
    query = "SELECT t.name || '.' || c.name FROM sqlite_master t JOIN pragma_table_info(t.name) c"
    texts = {row[0] for row in world.query(f"{query} WHERE t.type = 'table' AND c.type = 'TEXT'")}
    assert texts == {*SENTENCES, *PERSONAL.split(), *PLAIN.split()}


@pytest.mark.parametrize("place", SENTENCES)
def test_each_sentence_loses_the_name(world: World, place: str) -> None:
    table, _, column = place.partition(".")
    world.spring["source"]["review_columns"] = True
    world.spring.update(review="required", sinks={"memory": {"plugin": "memory"}})
    world.write_leads(zoe(world), world.lead(2), world.lead(3, LinkedIn="nowhere"))
    world.wait()
    with world.ledger() as ledger:
        other = ledger.messages_of(1, "lead_002")[0]
        ledger.decide(other.id, "approved", other.hash, "ann", world.clock.now())
        ledger.suppress([Entry("company", "other")], "ann", world.clock.now())
    world.wait()
    sentence = f"what {FIRST} {LAST} said of {SLUG}"
    with contextlib.closing(sqlite3.connect(world.folder / "ledger.db", isolation_level=None)) as db:
        changed = db.execute(f"UPDATE {table} SET {column} = ?", (sentence,)).rowcount
    assert changed
    assert place in list_places(world.folder / "ledger.db", {sentence})
    erase(world)
    assert list_places(world.folder / "ledger.db", set(PERSON)) == set()
    world.forgotten |= {"lead_002"}
