"""What a callback says counts only as far as the API confirms it; a second request is an alarm."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from upscale_connect.engine.callbacks import MAX_ALARMS

if TYPE_CHECKING:
    from tests.engine.callbacks.conftest import Wire
    from tests.engine.conftest import World


# What does not count.


@pytest.mark.promise(row="F1")
def test_an_id_that_nobody_got(world: World, wire: Wire) -> None:
    token, request_id = wire.doubt()
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


@pytest.mark.promise(row="F1")
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


@pytest.mark.promise(row="F1")
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
    token, request_id = wire.doubt()
    world.sandbox.faults.add("missing_lead")
    wire.call(token, request_id)
    world.sync()
    assert world.attempts() == ["in_doubt"]
    assert "other leads" in world.notes_of_run


@pytest.mark.promise(row="F1")
def test_forged_ids_on_a_known_token_cost_ten_questions_a_minute(world: World, wire: Wire) -> None:
    world.config["accounts"]["main"]["retrieve_mode"] = "body"
    token, request_id = wire.doubt()
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


@pytest.mark.promise(row="F1")
def test_forged_tokens_are_nothing(world: World, wire: Wire) -> None:
    wire.doubt()
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
    token, request_id = wire.doubt()
    world.sandbox.faults.add("http_error", on="retrieve", times=None)
    wire.call(token, request_id)
    world.sync()
    assert world.exit_code == 5
    assert wire.outcome(token, request_id) == ""
    world.sandbox.faults.clear()
    world.sync()
    assert (world.attempts(), world.exit_code) == (["complete"], 0)


def test_a_revoked_key_burns_no_callback(world: World, wire: Wire) -> None:
    token, request_id = wire.doubt()
    wire.call(token, request_id)
    world.config["accounts"]["main"]["api_key"] = "sandbox-revoked"
    world.sync()
    assert world.exit_code == 8
    assert wire.outcome(token, request_id) == ""
    world.config["accounts"]["main"]["api_key"] = "sandbox-valid"
    world.sync()
    assert world.attempts() == ["complete"]


def test_answers_that_decide_nothing_are_given_up_after_five(world: World, wire: Wire) -> None:
    token, request_id = wire.doubt()
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
    (task,) = [one for one in wire.tasks() if one.kind == "alarm"]
    assert wire.ids()[0] in task.why
    assert "nothing of it was used" in task.why
    assert world.exit_code == 0, "only the run that saw it ends so"


def test_the_same_purchase_under_two_ids_is_a_proof(world: World, wire: Wire) -> None:
    """What the service might do on its own: accept one POST twice."""
    token, _ = wire.doubt()
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


def test_a_leaked_token_fills_no_report(world: World, wire: Wire) -> None:
    """Ids of nobody are told five times; one that was paid for is an alarm all the same."""
    token, first = wire.doubt()
    wire.call(token, first)
    world.sync()
    body = world.sandbox.state.requests_to("submit")[-1].json()
    for number in range(8):
        wire.call(token, f"forged-{number}")
    world.sync()
    told = [note for note in world.reports[-1].syncs[0].notes if "forged-" in note]
    assert len(told) == len(wire.tasks()) == MAX_ALARMS
    assert told[-1].endswith("is not told any more")
    answer = wire.http.post(
        f"{world.sandbox.base_url}/request_message_generation",
        json=body,
        headers={"Api-Key": "sandbox-valid"},
        timeout=5,
    )
    wire.call(token, answer.json()["secure_request_id"])
    world.sync()
    assert "they were paid twice" in world.reports[-1].syncs[0].notes[-1]
    assert len(wire.tasks()) == MAX_ALARMS + 1
    world.sandbox.state.requests_to("submit")[-1].accepted = None  # the books would take this POST for the program's


def test_a_refused_attempt_that_was_accepted_is_an_alarm(world: World, wire: Wire) -> None:
    token, request_id = wire.doubt()
    wire.change("UPDATE attempt SET state = 'refused'")
    wire.change("UPDATE purchase SET state = 'queued', batch_id = NULL")
    wire.call(token, request_id)
    world.run(buy=False)
    assert world.attempts() == ["refused"]
    assert "which was refused: its leads had been queued again" in world.notes_of_run
    # For the books, which are right.
    wire.change("UPDATE attempt SET state = 'in_doubt'")
    wire.change("UPDATE purchase SET state = 'pending', batch_id = 1")
