"""What this ledger did not buy: told by receipts that it did not give, and taken over whole or not at all."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import pytest

from tests.ledger.conftest import DESCRIPTION
from upscale_connect.ledger import Adoption, Aside, ShownReceipt, SinkState, make_receipt, pack_description, verify
from upscale_connect.models import Record

if TYPE_CHECKING:
    from tests.ledger.conftest import Books

CR, FF = "connection_request", "first_follow_up"


def adoption(
    books: Books,
    lead_id: str = "lead_1",
    texts: Mapping[str, str | None] | None = None,
    receipt: str = "uc-elsewhere",
    sinks: Sequence[int] = (),
) -> Adoption:
    texts = {CR: "Hello"} if texts is None else texts
    request = books.ledger.bind_request(pack_description(DESCRIPTION), json.dumps(list(texts)))
    record = Record(None, {"ID": lead_id}, f"leads.csv:{lead_id}")
    return Adoption(books.campaign, books.lead(lead_id), record, b"digest", request, receipt, texts, sinks)


def adopt(books: Books, *adoptions: Adoption) -> None:
    books.ledger.adopt(books.sync, adoptions, "ann", books.at)


def unknown(books: Books, *shown: ShownReceipt, campaign: str = "campaign_1") -> set[str]:
    return {one.receipt for one in books.ledger.find_unknown("customer_1", campaign, shown)}


def shown(lead_id: str, receipt: str, person: str | None = None) -> ShownReceipt:
    return ShownReceipt(lead_id, person or f"in/{lead_id}", receipt)


def errors(books: Books) -> list[str]:
    return [finding.message for finding in verify(books.path) if finding.level == "error"]


# Which receipts are ours.


@pytest.fixture
def sold(books: Books) -> Books:
    """Both messages of `lead_1` are ready: purchases 1 and 2."""
    batch = books.attempt("accepted", types=(CR, FF))
    books.complete(batch.attempt_id, {("lead_1", CR): "Hello", ("lead_1", FF): "Hello again"})
    return books


def test_each_receipt_that_a_lead_may_have_had_is_known(sold: Books) -> None:
    name = sold.ledger.identity()
    ours = [make_receipt(name, numbers) for numbers in ([1], [2], [1, 2])]
    theirs = [make_receipt("another", [1]), make_receipt(name, [1, 2, 3]), "uc-1"]
    assert unknown(sold, *(shown("lead_1", receipt) for receipt in ours + theirs)) == set(theirs)


def test_receipt_of_another_lead_is_no_proof(sold: Books) -> None:
    """A copy of the ledger that was used elsewhere gives the same numbers to other leads."""
    receipt = make_receipt(sold.ledger.identity(), [1])
    assert unknown(sold, shown("lead_2", receipt)) == {receipt}


def test_receipt_follows_its_person(sold: Books) -> None:
    """Under another id, and as a lead of another campaign that has the same place in a sink."""
    receipt = make_receipt(sold.ledger.identity(), [1])
    assert unknown(sold, shown("other", receipt, "in/lead_1")) == set()
    sold.make_campaign("campaign_2")
    assert unknown(sold, shown("lead_1", receipt), campaign="campaign_2") == set()
    assert unknown(sold, shown("lead_1", receipt, "in/other"), campaign="campaign_2") == {receipt}


def test_receipt_that_was_delivered_is_known(sold: Books) -> None:
    sink = sold.ledger.bind_sink(sold.sync, "crm")
    adopt(sold, adoption(sold, texts={}, receipt="uc-old", sinks=[sink]))
    assert unknown(sold, shown("lead_1", "uc-old"), shown("lead_2", "uc-old")) == {"uc-old"}
    assert sold.ledger.find_given(["uc-old", "uc-new"]) == {"uc-old"}


def test_queued_purchase_has_given_nothing(books: Books) -> None:
    """Its number may have been given to what a lost ledger bought."""
    books.queue("lead_1")
    receipt = make_receipt(books.ledger.identity(), [1])
    assert unknown(books, shown("lead_1", receipt)) == {receipt}


def test_awaited_receipt_is_known_if_something_may_bring_it(books: Books) -> None:
    books.queue("lead_1")
    awaited = [shown("lead_1", ""), shown("lead_2", "")]
    assert books.ledger.find_unknown("customer_1", "campaign_1", awaited) == {awaited[1]}
    assert books.ledger.find_unknown("customer_1", "campaign_2", awaited) == set(awaited)


# What is remembered of sinks.


def test_state_of_a_sink(books: Books) -> None:
    ledger = books.ledger
    assert ledger.find_sink(books.sync, "crm") == SinkState()
    sink = ledger.bind_sink(books.sync, "crm")
    assert ledger.find_sink(books.sync, "new", "crm") == SinkState(sink, [])
    ledger.store_examined(sink, "options", shared=False)
    assert ledger.find_sink(books.sync, "crm") == SinkState(sink, [], "options")
    ledger.store_examined(sink, None, shared=True)
    ledger.store_examined(sink, "options", shared=False)
    assert ledger.find_sink(books.sync, "crm") == SinkState(sink, [], "options", shared=True)


def test_accepted_copy_forgets_what_was_asked(books: Books) -> None:
    sink = books.ledger.bind_sink(books.sync, "crm")
    books.ledger.store_examined(sink, "options", shared=False)
    books.ledger.store_read(books.sync, "fingerprint", {"size": 1}, "digest")
    books.reopen()
    assert books.ledger.find_sink(books.sync, "crm").examined == "options"
    books.path.with_name("ledger.db.generation").unlink()
    books.reopen()
    assert books.ledger.find_sink(books.sync, "crm").examined is None
    state = books.ledger.read_state(books.sync)
    assert (state.fingerprint, state.cursor) == ("", None)


# Taking over.


def test_messages_count_as_bought_and_delivered(books: Books) -> None:
    crm = books.ledger.bind_sink(books.sync, "crm")
    mail = books.ledger.bind_sink(books.sync, "mail")
    adopt(books, adoption(books, texts={CR: "Hello", FF: None}, sinks=[crm]), adoption(books, "lead_2", sinks=[crm]))
    assert books.query("SELECT lead_id, type, state, text, adopted FROM purchase ORDER BY id") == [
        ("lead_1", CR, "ready", "Hello", "uc-elsewhere"),
        ("lead_1", FF, "failed", None, "uc-elsewhere"),
        ("lead_2", CR, "ready", "Hello", "uc-elsewhere"),
    ]
    for sink in (crm, mail):
        books.ledger.enqueue_deliveries(books.sync, sink, books.at)
    assert books.ledger.due_deliveries(books.sync, crm) == []
    due = books.ledger.due_deliveries(books.sync, mail)
    assert [(one.lead.lead_id, one.receipt, list(one.messages)) for one in due] == [
        ("lead_1", "uc-elsewhere", [CR]),
        ("lead_2", "uc-elsewhere", [CR]),
    ]
    assert books.ledger.bought_between(books.sync, books.at, books.at) == 0
    assert errors(books) == []


def test_new_message_gets_a_receipt_of_our_own(books: Books) -> None:
    """What was adopted together keeps its receipt only as long as nothing is added to it."""
    adopt(books, adoption(books))
    books.queue("lead_1", types=(FF,))
    batch = books.prepare()
    assert batch is not None
    books.submit(batch.attempt_id)
    books.accept(batch.attempt_id)
    books.complete(batch.attempt_id, {("lead_1", FF): "Hello again"})
    sink = books.ledger.bind_sink(books.sync, "crm")
    books.ledger.enqueue_deliveries(books.sync, sink, books.at)
    (due,) = books.ledger.due_deliveries(books.sync, sink)
    assert due.receipt == make_receipt(books.ledger.identity(), [1, 2])


def test_queued_purchase_is_taken_over(books: Books) -> None:
    books.queue("lead_1")
    adopt(books, adoption(books))
    assert (books.states(), books.ledger.count_queue(books.sync)) == ({"lead_1": "ready"}, (0, 0))
    assert books.query("SELECT count(*) FROM purchase") == [(1,)]


def test_queue_of_another_sync_stays(books: Books) -> None:
    """It may be buying at this moment."""
    other = books.ledger.bind_sync("other")
    books.plan(books.wish("lead_1", CR), sync=other)
    adopt(books, adoption(books))
    assert books.query("SELECT state, sync_id FROM purchase") == [("queued", other)]
    assert books.query("SELECT count(*) FROM batch") == [(0,)]


def test_other_text_is_a_new_revision(sold: Books) -> None:
    adopt(sold, adoption(sold, texts={CR: "Newer"}))
    query = "SELECT revision, text, adopted FROM purchase WHERE type = ? ORDER BY revision"
    assert sold.query(query, CR) == [(1, "Hello", None), (2, "Newer", "uc-elsewhere")]


def test_missing_text_never_hides_one_that_is_there(sold: Books) -> None:
    adopt(sold, adoption(sold, texts={CR: None}))
    assert sold.query("SELECT type, state FROM purchase ORDER BY id") == [(CR, "ready"), (FF, "ready")]
    assert errors(sold) == []


def test_text_of_a_message_in_doubt(books: Books) -> None:
    books.attempt("in_doubt")
    adopt(books, adoption(books))
    assert (books.attempts(), books.states()) == (["in_doubt"], {"lead_1": "ready"})
    books.ledger.drop(1, "ann", books.at)
    assert books.states() == {"lead_1": "ready"}
    assert errors(books) == []


def test_message_that_is_on_its_way_is_bought_once(books: Books) -> None:
    """It will come by itself; a revision of its own would be a second purchase of the same."""
    batch = books.attempt("accepted")
    adopt(books, adoption(books, texts={CR: None}))
    assert books.states() == {"lead_1": "pending"}
    books.complete(batch.attempt_id, {("lead_1", CR): "Hello"})
    assert books.states() == {"lead_1": "ready"}


def test_lead_is_held_no_longer(books: Books) -> None:
    asides = [
        Aside(f"key {lead_id}", "held", "leads.csv:2", "shown", "receipt", "uc-1", books.campaign, lead_id)
        for lead_id in ("lead_1", "lead_2")
    ]
    books.plan(asides=asides)
    assert books.ledger.has_shown(books.sync)
    assert books.ledger.open_points(books.sync, books.at).unadopted == 2
    assert books.ledger.known(books.sync, books.campaign, ["lead_1"])["lead_1"].held_reason == "shown"
    adopt(books, adoption(books))
    assert [aside.lead_id for aside in books.ledger.asides(books.sync, ("held",))] == ["lead_2"]
    adopt(books, adoption(books, "lead_2"))
    assert not books.ledger.has_shown(books.sync)
    assert books.events() == ["held", "held", "adopted", "adopted"]


def test_all_or_nothing(books: Books) -> None:
    wrong = adoption(books, "lead_2", sinks=[99])
    with books.refused_whole(sqlite3.IntegrityError):
        adopt(books, adoption(books), wrong)


def test_table_that_shows_it_need_not_be_written(books: Books) -> None:
    sink = books.ledger.bind_sink(books.sync, "back")
    assert not books.ledger.has_purchases(books.sync)
    adopt(books, adoption(books, sinks=[sink]))
    assert books.ledger.has_purchases(books.sync)
    assert books.ledger.read_shown(sink) != books.ledger.changed(books.sync)
    books.ledger.note_shown(books.sync, sink)
    assert books.ledger.read_shown(sink) == books.ledger.changed(books.sync)
