"""Any order of what runs, the API, people and power cuts do: the ledger agrees with a model in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,  # type: ignore[attr-defined,unused-ignore]  # exported, by the library's documentation
)

from upscale_connect.errors import InvariantError, LedgerError

if TYPE_CHECKING:
    from tests.ledger.conftest import Books

TYPES = ("connection_request", "first_follow_up")
LEADS = st.lists(st.integers(1, 6).map(lambda number: f"lead_{number}"), min_size=1, max_size=3, unique=True)
Key = tuple[str, str]


@dataclass
class Sent:
    """An attempt as the model has it."""

    state: str
    keys: list[Key]

    @property
    def leads(self) -> list[str]:
        return list(dict.fromkeys(lead for lead, _ in self.keys))


def has_attempt(*states: str) -> Callable[[LedgerMachine], bool]:
    """A rule needs an attempt in one of these states."""
    return lambda machine: any(sent.state in states for sent in machine.attempts.values())


class LedgerMachine(RuleBasedStateMachine):
    """`live`: purchase key → state. `paid`: how often a key was sent and neither refused nor called back."""

    def __init__(self, make_books: Callable[[], Books]) -> None:
        super().__init__()
        self.books = make_books()
        self.live: dict[Key, str] = {}
        self.refused: Counter[Key] = Counter()
        self.paid: Counter[Key] = Counter()
        self.attempts: dict[int, Sent] = {}

    def teardown(self) -> None:
        self.books.ledger.close()

    def choose(self, data: st.DataObject, *states: str) -> tuple[int, Sent]:
        """An attempt in one of these states."""
        numbers = [number for number, sent in self.attempts.items() if sent.state in states]
        number = data.draw(st.sampled_from(numbers))
        return number, self.attempts[number]

    def mark(self, keys: list[Key], state: str) -> None:
        self.live.update(dict.fromkeys(keys, state))

    # Planning.

    @rule(leads=LEADS, types=st.sampled_from([TYPES, TYPES[:1], TYPES[1:]]))
    def queue(self, leads: list[str], types: tuple[str, ...]) -> None:
        """What is queued and not wanted any more is taken back; what was bought cannot be queued."""
        wishes = []
        for lead in leads:
            wish = self.books.wish(lead, *types)
            wish.withdraw = [kind for kind in TYPES if kind not in types]
            wishes.append(wish)
        keys = [(lead, kind) for lead in leads for kind in types]
        if any(self.live.get(key, "queued") != "queued" for key in keys):
            with pytest.raises(LedgerError, match="another run bought"):
                self.books.plan(*wishes)
            return
        self.books.plan(*wishes)
        self.withdraw_queued([(lead, kind) for lead in leads for kind in TYPES if kind not in types])
        self.mark(keys, "queued")

    @rule(leads=LEADS)
    def withdraw(self, leads: list[str]) -> None:
        wishes = [self.books.wish(lead) for lead in leads]
        for wish in wishes:
            wish.withdraw = TYPES
        self.books.plan(*wishes)
        self.withdraw_queued([(lead, kind) for lead in leads for kind in TYPES])

    @rule(leads=LEADS)
    def read_without(self, leads: list[str]) -> None:
        """A whole read that did not find these leads any more."""
        self.books.ledger.finish_read(
            self.books.sync, self.books.run_id, self.books.at, lambda _, lead: lead not in leads
        )
        self.withdraw_queued([(lead, kind) for lead in leads for kind in TYPES])

    def withdraw_queued(self, keys: list[Key]) -> None:
        for key in keys:
            if self.live.get(key) == "queued":
                del self.live[key]

    # Buying.

    @rule(limit=st.integers(1, 4))
    def prepare(self, limit: int) -> None:
        batch = self.books.prepare(limit)
        if batch is None:
            assert "queued" not in self.live.values()
            return
        assert 1 <= len(batch.leads) <= limit
        keys = [(lead.lead_id, kind) for lead in batch.leads for kind in batch.queue.types]
        assert {self.live[key] for key in keys} == {"queued"}
        self.mark(keys, "pending")
        self.attempts[batch.attempt_id] = Sent("prepared", keys)

    @precondition(has_attempt("prepared"))
    @rule(data=st.data())
    def submit(self, data: st.DataObject) -> None:
        number, sent = self.choose(data, "prepared")
        self.books.submit(number)
        sent.state = "submitting"
        self.paid.update(sent.keys)

    @precondition(has_attempt("prepared", "submitting"))
    @rule(data=st.data())
    def unsent(self, data: st.DataObject) -> None:
        number, sent = self.choose(data, "prepared", "submitting")
        self.books.ledger.mark_unsent(number, self.books.run_id, self.books.at, "429")
        if sent.state == "submitting":
            self.paid.subtract(sent.keys)
        sent.state = "prepared"

    @precondition(has_attempt("prepared"))
    @rule(data=st.data())
    def give_back(self, data: st.DataObject) -> None:
        number, sent = self.choose(data, "prepared")
        self.books.ledger.give_back(number, self.books.run_id, self.books.at, "unreachable")
        sent.state = "dropped"
        self.mark(sent.keys, "queued")

    @precondition(has_attempt("submitting", "in_doubt"))
    @rule(data=st.data())
    def accept(self, data: st.DataObject) -> None:
        """Also later, when doubt is settled by proof."""
        number, sent = self.choose(data, "submitting", "in_doubt")
        self.books.accept(number)
        sent.state = "accepted"

    @precondition(has_attempt("submitting"))
    @rule(data=st.data())
    def doubt(self, data: st.DataObject) -> None:
        number, sent = self.choose(data, "submitting")
        self.books.doubt(number)
        sent.state = "in_doubt"

    @precondition(has_attempt("submitting"))
    @rule(data=st.data())
    def refuse(self, data: st.DataObject) -> None:
        """None, some or all of its leads are named."""
        number, sent = self.choose(data, "submitting")
        named = data.draw(st.lists(st.sampled_from(sent.leads), unique=True))
        self.books.refuse(number, *named)
        sent.state = "refused"
        self.paid.subtract(sent.keys)
        for key in sent.keys:
            if key[0] in named:
                del self.live[key]
                self.refused[key] += 1
            else:
                self.live[key] = "queued"

    @precondition(has_attempt("accepted"))
    @rule(data=st.data())
    def complete(self, data: st.DataObject) -> None:
        number, sent = self.choose(data, "accepted")
        made = data.draw(st.lists(st.sampled_from(sent.keys), unique=True))
        ready, failed = self.books.complete(number, dict.fromkeys(made, "Hello"))
        assert (ready, failed) == (len(made), len(sent.keys) - len(made))
        sent.state = "complete"
        self.mark(sent.keys, "failed")
        self.mark(made, "ready")

    # What must not happen, and what does.

    @precondition(has_attempt("accepted", "complete", "refused", "in_doubt", "dropped"))
    @rule(data=st.data())
    def send_again(self, data: st.DataObject) -> None:
        number, _ = self.choose(data, "accepted", "complete", "refused", "in_doubt", "dropped")
        with pytest.raises(InvariantError):
            self.books.submit(number)
        with pytest.raises(InvariantError):
            self.books.ledger.mark_unsent(number, self.books.run_id, self.books.at, "429")

    @rule(half_done=st.booleans())
    def crash(self, half_done: bool) -> None:
        """The run is killed, perhaps within a transaction, and the next one settles what it finds."""
        books = self.books
        if half_done:
            books.ledger.db.connection.execute("BEGIN IMMEDIATE")
            books.ledger.db.connection.execute("UPDATE attempt SET state = 'refused'")
            books.ledger.db.connection.execute("DELETE FROM purchase")
        books.reopen()
        doubts = books.ledger.recover(books.sync, "run-next", books.at)
        found = [sent for sent in self.attempts.values() if sent.state == "submitting"]
        assert doubts == len(found)
        for sent in found:
            sent.state = "in_doubt"
        for sent in self.attempts.values():
            if sent.state == "prepared":
                sent.state = "dropped"
                self.mark(sent.keys, "queued")

    # The books.

    @invariant()
    def purchases_are_those_of_the_model(self) -> None:
        """Each live key once and in one state, nothing lost, nothing made up."""
        live: dict[Key, str] = {}
        refused: Counter[Key] = Counter()
        rows = self.books.ledger.db.connection.execute("SELECT lead_id, type, state FROM purchase")
        for lead, kind, state in rows:
            if state == "refused":
                refused[lead, kind] += 1
            else:
                assert (lead, kind) not in live, "bought twice"
                live[lead, kind] = state
        assert live == self.live
        assert refused == self.refused

    @invariant()
    def attempts_are_those_of_the_model(self) -> None:
        rows = self.books.ledger.db.connection.execute("SELECT id, state FROM attempt").fetchall()
        assert dict(rows) == {number: sent.state for number, sent in self.attempts.items()}
        doubts = sum(sent.state == "in_doubt" for sent in self.attempts.values())
        assert self.books.ledger.doubts_of(self.books.campaign) == doubts

    @invariant()
    def nothing_is_paid_twice(self) -> None:
        """What may have been bought is neither queued nor forgotten."""
        for key, times in self.paid.items():
            assert times in (0, 1)
            assert times == 0 or self.live[key] in ("pending", "ready", "failed")

    @invariant()
    def counts_add_up(self) -> None:
        standing = self.books.ledger.standing(self.books.sync, self.books.at)
        states = Counter(self.live.values())
        in_doubt = sum(len(sent.keys) for sent in self.attempts.values() if sent.state == "in_doubt")
        shown = (standing.queued, standing.pending, standing.in_doubt, standing.ready, standing.failed)
        pending = states["pending"] - in_doubt
        assert shown == (states["queued"], pending, in_doubt, states["ready"], states["failed"])
        assert self.books.ledger.count_queue(self.books.sync)[1] == states["queued"]
        at = self.books.at
        assert self.books.ledger.bought_between(self.books.sync, at, at) == self.paid.total()

    @invariant()
    def file_is_whole(self) -> None:
        connection = self.books.ledger.db.connection
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []


@pytest.mark.promise(row="A3")
def test_any_order_of_events(make_books: Callable[[], Books]) -> None:
    class Machine(LedgerMachine):
        def __init__(self) -> None:
            super().__init__(make_books)

    checks = list(HealthCheck)  # a slow machine fails no test
    run_state_machine_as_test(
        Machine,
        settings=settings(max_examples=25, stateful_step_count=30, deadline=None, suppress_health_check=checks),
    )
