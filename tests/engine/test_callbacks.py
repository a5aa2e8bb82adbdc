"""Callbacks end doubts and say when to ask. The sandbox sends them over real HTTP to a real receiver."""

from __future__ import annotations

import random
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
import requests

from upscale_connect.clock import SystemClock
from upscale_connect.engine import find_tasks
from upscale_connect.ledger import Inbox, Ledger, hash_token
from upscale_connect.receiver import open_receiver
from upscale_connect.sandbox import Sandbox

if TYPE_CHECKING:
    from tests.engine.conftest import MovableClock, World


@dataclass
class Wire:
    """The receiver's address, and callbacks by hand."""

    world: World
    url: str
    http: requests.Session

    def inbox(self) -> Inbox:
        return Inbox.open(self.world.folder / "ledger.db")

    def tokens(self) -> list[str]:
        """The callback tokens of all POSTs that the sandbox saw, in order."""
        urls = [
            request.json()["completion_notification_url"] for request in self.world.sandbox.state.requests_to("submit")
        ]
        return [str(url).rpartition("/")[2] for url in urls]

    def ids(self) -> list[str]:
        """The request ids that the sandbox gave, in order."""
        accepted = (request.accepted for request in self.world.sandbox.state.requests_to("submit"))
        return [one for one in accepted if one is not None]

    def call(self, token: str, request_id: str, **fields: Any) -> int:
        body = {"secure_request_id": request_id, "status": "complete", **fields}
        return self.http.post(f"{self.url}/callbacks/{token}", json=body, timeout=5).status_code

    def wait_for(self, callbacks: int) -> None:
        """Until so many are in the inbox, read or not."""
        with closing(sqlite3.connect(self.world.folder / "ledger.db.inbox")) as db:
            wait_until(lambda: db.execute("SELECT count(*) FROM callback").fetchone()[0] >= callbacks)

    def outcome(self, token: str, request_id: str) -> str:
        """What became of a callback; "" while it is unread."""
        with self.inbox() as inbox:
            return inbox.outcomes(hash_token(token))[request_id]

    def lose_answer(self, *, webhook: bool = False) -> None:
        """The next POST is processed and its answer never comes."""
        self.world.sandbox.faults.add("reset", on="submit", after=True)
        if not webhook:
            self.world.sandbox.faults.add("webhook_drop")


def wait_until(condition: Callable[[], bool]) -> None:
    pause = threading.Event()
    for _ in range(500):
        if condition():
            return
        pause.wait(0.01)
    raise AssertionError("it did not happen within 5 s")


@pytest.fixture
def sandbox(clock: MovableClock) -> Iterator[Sandbox]:
    with Sandbox(delay=0, clock=clock, webhook_secret="a webhook secret") as started:
        yield started


@pytest.fixture
def wire(world: World) -> Iterator[Wire]:
    with world.ledger(), requests.Session() as http:
        http.trust_env = False
        with open_receiver(world.load(), "127.0.0.1", 0, SystemClock()) as listener:
            world.config["accounts"]["main"] |= {"callback_url": listener.url, "batch_size": 2}
            yield Wire(world, listener.url, http)


def doubt(world: World, wire: Wire) -> tuple[str, str]:
    """An attempt in doubt whose callback was lost, too: its token and true request id."""
    wire.lose_answer()
    world.write_leads(1, 2)
    world.sync()
    assert world.exit_code == 5
    assert world.attempts()[-1] == "in_doubt"
    return wire.tokens()[-1], wire.ids()[-1]


# Doubts.


def test_a_lost_answer_is_told_by_the_callback(world: World, wire: Wire) -> None:
    wire.lose_answer(webhook=True)
    world.write_leads(1, 2)
    world.sync()
    wire.wait_for(1)
    world.sync()
    assert world.exit_code == 0
    assert world.attempts() == ["complete"]
    assert world.posts == 1
    assert all(len(world.messages_of(lead_id)) == 1 for lead_id in ("lead_001", "lead_002"))
    assert world.query("SELECT count(*) FROM event WHERE kind = 'bound'") == [(1,)]
    assert any("had been accepted" in note for report in world.reports for note in report.syncs[0].notes)


