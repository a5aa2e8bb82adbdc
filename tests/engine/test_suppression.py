"""Nobody on a list is bought for or delivered to, at whichever gate the entry is met."""

from __future__ import annotations

from typing import Any

import pytest

from tests.engine.conftest import World
from upscale_connect import Record
from upscale_connect.suppression import Entry


def person(number: int, **changes: Any) -> Entry:
    return Entry("linkedin", f"li:in:person-{number}", **changes)


def suppress(world: World, *entries: Entry) -> None:
    with world.ledger() as ledger:
        ledger.suppress(entries, "ann", world.clock.now())


def allow(world: World, *entries: Entry) -> None:
    with world.ledger() as ledger:
        ledger.unsuppress(entries, "ann", world.clock.now())


@pytest.mark.promise(row="L1")
def test_a_list_is_checked_at_reading(world: World) -> None:
    (world.folder / "list.csv").write_text("linkedin,reason\nlinkedin.com/in/person-2,asked\n", encoding="utf-8")
    world.config["suppression"] = ["list.csv"]
    world.write_leads(1, 2, 3)
    result = world.wait()
    assert (result.records.new, result.records.suppressed) == (2, 1)
    assert [lead_id for lead_id, _ in world.bought()] == ["lead_001", "lead_003"]
    assert world.shown()["lead_002"]["upscale_status"] == "suppressed"
    assert world.query("SELECT count(*) FROM lead") == [(2,)], "nothing is kept of whom nobody may contact"


def test_lists_of_one_customer_and_of_one_sync(world: World) -> None:
    for name, number in (("all.csv", 1), ("other.csv", 2), ("own.csv", 3)):
        (world.folder / name).write_text(f"id\nlead_00{number}\n", encoding="utf-8")
    world.config["suppression"] = ["all.csv", {"path": "other.csv", "customer": "customer_2"}]
    world.spring["suppression"] = "own.csv"
    world.config["syncs"]["summer"] = world.describe_sync(campaign="campaign_2", sinks={"memory": {"plugin": "memory"}})
    world.write_leads(1, 2, 3, 4)
    world.run(wait=True)
    assert world.bought() == [
        *((f"lead_00{number}", "connection_request") for number in (2, 4)),
        *((f"lead_00{number}", "connection_request") for number in (2, 3, 4)),
    ]


@pytest.mark.parametrize("text", [None, "", "mail\nx\n"])
def test_without_its_list_a_sync_neither_buys_nor_delivers(world: World, text: str | None) -> None:
    world.use_list()
    world.leads.items = [world.record(1)]
    world.sync()
    world.config["suppression"] = ["list.csv"]
    if text is not None:
        (world.folder / "list.csv").write_text(text, encoding="utf-8")
    world.leads.items.append(world.record(2))
    result = world.wait()
    assert result.error is not None
    assert result.error.exit_code == world.exit_code == 2
    assert (world.posts, world.memory.written) == (1, [])


@pytest.mark.promise(row="L1")
def test_one_who_is_suppressed_while_queued_leaves_the_queue(world: World) -> None:
    world.use_list()
    world.leads.items = [world.record(1), world.record(2)]
    world.spring["limits"] = {"hold_above": 0}
    world.sync()
    assert world.states() == {"queued": 2}
    world.spring["limits"] = {}

    def enter() -> Record:
        """The run has read its lists; now somebody adds an entry."""
        suppress(world, person(1))
        return world.record(3)

    world.leads.items = [world.record(1), world.record(2), enter]
    result = world.wait()
    assert [lead_id for lead_id, _ in world.bought()] == ["lead_002", "lead_003"]
    assert (result.records.new, result.records.suppressed) == (2, 1)
    assert world.states() == {"ready": 2}


