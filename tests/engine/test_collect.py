"""From accepted requests to messages: whatever the API answers meanwhile, and however long it takes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from upscale_connect.engine.collect import counts_are_full, is_complete, verify_answer
from upscale_connect.errors import BadAnswerError
from upscale_connect.ledger import OpenAttempt
from upscale_connect.sandbox import Sandbox
from upscale_connect.upscale import Retrieved

if TYPE_CHECKING:
    from tests.engine.conftest import MovableClock, World


@pytest.fixture
def api_clock(clock: MovableClock) -> MovableClock:
    """The API's own time: it stands still until a test moves it."""
    return type(clock)()


@pytest.fixture
def sandbox(api_clock: MovableClock) -> Iterator[Sandbox]:
    with Sandbox(delay=0, clock=api_clock) as started:
        yield started


@pytest.fixture
def three(world: World) -> World:
    """Three leads in a file, one of them without web presence."""
    world.write_leads(1, world.lead(2, LinkedIn="https://www.linkedin.com/in/noweb-2"), 3)
    return world


def purchases(world: World) -> dict[str, str]:
    """Lead id → state of its message."""
    return dict(world.query("SELECT lead_id, state FROM purchase ORDER BY lead_id"))


DONE = {"lead_001": "ready", "lead_002": "failed", "lead_003": "ready"}


# Before it is complete.


@pytest.mark.parametrize("early", ["partial-200", "202", "nulls-200", "404-until-ready"])
def test_answers_before_it_is_complete(three: World, api_clock: MovableClock, early: str) -> None:
    """Half of the messages, or nulls, are no result: a null may still become a message."""
    three.sandbox.faults.set(delay=100, early=early)
    three.sync()
    for seconds in (0, 50, 40):
        api_clock.advance(seconds)
        for _ in range(2):
            result = three.sync()
            assert purchases(three) == dict.fromkeys(DONE, "pending")
            assert (result.messages.pending, result.attempts.complete) == (3, 0)
    assert three.exit_code == (10 if early == "404-until-ready" else 0)
    assert {row["upscale_status"] for row in three.shown().values()} == {"waiting"}
    api_clock.advance(10)
    three.wait()
    assert purchases(three) == DONE
    assert three.exit_code == 0


def test_failed_prospect_has_the_reason_and_costs_nothing(three: World) -> None:
    result = three.wait()
    assert (result.messages.generated, result.messages.failed, result.credits.spent) == (2, 1, 2)
    assert three.exit_code == 0
    assert "web presence" in three.query("SELECT reason FROM purchase WHERE lead_id = 'lead_002'")[0][0]
    assert three.shown()["lead_002"]["upscale_status"] == "failed"
    assert three.gets == 2  # a message is missing, so a second answer must agree


def test_complete_at_once_needs_one_answer(world: World) -> None:
    world.write_leads(1, 2)
    world.wait()
    assert world.gets == 1


@pytest.mark.promise(row="G7")
@pytest.mark.parametrize(
    ("fault", "gets"),
    [
        ("reorder_leads", 2),
        ("duplicate_lead", 2),
        ("unknown_message_field", 2),
        ("new_metadata", 2),
        ("singular_counts", 2),
        ("emoji", 2),
        ("rtl", 2),
        ("cjk", 2),
        ("over_length", 2),
        ("extra_lead", 2),
    ],
)
def test_strange_but_usable_answers(three: World, fault: str, gets: int) -> None:
    three.sandbox.faults.add(fault, on="retrieve", times=None)
    three.wait()
    assert (purchases(three), three.gets) == (DONE, gets)
    if fault == "extra_lead":
        assert "1 leads that were not asked for (first 'sandbox-strange-lead')" in three.notes_of_run


def test_counts_as_odd_as_in_the_reference(three: World) -> None:
    """Five requested where six were, and `share_material` echoed under the name of its field."""
    three.sandbox.faults.set(quirks="docs")
    three.spring["messages"] = ["connection_request", "share_material"]
    result = three.wait()
    assert (result.messages.generated, result.messages.failed) == (4, 2)
    assert len(three.messages_of("lead_001")) == 2


