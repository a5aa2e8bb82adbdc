"""What planning reads and writes: leads, the queue, records set aside."""

from __future__ import annotations

import dataclasses
import json
import sqlite3
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upscale_connect.errors import LedgerError
from upscale_connect.ledger import Aside
from upscale_connect.ledger.leads import pack_lead, pack_record, unpack_lead, unpack_record
from upscale_connect.ledger.values import AsideKind
from upscale_connect.models import Lead, Record

if TYPE_CHECKING:
    from tests.ledger.conftest import Books

TEXT = st.text(max_size=5)
KIND = "connection_request"


@given(st.builds(Lead, *([TEXT] * 6), *([st.none() | TEXT] * 2), TEXT, TEXT))
def test_lead_survives(lead: Lead) -> None:
    lead.aliases = (lead.company, lead.first_name)
    assert unpack_lead(lead.lead_id, pack_lead(lead), lead.customer, lead.campaign) == lead


@given(st.builds(Record, st.none() | TEXT, st.dictionaries(TEXT, TEXT), TEXT))
def test_record_survives(record: Record) -> None:
    assert unpack_record(pack_record(record)) == record


def test_known(books: Books) -> None:
    books.attempt("in_doubt", "doubtful")
    books.attempt("accepted", "pending")
    done = books.attempt("accepted", "done", types=(KIND, "first_follow_up"))
    books.complete(done.attempt_id, {("done", KIND): "Hello"})
    books.queue("queued")
    known = books.ledger.known(
        books.sync, books.campaign, ["doubtful", "pending", "done", "queued", "unknown"], texts=True
    )
    found = {
        lead_id: [(p.type, p.state, p.in_doubt, p.text, p.reason) for p in one.purchases]
        for lead_id, one in known.items()
    }
    assert found == {
        "doubtful": [(KIND, "pending", True, None, None)],
        "pending": [(KIND, "pending", False, None, None)],
        "done": [
            (KIND, "ready", False, "Hello", None),
            ("first_follow_up", "failed", False, None, "no web presence"),
        ],
        "queued": [(KIND, "queued", False, None, None)],
        "unknown": [],
    }
    assert known["done"].digest == b"done in/done"
    assert known["unknown"].digest is None
    without = books.ledger.known(books.sync, books.campaign, ["done"])
    assert [p.text for p in without["done"].purchases] == [None, None]


def test_known_by_another_sync(books: Books) -> None:
    """Purchases belong to all syncs of the account; what was read belongs to one."""
    books.attempt("accepted", "lead_1")
    autumn = books.ledger.bind_sync("autumn")
    (known,) = books.ledger.known(autumn, books.campaign, ["lead_1"]).values()
    assert known.digest is None
    assert [p.sync_id for p in known.purchases] == [books.sync]
    other = books.make_campaign("campaign_2")
    assert books.ledger.known(books.sync, other, ["lead_1"])["lead_1"].purchases == []


@pytest.mark.parametrize("lead_id", ['"', "'; DROP TABLE lead; --", "%", "ä\u2028", "\\", "", "0012", "null"])
def test_ids_are_text_and_nothing_else(books: Books, lead_id: str) -> None:
    books.queue(lead_id, "other")
    assert len(books.ledger.known(books.sync, books.campaign, [lead_id])[lead_id].purchases) == 1
    batch = books.prepare()
    assert batch is not None
    assert [lead.lead_id for lead in batch.leads] == [lead_id, "other"]
    books.submit(batch.attempt_id)
    books.refuse(batch.attempt_id, lead_id)
    assert books.states() == {lead_id: "refused", "other": "queued"}


def test_id_like_a_number_is_not_that_number(books: Books) -> None:
    books.attempt("accepted", "12")
    known = books.ledger.known(books.sync, books.campaign, ["12", "012", "12.0", "1e1"])
    assert {lead_id: len(one.purchases) for lead_id, one in known.items()} == {"12": 1, "012": 0, "12.0": 0, "1e1": 0}


def test_bought_for(books: Books) -> None:
    books.attempt("accepted", "pending")
    books.attempt("in_doubt", "doubtful")
    books.refuse(books.attempt("submitting", "refused").attempt_id, "refused")
    books.queue("queued")
    people = ["in/pending", "in/doubtful", "in/refused", "in/queued", "in/unknown"]
    assert books.ledger.bought_for(books.campaign, people) == {
        "in/pending": {"pending": "leads.csv:pending of 'spring'"},
        "in/doubtful": {"doubtful": "leads.csv:doubtful of 'spring'"},
    }
    assert books.ledger.bought_for(books.make_campaign("campaign_2"), people) == {}


def test_plan_is_stored_whole_or_not_at_all(books: Books) -> None:
    """The last record of the chunk cannot be stored, so the first was not either."""
    nonsense: Any = "nonsense"
    bad = Aside("key", nonsense, "leads.csv:9", "reason")
    wish = books.wish("lead_1", KIND)
    with books.refused_whole(sqlite3.IntegrityError):
        books.plan(wish, asides=[bad])


def test_lead_that_changed_is_stored_anew(books: Books) -> None:
    books.queue("lead_1")
    books.at += timedelta(hours=1)
    wish = books.wish("lead_1", person="in/new")
    books.plan(wish, dataclasses.replace(books.wish("lead_2"), store=False))
    rows = books.query("SELECT lead_id, person, digest, read_at FROM lead")
    assert rows == [("lead_1", "in/new", b"lead_1 in/new", "2026-03-04T06:06:07.000Z")]


def test_description_and_types_are_one_request(books: Books) -> None:
    first = books.ledger.bind_request("{}", json.dumps(["a"]))
    assert books.ledger.bind_request("{}", json.dumps(["a"])) == first
    assert len({first, books.ledger.bind_request("{ }", '["a"]'), books.ledger.bind_request("{}", '["b"]')}) == 3


