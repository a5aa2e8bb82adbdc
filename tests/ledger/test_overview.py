"""What people see of the ledger: `status`, `todo` and `explain` read it from here."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from upscale_connect.ledger import Aside, DeliveryResult, Failure, LeadMatch
from upscale_connect.ledger.values import DeliveryState

if TYPE_CHECKING:
    from tests.ledger.conftest import Books

KIND = "connection_request"
TYPES = (KIND, "first_follow_up")


@pytest.fixture
def busy(books: Books) -> Books:
    """A sync with something in each state."""
    books.attempt("in_doubt", "doubtful", types=TYPES)
    books.at += timedelta(minutes=1)
    books.attempt("accepted", "pending")
    done = books.attempt("accepted", "done", "half", types=TYPES)
    texts = {("done", TYPES[0]): "Hello", ("done", TYPES[1]): "Again", ("half", TYPES[0]): "Half"}
    books.complete(done.attempt_id, texts)
    books.refuse(books.attempt("submitting", "refused").attempt_id, "refused")
    books.queue("queued", types=TYPES)
    quarantined = Aside("q", "quarantined", "leads.csv:9", "no LinkedIn URL", "LinkedIn", "x")
    held = Aside("h", "held", "leads.csv:10", "too many", campaign_id=books.campaign, lead_id="held")
    books.plan(asides=[quarantined, held])
    sink = books.ledger.bind_sink(books.sync, "crm")
    states: dict[str, DeliveryState] = {"done": "written", "half": "conflict"}
    results = [
        DeliveryResult(books.campaign, lead_id, state, f"uc-{lead_id}", "why" if state == "conflict" else "")
        for lead_id, state in states.items()
    ]
    books.ledger.store_results(sink, results, books.run_id, books.at)
    return books


def find(books: Books, text: str, person: str | None = None) -> LeadMatch:
    (match,) = books.ledger.find_leads(text, person)
    return match


def test_standing(busy: Books) -> None:
    standing = busy.ledger.standing(busy.sync, busy.at)
    assert (standing.sync, standing.leads) == ("spring", 6)
    counts = (standing.queued, standing.pending, standing.in_doubt, standing.ready, standing.failed)
    assert counts == (2, 1, 2, 3, 1)
    assert (standing.attempts_in_doubt, standing.overdue) == (1, 0)
    assert standing.asides == {"quarantined": 1, "held": 1, "refused": 1}
    assert standing.deliveries == {"crm": {"written": 1, "conflict": 1}}
    assert standing.oldest_open == "2026-03-04T05:07:07.000Z"


def test_standing_of_a_sync_without_anything(busy: Books) -> None:
    standing = busy.ledger.standing(busy.ledger.bind_sync("autumn"), busy.at)
    counts = (standing.leads, standing.queued, standing.pending, standing.in_doubt, standing.ready, standing.failed)
    assert counts == (0, 0, 0, 0, 0, 0)
    assert (standing.asides, standing.deliveries, standing.oldest_open, standing.finished_at) == ({}, {}, None, None)


def test_lists_for_a_person_are_of_one_sync(busy: Books) -> None:
    autumn = busy.ledger.bind_sync("autumn")
    for sync, count in ((busy.sync, 1), (autumn, 0)):
        assert len(busy.ledger.doubts(sync)) == count
        assert len(busy.ledger.stuck_deliveries(sync)) == count
        assert len(busy.ledger.failures(sync)) == count
        assert len(busy.ledger.asides(sync, ["quarantined"])) == count


def test_what_is_set_aside(busy: Books) -> None:
    rows = busy.ledger.asides(busy.sync, ["held", "quarantined"])
    assert [(row.kind, row.place, row.campaign, row.lead_id) for row in rows] == [
        ("quarantined", "leads.csv:9", None, None),
        ("held", "leads.csv:10", "campaign_1", "held"),
    ]
    assert (rows[0].field, rows[0].value, rows[0].reason) == ("LinkedIn", "x", "no LinkedIn URL")
    assert busy.ledger.asides(busy.sync, []) == []
    assert len(busy.ledger.asides(busy.sync, ["held", "quarantined", "refused"], limit=2)) == 2


def test_what_is_stuck_and_what_failed(busy: Books) -> None:
    (stuck,) = busy.ledger.stuck_deliveries(busy.sync)
    assert (stuck.sink, stuck.lead_id, stuck.campaign, stuck.state, stuck.reason) == (
        "crm",
        "half",
        "campaign_1",
        "conflict",
        "why",
    )
    failure = Failure(
        "half", "leads.csv:half", TYPES[1], "no web presence", has_website=False, has_page=False, adopted=False
    )
    assert busy.ledger.failures(busy.sync) == busy.ledger.failures(busy.sync, "half") == [failure]
    assert busy.ledger.failures(busy.sync, "whole") == []


@pytest.mark.parametrize(
    ("text", "person"),
    [("done", None), ("leads.csv:done", None), ("customer_1/campaign_1/done", None), ("unknown", "in/done")],
)
def test_lead_is_found(busy: Books, text: str, person: str | None) -> None:
    match = find(busy, text, person)
    assert (match.sync, match.sync_id, match.campaign_id) == ("spring", busy.sync, busy.campaign)
    assert (match.customer, match.campaign, match.lead_id) == ("customer_1", "campaign_1", "done")
    assert (match.person, match.name, match.place) == ("in/done", "Ann done (Company)", "leads.csv:done")


@pytest.mark.parametrize("text", ["", "DONE", "%", "don_", "leads.csv", "in/done"])
def test_lead_is_not_guessed(busy: Books, text: str) -> None:
    assert busy.ledger.find_leads(text, None) == []


def test_lead_of_two_syncs_is_found_in_both(busy: Books) -> None:
    busy.plan(busy.wish("done"), sync=busy.ledger.bind_sync("autumn"))
    assert [match.sync for match in busy.ledger.find_leads("done", None)] == ["autumn", "spring"]


def test_similar_leads(busy: Books) -> None:
    assert busy.ledger.similar_leads("DON") == ["done"]
    assert set(busy.ledger.similar_leads("leads.csv:1")) == {"leads.csv:10"}
    assert len(busy.ledger.similar_leads("e", limit=3)) == 3
    assert busy.ledger.similar_leads("%") == []


@pytest.mark.parametrize(("text", "kind"), [("leads.csv:9", "quarantined"), ("held", "held"), ("refused", "refused")])
def test_record_set_aside_is_found(busy: Books, text: str, kind: str) -> None:
    ((sync, row),) = busy.ledger.find_asides(text)
    assert (sync, row.kind) == ("spring", kind)


# The story of a lead.


def told(books: Books, lead_id: str) -> list[str]:
    lines = books.ledger.story(find(books, lead_id))
    assert [line.at for line in lines] == sorted(line.at for line in lines)
    return [f"{line.text} {line.message}".strip() for line in lines]


def test_story_of_a_lead_that_was_delivered(busy: Books) -> None:
    assert told(busy, "done") == [
        "sent with attempt 3",
        "accepted as request request-3",
        f"{TYPES[0]}: message 4 received Hello",
        f"{TYPES[1]}: message 5 received Again",
        "sink crm: written with receipt uc-done",
    ]


def test_story_of_a_lead_that_failed_in_part(busy: Books) -> None:
    lines = told(busy, "half")
    assert f"{TYPES[0]}: message 6 received Half" in lines
    assert f"{TYPES[1]}: no message (no web presence)" in lines
    assert "sink crm: conflict (why)" in lines
    assert "conflict (run run-1)" in lines


@pytest.mark.parametrize(
    ("lead_id", "line"),
    [
        ("doubtful", "attempt 1 is in doubt: reset"),
        ("refused", f"{KIND}: refused by the API (bad)"),
        ("queued", f"{KIND}: queued"),
        ("pending", f"{KIND}: pending"),
    ],
)
def test_story_says_where_a_lead_stands(busy: Books, lead_id: str, line: str) -> None:
    assert line in told(busy, lead_id)


def test_story_tells_nothing_of_other_leads(busy: Books) -> None:
    for lead_id in ("pending", "queued"):
        assert not [line for line in told(busy, lead_id) if "Hello" in line or "crm" in line or "doubt" in line]


def test_reading_changes_nothing(busy: Books) -> None:
    before = busy.dump()
    busy.ledger.standing(busy.sync, busy.at)
    busy.ledger.story(find(busy, "done"))
    busy.ledger.find_asides("held")
    busy.ledger.similar_leads("d")
    assert busy.dump() == before