def test_the_campaign_buys_again_after_its_doubt_has_ended(world: World, wire: Wire) -> None:
    token, request_id = doubt(world, wire)
    world.write_leads(1, 2, 3)
    assert world.sync().messages.requested == 0
    wire.call(token, request_id)
    result = world.wait()
    assert result.messages.requested == 1
    assert world.exit_code == 0
    assert len(world.messages_of("lead_003")) == 1


def test_30_days_late(world: World, wire: Wire) -> None:
    token, request_id = doubt(world, wire)
    world.clock.advance(30 * 86_400)
    assert wire.call(token, request_id) == 200
    result = world.sync()
    assert world.attempts() == ["complete"]
    assert (result.messages.generated, world.exit_code) == (2, 0)
    world.clock.advance(30 * 86_400)
    gets = world.gets
    assert wire.call(token, request_id) == 200
    world.sync()
    assert world.gets == gets


def test_a_dropped_attempt_is_bound_by_a_late_callback(world: World, wire: Wire) -> None:
    token, request_id = doubt(world, wire)
    change(world, "UPDATE attempt SET state = 'dropped'")
    wire.call(token, request_id)
    world.sync()
    assert world.attempts() == ["complete"]
    assert len(world.messages_of("lead_001")) == 1


def test_a_post_that_has_not_returned_is_left_alone(world: World, wire: Wire) -> None:
    from upscale_connect.engine import Options
    from upscale_connect.engine.callbacks import CallbackReader
    from upscale_connect.engine.collect import Collector
    from upscale_connect.engine.connect import close_run, open_run

    token, request_id = doubt(world, wire)
    change(world, "UPDATE attempt SET state = 'submitting'")
    wire.call(token, request_id)
    with world.services() as services:
        run = open_run(services, services.config.syncs["spring"], "a run", Options())
        reader = CallbackReader(run, Collector(run))
        gets = world.gets
        assert reader.drain() == 0
        assert (world.gets, wire.outcome(token, request_id)) == (gets, "")
        assert not reader.has_news()
        world.clock.advance(1)
        assert reader.has_news()
        change(world, "UPDATE attempt SET state = 'in_doubt'")
        assert reader.drain() == 1
        reader.close()
        close_run(run)
    assert world.attempts() == ["complete"]
    world.sync()


def test_a_callback_before_the_answer(world: World, wire: Wire) -> None:
    """The answer is slow, so the callback is there first; what it says is used once the id is known."""
    world.sandbox.faults.add("slow", on="submit", after=True, seconds=0.3)
    world.write_leads(1, 2)
    world.sync()
    wire.wait_for(1)
    world.sync()
    assert (world.attempts(), world.exit_code, world.posts) == (["complete"], 0, 1)


# What does not count.


def test_an_id_that_nobody_got(world: World, wire: Wire) -> None:
    token, request_id = doubt(world, wire)
    wire.call(token, "00000000-dead-4000-8000-000000000000")
    world.sync()
    assert world.attempts() == ["in_doubt"]
    assert "does not know" in world.notes_of_run
    gets = world.gets
    world.sync()
    assert world.gets == gets, "one retrieval for each token and id"
    wire.call(token, request_id)
    world.sync()
    assert world.attempts() == ["complete"]
    assert world.query("SELECT count(*) FROM event WHERE kind = 'alarm'") == [(1,)]


