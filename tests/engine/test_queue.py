"""What waits to be bought, and what becomes of it when the source, the syncs or the accounts change meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from upscale_connect import Checkpoint

if TYPE_CHECKING:
    from tests.engine.conftest import World


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