# Withdrawing.


def test_withdraw_takes_only_what_is_queued(books: Books) -> None:
    books.attempt("accepted", "pending")
    books.queue("queued", types=(KIND, "first_follow_up"))
    wishes = [books.wish("pending"), books.wish("queued")]
    for wish in wishes:
        wish.withdraw = [KIND]
    books.plan(*wishes)
    assert books.query("SELECT lead_id, type, state FROM purchase ORDER BY id") == [
        ("pending", KIND, "pending"),
        ("queued", "first_follow_up", "queued"),
    ]


def test_withdraw_leaves_another_sync_alone(books: Books) -> None:
    books.queue("lead_1")
    autumn = books.ledger.bind_sync("autumn")
    wish = books.wish("lead_1")
    wish.withdraw = [KIND]
    books.plan(wish, sync=autumn)
    assert books.states() == {"lead_1": "queued"}


# The end of a read.


def test_what_is_gone_from_the_source_is_not_bought(books: Books) -> None:
    books.attempt("accepted", "bought")
    books.queue("stays", "goes", types=(KIND, "first_follow_up"))
    autumn = books.ledger.bind_sync("autumn")
    books.plan(books.wish("foreign", KIND), sync=autumn)
    changed = books.ledger.changed(books.sync)
    assert books.ledger.finish_read(books.sync, "run-2", books.at, lambda _, lead_id: lead_id == "stays") == 1
    assert books.states() == {"bought": "pending", "stays": "queued", "foreign": "queued"}
    assert books.events()[-1] == "dropped"
    assert books.query("SELECT detail FROM event ORDER BY id DESC LIMIT 1") == [("1 queued leads",)]
    assert books.ledger.changed(books.sync) == changed + 1
    before = books.dump()
    assert books.ledger.finish_read(books.sync, "run-3", books.at, lambda _, lead_id: lead_id == "stays") == 0
    assert books.dump() == before


def test_what_was_bought_for_a_lead_that_is_gone_stays(books: Books) -> None:
    """Only its other type, which still waits, is taken from the queue."""
    books.attempt("accepted", "lead_1", types=(KIND,))
    books.queue("lead_1", types=("first_follow_up",))
    assert books.ledger.finish_read(books.sync, "run-2", books.at, lambda *_: False) == 1
    assert books.query("SELECT type, state FROM purchase") == [(KIND, "pending")]


def test_seen_is_asked_by_campaign(books: Books) -> None:
    other = books.make_campaign("campaign_2")
    books.plan(books.wish("lead_1", KIND), books.wish("lead_1", KIND, campaign=other))
    books.ledger.finish_read(books.sync, "run-2", books.at, lambda campaign, _: campaign == other)
    assert books.query("SELECT campaign_id FROM purchase") == [(other,)]


def aside(key: str, kind: AsideKind = "quarantined", lead_id: str | None = None) -> Aside:
    return Aside(key, kind, f"leads.csv:{key}", f"reason of {key}", "LinkedIn", "http://", None, lead_id)


def test_asides_that_a_read_does_not_find_again_are_gone(books: Books) -> None:
    books.plan(asides=[aside("one"), aside("two", "duplicate"), aside("three", "held")])
    autumn = books.ledger.bind_sync("autumn")
    books.plan(asides=[aside("foreign")], sync=autumn)
    books.refuse(books.attempt("submitting", "lead_1", "lead_2").attempt_id, "lead_1", "lead_2")
    books.run_id = "run-2"
    books.plan(asides=[aside("two", "duplicate")])
    books.ledger.finish_read(books.sync, "run-2", books.at, lambda _, lead_id: lead_id == "lead_2")
    kept = books.query("SELECT sync_id, key, kind FROM aside ORDER BY key")
    assert kept == [
        (autumn, "foreign", "quarantined"),
        (books.sync, "refused lead_2", "refused"),
        (books.sync, "two", "duplicate"),
    ]


def test_only_new_asides_are_counted(books: Books) -> None:
    assert books.plan(asides=[aside("one"), aside("two"), aside("three", "held")]) == {"quarantined": 2, "held": 1}
    since = books.query("SELECT since FROM aside")
    books.at += timedelta(hours=1)
    assert books.plan(asides=[aside("one"), aside("two", "held")]) == {"held": 1}
    assert books.query("SELECT since FROM aside") == since
    assert books.query("SELECT count(*) FROM event") == [(0,)]


def test_lead_that_is_held_is_an_event_once(books: Books) -> None:
    for _ in range(2):
        books.plan(asides=[aside("one", "held", "lead_1"), aside("two", "duplicate", "lead_2")])
    assert books.events() == ["held"]
    assert books.query("SELECT lead_id FROM event") == [("lead_1",)]


def test_events_hold_no_words_about_people(books: Books) -> None:
    """Ids only: no name, no company, no text."""
    books.plan(asides=[aside("one", "held", "lead_1")])
    done = books.attempt("accepted", "lead_2")
    books.complete(done.attempt_id, {("lead_2", KIND): "Hello Ann of Company"})
    told = repr(books.query("SELECT * FROM event"))
    for word in ("Ann", "Company", "Hello", "reason of", "linkedin"):
        assert word not in told


@pytest.mark.parametrize("damaged", ["", "[", "[1]", '["a", "b"', "7", "null"])
def test_damage_in_the_text_of_a_lead_is_told_as_damage(damaged: str) -> None:
    with pytest.raises(LedgerError, match="the ledger is damaged"):
        unpack_lead("1", damaged, "c", "d")
    with pytest.raises(LedgerError, match="the ledger is damaged"):
        unpack_record(damaged)
