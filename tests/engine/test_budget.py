"""How much is bought: limits of a run and of a day, and large purchases that wait for a person."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tests.engine.conftest import START
from upscale_connect.engine.doubts import drop, resend
from upscale_connect.engine.revisions import choose_types, queue_again

if TYPE_CHECKING:
    from tests.engine.conftest import World

HOUR = timedelta(hours=1)
MIDNIGHT = START.replace(hour=0, minute=0, second=0) + 24 * HOUR


def test_messages_per_run_and_the_queue_left_over(world: World) -> None:
    """What is left is bought by the next runs, although the file is unchanged and not parsed again."""
    world.spring["limits"] = {"messages_per_run": 2}
    world.write_leads(1, 2, 3, 4, 5)
    result = world.wait()
    assert (result.records.new, result.messages.requested, result.credits.estimated) == (5, 2, 2)
    assert "3 messages are over the limits" in world.notes_of_run
    result = world.wait()
    assert (result.records.read, result.messages.requested) == (0, 2)
    world.wait()
    world.wait()
    assert [lead_id for lead_id, _ in world.bought()] == [f"lead_00{n}" for n in (1, 2, 3, 4, 5)]
    assert {row["upscale_status"] for row in world.shown().values()} == {"delivered"}


def test_messages_per_day_begins_anew_at_midnight(world: World) -> None:
    world.spring["limits"] = {"messages_per_day": 2}
    world.write_leads(1, 2, 3)
    world.wait()
    world.wait()
    assert len(world.bought()) == 2
    world.clock.advance(86400)
    world.wait()
    assert len(world.bought()) == 3


def test_a_day_counts_what_is_in_doubt_but_not_what_was_refused(world: World) -> None:
    world.spring["limits"] = {"messages_per_day": 2, "max_in_doubt": 9}
    world.config["accounts"]["main"]["batch_size"] = 1
    world.write_leads(1, 2, 3)
    world.sandbox.faults.add("http_error", on="submit", status=500)
    world.wait()
    assert world.attempts() == ["in_doubt", "complete"]
    world.wait()
    assert world.posts == 2


def test_clock_that_is_put_back_past_midnight_frees_no_budget(world: World) -> None:
    """Both days' purchases count until it is midnight again."""
    world.spring["limits"] = {"messages_per_day": 2}
    world.write_leads(1, 2, 3, 4, 5)
    world.clock.skew = MIDNIGHT - START + HOUR / 2
    world.wait()
    assert len(world.bought()) == 2
    for ago in (HOUR, 20 * HOUR):
        world.clock.skew = MIDNIGHT - START + HOUR / 2 - ago
        world.wait()
    assert len(world.bought()) == 2
    world.clock.skew = MIDNIGHT - START + 24 * HOUR
    world.wait()
    assert len(world.bought()) == 4


def test_clock_that_ran_years_ahead_stops_nobody_when_it_is_right_again(world: World) -> None:
    world.spring["limits"] = {"messages_per_day": 2}
    world.write_leads(1, 2, 3, 4)
    world.clock.skew = 10_000 * HOUR
    world.wait()
    world.clock.skew = timedelta()
    world.wait()
    assert len(world.bought()) == 4


def test_the_day_counts_what_a_person_has_bought_again(world: World) -> None:
    world.spring["limits"] = {"messages_per_day": 3}
    world.write_leads(1, 2)
    world.wait()
    with world.services() as services:
        sync = services.config.syncs["spring"]
        (match,) = services.ledger.find_leads("lead_001", None)
        queue_again(services, sync, choose_types(services.ledger, sync, match, ()), "ann")
    world.write_leads(1, 2, 3)
    world.wait()
    assert [lead_id for lead_id, _ in world.bought()] == ["lead_001", "lead_002", "lead_001"]
    assert "1 messages are over the limits of a run or a day" in world.notes_of_run


def test_the_day_counts_both_requests_of_a_batch_that_was_sent_again(world: World) -> None:
    world.spring["limits"] = {"messages_per_day": 4}
    world.write_leads(1, 2)
    world.sandbox.faults.add("reset", on="submit")
    world.wait()
    with world.services() as services:
        resend(services, 1, "ann")
        drop(services, 1, "ann")
    world.write_leads(1, 2, 3)
    world.wait()
    assert len(world.bought()) == 2
    assert world.states() == {"ready": 2, "queued": 1}