@pytest.mark.promise(row="G7")
def test_lead_that_is_missing_in_the_answer(world: World) -> None:
    """The counts are full and two answers agree: it is over, and said."""
    world.write_leads(1, 2)
    world.withheld = {"lead_002"}
    world.sandbox.faults.add("missing_lead", on="retrieve", times=None)
    result = world.wait()
    assert purchases(world) == {"lead_001": "ready", "lead_002": "failed"}
    assert (result.messages.generated, result.credits.spent) == (1, 1)
    assert "the API counts 2 messages, 1 are there" in world.notes_of_run


def test_lead_that_was_missing_once(world: World) -> None:
    """One answer that lacks it proves nothing."""
    world.write_leads(1, 2)
    world.sandbox.faults.add("missing_lead", on="retrieve", times=1)
    world.wait()
    assert purchases(world) == {"lead_001": "ready", "lead_002": "ready"}


def test_credits_that_end_while_it_generates(world: World) -> None:
    world.config["accounts"]["main"]["api_key"] = "sandbox-low-credits"
    world.sandbox.faults.set(credit_check="partial")
    world.sandbox.state.set_credits("sandbox-low-credits", 1)
    world.write_leads(1, 2)
    result = world.wait()
    assert (result.messages.generated, result.messages.failed) == (1, 1)
    assert "credits ran out" in world.query("SELECT reason FROM purchase WHERE state = 'failed'")[0][0]


# Answers that do not count.


@pytest.mark.promise(row="G7")
@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "foreign_request"},
        {"kind": "conflicting_lead"},
        {"kind": "truncate"},
        {"kind": "wrong_content_type"},
    ],
    ids=lambda fault: str(fault["kind"]),
)
def test_answers_that_do_not_count(world: World, fault: dict[str, Any]) -> None:
    """Nothing of them is used, and the same request is asked for again."""
    world.write_leads(1, 2)
    world.sync()
    world.sandbox.faults.add(on="retrieve", times=5, **fault)
    world.run(buy=False)
    assert (set(purchases(world).values()), world.exit_code) == ({"pending"}, 10)
    world.sandbox.faults.clear()
    world.run(buy=False)
    assert set(purchases(world).values()) == {"ready"}
    assert world.exit_code == 0


@pytest.mark.promise(row="G7")
@pytest.mark.parametrize("name", ["customer", "campaign"])
def test_answer_for_somebody_else(world: World, name: str) -> None:
    world.write_leads(1)
    world.sync()
    (request,) = world.sandbox.state.requests_to("submit")
    generation = world.sandbox.state.find("sandbox-valid", request.accepted or "")
    assert generation is not None
    own = getattr(generation, name)
    setattr(generation, name, "somebody else")
    world.run(buy=False)
    assert (purchases(world), world.exit_code) == ({"lead_001": "pending"}, 10)
    assert "'somebody else'" in world.notes_of_run
    setattr(generation, name, own)
    world.run(buy=False)
    assert purchases(world) == {"lead_001": "ready"}


@pytest.mark.promise(row="E4")
@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_api_that_cannot_answer_now(world: World, status: int) -> None:
    world.write_leads(1)
    world.sync()
    world.sandbox.faults.add("http_error", on="retrieve", status=status, times=5)
    world.run(buy=False)
    assert (world.gets, world.exit_code) == (5, 10)
    world.wait()
    assert (purchases(world), world.exit_code) == ({"lead_001": "ready"}, 0)


