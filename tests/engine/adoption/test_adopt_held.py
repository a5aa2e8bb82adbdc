"""Taking over what something holds back: a review, a row to be corrected, another person's name, a refusal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from upscale_connect import Found

if TYPE_CHECKING:
    from tests.engine.adoption.conftest import Loss
    from tests.engine.conftest import World

CR = "connection_request"


@pytest.mark.parametrize(("where", "review"), [([], "clear"), (["memory"], "held")])
def test_message_where_it_is_reviewed(world: World, loss: Loss, where: list[str], review: str) -> None:
    """What was delivered has been looked at; what stands where it is looked at may not have been."""
    world.use_list("memory", "other")
    world.spring["review"] = {"mode": "required", "where": where}
    world.leads.items = [world.record(1)]
    key = "customer_1/campaign_1/lead_001"
    world.memory.found[key] = Found(key, "uc-elsewhere", {CR: "Hello"})
    assert loss.adopt().leads == 1
    world.wait()
    assert world.query("SELECT review FROM purchase") == [(review,)]
    assert len(world.other.written) == (review == "clear")


def test_lead_whose_row_is_to_be_corrected(world: World, loss: Loss) -> None:
    """What was bought before that was found counts as bought; correcting the row buys nothing."""
    world.spring["lint"] = {"off": ["greeting"]}  # "Ann1" is not "A."
    world.write_leads(world.lead(1, First="A."))
    world.wait()
    assert (world.posts, world.exit_code) == (0, 6)
    loss.forge(1)
    assert loss.adopt().leads == 1
    world.write_leads(1)
    result = world.wait()
    assert (world.bought(), result.records.done, world.exit_code) == ([], 1, 0)


def test_text_that_greets_another_person_is_looked_at_first(world: World, loss: Loss) -> None:
    """The row names another person by now than when it was bought, and nothing tells that but the text."""
    world.spring["sinks"] = {"back": "source", "memory": {"plugin": "memory"}}
    world.write_leads(1, world.lead(2, First="Bob"))
    world.wait()
    loss.lose()
    world.memory.written.clear()
    world.memory.shown.clear()
    world.write_leads(1, world.lead(2, First="Eve", LinkedIn="https://www.linkedin.com/in/eve"))
    loss.edit("https://www.linkedin.com/in/person-2", "https://www.linkedin.com/in/eve")
    loss.adopt()
    world.wait()
    assert [one.lead.lead_id for one in world.memory.written] == ["lead_001"]
    assert (world.query("SELECT rule FROM finding"), world.exit_code) == ([("greeting",)], 6)


def test_lead_that_the_api_refused(world: World, loss: Loss) -> None:
    """Its messages were bought before, when its row was right."""
    world.write_leads(world.lead(1, Website="https://example.com/{x}"))
    world.wait()
    loss.forge(1)
    assert loss.adopt().leads == 1
    world.write_leads(1)
    world.wait()
    assert (world.bought(), world.exit_code) == ([], 0)
    assert world.shown()["lead_001"]["outreach_message"] == "Hello Ann1"
