"""How SQLite means to answer: by an index, not by looking through all purchases or leads."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from tests.ledger.conftest import DESCRIPTION
from upscale_connect.ledger import Adoption, DeliveryResult, Ledger, ShownReceipt, pack_description
from upscale_connect.models import Record

if TYPE_CHECKING:
    from tests.ledger.conftest import Books

#: Tables that grow with the leads.
LARGE = ("purchase", "lead", "delivery", "aside", "attempt", "batch", "event")


class Watcher:
    """Notes every statement that a ledger runs, with its values filled in."""

    def __init__(self, ledger: Ledger) -> None:
        self.connection = ledger.db.connection
        self.statements: list[str] = []

    def watch(self, action: Callable[[], object]) -> list[str]:
        """The lines of the plans of all statements of an action."""
        self.statements.clear()
        self.connection.set_trace_callback(self.statements.append)
        try:
            action()
        finally:
            self.connection.set_trace_callback(None)
        lines = []
        for statement in dict.fromkeys(self.statements):
            # An insert has no plan of interest, unless it reads.
            if re.match(r"SELECT|UPDATE|DELETE|INSERT INTO \w+ \([^)]*\) SELECT", statement):
                lines += [row[3] for row in self.connection.execute("EXPLAIN QUERY PLAN " + statement)]
        assert lines
        return lines


def scans(lines: list[str]) -> list[str]:
    """Lines that look through a whole table, or a whole index of one."""
    aliases = {"p": "purchase", "l": "lead", "d": "delivery", "a": "attempt", "b": "batch"}
    found = []
    for line in lines:
        if match := re.match(r"SCAN (\w+)", line):
            table = aliases.get(match[1], match[1])
            if table in LARGE:
                found.append(line)
    return found


@pytest.fixture
def many(books: Books) -> Books:
    """A ledger in which each state occurs."""
    names = [f"lead_{number:03}" for number in range(200)]
    books.queue(*names, types=("connection_request", "first_follow_up"))
    for number in range(6):
        batch = books.prepare(limit=20)
        assert batch is not None
        if number == 0:
            continue
        books.submit(batch.attempt_id)
        if number == 1:
            books.doubt(batch.attempt_id)
        elif number > 2:
            books.accept(batch.attempt_id)
        if number > 3:
            texts = {(lead.lead_id, "connection_request"): "Hello" for lead in batch.leads}
            books.complete(batch.attempt_id, texts)
    sink = books.ledger.bind_sink(books.sync, "crm")
    books.ledger.enqueue_deliveries(books.sync, sink, books.at)
    return books


def _adoption(books: Books) -> Adoption:
    request = books.ledger.bind_request(pack_description(DESCRIPTION), "[]")
    texts = {"connection_request": "Hello", "first_follow_up": None}
    record = Record(None, {}, "leads.csv:7")
    return Adoption(books.campaign, books.lead("lead_199"), record, b"", request, "uc-1", texts, [1])


def run(books: Books, name: str) -> object:
    """The hot calls of a run, by what they do."""
    ledger, sync, campaign = books.ledger, books.sync, books.campaign
    chunk = [f"lead_{number:03}" for number in range(100)]
    withdrawing = books.wish("lead_199")
    withdrawing.withdraw = ["first_follow_up"]
    actions: dict[str, Callable[[], object]] = {
        "look up by key": lambda: ledger.known(sync, campaign, chunk, texts=True),
        "look up by person": lambda: ledger.bought_for(campaign, [f"in/{lead_id}" for lead_id in chunk]),
        "store a plan": lambda: books.plan(withdrawing),
        "list the queues": lambda: ledger.queues(sync),
        "count the queue": lambda: ledger.count_queue(sync),
        "take a batch": lambda: books.prepare(limit=10),
        "take certain leads": lambda: books.prepare(limit=1, only=["lead_150", "lead_151"], leave_out=["lead_150"]),
        "count doubts": lambda: ledger.doubts_of(campaign),
        "count what was bought": lambda: ledger.bought_between(sync, books.at, books.at),
        "submit": lambda: books.submit(1),
        "accept": lambda: books.accept(3),
        "refuse": lambda: books.refuse(3, "lead_040"),
        "give back": lambda: ledger.give_back(1, "run-2", books.at, ""),
        "recover": lambda: ledger.recover(sync, "run-2", books.at),
        "list open attempts": lambda: ledger.open_attempts(sync),
        "leads of a batch": lambda: ledger.leads_of(4),
        "complete": lambda: books.complete(4, {("lead_060", "connection_request"): "Hello"}),
        "list due deliveries": lambda: ledger.due_deliveries(sync, 1),
        "hand out deliveries": lambda: ledger.mark_unknown(1, ledger.due_deliveries(sync, 1)[:1], books.at),
        "store results": lambda: ledger.store_results(
            1, [DeliveryResult(campaign, "lead_080", "written", "uc-1")], "run-1", books.at
        ),
        "remove old texts": lambda: ledger.purge_texts(sync, [1], books.at, "run-2", books.at),
        "list what waits for a person": lambda: ledger.doubts(sync),
        "look for strange receipts": lambda: ledger.find_unknown(
            "customer_1", "campaign_1", [ShownReceipt(lead_id, f"in/{lead_id}", "uc-1") for lead_id in chunk]
        ),
        "adopt": lambda: ledger.adopt(sync, [_adoption(books)], "ann", books.at),
        "look for held leads": lambda: ledger.has_shown(sync),
        "take gone leads from the queue": lambda: ledger.finish_read(
            sync, "run-2", books.at, lambda _, lead_id: lead_id != "lead_199"
        ),
    }
    return actions[name]()


@pytest.mark.parametrize(
    ("name", "index"),
    [
        ("look up by key", "p USING INDEX purchase_key (campaign_id=? AND lead_id=?)"),
        ("look up by person", "p USING INDEX purchase_person (campaign_id=? AND person=?)"),
        ("store a plan", "purchase USING INDEX purchase_key (campaign_id=? AND lead_id=? AND type=?)"),
        ("list the queues", "p USING INDEX purchase_queue (sync_id=?"),
        ("count the queue", "purchase_queue (sync_id=?"),
        ("take a batch", "purchase USING INDEX purchase_queue (sync_id=? AND request_id=? AND campaign_id=?)"),
        ("take a batch", "purchase USING INDEX purchase_key (campaign_id=? AND lead_id=?)"),
        ("take a batch", "p USING INDEX purchase_person (campaign_id=? AND person=?)"),
        ("take certain leads", "purchase USING INDEX purchase_key (campaign_id=? AND lead_id=?)"),
        ("count doubts", "a USING INDEX attempt_state (state=?)"),
        ("count what was bought", "a USING INDEX attempt_sent (sent_at>? AND sent_at<?)"),
        ("submit", "attempt USING INTEGER PRIMARY KEY (rowid=?)"),
        ("accept", "attempt USING COVERING INDEX sqlite_autoindex_attempt_2 (secure_request_id=?)"),
        ("refuse", "purchase USING INDEX purchase_batch (batch_id=?)"),
        ("give back", "purchase USING INDEX purchase_batch (batch_id=?)"),
        ("recover", "a USING INDEX attempt_state (state=?)"),
        ("list open attempts", "a USING INDEX attempt_state (state=?)"),
        ("leads of a batch", "purchase USING INDEX purchase_batch (batch_id=?)"),
        ("complete", "purchase USING INDEX purchase_batch (batch_id=?)"),
        ("complete", "delivery USING INDEX delivery_lead (campaign_id=? AND lead_id=?)"),
        ("list due deliveries", "d USING"),
        ("list due deliveries", "p USING INDEX purchase_person (campaign_id=? AND person=?)"),
        ("hand out deliveries", "delivery USING PRIMARY KEY (sink_id=? AND campaign_id=? AND lead_id=?)"),
        ("list what waits for a person", "a USING INDEX attempt_state (state=?)"),
        ("look for strange receipts", "p USING INDEX purchase_key (campaign_id=? AND lead_id=?)"),
        ("look for strange receipts", "l USING INDEX lead_person (person=?)"),
        ("look for strange receipts", "d USING INDEX delivery_lead (campaign_id=? AND lead_id=?)"),
        ("adopt", "p USING INDEX purchase_key (campaign_id=? AND lead_id=? AND type=?)"),
        ("adopt", "a USING INDEX aside_lead (campaign_id=? AND lead_id=?)"),
        ("look for held leads", "a USING INDEX"),
        ("take gone leads from the queue", "purchase_queue (sync_id=?"),
        ("remove old texts", "p USING INDEX purchase_kept (sync_id=? AND changed_at<?)"),
        ("remove old texts", "lead_1 (sync_id=? AND campaign_id=? AND lead_id=?)"),
    ],
)
def test_hot_statement_uses_an_index(many: Books, name: str, index: str) -> None:
    lines = Watcher(many.ledger).watch(lambda: run(many, name))
    assert scans(lines) == []
    assert [line for line in lines if index in line], lines


def test_batch_is_taken_without_looking_through_the_queue(books: Books) -> None:
    """The work for one batch does not grow with what waits behind it."""

    def count_steps() -> int:
        """Hundreds of instructions of SQLite's for one batch."""
        steps = [0]

        def step() -> int:
            steps[0] += 1
            return 0

        (queue, *_) = books.ledger.queues(books.sync)
        books.ledger.db.connection.set_progress_handler(step, 100)
        try:
            assert books.prepare(limit=10, queue=queue) is not None
        finally:
            books.ledger.db.connection.set_progress_handler(None, 0)
        return steps[0]

    books.queue(*(f"lead_{number}" for number in range(100)))
    few = count_steps()
    books.queue(*(f"more_{number}" for number in range(5000)))
    assert count_steps() < 2 * few + 10


def test_watcher_sees_a_scan(many: Books) -> None:
    """The check itself can fail."""
    connection = many.ledger.db.connection
    lines = Watcher(many.ledger).watch(
        lambda: connection.execute("SELECT * FROM purchase WHERE reason = ''").fetchall()
    )
    assert scans(lines) == ["SCAN purchase"]