def test_the_id_of_another_batch_on_a_leaked_token(world: World, wire: Wire) -> None:
    world.write_leads(8, 9)
    world.wait()
    other = wire.ids()[0]
    world.write_leads(8, 9, 1, 2)
    wire.lose_answer()
    world.sync()
    token, true = wire.tokens()[1], wire.ids()[1]
    gets = world.gets
    wire.call(token, other)
    world.sync()
    assert world.attempts() == ["complete", "in_doubt"]
    assert world.gets == gets, "the ledger knows whose it is"
    assert "request of attempt 1" in wire.outcome(token, other)
    wire.call(token, true)
    world.sync()
    assert world.attempts() == ["complete", "complete"]


def test_two_doubts_whose_ids_are_crossed(world: World, wire: Wire) -> None:
    world.spring["limits"] = {"max_in_doubt": 5}
    world.write_leads(1, 2, 3, 4)
    wire.lose_answer()
    wire.lose_answer()
    world.sync()
    assert world.attempts() == ["in_doubt", "in_doubt"]
    (one, two), (first, second) = wire.tokens(), wire.ids()
    wire.call(one, second)
    wire.call(two, first)
    world.sync()
    assert world.attempts() == ["in_doubt", "in_doubt"]
    assert wire.outcome(one, second) == "the API shows other leads for it"
    wire.call(one, first)
    wire.call(two, second)
    world.sync()
    assert world.attempts() == ["complete", "complete"]


def test_the_same_leads_with_other_types_are_another_batch(world: World, wire: Wire) -> None:
    world.spring["limits"] = {"max_in_doubt": 5}
    world.write_leads(1, 2)
    wire.lose_answer()
    world.sync()
    world.spring["messages"] = ["connection_request", "first_follow_up"]
    wire.lose_answer()
    world.sync()
    (one, two), (first, second) = wire.tokens(), wire.ids()
    wire.call(one, second)
    world.sync()
    assert world.attempts() == ["in_doubt", "in_doubt"]
    wire.call(one, first)
    wire.call(two, second)
    world.sync()
    assert world.attempts() == ["complete", "complete"]


def test_a_lead_that_is_missing_leaves_the_doubt(world: World, wire: Wire) -> None:
    token, request_id = doubt(world, wire)
    world.sandbox.faults.add("missing_lead")
    wire.call(token, request_id)
    world.sync()
    assert world.attempts() == ["in_doubt"]
    assert "other leads" in world.notes_of_run


def test_forged_ids_on_a_known_token_cost_ten_questions_a_minute(world: World, wire: Wire) -> None:
    world.config["accounts"]["main"]["retrieve_mode"] = "body"
    token, request_id = doubt(world, wire)
    for number in range(25):
        wire.call(token, f"forged-{number}")
    gets = world.gets
    world.sync()
    assert world.gets - gets <= 10
    wire.call(token, request_id)
    for _ in range(3):
        world.clock.advance(61)
        world.sync()
    assert world.attempts() == ["complete"]
    assert world.gets - gets <= 26


def test_forged_tokens_are_nothing(world: World, wire: Wire) -> None:
    doubt(world, wire)
    with wire.inbox() as inbox:
        for number in range(100):
            wire.call(f"{number:043}", "some-id")
        gets, events = world.gets, world.query("SELECT count(*) FROM event")
        assert inbox.unread() == []
    world.sync()
    assert (world.gets, world.query("SELECT count(*) FROM event")) == (gets, events)


def test_a_token_that_this_ledger_does_not_know_is_set_aside(world: World, wire: Wire) -> None:
    with wire.inbox() as inbox:
        inbox.put(bytes(32), "id-1", "complete", "", None, None, world.clock.now())
        world.write_leads(1)
        world.wait()
        assert inbox.outcomes(bytes(32)) == {"id-1": "its token is not in this ledger"}


def test_an_outage_burns_no_callback(world: World, wire: Wire) -> None:
    token, request_id = doubt(world, wire)
    world.sandbox.faults.add("http_error", on="retrieve", times=None)
    wire.call(token, request_id)
    world.sync()
    assert world.exit_code == 5
    assert wire.outcome(token, request_id) == ""
    world.sandbox.faults.clear()
    world.sync()
    assert (world.attempts(), world.exit_code) == (["complete"], 0)


