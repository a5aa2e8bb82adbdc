"""Who is who: the same person under another id, and another person under the same id."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from upscale_connect import Checkpoint, Record
from upscale_connect.engine.doubts import drop
from upscale_connect.engine.revisions import find_failed_again, queue_again

if TYPE_CHECKING:
    from tests.engine.conftest import World

OTHER = "https://www.linkedin.com/in/somebody-else"
NO_WEB = "https://www.linkedin.com/in/eve-noweb"


@pytest.mark.promise(row="G6")
def test_another_person_under_a_bought_id_is_held(world: World) -> None:
    world.write_leads(1, 2)
    world.wait()
    world.write_leads(world.lead(1, LinkedIn=OTHER), 2)
    result = world.wait()
    assert (result.records.held, result.records.done) == (1, 1)
    assert world.exit_code == 6
    row = world.shown()["lead_001"]
    assert (row["outreach_message"], row["upscale_status"]) == ("", "held")
    assert world.posts == 1
    world.write_leads(1, 2)
    world.wait()
    assert world.exit_code == 0
    assert len(world.messages_of("lead_001")) == 1


def test_a_profile_that_is_corrected_after_no_message_could_be_made(world: World) -> None:
    """Nothing was bought for the wrong one. Each profile is tried once, however often the row changes."""
    world.write_leads(world.lead(1, LinkedIn=NO_WEB), 2)
    world.wait()
    assert world.states() == {"failed": 1, "ready": 1}
    for _ in range(2):
        for profile in ("https://www.linkedin.com/in/eva-noweb", NO_WEB):
            world.write_leads(world.lead(1, LinkedIn=profile), 2)
            result = world.wait()
    assert (result.records.held, world.exit_code, world.states()) == (0, 0, {"failed": 2, "ready": 1})
    world.write_leads(1, 2)
    assert world.wait().records.new == 1
    assert [len(world.messages_of(lead_id)) for lead_id in ("lead_001", "lead_002")] == [1, 1]
    world.write_leads(world.lead(1, LinkedIn=OTHER), 2)
    assert world.wait().records.held == 1
    assert world.posts == 3


def test_a_profile_that_is_corrected_while_it_waits_to_be_tried_again(world: World) -> None:
    world.write_leads(world.lead(1, LinkedIn=NO_WEB))
    world.wait()
    with world.services() as services:
        sync = services.config.syncs["spring"]
        queue_again(services, sync, find_failed_again(services.ledger, sync, 1), "alice")
    world.write_leads(1)
    world.wait()
    assert world.query("SELECT revision, person, state FROM purchase ORDER BY revision") == [
        (1, "li:in:eve-noweb", "failed"), (2, "li:in:person-1", "ready"),
    ]  # fmt: skip
    assert len(world.messages_of("lead_001")) == 1


def test_a_profile_that_is_corrected_after_a_doubt_was_dropped_is_held(world: World) -> None:
    """What was given up may have been paid for the other one."""
    world.sandbox.faults.add("reset", on="submit", after=True)
    world.write_leads(1)
    world.wait()
    with world.services() as services:
        drop(services, 1, "alice")
    world.write_leads(world.lead(1, LinkedIn=OTHER))
    assert (world.wait().records.held, world.posts) == (1, 1)


def test_another_person_gets_no_message_that_is_still_generated(world: World) -> None:
    world.use_list()
    world.sandbox.faults.set(delay=60)
    world.leads.items = [world.record(1)]
    world.sync()
    world.leads.items = [world.record(1, LinkedIn=OTHER)]
    result = world.wait()
    assert world.memory.written == []
    assert result.records.held == 1


def test_message_is_delivered_once_the_row_names_its_person_again(world: World) -> None:
    world.use_list()
    world.memory.answer = lambda delivery: delivery.failed("not today", retry=True)
    world.leads.items = [world.record(1)]
    world.wait()
    world.memory.answer = lambda delivery: delivery.written()
    world.leads.items = [world.record(1, LinkedIn=OTHER)]
    world.wait()  # delivers before it reads
    world.memory.written.clear()
    world.spring["sinks"]["other"] = {"plugin": "other"}
    world.wait()
    assert world.other.written == []
    world.leads.items = [world.record(1)]
    world.wait()
    assert [one.lead.lead_id for one in world.other.written] == ["lead_001"]


def test_delivery_that_was_skipped_for_another_person_is_not_lost(world: World) -> None:
    """The sink is down, then the row names another person, then the right one again."""
    world.use_list()
    world.leads.items = [world.record(1)]
    world.memory.answer = lambda delivery: delivery.failed("not today", retry=True)
    world.wait()
    world.leads.items = [world.record(1, LinkedIn=OTHER)]
    world.wait()
    world.memory.answer = lambda delivery: delivery.written()
    world.wait()
    assert world.memory.written == []
    world.leads.items = [world.record(1)]
    world.wait()
    assert [one.lead.linkedin_key for one in world.memory.written] == ["li:in:person-1"]


def test_a_failure_is_not_shown_as_that_of_the_next_person(world: World) -> None:
    world.write_leads(world.lead(1, LinkedIn=NO_WEB), world.lead(2, LinkedIn=NO_WEB.replace("eve", "bob")))
    world.wait()
    assert world.shown()["lead_001"]["upscale_status"] == "failed"
    world.write_leads(1, world.lead(2, LinkedIn=NO_WEB.replace("eve", "bob")))
    with world.services() as services:
        sync = services.config.syncs["spring"]
        queue_again(services, sync, find_failed_again(services.ledger, sync, 1, "lead_002"), "alice")
    world.run(buy=False)
    assert {row["upscale_status"] for row in world.shown().values()} == {"waiting"}


@pytest.mark.promise(row="G6")
def test_the_same_person_under_another_id_is_held(world: World) -> None:
    world.write_leads(1)
    world.wait()
    world.write_leads(world.lead(7, LinkedIn="https://de.linkedin.com/in/person-1/?trk=x"))
    result = world.wait()
    assert result.records.held == 1
    assert world.posts == 1
    assert world.messages_of("lead_007") == []
    assert "lead_001" in world.query("SELECT reason FROM aside")[0][0]


def test_held_leads_need_a_person_until_they_are_settled(world: World) -> None:
    """The file is not read again, but the exit code still says that somebody waits."""
    world.write_leads(1)
    world.wait()
    world.write_leads(world.lead(7, LinkedIn=world.lead(1)["LinkedIn"]))
    world.wait()
    world.wait()
    assert world.exit_code == 6
    assert any("held" in need.what for need in world.reports[-1].needs_person)
    world.write_leads(1)
    world.wait()
    assert world.exit_code == 0


def test_the_same_person_in_another_campaign_is_bought(world: World) -> None:
    world.write_leads(1)
    world.wait()
    world.spring["campaign"] = "campaign_2"
    world.write_leads(world.lead(7, LinkedIn=world.lead(1)["LinkedIn"]), 1)
    result = world.wait()
    assert result.records.new == 1
    assert result.records.duplicate == 1
    assert world.sold()[1][2:4] == ("campaign_2", "lead_007")


def test_queued_lead_that_another_sync_bought_as_another_id_is_held(world: World) -> None:
    """Two syncs, one campaign, one person: whoever sends first has it, however the runs overlap."""
    world.spring["limits"] = {"messages_per_run": 0}
    autumn = world.describe_sync(source={"plugin": "csv", "path": "autumn.csv"})
    world.config["syncs"]["autumn"] = autumn
    world.write_leads(1)
    world.write_leads(world.lead(7, LinkedIn=world.lead(1)["LinkedIn"]), name="autumn.csv")
    world.sync("spring")
    world.sync("autumn", wait=True)
    world.spring["limits"] = {}
    world.sync("spring", wait=True)  # the file is unchanged, so it is not read
    assert world.bought() == [("lead_007", "connection_request")]
    assert world.exit_code == 6
    assert world.states() == {"ready": 1}


def test_lead_that_changed_its_person_while_queued_is_bought_for_the_new_one(world: World) -> None:
    world.spring["limits"] = {"messages_per_run": 0}
    world.write_leads(1)
    world.wait()
    world.spring["limits"] = {}
    world.write_leads(world.lead(1, LinkedIn=OTHER))
    world.wait()
    (request,) = world.sandbox.state.requests_to("submit")
    assert request.json()["lead_data"][0]["lead_linkedin"] == OTHER
    assert len(world.messages_of("lead_001")) == 1


def test_keys_that_look_alike_are_kept_apart(world: World) -> None:
    """Ids may hold slashes: the keys that people see of these two leads are the same."""
    del world.spring["customer"], world.spring["campaign"]
    world.use_list()
    world.spring["map"] |= {"automation_tool_customer_id": "Customer", "automation_tool_campaign_id": "Campaign"}
    world.leads.items = [
        world.record(1, ID="d", Customer="a", Campaign="b/c"),
        world.record(2, ID="d", Customer="a/b", Campaign="c"),
    ]
    world.wait()
    assert sorted(one.lead.first_name for one in world.memory.written) == ["Ann1", "Ann2"]
    for one in world.memory.written:
        assert one.lead.first_name in one.messages["connection_request"].text
    assert world.query("SELECT DISTINCT state FROM delivery") == [("written",)]


def test_record_that_was_mended_leaves_the_quarantine_of_a_source_that_gives_only_changes(world: World) -> None:
    world.use_list()
    del world.spring["map"]["automation_tool_lead_id"]

    def record(number: int, **changes: str) -> Record:
        return Record(f"hubspot:{number}", world.lead(number, **changes), f"contact {number}")

    copied = world.lead(1)["LinkedIn"]
    world.leads.items = [record(1), record(2, LinkedIn=""), Checkpoint({"page": 1})]
    world.wait()
    world.leads.items = [record(3, LinkedIn=copied), Checkpoint({"page": 2})]
    world.wait()
    kinds = "SELECT kind FROM aside ORDER BY kind"
    assert world.query(kinds) == [("held",), ("quarantined",)]
    world.leads.items = [record(2), record(3), Checkpoint({"page": 3})]
    world.wait()
    assert world.query(kinds) == []
    assert (world.exit_code, len(world.bought())) == (0, 3)
