"""A message is bought once more when a person agrees to it, once for each time, and the newest one is delivered."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.engine.stand_ins import make_table
from upscale_connect.engine import doubts, find_failed
from upscale_connect.engine.revisions import choose_types, find_failed_again, queue_again
from upscale_connect.errors import UsageError

if TYPE_CHECKING:
    from tests.engine.conftest import World

NO_WEB = "https://www.linkedin.com/in/eve-noweb"


def regenerate(world: World, lead_id: str, *types: str) -> None:
    with world.services() as services:
        sync = services.config.syncs["spring"]
        (match,) = services.ledger.find_leads(lead_id, None)
        queue_again(services, sync, choose_types(services.ledger, sync, match, types), "alice")


def retry(world: World, lead_id: str | None = None) -> int:
    with world.services() as services:
        sync = services.config.syncs["spring"]
        failed = find_failed_again(services.ledger, sync, 1, lead_id)
        queue_again(services, sync, failed, "alice")
        return len(failed)


def purchases(world: World) -> list[tuple[str, str, int, str]]:
    return world.query("SELECT lead_id, type, revision, state FROM purchase ORDER BY lead_id, type, revision")


def test_the_newest_message_is_delivered(world: World) -> None:
    world.spring["messages"] = ["connection_request", "first_follow_up"]
    world.write_leads(1, 2)
    world.wait()
    before = world.shown()
    world.spring["request"]["tone_preference"] = "formal"
    regenerate(world, "lead_001", "connection_request")
    world.wait()
    after = world.shown()
    assert world.exit_code == 0
    assert after["lead_001"]["outreach_message"] != before["lead_001"]["outreach_message"]
    assert after["lead_001"]["first_follow_up_message"] == before["lead_001"]["first_follow_up_message"]
    assert after["lead_001"]["upscale_receipt"] != before["lead_001"]["upscale_receipt"]
    assert after["lead_002"] == before["lead_002"]
    assert world.bought().count(("lead_001", "connection_request")) == 2
    assert len(world.bought()) == 5
    assert world.query("SELECT actor, lead_id, detail FROM event WHERE kind = 'regenerated'") == [
        ("alice", "lead_001", "connection_request, revision 2")
    ]


@pytest.mark.parametrize("changed", [False, True], ids=["same file", "file read again"])
def test_all_that_a_lead_has_once_each(world: World, changed: bool) -> None:
    """Also together with a type that is new at the same moment."""
    world.spring["messages"] = ["connection_request", "first_follow_up"]
    world.write_leads(1, 2)
    world.wait()
    regenerate(world, "lead_001")
    if changed:
        world.spring["messages"].append("share_material")
        world.write_leads(world.lead(1, Phone="1"), 2, 3)
    world.wait()
    world.wait()
    assert world.states() == {"ready": 6 if not changed else 11}
    assert [world.bought().count(("lead_001", kind)) for kind in ("connection_request", "first_follow_up")] == [2, 2]
    assert world.bought().count(("lead_002", "connection_request")) == 1
    assert world.exit_code == 0


def test_failed_leads_are_tried_again(world: World) -> None:
    world.write_leads(world.lead(1, LinkedIn=NO_WEB), 2)
    world.wait()
    assert world.states() == {"failed": 1, "ready": 1}
    assert retry(world, "lead_002") == 0
    assert retry(world, "lead_001") == 1
    assert retry(world) == 0, "it is on its way"
    world.wait()
    assert purchases(world)[:2] == [
        ("lead_001", "connection_request", 1, "failed"), ("lead_001", "connection_request", 2, "failed"),
    ]  # fmt: skip
    with world.ledger() as ledger:
        assert len(ledger.failures(1)) == 1, "told once"
        assert ledger.standing(1, world.clock.now()).failed == 1
    assert retry(world) == 1
    world.wait()
    assert world.bought().count(("lead_001", "connection_request")) == 3


@pytest.mark.parametrize(
    ("website", "page", "suggestion"),
    [
        ("", "", "add the company's website"),
        ("https://example.com", "", "add a page about the lead"),
        ("", "https://example.com/eve", "give another page"),
        ("https://example.com", "https://example.com/eve", "give another page"),
    ],
)
def test_what_may_help_a_failed_lead(world: World, website: str, page: str, suggestion: str) -> None:
    world.spring["map"]["lead_specified_url"] = "Phone"
    world.write_leads(world.lead(1, LinkedIn=NO_WEB, Website=website, Phone=page), world.lead(2, LinkedIn=NO_WEB + "2"))
    world.wait()
    with world.ledger() as ledger:
        (one,) = find_failed(ledger, 1, "spring", "lead_001")
        assert len(find_failed(ledger, 1, "spring")) == 2
    assert (one.lead_id, one.place, one.types) == ("lead_001", "leads.csv:2", "connection_request")
    assert one.suggestion.startswith(suggestion)


def test_what_must_not_be_bought_again(world: World) -> None:
    world.write_leads(1)
    world.sandbox.faults.add("reset", on="submit", after=True)
    world.sync()
    with pytest.raises(UsageError, match="on its way"):
        regenerate(world, "lead_001")
    with world.services() as services:
        doubts.drop(services, 1, "alice")
    with pytest.raises(UsageError, match="dropped while it was in doubt"):
        regenerate(world, "lead_001")
    assert retry(world) == 0
    with pytest.raises(UsageError, match="has no first_follow_up"):
        regenerate(world, "lead_001", "first_follow_up")
    world.spring["messages"] = ["share_material"]
    with pytest.raises(UsageError, match="does not want it any more"):
        regenerate(world, "lead_001")
    assert world.posts == 1


def test_row_that_names_another_person(world: World) -> None:
    world.write_leads(1)
    world.wait()
    world.write_leads(world.lead(1, LinkedIn="https://www.linkedin.com/in/somebody-else"))
    world.sync()
    with pytest.raises(UsageError, match="another person"):
        regenerate(world, "lead_001")


def test_two_who_agree_at_once_buy_it_once(world: World) -> None:
    world.write_leads(1)
    world.wait()
    with world.services() as services:
        sync = services.config.syncs["spring"]
        (match,) = services.ledger.find_leads("lead_001", None)
        chosen = choose_types(services.ledger, sync, match, ())
        queue_again(services, sync, chosen, "alice")
        with pytest.raises(UsageError, match="has changed meanwhile"):
            queue_again(services, sync, chosen, "bob")
    world.wait()
    assert world.bought().count(("lead_001", "connection_request")) == 2


def test_lead_that_left_the_source_is_not_bought_again(world: World) -> None:
    world.write_leads(1, 2)
    world.wait()
    regenerate(world, "lead_001")
    world.write_leads(2)
    world.wait()
    assert world.states() == {"ready": 2}


def test_bought_as_the_configuration_says_by_then(world: World) -> None:
    world.write_leads(1)
    world.wait()
    world.spring["request"]["tone_preference"] = "formal"
    regenerate(world, "lead_001")
    del world.spring["request"]["tone_preference"]
    world.write_leads(world.lead(1, Phone="1"))
    world.wait()
    tones = [request.json()["tone_preference"] for request in world.sandbox.state.requests_to("submit")]
    assert tones == ["normal", "normal"]


def test_a_sink_knows_what_it_may_replace(world: World) -> None:
    world.spring["sinks"] = {"memory": {"plugin": "memory"}}
    world.write_leads(1)
    world.wait()
    world.spring["request"]["tone_preference"] = "formal"
    regenerate(world, "lead_001")
    world.wait()
    first, second = world.memory.written
    old, new = (one.messages["connection_request"].text for one in (first, second))
    assert old != new
    assert (first.earlier, second.earlier) == ({}, {"connection_request": [old]})
    assert second.may_replace("connection_request", old)


def test_a_table_knows_what_it_may_replace(world: World) -> None:
    world.leads.beside = make_table(world.grid)
    world.spring.update(source={"plugin": "list"}, sinks={"back": "source"})
    world.leads.items = [world.record(1)]
    world.wait()
    (before,) = world.grid.rows or []
    world.spring["request"]["tone_preference"] = "formal"
    regenerate(world, "lead_001")
    world.wait()
    (after,) = world.grid.rows or []
    assert before.delivery is not None
    assert after.delivery is not None
    assert before.delivery.earlier == {}
    assert after.delivery.earlier == {"connection_request": [before.delivery.messages["connection_request"].text]}