def test_limit_takes_the_first_leads_only(world: World) -> None:
    world.spring["messages"] = ["connection_request", "first_follow_up"]
    world.write_leads(1, 2, 3)
    result = world.wait(limit=1)
    assert {lead_id for lead_id, _ in world.bought()} == {"lead_001"}
    assert result.messages.requested == result.credits.estimated == 2
    world.wait(limit=1)
    assert {lead_id for lead_id, _ in world.bought()} == {"lead_001", "lead_002"}


def test_limit_below_one_lead_buys_nothing(world: World) -> None:
    world.spring["messages"] = ["connection_request", "first_follow_up"]
    world.spring["limits"] = {"messages_per_run": 1}
    world.write_leads(1)
    result = world.wait()
    assert (world.posts, result.messages.requested) == (0, 0)


def test_large_purchase_waits_for_a_person(world: World) -> None:
    world.spring["limits"] = {"hold_above": 2}
    world.write_leads(1, 2, 3)
    result = world.wait()
    assert (world.posts, world.exit_code, result.records.held) == (0, 6, 3)
    (need,) = world.reports[-1].needs_person
    assert (need.count, need.command) == (3, "upscale-connect sync spring --yes")
    assert world.wait().records.read == 0
    assert (world.posts, world.exit_code) == (0, 6)
    world.spring["limits"] = {"hold_above": 1}
    world.wait(limit=2)
    (need,) = world.reports[-1].needs_person
    assert (need.count, need.command) == (2, "upscale-connect sync spring --limit 2 --yes")
    world.wait(yes=True)
    assert (len(world.bought()), world.exit_code) == (3, 0)


def test_large_purchase_is_asked_for_where_a_person_can_answer(world: World) -> None:
    world.spring["limits"] = {"hold_above": 2}
    world.write_leads(1, 2, 3)
    questions: list[tuple[str, int, int]] = []

    def answer(yes: bool) -> Any:
        def ask(sync: str, leads: int, messages: int) -> bool:
            questions.append((sync, leads, messages))
            return yes

        return ask

    world.wait(approve=answer(False))
    assert world.exit_code == 6
    world.wait(approve=answer(True))
    assert questions == [("spring", 3, 3)] * 2
    assert len(world.bought()) == 3


def test_the_question_is_about_what_would_be_bought_now(world: World) -> None:
    """Neither what is over a limit nor what a doubt keeps back is asked for."""
    world.spring["messages"] = ["connection_request", "first_follow_up"]
    world.spring["map"]["automation_tool_campaign_id"] = "Company"
    del world.spring["campaign"]
    world.spring["limits"] = {"hold_above": 1}
    world.write_leads(world.lead(1, Company="A"))
    world.sandbox.faults.add("reset", on="submit", after=True)
    world.wait(yes=True)
    rows = [world.lead(number, Company="A" if number < 4 else "B") for number in range(1, 9)]
    world.write_leads(*rows)
    questions: list[tuple[str, int, int]] = []

    def ask(*question: Any) -> bool:
        questions.append(question)
        return len(questions) == 2

    world.spring["limits"] = {"hold_above": 1, "messages_per_run": 7}
    result = world.wait(approve=ask)
    assert (questions, result.credits.estimated) == ([("spring", 3, 6)], 6)
    (need,) = [need for need in world.reports[-1].needs_person if need.command.endswith("--yes")]
    assert need.count == 6
    result = world.wait(approve=ask)
    assert questions == [("spring", 3, 6)] * 2
    assert result.messages.requested == 6


def test_a_doubt_that_keeps_everything_back_asks_for_nothing(world: World) -> None:
    world.spring["limits"] = {"hold_above": 1}
    world.write_leads(1)
    world.sandbox.faults.add("reset", on="submit", after=True)
    world.wait()
    world.write_leads(1, 2, 3)
    result = world.wait()
    assert (result.held_for_size, result.credits.estimated, world.exit_code) == (False, 0, 5)
    assert "buys nothing new" in world.notes_of_run


def test_run_limit_keeps_a_purchase_below_the_hold(world: World) -> None:
    world.spring["limits"] = {"hold_above": 2, "messages_per_run": 2}
    world.write_leads(1, 2, 3)
    world.wait()
    assert (len(world.bought()), world.exit_code) == (2, 0)