@pytest.mark.promise(row="E4")
def test_request_that_cannot_be_answered_keeps_no_other_waiting(world: World) -> None:
    """A run ends its questions at the first 5xx; the next one asks for the others first."""
    world.config["accounts"]["main"]["batch_size"] = 1
    world.write_leads(1, 2, 3)
    world.sync()
    broken = world.sandbox.state.requests_to("submit")[0].accepted
    find = world.sandbox.state.find

    def break_down(key: str, request_id: str) -> Any:
        if request_id == broken:
            raise RuntimeError("which the API answers with 500")
        return find(key, request_id)

    world.replace("find", break_down)  # the answer for this request alone
    world.run(buy=False)
    assert (world.gets, world.exit_code) == (5, 10)
    world.clock.advance(60)
    world.run(buy=False)
    assert purchases(world) == {"lead_001": "pending", "lead_002": "ready", "lead_003": "ready"}
    assert (world.gets, world.exit_code) == (12, 10)


def test_api_that_cannot_be_reached_keeps_nobody_from_being_delivered(world: World) -> None:
    world.use_list()
    world.leads.items = [world.record(1)]
    world.memory.answer = lambda delivery: delivery.failed("not now", retry=True)
    world.wait()
    world.memory.answer = lambda delivery: delivery.written()
    world.sandbox.faults.set(delay=60)
    world.leads.items = [world.record(1), world.record(2)]
    world.sync()
    world.sandbox.close()
    world.run(buy=False)
    assert world.exit_code == 10
    assert [one.lead.lead_id for one in world.memory.written] == ["lead_001"]
    world.sandbox.start()


def test_key_that_was_revoked_meanwhile(world: World) -> None:
    world.write_leads(1)
    world.sync()
    world.sandbox.state.revoke("sandbox-valid")
    world.wait()
    assert (purchases(world), world.exit_code) == ({"lead_001": "pending"}, 8)
    world.sandbox.state.revoke("sandbox-valid", revoked=False)
    world.wait()
    assert purchases(world) == {"lead_001": "ready"}


@pytest.mark.parametrize("kind", ["refuse_get_body", "strip_get_body"])
def test_proxy_that_dislikes_a_get_with_a_body(world: World, kind: str) -> None:
    world.sandbox.faults.add(kind, times=None)
    world.write_leads(1)
    world.wait()
    assert purchases(world) == {"lead_001": "ready"}
    assert world.sandbox.state.requests_to("retrieve")[-1].query


def test_redirect_is_not_followed(world: World) -> None:
    world.write_leads(1)
    world.sync()
    world.sandbox.faults.add("redirect", on="retrieve", location=f"{world.sandbox.base_url}/retrieve_messages")
    world.wait()
    assert (world.gets, world.exit_code, purchases(world)) == (1, 2, {"lead_001": "pending"})


# How often it is asked.


def next_poll(world: World) -> float:
    """Seconds from now until the next question."""
    ((text,),) = world.query("SELECT next_poll_at FROM attempt")
    return (datetime.fromisoformat(text) - world.clock.now()).total_seconds()


@pytest.mark.promise(row="F4")
def test_pace(world: World) -> None:
    """20 s, then each pause times 1.6, up to 5 minutes, all give or take a tenth."""
    world.sandbox.faults.set(delay=60)
    world.write_leads(1)
    asked = [world.clock.monotonic()]
    receive = world.sandbox.state.receive

    def note(request: Any) -> None:
        if request.endpoint == "retrieve":
            asked.append(world.clock.monotonic())
        receive(request)

    world.replace("receive", note)  # notes the time of our side
    world.wait(timeout=2000)
    pauses = [after - before for before, after in pairwise(asked)]
    assert pauses[0] == pytest.approx(20)
    assert pauses[:8] == pytest.approx([20, 32, 51.2, 81.92, 131.07, 209.7, 300, 300], rel=0.11)
    assert sum(world.stop.waits) == pytest.approx(2000)
    assert world.exit_code == 0