def test_a_revoked_key_burns_no_callback(world: World, wire: Wire) -> None:
    token, request_id = doubt(world, wire)
    wire.call(token, request_id)
    world.config["accounts"]["main"]["api_key"] = "sandbox-revoked"
    world.sync()
    assert world.exit_code == 8
    assert wire.outcome(token, request_id) == ""
    world.config["accounts"]["main"]["api_key"] = "sandbox-valid"
    world.sync()
    assert world.attempts() == ["complete"]


def test_answers_that_decide_nothing_are_given_up_after_five(world: World, wire: Wire) -> None:
    token, request_id = doubt(world, wire)
    world.sandbox.faults.add("wrong_content_type", on="retrieve", times=None)
    wire.call(token, request_id)
    for number in range(5):
        assert wire.outcome(token, request_id) == "", number
        world.run(buy=False)
        world.clock.advance(61)
    assert "no clear answer" in wire.outcome(token, request_id)
    assert world.attempts() == ["in_doubt"]


# A second request.


def test_another_id_for_an_accepted_attempt_is_an_alarm(world: World, wire: Wire) -> None:
    world.sandbox.faults.add("webhook_forge")
    world.write_leads(1, 2)
    world.sync()
    wire.wait_for(2)
    world.sync()
    world.sync()
    assert any(report.exit_code == 6 for report in world.reports)
    assert world.attempts() == ["complete"]
    (need,) = world.reports[-1].needs_person
    assert (need.count, need.command) == (1, "upscale-connect todo spring")
    with world.ledger() as ledger:
        (task,) = [one for one in tasks(ledger, world) if one.kind == "alarm"]
    assert wire.ids()[0] in task.why
    assert "nothing of it was used" in task.why
    assert world.exit_code == 0, "only the run that saw it ends so"


def test_the_same_purchase_under_two_ids_is_a_proof(world: World, wire: Wire) -> None:
    """What the service might do on its own: accept one POST twice."""
    token, _ = doubt(world, wire)
    body = world.sandbox.state.requests_to("submit")[-1].json()
    answer = wire.http.post(
        f"{world.sandbox.base_url}/request_message_generation",
        json=body,
        headers={"Api-Key": "sandbox-valid"},
        timeout=5,
    )
    second = answer.json()["secure_request_id"]
    first = wire.ids()[0]
    wire.call(token, first)
    world.sync()
    assert wire.call(token, second) == 200
    world.sync()
    assert {report.exit_code for report in world.reports} == {5, 6, 0}
    notes = [note for report in world.reports for note in report.syncs[0].notes]
    assert any("they were paid twice" in note for note in notes)
    assert world.states() == {"ready": 2}
    world.sandbox.state.requests_to("submit")[-1].accepted = None  # the books would take this POST for the program's


def test_a_refused_attempt_that_was_accepted_is_an_alarm(world: World, wire: Wire) -> None:
    token, request_id = doubt(world, wire)
    change(world, "UPDATE attempt SET state = 'refused'")
    change(world, "UPDATE purchase SET state = 'queued', batch_id = NULL")
    wire.call(token, request_id)
    world.run(buy=False)
    assert world.attempts() == ["refused"]
    assert "which was refused: its leads had been queued again" in world.notes_of_run
    change(world, "UPDATE purchase SET state = 'pending', batch_id = 1")  # for the books, which are right


# Accepted requests.


