"""What waits to be bought: limits, approval, and what becomes of the queue when the world changes meanwhile."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.engine.conftest import START
from upscale_connect import Checkpoint
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


def test_row_removed_while_queued_is_not_bought(world: World) -> None:
    world.spring["limits"] = {"messages_per_run": 1}
    world.write_leads(1, 2, 3)
    world.wait()
    world.write_leads(1, 3)
    world.wait()
    world.wait()
    assert [lead_id for lead_id, _ in world.bought()] == ["lead_001", "lead_003"]
    assert world.states() == {"ready": 2}


def test_row_that_lost_its_profile_while_queued_is_not_bought(world: World) -> None:
    world.spring["limits"] = {"messages_per_run": 0}
    world.write_leads(1)
    world.wait()
    world.spring["limits"] = {}
    world.write_leads(world.lead(1, LinkedIn=""))
    result = world.wait()
    assert (world.posts, result.records.quarantined) == (0, 1)


def test_row_whose_condition_fell_while_queued_is_not_bought(world: World) -> None:
    world.spring["limits"] = {"messages_per_run": 0}
    world.spring["messages"] = [{"connection_request": {"when": {"column": "Accepted", "equals": "yes"}}}]
    world.write_leads(world.lead(1, Accepted="yes"))
    world.wait()
    world.spring["limits"] = {}
    world.write_leads(world.lead(1, Accepted="no"))
    result = world.wait()
    assert (world.posts, result.records.inactive) == (0, 1)


def test_queue_of_a_source_that_gives_only_changes(world: World) -> None:
    """Such a source does not repeat what waits in the queue, and that is not gone."""
    world.use_list()
    world.spring["limits"] = {"messages_per_run": 1}
    world.leads.items = [world.record(1), world.record(2), Checkpoint({"page": 1})]
    world.wait()
    world.leads.items = [world.record(3), Checkpoint({"page": 2})]
    world.wait()
    world.leads.items = []
    world.wait()
    assert world.leads.cursors == [None, {"page": 1}, {"page": 2}]
    assert [lead_id for lead_id, _ in world.bought()] == ["lead_001", "lead_002", "lead_003"]


def test_source_that_fails_halfway_is_read_again_from_the_start(world: World) -> None:
    world.use_list()
    world.leads.items = [world.record(1), Checkpoint({"page": 1}), lambda: 1 / 0]
    world.wait()
    assert (world.exit_code, world.posts) == (10, 0)
    world.leads.items = [world.record(1), world.record(2), Checkpoint({"page": 2})]
    world.wait()
    assert world.leads.cursors == [None, None]
    assert len(world.bought()) == 2


def test_changed_mapping_reads_everything_again(world: World) -> None:
    world.use_list()
    world.leads.items = [world.record(1, Website="example.com"), Checkpoint({"page": 1})]
    world.wait()
    del world.spring["map"]["lead_company_website_url"]
    world.wait()
    assert world.leads.cursors == [None, None]
    assert world.posts == 1


def test_queue_of_another_sync_is_left_to_it(world: World) -> None:
    """Two syncs of one campaign buy different types for the same lead; both queues are kept."""
    world.spring["limits"] = {"messages_per_run": 0}
    world.config["syncs"]["autumn"] = world.describe_sync(messages=["first_follow_up"])
    world.config["syncs"]["autumn"]["source"] = {"plugin": "csv", "path": "autumn.csv"}
    world.write_leads(1)
    world.write_leads(1, name="autumn.csv")
    world.sync("spring")
    world.sync("autumn", wait=True)
    world.spring["limits"] = {}
    world.sync("spring", wait=True)
    assert sorted(world.bought()) == [("lead_001", "connection_request"), ("lead_001", "first_follow_up")]


def test_part_of_a_lead_that_another_sync_queued_waits_for_it(world: World) -> None:
    """Spring queued two types: autumn, which wants one of them, neither takes nor doubles it."""
    world.spring["messages"] = ["connection_request", "first_follow_up"]
    world.spring["limits"] = {"messages_per_run": 0}
    source = {"plugin": "csv", "path": "leads.csv", "output": "autumn.messages.csv"}
    world.config["syncs"]["autumn"] = world.describe_sync(source=source)
    world.write_leads(1)
    world.sync("spring")
    assert world.sync("autumn", wait=True).records.waiting == 1
    assert world.posts == 0
    world.spring["limits"] = {}
    world.sync("spring", wait=True)
    assert sorted(world.bought()) == [("lead_001", "connection_request"), ("lead_001", "first_follow_up")]


def test_queue_of_a_sync_that_was_renamed_without_a_word(world: World) -> None:
    world.spring["limits"] = {"messages_per_run": 0}
    world.write_leads(1)
    world.wait()
    world.spring["limits"] = {}
    world.config["syncs"]["summer"] = world.config["syncs"].pop("spring")
    world.wait()
    assert world.bought() == [("lead_001", "connection_request")]


def test_queue_of_another_account_is_not_bought_by_this_one(world: World) -> None:
    """The sync changed its account: what waited for the old one is planned anew, not bought beside it."""
    world.config["accounts"]["second"] = world.account(api_key="sandbox-low-credits")
    world.spring["limits"] = {"messages_per_run": 0}
    world.write_leads(1, 2)
    world.wait()
    world.spring["limits"] = {}
    world.spring["account"] = "second"
    world.wait()
    assert sorted(world.sold()) == [
        ("sandbox-low-credits", "customer_1", "campaign_1", f"lead_00{n}", "connection_request") for n in (1, 2)
    ]


def test_messages_of_another_account_are_still_collected(world: World) -> None:
    """What the old account bought is fetched with its key, and is not lost."""
    world.config["accounts"]["second"] = world.account(api_key="sandbox-low-credits")
    world.use_list()
    world.sandbox.faults.set(delay=60)
    world.leads.items = [world.record(1)]
    world.sync()
    world.spring["account"] = "second"
    world.leads.items = []
    world.wait()
    assert world.states() == {"ready": 1}
    assert len(world.memory.written) == 1
    assert world.exit_code == 0


def test_messages_of_an_account_that_is_gone_from_the_configuration(world: World) -> None:
    world.use_list()
    world.sandbox.faults.set(delay=60)
    world.config["accounts"]["second"] = world.account(api_key="sandbox-low-credits")
    world.spring["account"] = "second"
    world.sync()  # both are known to the ledger
    world.spring["account"] = "main"
    world.leads.items = [world.record(1)]
    world.sync()
    del world.config["accounts"]["main"]
    world.spring["account"] = "second"
    world.leads.items = []
    world.wait()
    assert world.gets == 0
    assert "account 'main'" in world.notes_of_run
    assert world.states() == {"pending": 1}


@pytest.mark.parametrize("size", [1, 2, 25])
def test_batches(world: World, size: int) -> None:
    world.config["accounts"]["main"]["batch_size"] = size
    world.write_leads(1, 2, 3, 4, 5)
    result = world.wait()
    assert world.posts == -(-5 // size)
    assert (result.attempts.accepted, result.attempts.complete) == (world.posts, world.posts)
    assert [lead_id for lead_id, _ in world.bought()] == [f"lead_00{n}" for n in (1, 2, 3, 4, 5)]


def test_nothing_is_bought_for_the_company_that_init_invented(world: World) -> None:
    world.spring["request"]["proposition_company_name"] = "My Company"
    world.write_leads(1)
    result = world.wait()
    assert (world.posts, world.exit_code) == (0, 2)
    assert result.error is not None
    assert "request.proposition_company_name is as `init` wrote it" in result.error.message
    world.wait(yes=True)
    assert world.bought() == [("lead_001", "connection_request")]
