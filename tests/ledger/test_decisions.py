"""Any order of a person's decisions, proofs, answers and crashes upon one batch: never paid more often than agreed to,
and whatever was paid and proven is there."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from upscale_connect.errors import UsageError
from upscale_connect.ledger import Case
from upscale_connect.models import Lead

if TYPE_CHECKING:
    from tests.ledger.conftest import Books

KIND = "connection_request"
LEADS = ("lead_1", "lead_2")
#: What becomes of a request that is sent: whether it was paid, and what the ledger hears of it.
OUTCOMES = (
    "accepted", "paid, answer lost", "lost", "refused", "never sent", "killed before", "paid, killed", "killed",
)  # fmt: skip
ACTS = st.tuples(
    st.sampled_from(("resend", "drop", "prove", "complete", "sync")),
    st.integers(0, 5),
    st.sampled_from(OUTCOMES),
    st.sets(st.sampled_from(LEADS)),
)


class World:
    """`paid`: the attempts whose request was accepted, with the leads for which it has a message."""

    def __init__(self, books: Books) -> None:
        self.books = books
        self.paid: dict[int, set[str]] = {}
        self.consents = 0
        self.tokens = (f"resent-{number:036}" for number in itertools.count())

    @property
    def open_cases(self) -> list[Case]:
        return self.books.ledger.open_cases(dropped=True)

    def settle(self, attempt: int, outcome: str, made: set[str]) -> None:
        """A prepared attempt goes its way."""
        books = self.books
        if "paid" in outcome or outcome == "accepted":
            self.paid[attempt] = made
        if outcome == "killed before":
            return
        if outcome == "never sent":
            books.ledger.give_back(attempt, books.run_id, books.at, "NotSentError")
            return
        books.submit(attempt)
        if outcome == "accepted":
            books.accept(attempt)
        elif outcome == "refused":
            books.refuse(attempt)
        elif "killed" not in outcome:
            books.doubt(attempt)

    def recover(self) -> None:
        self.books.ledger.recover(self.books.sync, self.books.run_id, self.books.at)

    def resend(self, case: Case, outcome: str, made: set[str]) -> None:
        def encode(leads: Sequence[Lead]) -> bytes:
            assert tuple(lead.lead_id for lead in leads) == LEADS
            return b"body"

        books = self.books
        number, _ = books.ledger.prepare_again(case.attempt_id, "alice", "run-2", books.at, next(self.tokens), encode)
        self.consents += 1
        self.settle(number, outcome, made)
        self.recover()

    def prove(self, attempt: int) -> None:
        self.books.ledger.attach(attempt, "alice", self.books.at, f"request-{attempt}", self.books.at)

    def complete(self, attempt: int) -> None:
        self.books.complete(attempt, {(lead, KIND): f"text of {attempt}" for lead in self.paid[attempt]})

    def act(self, act: str, index: int, outcome: str, made: set[str]) -> None:
        books, cases = self.books, self.open_cases
        if act == "sync":
            for _ in books.ledger.queues(books.sync):
                batch = books.prepare()
                assert batch is not None
                self.settle(batch.attempt_id, outcome, made)
            self.recover()
        elif act == "complete":
            for one in books.ledger.open_attempts(books.sync)[index : index + 1]:
                self.complete(one.id)
        elif cases:
            case = cases[index % len(cases)]
            try:
                if act == "resend":
                    self.resend(case, outcome, made)
                elif act == "drop":
                    books.ledger.drop(case.attempt_id, "alice", books.at)
                elif case.attempt_id in self.paid:
                    self.prove(case.attempt_id)
            except UsageError:
                pass  # it says why not; whether it should is tested elsewhere

    def check(self) -> None:
        books = self.books
        assert len(self.paid) <= 1 + self.consents, "paid oftener than a person agreed to"
        states = books.states()
        perhaps = [case.attempt_id for case in self.open_cases]
        if perhaps or self.paid:
            assert "queued" not in states.values(), "free to be bought while it was, or may have been, paid"
        assert set(self.paid) <= {*perhaps, *self.known()}, "paid, and nobody knows"

    def known(self) -> set[int]:
        return {row[0] for row in self.books.query("SELECT id FROM attempt WHERE secure_request_id IS NOT NULL")}

    def end(self) -> None:
        """All proofs come, and all results: what was paid is there, once."""
        for attempt in sorted(set(self.paid) - self.known()):
            self.prove(attempt)
        for one in self.books.ledger.open_attempts(self.books.sync):
            self.complete(one.id)
        for lead in LEADS:
            if any(lead in made for made in self.paid.values()):
                assert self.books.states()[lead] == "ready"
        alarms = self.books.events().count("alarm")
        assert alarms == len(self.paid) * (len(self.paid) - 1) // 2, "one for each pair that was paid"


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=st.sampled_from(OUTCOMES), made=st.sets(st.sampled_from(LEADS)), acts=st.lists(ACTS, max_size=12))
def test_any_order_of_decisions(
    make_books: Callable[[], Books], first: str, made: set[str], acts: list[tuple[str, int, str, set[str]]]
) -> None:
    books = make_books()
    try:
        world = World(books)
        books.queue(*LEADS)
        batch = books.prepare()
        assert batch is not None
        world.settle(batch.attempt_id, first, made)
        world.recover()
        for act in acts:
            world.act(*act)
            world.check()
        world.end()
    finally:
        books.ledger.close()