def test_repeated_50_times_and_shuffled(world: World, wire: Wire) -> None:
    world.sandbox.faults.set(delay=60)
    world.config["accounts"]["main"]["batch_size"] = 1
    world.write_leads(1, 2, 3, 4)
    world.sync()
    gets = world.gets
    world.clock.advance(60)
    wire.wait_for(4)
    calls = list(zip(wire.tokens(), wire.ids(), strict=True)) * 50
    random.Random(7).shuffle(calls)
    assert {wire.call(*call) for call in calls} == {200}
    world.sync()
    assert world.attempts() == ["complete"] * 4
    assert world.gets - gets == 4
    assert {wire.call(*call) for call in calls} == {200}
    world.sync()
    assert world.gets - gets == 4
    assert world.posts == 4


def test_a_lost_callback_costs_no_message(world: World, wire: Wire) -> None:
    world.sandbox.faults.add("webhook_drop")
    world.write_leads(1, 2)
    world.wait()
    assert (world.exit_code, world.attempts()) == (0, ["complete"])


def test_a_callback_is_evidence_that_an_answer_is_complete(world: World, wire: Wire) -> None:
    """Without one, a request with a failed lead needs two equal answers."""
    world.sandbox.faults.set(delay=60)
    world.write_leads(1, world.lead(2, LinkedIn="https://www.linkedin.com/in/noweb-2"))
    world.sync()
    world.clock.advance(60)
    wire.wait_for(1)
    gets = world.gets
    result = world.sync()
    assert world.gets - gets == 1
    assert (result.messages.generated, result.messages.failed) == (1, 1)


def test_an_answer_that_has_less_than_the_callback_counts_is_not_complete(world: World, wire: Wire) -> None:
    world.sandbox.faults.set(delay=60)
    world.write_leads(1, 2)
    world.sync()
    world.clock.advance(60)
    wire.wait_for(1)
    world.sandbox.faults.add("missing_lead")
    result = world.wait()
    assert (result.messages.generated, result.messages.failed) == (2, 0)


def test_another_status_only_makes_us_ask(world: World, wire: Wire) -> None:
    world.sandbox.faults.set(delay=60)
    world.sandbox.faults.add("webhook_drop")
    world.write_leads(1, 2)
    world.sync()
    token, request_id = wire.tokens()[0], wire.ids()[0]
    wire.call(token, request_id, status="started")
    world.sync()
    assert world.attempts() == ["accepted"]
    assert wire.outcome(token, request_id) == "not complete yet"
    world.clock.advance(60)
    wire.call(token, request_id, status="complete")
    world.sync()
    assert world.attempts() == ["complete"]


def test_other_counts_than_the_api_shows_are_a_note(world: World, wire: Wire) -> None:
    token, request_id = doubt(world, wire)
    wire.call(token, request_id, requested_messages_count=9, generated_messages_count=2)
    world.sync()
    assert "its callback counts 2 of 9 messages, the API 2 of 2" in world.notes_of_run
    assert world.attempts() == ["complete"]


def test_a_run_that_waits_sees_the_inbox_at_once(world: World, wire: Wire) -> None:
    """The first poll would come after 20 s; the callback after 3 is used within a slice of 200 ms."""
    world.sandbox.faults.set(delay=3)
    world.write_leads(1, 2)
    world.stop.on_wait = lambda: wire.wait_for(1) if world.clock.monotonic() >= 3 else None
    world.wait()
    assert world.attempts() == ["complete"]
    assert 3 <= world.clock.monotonic() < 3.7
    assert set(world.stop.waits) == {0.2}


def test_who_only_polls_has_no_inbox(world: World) -> None:
    world.write_leads(1, 2)
    world.sandbox.faults.set(delay=3)
    world.wait()
    assert not (world.folder / "ledger.db.inbox").exists()
    assert 0.2 not in world.stop.waits


def change(world: World, statement: str) -> None:
    with closing(sqlite3.connect(world.folder / "ledger.db")) as db, db:
        db.execute(statement)


def tasks(ledger: Ledger, world: World) -> list[Any]:
    sync_id = ledger.find_sync("spring")
    assert sync_id is not None
    return list(find_tasks(ledger, sync_id, "spring", None, world.clock.now()))
