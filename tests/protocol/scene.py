"""One history of the money protocol, with what a scenario plays with.

The engine, the ledger, the receiver and the sandbox are the real ones, over real sockets and files. A scenario decides
what goes wrong and when; `Books.violations` says which properties of the model the history has broken.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
import requests

from tests.protocol.books import Books
from tests.protocol.moments import Killed, Moments
from upscale_connect import Delivery, WriteResult
from upscale_connect.engine.doubts import Decision
from upscale_connect.errors import UpscaleConnectError
from upscale_connect.ledger import Inbox, Ledger
from upscale_connect.receiver import Listener, Receiver

if TYPE_CHECKING:
    from tests.engine.conftest import World

PERSON = "alice"
DAY = 86_400


class Scene:
    """What a scenario plays with: runs, kills, callbacks, a person. Attempts and POSTs go by number, from 1."""

    def __init__(self, world: World, patch: pytest.MonkeyPatch) -> None:
        self.world = world
        self.moments = Moments()
        self.moments.watch(patch)
        self.wanted: set[str] = set()
        self._listener: tuple[Listener, Inbox, Ledger] | None = None
        self._heard: set[str] = set()
        self._told: set[int] = set()
        self._avoidable = 0
        self._port = 0
        world.use_list("notes", "memory")
        world.spring["limits"] = {"max_in_doubt": 9}
        world.config["accounts"]["main"]["batch_size"] = 2
        world.notes.answer = self._write

    def _write(self, delivery: Delivery) -> WriteResult:
        self.moments.come("write")
        return delivery.written()

    # The program.

    def want(self, *numbers: int) -> None:
        """These leads stand in the source from now on."""
        self.world.leads.items = [self.world.record(number) for number in numbers]
        self.wanted |= {self.world.lead(number)["ID"] for number in numbers}

    def run(self, **options: Any) -> None:
        """One run, to its end or to its death."""
        try:
            self.world.run(**options)
        except Killed:
            self.moments.dead = False

    def kill(self, moment: str) -> None:
        """The run that comes to this moment does not live on."""
        self.moments.acts[moment] = self.moments.kill

    def lose_answer(self, *, paid: bool = True) -> None:
        """The answer to the next POST never comes. `paid`: it was accepted before."""
        self.world.sandbox.faults.add("reset", on="submit", after=paid)

    def doubt(self, *numbers: int, paid: bool = True) -> None:
        """Each batch of these leads has an attempt whose answer was lost."""
        self.want(*numbers)
        size = self.world.config["accounts"]["main"]["batch_size"]
        for _ in range(-(-len(numbers) // size)):
            self.lose_answer(paid=paid)
        self.run()

    def settle(self) -> None:
        """Nothing goes wrong any more, and more than a day later a run waits until nothing is open."""
        self.world.sandbox.faults.clear()
        self.world.clock.advance(DAY + 60)
        self.run(wait=True, timeout=3600)

    # Callbacks.

    def listen(self) -> None:
        """A process that takes callbacks, always at the same address."""
        with self.world.ledger():
            pass  # it must be there
        path = self.world.folder / "ledger.db"
        ledger, inbox = Ledger.open(path, read_only=True), Inbox.open(path)
        listener = Listener(Receiver(ledger.find_token, inbox, self.world.clock), "127.0.0.1", self._port)
        listener.start()
        self._port, self._listener = listener.port, (listener, inbox, ledger)
        self.world.config["accounts"]["main"]["callback_url"] = listener.url

    def hang_up(self) -> None:
        """That process ends, and what it has in memory only is gone."""
        if self._listener is not None:
            for part in self._listener:
                part.close()
            self._listener = None

    def notify(self, post: int, *, names: str = "", url: str = "") -> int:
        """The API's callback for a POST, or a lie: `names` another request. The listener's answer; 0: none came."""
        request_id = self.request_of(post)
        body = {"secure_request_id": names or request_id, "status": "complete"}
        url = url or self._body(post)["completion_notification_url"]
        try:
            status = requests.post(url, json=body, timeout=5).status_code
        except requests.ConnectionError:
            return 0
        if not names and status == 200:
            self._told.add(post)
        if not names:
            self._heard |= {lead["automation_tool_lead_id"] for lead in self._body(post)["lead_data"]}
        return status

    def notify_until_taken(self) -> None:
        """What a sender does that repeats every callback until it was taken."""
        for number, post in enumerate(self.world.sandbox.state.requests_to("submit"), 1):
            if post.accepted is not None:
                assert self.notify(number) == 200

    def told_requests(self) -> set[str]:
        """The requests whose true callbacks the listener answered with 200."""
        return {self.request_of(post) for post in self._told}

    def request_of(self, post: int) -> str:
        """The id that the API gave to a POST; "" if it did not accept it."""
        return self.world.sandbox.state.requests_to("submit")[post - 1].accepted or ""

    def _body(self, post: int) -> Any:
        return self.world.sandbox.state.requests_to("submit")[post - 1].json()

    # A person.

    def decide(self, act: Callable[..., Decision], attempt: int, *details: str) -> bool:
        """Resend, drop or attach; False if the program refuses, or nothing came of it."""
        proof = self._has_proof(attempt)
        before = self._count_resent()
        try:
            with self.world.services() as services:
                act(services, attempt, *details, PERSON)
            done = True
        except UpscaleConnectError:
            done = False
        except Killed:
            self.moments.dead = done = False
        self._avoidable += proof and self._count_resent() > before
        return done

    def _count_resent(self) -> int:
        return int(self.world.query("SELECT count(*) FROM event WHERE kind = 'resent'")[0][0])

    def _has_proof(self, attempt: int) -> bool:
        """Whether the true callback of an attempt in doubt lies in the inbox."""
        path = self.world.folder / "ledger.db.inbox"
        if not path.exists():
            return False
        (row,) = self.world.query("SELECT token_hash, body_hash, state FROM attempt WHERE id = ?", attempt)
        with closing(sqlite3.connect(path)) as inbox:
            named = inbox.execute("SELECT secure_request_id FROM callback WHERE token_hash = ?", row[:1])
            return row[2] == "in_doubt" and any(one in self._requests_of(row[1]) for (one,) in named)

    def _requests_of(self, body_hash: bytes) -> set[str]:
        """The requests that the API made of this very body."""
        posts = self.world.sandbox.state.requests_to("submit")
        return {
            post.accepted
            for post in posts
            if post.accepted and post.body and hashlib.sha256(post.body).digest() == body_hash
        }

    # The books.

    def books(self) -> Books:
        """What the sandbox sold and the sinks have, against what a person can see."""
        self.hang_up()
        world = self.world
        resent = world.query(
            "SELECT p.lead_id FROM event e JOIN attempt a ON a.id = e.attempt_id JOIN purchase p USING (batch_id)"
            " WHERE e.kind = 'resent'"
        )
        bound = world.query("SELECT secure_request_id, body_hash FROM attempt WHERE secure_request_id IS NOT NULL")
        return Books(
            wanted=frozenset(self.wanted),
            paid=Counter(lead_id for lead_id, _ in world.bought()),
            agreed=Counter(lead_id for (lead_id,) in resent),
            noted=Counter(one.lead.lead_id for one in world.notes.written),
            shown={one.lead.lead_id for one in world.memory.written},
            open=self._find_open(),
            given_up=self._find_given_up(),
            told=self._find_told(),
            heard=frozenset(self._heard),
            avoidable=self._avoidable,
            misbound=sum(request not in self._requests_of(body) for request, body in bound) + self._count_misplaced(),
        )

    def _find_open(self) -> set[str]:
        with self.world.ledger() as ledger:
            return {lead[0] for case in ledger.open_cases() for lead in ledger.case_leads(case)}

    def _find_given_up(self) -> set[str]:
        query = (
            "SELECT p.lead_id FROM event e JOIN attempt a ON a.id = e.attempt_id JOIN purchase p USING (batch_id)"
            " WHERE e.kind = 'dropped' AND e.actor = ?"
        )
        return {row[0] for row in self.world.query(query, PERSON)}

    def _find_told(self) -> set[str]:
        """Set aside; or still queued, while the last run ended with an exit code that says why."""
        query = "SELECT lead_id FROM aside WHERE lead_id IS NOT NULL"
        if self.world.exit_code:
            query += " UNION SELECT lead_id FROM purchase WHERE state = 'queued'"
        return {row[0] for row in self.world.query(query)}

    def _count_misplaced(self) -> int:
        written = [*self.world.notes.written, *self.world.memory.written]
        return sum(one.lead.first_name not in message.text for one in written for message in one.messages.values())
