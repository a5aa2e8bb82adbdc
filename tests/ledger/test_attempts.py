"""Every transition of an attempt is a compare-and-set: from a wrong state it raises and changes nothing."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from upscale_connect.errors import InvariantError
from upscale_connect.ledger import Batch, Counts, Ledger, OpenAttempt, Queue, hash_token
from upscale_connect.ledger.values import AttemptState

if TYPE_CHECKING:
    from tests.ledger.conftest import Books

STATES: tuple[AttemptState, ...] = (
    "prepared",
    "submitting",
    "accepted",
    "complete",
    "refused",
    "in_doubt",
    "dropped",
)
#: Transition → the states that it may start from.
ALLOWED: dict[str, tuple[AttemptState, ...]] = {
    "submit": ("prepared",),
    "unsent": ("prepared", "submitting"),
    "accept": ("submitting", "in_doubt", "dropped"),
    "doubt": ("submitting",),
    "refuse": ("submitting",),
    "refuse a lead": ("submitting",),
    "give back": ("prepared",),
    "complete": ("accepted",),
}


def complete_unseen(books: Books, batch: Batch) -> None:
    """As a run that read the open attempts before another one finished them."""
    opened = OpenAttempt(
        batch.attempt_id,
        batch.id,
        "main",
        "request",
        "customer_1",
        "campaign_1",
        books.campaign,
        ("connection_request",),
        1,
        0,
        books.at,
        books.at,
        None,
    )
    texts = {("lead_1", "connection_request"): "Hello"}
    books.ledger.complete(opened, books.run_id, books.at, texts, Counts(1, 1, 0, None), "")


ACTIONS: dict[str, Callable[[Books, Batch], object]] = {
    "submit": lambda books, batch: books.submit(batch.attempt_id),
    "unsent": lambda books, batch: books.ledger.mark_unsent(batch.attempt_id, "run-2", books.at, "429"),
    "accept": lambda books, batch: books.accept(batch.attempt_id, "request-new"),
    "doubt": lambda books, batch: books.doubt(batch.attempt_id),
    "refuse": lambda books, batch: books.refuse(batch.attempt_id),
    "refuse a lead": lambda books, batch: books.refuse(batch.attempt_id, "lead_1"),
    "give back": lambda books, batch: books.ledger.give_back(batch.attempt_id, "run-2", books.at, "unreachable"),
    "complete": complete_unseen,
}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("action", ALLOWED)
def test_transition_from_every_state(books: Books, action: str, state: AttemptState) -> None:
    batch = books.attempt(state)
    assert books.attempts() == [state]
    if state in ALLOWED[action]:
        ACTIONS[action](books, batch)
        books.reopen()
        assert books.attempts() != [state] or action == "unsent"
    else:
        with books.refused_whole():
            ACTIONS[action](books, batch)


@pytest.mark.parametrize("action", ALLOWED)
def test_attempt_that_does_not_exist(books: Books, action: str) -> None:
    batch = books.attempt("prepared")
    with books.refused_whole():
        ACTIONS[action](books, Batch(99, 99, batch.queue, batch.leads, batch.places))


def test_two_runs_send_one_attempt(books: Books) -> None:
    """Where the lock between runs fails, the second compare-and-set does: the first byte leaves once."""
    batch = books.attempt("prepared")
    with Ledger.open(books.path) as other:
        other.mark_submitting(batch.attempt_id, "run-2", books.at, 4)
    with books.refused_whole():
        books.submit(batch.attempt_id)


def test_submitting_keeps_what_left(books: Books) -> None:
    batch = books.attempt("submitting")
    ((state, sent_at, size),) = books.query("SELECT state, sent_at, bytes_sent FROM attempt")
    assert (state, sent_at, size) == ("submitting", "2026-03-04T05:06:07.000Z", 4)
    assert books.ledger.bought_between(books.sync, books.at, books.at) == 1
    books.ledger.mark_unsent(batch.attempt_id, "run-1", books.at, "429")
    assert books.query("SELECT state, sent_at FROM attempt") == [("prepared", None)]
    assert books.ledger.bought_between(books.sync, books.at, books.at) == 0
    assert books.states() == {"lead_1": "pending"}


def test_request_id_is_never_two_attempts(books: Books) -> None:
    first = books.attempt("accepted")
    books.queue("lead_2")
    second = books.prepare()
    assert second is not None
    books.submit(second.attempt_id)
    before = books.dump()
    with pytest.raises(InvariantError, match=f"two attempts .{first.attempt_id} and {second.attempt_id}") as caught:
        books.accept(second.attempt_id, f"request-{first.attempt_id}")
    assert "Upscale support" in caught.value.hint
    assert books.dump() == before


def test_the_database_itself_refuses_a_second_request_id(books: Books) -> None:
    books.attempt("accepted", "lead_1")
    books.attempt("submitting", "lead_2")
    with books.refused_whole(sqlite3.IntegrityError), books.ledger.db.transaction() as tx:
        tx.execute("UPDATE attempt SET secure_request_id = 'request-1' WHERE id = 2")


@pytest.mark.parametrize("state", ["accepted", "complete"])
def test_second_id_for_one_attempt(books: Books, state: AttemptState) -> None:
    """It would prove a double purchase: the first id stays."""
    batch = books.attempt(state)
    with books.refused_whole():
        books.accept(batch.attempt_id, "another-request")


def test_id_wins_over_doubt(books: Books) -> None:
    batch = books.attempt("in_doubt")
    assert books.ledger.doubts_of(books.campaign) == 1
    books.accept(batch.attempt_id, "found-later")
    (opened,) = books.ledger.open_attempts(books.sync)
    assert (opened.secure_request_id, opened.account, opened.types) == ("found-later", "main", ("connection_request",))
    assert opened.next_poll_at == books.at + timedelta(seconds=20)
    assert books.ledger.doubts_of(books.campaign) == 0


def test_doubt_is_counted_for_its_campaign_whoever_sent_it(books: Books) -> None:
    other = books.make_campaign("campaign_2")
    books.attempt("in_doubt")
    assert (books.ledger.doubts_of(books.campaign), books.ledger.doubts_of(other)) == (1, 0)
    books.sync = books.ledger.bind_sync("autumn")
    books.attempt("in_doubt", "lead_2")
    assert books.ledger.doubts_of(books.campaign) == 2


def test_doubt_keeps_its_cause(books: Books) -> None:
    books.attempt("in_doubt")
    (doubt,) = books.ledger.doubts(books.sync)
    assert (doubt.cause, doubt.detail, doubt.leads, doubt.messages) == ("reset", "cut", 1, 1)
    assert (doubt.sync, doubt.customer, doubt.campaign) == ("spring", "customer_1", "campaign_1")
    assert doubt.token_tail == "0" * 8


def test_nothing_in_doubt_is_queued(books: Books) -> None:
    books.attempt("in_doubt", "lead_1", "lead_2")
    assert books.states() == {"lead_1": "pending", "lead_2": "pending"}
    with pytest.raises(Exception, match="another run bought"):
        books.queue("lead_1")
    assert books.prepare() is None


def test_recover(books: Books) -> None:
    books.attempt("submitting", "lead_1")
    books.attempt("prepared", "lead_2")
    books.attempt("accepted", "lead_3")
    books.reopen()
    assert books.ledger.recover(books.sync, "run-2", books.at) == 1
    assert books.attempts() == ["in_doubt", "dropped", "accepted"]
    assert books.states() == {"lead_1": "pending", "lead_2": "queued", "lead_3": "pending"}
    assert books.query("SELECT cause FROM attempt WHERE id < 3 ORDER BY id") == [("interrupted",), ("never sent",)]
    before = books.dump()
    assert books.ledger.recover(books.sync, "run-3", books.at) == 0
    assert books.dump() == before


def test_recover_leaves_another_sync_alone(books: Books) -> None:
    """Its holder may be sending at this moment."""
    spring = books.sync
    books.attempt("submitting", "lead_1")
    books.attempt("prepared", "lead_2")
    books.sync = books.ledger.bind_sync("autumn")
    before = books.dump()
    assert books.ledger.recover(books.sync, "run-2", books.at) == 0
    assert books.dump() == before
    assert books.ledger.recover(spring, "run-2", books.at) == 1


def test_given_back_attempt_does_not_take_the_leads_of_its_successor(books: Books) -> None:
    """Both attempts are kept; only the batch that was sent holds the purchases."""
    first = books.attempt("dropped", "lead_1")
    second = books.prepare()
    assert second is not None
    assert books.ledger.leads_of(first.id) == {}
    assert books.ledger.leads_of(second.id) == {"lead_1": ("connection_request",)}


def test_token_is_in_no_file(books: Books) -> None:
    token = "QmFzZTY0-url_safe~secret~part~0123456789abcdTAIL1234"
    books.queue("lead_1")
    batch = books.prepare(token=token)
    assert batch is not None
    books.submit(batch.attempt_id)
    books.accept(batch.attempt_id)
    books.complete(batch.attempt_id, {("lead_1", "connection_request"): "Hello Ann"})
    files = list(books.path.parent.glob("ledger.db*"))
    assert {file.name for file in files} >= {"ledger.db", "ledger.db-wal"}
    content = b"".join(file.read_bytes() for file in files)
    assert b"Hello Ann" in content
    assert token[-8:].encode() in content
    assert hash_token(token) in content
    for length in range(9, len(token) + 1):
        assert token[-length:].encode() not in content
    assert token[:12].encode() not in content


def test_one_token_is_never_two_attempts(books: Books) -> None:
    books.queue("lead_1", "lead_2")
    assert books.prepare(limit=1, token="same-token") is not None
    with books.refused_whole(sqlite3.IntegrityError):
        books.prepare(limit=1, token="same-token")


def test_empty_queue_makes_no_attempt(books: Books) -> None:
    books.queue("lead_1")
    queue: Queue = books.ledger.queues(books.sync)[0]
    assert books.prepare(queue=queue) is not None
    before = books.dump()
    assert books.prepare(queue=queue) is None
    assert books.dump() == before
