"""What is removed by itself, and what must stay however old it is."""

from __future__ import annotations

import pytest

from tests.engine.conftest import World

DAY = 86_400.0


def kept(world: World) -> dict[str, int]:
    """Lead id → texts that the ledger still has."""
    return dict(world.query("SELECT lead_id, count(text) FROM purchase GROUP BY lead_id"))


def test_a_text_goes_ninety_days_after_its_delivery_and_is_never_bought_again(world: World) -> None:
    world.use_list()
    world.leads.items = [world.record(1)]
    world.wait()
    world.clock.advance(89 * DAY)
    world.sync()
    assert kept(world) == {"lead_001": 1}
    world.clock.advance(2 * DAY)
    result = world.sync()
    assert kept(world) == {"lead_001": 0}
    assert world.query("SELECT state, purged_at IS NOT NULL FROM purchase") == [("ready", 1)]
    assert (result.records.done, result.error, world.exit_code) == (1, None, 0)
    world.run()
    assert (len(world.memory.written), len(world.bought())) == (1, 1)


def test_a_table_keeps_what_it_shows_also_when_it_is_written_anew(world: World) -> None:
    world.config["retention_days"] = 0
    world.write_leads(1, 2)
    world.wait()
    texts = [world.messages_of(f"lead_00{number}") for number in (1, 2)]
    assert kept(world) == {"lead_001": 0, "lead_002": 0}
    world.write_leads(3, 2, world.lead(1, Phone="new"))
    world.wait()
    assert [world.messages_of(f"lead_00{number}") for number in (1, 2)] == texts
    assert {row["upscale_status"] for row in world.shown().values()} == {"delivered"}
    output = world.folder / "leads.messages.csv"
    output.unlink()
    assert world.sync().error is None
    assert world.messages_of("lead_001") == []
    assert world.shown()["lead_001"]["upscale_status"] == "delivered"


def test_a_later_message_joins_the_one_that_was_removed(world: World) -> None:
    world.config["retention_days"] = 0
    world.spring["messages"] = ["connection_request", {"first_follow_up": {"when": {"column": "Phone", "equals": "1"}}}]
    world.write_leads(1)
    world.wait()
    (first,) = world.messages_of("lead_001")
    world.write_leads(world.lead(1, Phone="1"))
    world.wait()
    both = world.messages_of("lead_001")
    assert (both[0], len(both)) == (first, 2)
    world.write_leads(world.lead(1, Phone="1"), 2)
    world.wait()
    assert world.messages_of("lead_001") == both


@pytest.mark.parametrize("why", ["conflict", "another sink", "held", "pending"])
def test_what_is_not_delivered_to_every_sink_stays(world: World, why: str) -> None:
    world.config["retention_days"] = 0
    world.use_list("memory", "other")
    world.leads.items = [world.record(1)]
    if why == "conflict":
        world.other.answer = lambda one: one.conflict("mine")
    elif why == "another sink":
        world.other.answer = lambda one: one.failed("down", retry=True)
    elif why == "held":
        world.spring["review"] = "required"
    if why == "pending":
        world.sync()
        world.clock.advance(1000 * DAY)
        assert world.states() == {"pending": 1}
        return
    for _ in range(2):
        world.wait()
        world.clock.advance(1000 * DAY)
    assert kept(world) == {"lead_001": 1}


def test_a_new_revision_is_delivered_after_the_old_text_is_gone(world: World) -> None:
    world.config["retention_days"] = 0
    world.use_list()
    world.leads.items = [world.record(1)]
    world.wait()
    with world.ledger() as ledger:
        (bought,) = ledger.bought(1, 1, "lead_001")
        (request,) = world.query("SELECT request_id FROM purchase")[0]
        ledger.regenerate(1, request, [bought], "ann", world.clock.now())
    world.wait()
    assert len(world.memory.written) == 2
    assert world.query("SELECT revision, text FROM purchase ORDER BY revision") == [(1, None), (2, None)]


def test_what_was_removed_is_not_delivered_again(world: World) -> None:
    world.config["retention_days"] = 0
    world.use_list()
    world.leads.items = [world.record(1)]
    world.wait()
    world.sync(redeliver="memory")
    assert len(world.memory.written) == 1
    world.spring["sinks"]["other"] = {"plugin": "other"}
    assert world.sync().error is None
    assert world.other.written == []


def test_texts_of_a_sync_that_is_gone(world: World) -> None:
    world.use_list()
    world.leads.items = [world.record(1)]
    world.wait()
    world.config["syncs"] = {"autumn": {**world.spring, "campaign": "campaign_2"}}
    world.clock.advance(91 * DAY)
    world.leads.items = []
    world.run()
    assert kept(world) == {"lead_001": 0}


def test_a_lead_that_no_source_has_any_more_goes(world: World) -> None:
    world.write_leads(1, 2, 3)
    world.spring["messages"] = [{"connection_request": {"when": {"column": "Phone", "empty": True}}}]
    world.write_leads(1, 2, world.lead(3, Phone="later"))
    world.wait()
    world.write_leads(2)
    world.wait()
    assert world.query("SELECT count(*) FROM lead") == [(3,)], "not yet"
    world.clock.advance(91 * DAY)
    world.sync()
    world.write_leads(world.lead(2, Phone=""), 4)
    world.wait()
    assert world.query("SELECT lead_id FROM lead ORDER BY lead_id") == [("lead_002",), ("lead_004",)]
    world.write_leads(1, 2, 4)
    assert world.wait().records.done == 3, "lead_001 is known by what was bought"


def test_person_who_is_gone_is_known_by_every_address_that_was_shown(world: World) -> None:
    both = "https://www.linkedin.com/in/ann?miniProfileUrn=urn%3Ali%3Afs_miniProfile%3AACoAABCdef"
    world.write_leads(world.lead(1, LinkedIn=both), 2)
    world.wait()
    world.write_leads(2)
    world.wait()
    world.clock.advance(91 * DAY)
    world.sync()
    world.write_leads(world.lead(2, Phone="new"))
    world.wait()
    assert world.query("SELECT lead_id FROM lead") == [("lead_002",)]
    world.write_leads(world.lead(7, LinkedIn="https://www.linkedin.com/in/ACoAABCdef"), 2)
    assert world.wait().records.held == 1
    assert len(world.bought()) == 2


def test_a_lead_with_something_open_stays(world: World) -> None:
    world.config["retention_days"] = 0
    world.use_list()
    world.memory.answer = lambda one: one.conflict("mine")
    world.leads.items = [world.record(1), world.record(2)]
    world.wait()
    world.leads.items = [world.record(2)]
    world.clock.advance(1000 * DAY)
    world.wait()
    assert world.query("SELECT count(*) FROM lead") == [(2,)]
