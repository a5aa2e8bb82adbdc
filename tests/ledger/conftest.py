"""A ledger in a real file, with short words for what a run does to it."""

from __future__ import annotations

import contextlib
import itertools
import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from upscale_connect.errors import InvariantError
from upscale_connect.ledger import Aside, Batch, Counts, Judgement, Ledger, Queue, Wish, Withdrawal, pack_description
from upscale_connect.ledger.values import AttemptState
from upscale_connect.models import Lead, Record, RequestDescription

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
DESCRIPTION = RequestDescription("Acme Corporation", "https://www.acmecorp.com")
#: Two message types, in the order of a sequence.
ORDER = ("connection_request", "first_follow_up")
Dump = dict[str, list[tuple[Any, ...]]]


class Books:
    """A ledger with one account, sync and campaign. `at` is the present; it moves only when a test moves it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.ledger = Ledger.open(path)
        self.at = NOW
        self.run_id = "run-1"
        self.account = self.ledger.bind_account("main", "https://api.example")
        self.campaign = self.make_campaign("campaign_1")
        self.sync = self.ledger.bind_sync("spring")
        self.tokens = (f"token-{number:038}" for number in itertools.count())

    def reopen(self) -> None:
        """What a run finds that starts after this one is gone."""
        self.ledger.close()
        self.ledger = Ledger.open(self.path)

    # Words for a run.

    def make_campaign(self, name: str) -> int:
        found = self.ledger.find_campaign(self.account, "customer_1", name, make=True)
        assert found is not None
        return found

    def lead(self, lead_id: str, person: str | None = None) -> Lead:
        person = person or f"in/{lead_id}"
        return Lead(lead_id, f"https://www.linkedin.com/{person}", person, "Company", "Ann", lead_id)

    def wish(self, lead_id: str, *types: str, person: str | None = None, campaign: int | None = None) -> Wish:
        lead = self.lead(lead_id, person)
        record = Record(None, {"ID": lead_id}, f"leads.csv:{lead_id}")
        request = self.ledger.bind_request(pack_description(DESCRIPTION), json.dumps(types)) if types else None
        digest = f"{lead_id} {lead.linkedin_key}".encode()
        return Wish(lead, record, digest, campaign or self.campaign, True, request, types)

    def plan(
        self, *wishes: Wish, asides: Sequence[Aside] = (), sync: int | None = None, gone: Sequence[int] = ()
    ) -> dict[str, int]:
        return self.ledger.store_plan(sync or self.sync, self.run_id, self.at, wishes, asides, gone=gone)

    def queue(self, *lead_ids: str, types: Sequence[str] = ("connection_request",)) -> None:
        self.plan(*(self.wish(lead_id, *types) for lead_id in lead_ids))

    def prepare(
        self,
        limit: int = 25,
        *,
        queue: Queue | None = None,
        sync: int | None = None,
        token: str | None = None,
        encode: Callable[[Sequence[Lead]], bytes] = lambda leads: b"body",
        only: Sequence[str] | None = None,
        leave_out: Sequence[str] = (),
    ) -> Batch | None:
        """The next batch of the first queue."""
        queue = queue or next(iter(self.ledger.queues(sync or self.sync)), None)
        if queue is None:
            return None
        prepared = self.ledger.prepare(
            sync or self.sync,
            queue,
            limit,
            run_id=self.run_id,
            at=self.at,
            token=token or next(self.tokens),
            encode=encode,
            hold=self.hold,
            only=only,
            leave_out=leave_out,
            screen=lambda lead, record: "",
        )
        return prepared[0] if prepared else None

    def hold(self, withdrawal: Withdrawal) -> Aside:
        lead_id = withdrawal.lead.lead_id
        reason = f"bought as {withdrawal.other}"
        return Aside(f"held {lead_id}", "held", withdrawal.place, reason, "", "", withdrawal.campaign_id, lead_id)

    def attempt(self, state: AttemptState, *lead_ids: str, types: Sequence[str] = ("connection_request",)) -> Batch:
        """A batch whose attempt was brought to this state in the ways that a run has."""
        self.queue(*(lead_ids or ("lead_1",)), types=types)
        batch = self.prepare()
        assert batch is not None
        number = batch.attempt_id
        if state == "dropped":
            self.ledger.give_back(number, self.run_id, self.at, "unreachable")
        elif state != "prepared":
            self.submit(number)
        if state in ("accepted", "complete"):
            self.accept(number)
        if state == "complete":
            self.complete(number, {})
        elif state == "in_doubt":
            self.doubt(number)
        elif state == "refused":
            self.refuse(number)
        return batch

    def submit(self, attempt: int) -> None:
        self.ledger.mark_submitting(attempt, self.run_id, self.at, 4)

    def accept(self, attempt: int, request_id: str | None = None) -> None:
        first_poll = self.at + timedelta(seconds=20)
        self.ledger.mark_accepted(attempt, self.run_id, self.at, request_id or f"request-{attempt}", first_poll)

    def doubt(self, attempt: int) -> None:
        self.ledger.mark_in_doubt(attempt, self.run_id, self.at, cause="reset", detail="cut", status=None, bytes_sent=4)

    def refuse(self, attempt: int, *lead_ids: str) -> None:
        leads = {
            lead_id: Aside(f"refused {lead_id}", "refused", f"leads.csv:{lead_id}", "bad", field="first_name")
            for lead_id in lead_ids
        }
        self.ledger.mark_refused(
            attempt, self.run_id, self.at, cause="ValidationError", detail="422", status=422, leads=leads
        )

    def complete(self, attempt: int, texts: Mapping[tuple[str, str], str]) -> tuple[int, int]:
        (opened,) = [one for one in self.ledger.open_attempts(self.sync) if one.id == attempt]
        counts = Counts(opened.messages, len(texts), opened.messages - len(texts), "no web presence")
        done = self.ledger.complete(opened, self.run_id, self.at, texts, counts, "no web presence")
        self.clear()
        return done

    def clear(self) -> None:
        """Nobody has anything to say against the messages that came."""
        judgements = [Judgement(draft.purchase_id) for draft in self.ledger.drafts([self.sync])]
        self.ledger.store_judgements(judgements, self.run_id, self.at)

    # What a test looks at.

    def query(self, statement: str, *values: object) -> list[Any]:
        """Ask the file, by a connection of the test's own."""
        with contextlib.closing(sqlite3.connect(self.path)) as connection:
            return connection.execute(statement, values).fetchall()

    def dump(self) -> Dump:
        """Every row of every table."""
        tables = [row[0] for row in self.query("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        return {table: self.query(f"SELECT * FROM {table} ORDER BY 1, 2") for table in tables}

    def attempts(self) -> list[str]:
        return [row[0] for row in self.query("SELECT state FROM attempt ORDER BY id")]

    def states(self) -> dict[str, str]:
        """Lead id → state of its purchase; of the newest where one was refused."""
        return dict(self.query("SELECT lead_id, state FROM purchase ORDER BY id"))

    def events(self) -> list[str]:
        return [row[0] for row in self.query("SELECT kind FROM event ORDER BY id")]

    @contextlib.contextmanager
    def refused_whole(self, error: type[BaseException] = InvariantError) -> Iterator[None]:
        """What is done inside must raise, and must leave no trace."""
        before = self.dump()
        with pytest.raises(error):
            yield
        assert self.dump() == before


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a ledger may be made."""
    return tmp_path / "ledger.db"


@pytest.fixture
def books(tmp_path: Path) -> Iterator[Books]:
    built = Books(tmp_path / "ledger.db")
    yield built
    assert built.query("PRAGMA integrity_check") == [("ok",)]
    assert built.query("PRAGMA foreign_key_check") == []
    built.ledger.close()


@pytest.fixture
def make_books(tmp_path: Path) -> Callable[[], Books]:
    """A new ledger with each call."""
    numbers = itertools.count()
    return lambda: Books(tmp_path / f"ledger-{next(numbers)}.db")