@pytest.mark.promise(row="L1")
def test_one_who_is_suppressed_after_the_purchase_gets_no_delivery_until_it_is_allowed(world: World) -> None:
    world.use_list()
    world.leads.items = [world.record(1), world.record(2)]
    world.sync()
    suppress(world, person(1))
    result = world.wait()
    assert [one.lead.lead_id for one in world.memory.written] == ["lead_002"]
    assert result.sinks["memory"].skipped == 1
    assert world.query("SELECT state, receipt FROM delivery WHERE lead_id = 'lead_001'") == [("skipped", "")]
    allow(world, person(1))
    world.wait()
    assert [one.lead.lead_id for one in world.memory.written] == ["lead_002", "lead_001"]
    assert len(world.bought()) == 2


def test_what_was_delivered_stays_in_a_sink_and_leaves_a_table(world: World) -> None:
    world.write_leads(1, 2)
    world.spring["sinks"] = {"back": "source", "memory": {"plugin": "memory"}}
    world.wait()
    (text,) = world.messages_of("lead_001")
    suppress(world, person(1))
    result = world.wait()
    assert result.records.suppressed == 1
    assert world.messages_of("lead_001") == []
    assert world.shown()["lead_001"]["upscale_status"] == "suppressed"
    assert len(world.memory.written) == 2
    world.wait()
    kinds = world.query("SELECT kind, count(*) FROM event WHERE lead_id = 'lead_001' GROUP BY kind")
    assert dict(kinds)["skipped"] == 1, "one skip is told once"
    allow(world, person(1))
    world.wait()
    assert world.messages_of("lead_001") == [text]
    assert len(world.bought()) == 2


def test_one_who_is_allowed_again_is_bought_for(world: World) -> None:
    """The file has not changed meanwhile: an entry that is gone makes it be read again."""
    world.write_leads(1)
    suppress(world, person(1))
    assert world.wait().records.suppressed == 1
    assert world.sync().records.read == 0
    allow(world, person(1))
    assert world.wait().records.new == 1
    assert len(world.messages_of("lead_001")) == 1


def test_an_opt_out_column(world: World) -> None:
    world.spring["opt_out"] = [{"column": "Accepted", "equals": "stop"}, {"column": "Phone", "in": ["no", "never"]}]
    world.write_leads(world.lead(1, Accepted="stop"), world.lead(2, Phone="never"), world.lead(3, Phone="yes"))
    result = world.wait()
    assert (result.records.suppressed, result.records.new) == (2, 1)
    assert world.bought() == [("lead_003", "connection_request")]


def test_an_opt_out_column_that_the_source_does_not_have(world: World) -> None:
    world.spring["opt_out"] = {"column": "Opted out", "not_empty": True}
    world.write_leads(1)
    result = world.wait()
    assert result.error is not None
    assert "'Opted out' (opt_out)" in result.error.message
    assert not world.posts


def test_who_opts_out_before_the_delivery_gets_none(world: World) -> None:
    world.use_list()
    world.spring["opt_out"] = {"column": "Accepted", "not_empty": True}
    world.leads.items = [world.record(1)]
    world.sync()
    world.leads.items = [world.record(1, Accepted="stop")]
    world.wait()
    assert world.memory.written == []
    world.leads.items = [world.record(1)]
    world.wait()
    assert len(world.memory.written) == 1


def test_an_opt_out_in_a_repeated_row_holds_for_the_person(world: World) -> None:
    world.spring["opt_out"] = {"column": "Accepted", "not_empty": True}
    world.write_leads(world.lead(1), world.lead(1, Accepted="stop"), 2)
    result = world.wait()
    assert world.bought() == [("lead_002", "connection_request")]
    assert (result.records.suppressed, result.records.duplicate, result.records.new) == (1, 1, 1)
    assert world.shown()["lead_001"]["upscale_status"] == "suppressed"


def test_a_plan_tells_who_is_suppressed_and_why(world: World) -> None:
    from upscale_connect.engine import plan_syncs, select_syncs

    world.write_leads(1, 2)
    suppress(world, person(2, reason="asked", source="list.csv:2"))
    with world.services(read_only=True) as services:
        report, forecasts = plan_syncs(services, select_syncs(services.config, None))
    assert report.syncs[0].records.suppressed == 1
    assert forecasts["spring"].summary.samples == {
        "suppressed": [("leads.csv:3", "suppressed by its LinkedIn profile: list.csv:2 (asked)")]
    }
