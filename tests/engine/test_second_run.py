"""What a later run buys: only what is new, and nothing where nothing changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import pytest

from upscale_connect.engine import plan_syncs, select_syncs

if TYPE_CHECKING:
    from tests.engine.conftest import World

Files = Callable[[], Mapping[str, tuple[bytes, int]]]


@pytest.mark.promise(row="G6")
def test_nothing_changed(world: World, files: Files) -> None:
    world.write_leads(1, 2, 3)
    world.wait()
    before, posts, gets = files(), world.posts, world.gets
    result = world.wait()
    assert (world.posts, world.gets) == (posts, gets) == (1, 1)
    assert files() == before
    assert "leads.messages.csv" in before
    assert world.exit_code == 0
    assert result.records.read == 0


def test_same_content_read_again_changes_nothing(world: World, files: Files) -> None:
    path = world.write_leads(1, 2, 3)
    world.wait()
    path.write_bytes(path.read_bytes() + b"\n")  # another file, the same rows
    before, posts, gets = files(), world.posts, world.gets
    result = world.wait()
    assert (world.posts, world.gets) == (posts, gets)
    assert files() == before
    assert (result.records.read, result.records.done) == (3, 3)


def test_new_lead_is_the_only_one_bought(world: World) -> None:
    world.write_leads(1, 2)
    world.wait()
    world.write_leads(1, 2, 3)
    result = world.wait()
    assert world.bought()[2:] == [("lead_003", "connection_request")]
    assert (result.records.new, result.records.done) == (1, 2)
    assert result.credits.spent == 1


@pytest.mark.promise(row="G6")
def test_rows_on_top_in_another_order_and_deleted(world: World) -> None:
    world.write_leads(1, 2, 3)
    world.wait()
    texts = {lead_id: world.messages_of(lead_id) for lead_id in ("lead_001", "lead_003")}
    world.write_leads(9, 3, 1)
    world.wait()
    assert world.bought()[3:] == [("lead_009", "connection_request")]
    assert list(world.shown()) == ["lead_009", "lead_003", "lead_001"]
    assert {lead_id: world.messages_of(lead_id) for lead_id in texts} == texts


def test_message_of_a_deleted_row_is_kept(world: World) -> None:
    world.sandbox.faults.set(delay=60)
    world.write_leads(1, 2)
    world.sync()
    world.write_leads(1)
    world.wait()
    assert list(world.shown()) == ["lead_001"]
    assert world.states() == {"ready": 2}
    assert "1 leads have messages but no row any more" in world.notes_of_run
    with world.ledger() as ledger:
        (match,) = ledger.find_leads("lead_002", None)
        lines = ledger.story(match)
    assert any(line.message.startswith("[sandbox]") for line in lines)
    assert any("skipped (its row is no longer in the source)" in line.text for line in lines)
    world.write_leads(2, 1)
    world.wait()
    assert len(world.messages_of("lead_002")) == 1
    assert len(world.bought()) == 2


def test_new_message_type_is_bought_for_all(world: World) -> None:
    """Also for the lead whose first type failed; that one is not tried again."""
    world.write_leads(1, world.lead(2, LinkedIn="https://www.linkedin.com/in/noweb-2"))
    assert world.wait().messages.failed == 1
    world.spring["messages"] = ["connection_request", "first_follow_up"]
    result = world.wait()
    assert world.bought()[2:] == [("lead_001", "first_follow_up"), ("lead_002", "first_follow_up")]
    assert result.records.new == 2
    assert len(world.messages_of("lead_001")) == 2
    assert world.shown()["lead_002"]["upscale_status"] == "failed"
    assert world.exit_code == 0


def test_changed_phone_number_shows_and_buys_nothing(world: World) -> None:
    world.write_leads(1, 2)
    world.wait()
    posts, gets = world.posts, world.gets
    text = world.messages_of("lead_001")
    world.write_leads(world.lead(1, Phone="555-0100"), 2)
    result = world.wait()
    assert (world.posts, world.gets) == (posts, gets)
    assert world.shown()["lead_001"]["Phone"] == "555-0100"
    assert world.messages_of("lead_001") == text
    assert result.records.done == 2


def test_changed_request_buys_nothing_again(world: World) -> None:
    world.write_leads(1)
    world.wait()
    world.spring["request"]["tone_preference"] = "formal"
    assert world.wait().records.done == 1
    assert world.posts == 1


def test_second_wave(world: World) -> None:
    """A type with a condition is bought when the condition comes true, and not again when it is false again."""
    world.spring["messages"] = [
        "connection_request",
        {"first_follow_up": {"when": {"column": "Accepted", "equals": "yes"}}},
    ]
    world.write_leads(1, 2)
    world.wait()
    world.write_leads(world.lead(1, Accepted="yes"), 2)
    world.wait()
    assert world.bought()[2:] == [("lead_001", "first_follow_up")]
    world.write_leads(1, 2)
    world.wait()
    assert len(world.messages_of("lead_001")) == 2
    assert world.posts == 2


def test_conditions_that_hold_for_nobody(world: World) -> None:
    world.spring["messages"] = [{"connection_request": {"when": {"column": "Accepted", "equals": "yes"}}}]
    world.write_leads(1, 2)
    result = world.wait()
    assert (result.records.read, result.records.inactive) == (2, 2)
    assert world.posts == 0
    assert [row["upscale_status"] for row in world.shown().values()] == ["", ""]


def test_type_that_is_still_generated_does_not_hinder_the_next(world: World) -> None:
    world.sandbox.faults.set(delay=60)
    world.write_leads(1)
    world.sync()
    world.spring["messages"] = ["connection_request", "first_follow_up"]
    world.sync()
    assert world.bought() == [("lead_001", "connection_request"), ("lead_001", "first_follow_up")]
    world.wait()
    assert len(world.messages_of("lead_001")) == 2


def test_many_campaigns_in_one_file(world: World) -> None:
    del world.spring["customer"], world.spring["campaign"]
    world.spring["map"] |= {"automation_tool_customer_id": "Customer", "automation_tool_campaign_id": "Campaign"}
    rows = [world.lead(n, Customer=f"customer {n % 2}", Campaign=f"campaign {n % 3}") for n in range(12)]
    world.write_leads(*rows)
    result = world.wait()
    groups = {(customer, campaign, lead_id) for _, customer, campaign, lead_id, _ in world.sold()}
    assert groups == {(row["Customer"], row["Campaign"], row["ID"]) for row in rows}
    assert world.posts == 6
    assert result.messages.generated == 12


def test_two_syncs_of_one_campaign_share_their_leads(world: World) -> None:
    """What one sync bought is shown by the other, and bought once."""
    world.config["syncs"]["autumn"] = world.describe_sync(source={"plugin": "csv", "path": "autumn.csv"})
    world.write_leads(1)
    world.write_leads(1, 2, name="autumn.csv")
    world.run(wait=True)
    assert sorted(world.bought()) == [("lead_001", "connection_request"), ("lead_002", "connection_request")]
    assert world.shown("autumn.messages.csv")["lead_001"]["outreach_message"] == world.messages_of("lead_001")[0]


def test_renamed_sync_and_sink_go_on(world: World) -> None:
    world.use_list()
    world.leads.items = [world.record(1)]
    world.wait()
    described = world.config["syncs"].pop("spring")
    described["sinks"] = {"crm": {"plugin": "memory", "formerly": "memory"}}
    world.config["syncs"]["summer"] = described | {"formerly": "spring"}
    world.wait()
    assert world.posts == 1
    assert len(world.memory.written) == 1


def test_renamed_without_a_word_buys_nothing_twice(world: World) -> None:
    world.write_leads(1)
    world.wait()
    world.config["syncs"]["summer"] = world.config["syncs"].pop("spring")
    assert world.wait().records.done == 1
    assert world.posts == 1


def test_planning_writes_nothing(world: World, files: Files) -> None:
    world.write_leads(1, 2)
    before = files()
    with world.services(read_only=True) as services:
        report, _ = plan_syncs(services, select_syncs(services.config, None))
    assert report.syncs[0].records.new == 2
    assert report.syncs[0].credits.estimated == 2
    assert files() == before
    assert not (world.folder / "ledger.db").exists()
    assert world.posts == 0


def test_a_column_that_was_renamed_is_shown_under_its_new_name(world: World) -> None:
    path = world.write_leads(1, 2)
    world.wait()
    path.write_text(path.read_text(encoding="utf-8").replace("Phone", "Telephone", 1), encoding="utf-8")
    world.wait()
    assert world.posts == 1
    assert "Telephone" in world.shown()["lead_001"]