@pytest.mark.promise(row="F4")
def test_request_that_is_open_for_days(world: World, api_clock: MovableClock) -> None:
    """Shown as overdue after 24 h and asked for every 15 minutes, after a week once a day; and still stored."""
    world.sandbox.faults.set(delay=60)
    world.write_leads(1)
    world.sync()
    world.clock.advance(23 * 3600)
    world.run(buy=False)
    assert next_poll(world) < 330
    assert world.reports[-1].needs_person == []
    world.clock.advance(2 * 3600)
    world.run(buy=False)
    assert next_poll(world) == pytest.approx(900, rel=0.11)
    assert [need.what for need in world.reports[-1].needs_person] == ["requests open for more than 24 h"]
    gets = world.gets
    world.run(buy=False)
    assert world.gets == gets, "asked again within the 15 minutes"
    world.clock.advance(7 * 86400)
    world.run(buy=False)
    assert next_poll(world) == pytest.approx(86400, rel=0.11)
    api_clock.advance(60)
    world.clock.advance(100000)
    world.run(buy=False)
    assert purchases(world) == {"lead_001": "ready"}
    assert len(world.messages_of("lead_001")) == 1


def test_what_was_said_is_not_said_again(world: World) -> None:
    world.sandbox.faults.set(early="404-until-ready", delay=60)
    world.write_leads(1)
    result = world.wait(timeout=3000)
    assert world.gets > 10
    assert len(result.notes) == 1


def test_collecting_reads_and_buys_nothing(world: World) -> None:
    world.use_list()
    world.leads.items = [world.record(1)]
    world.sync()
    world.leads.items = [world.record(1), world.record(2)]
    reads = len(world.leads.cursors)
    world.run(buy=False, wait=True)
    assert (len(world.leads.cursors), world.posts) == (reads, 1)
    assert len(world.memory.written) == 1


# The rules by themselves.


def make_retrieved(**changes: Any) -> Retrieved:
    fields: dict[str, Any] = {
        "secure_request_id": "id",
        "retrieve_id": None,
        "customer": "c",
        "campaign": "d",
        "leads": (),
        "requested": 5,
        "generated": 4,
        "failed": 1,
        "failed_reason": None,
        "in_progress": None,
        "digest": "now",
    }
    return Retrieved(**fields | changes)


@pytest.mark.parametrize(
    ("changes", "full"),
    [
        ({}, True),
        ({"failed": None}, False),
        ({"generated": 5, "failed": None}, True),
        ({"generated": None}, False),
        ({"requested": None}, False),
        ({"generated": 9}, True),
        ({"requested": 0, "generated": 0, "failed": None}, False),
    ],
)
def test_counts(changes: dict[str, Any], full: bool) -> None:
    """Null is not zero failures; and a server that counts nothing yet is not done."""
    assert counts_are_full(make_retrieved(**changes)) is full


@pytest.mark.parametrize(
    ("present", "changes", "before", "complete"),
    [
        (6, {}, None, True),
        (6, {"requested": None}, None, True),
        (6, {"in_progress": True}, "now", False),
        (5, {}, None, False),
        (5, {}, "other", False),
        (5, {}, "now", True),
        (5, {"generated": 3}, "now", False),
        (5, {"generated": None, "in_progress": False}, "now", True),
        (5, {"generated": None, "in_progress": False}, "other", False),
    ],
)
def test_completion(present: int, changes: dict[str, Any], before: str | None, complete: bool) -> None:
    assert is_complete(make_retrieved(**changes), present, 6, before) is complete


def make_attempt() -> OpenAttempt:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    return OpenAttempt(1, 1, "main", "id", "c", "d", 1, ("connection_request",), 1, 0, now, now + timedelta(1), None)


@pytest.mark.promise(row="G7")
@pytest.mark.parametrize("changes", [{"customer": "x"}, {"campaign": "x"}, {"customer": None}, {"campaign": None}])
def test_echo_that_is_not_ours(changes: dict[str, Any]) -> None:
    with pytest.raises(BadAnswerError):
        verify_answer(make_attempt(), make_retrieved(**changes))


def test_answer_in_progress_may_name_nobody() -> None:
    verify_answer(make_attempt(), make_retrieved(customer=None, campaign=None, in_progress=True))
    with pytest.raises(BadAnswerError):
        verify_answer(make_attempt(), make_retrieved(customer="x", campaign=None, in_progress=True))
