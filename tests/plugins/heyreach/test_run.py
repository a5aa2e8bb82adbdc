"""Whole runs that deliver to HeyReach."""

from __future__ import annotations

from typing import TYPE_CHECKING

import upscale_connect_heyreach
from tests.plugins.heyreach.server import KEY, Fault, HeyReach

if TYPE_CHECKING:
    from tests.engine.conftest import World


def use_heyreach(world: World, heyreach: HeyReach) -> None:
    world.registry.register(upscale_connect_heyreach, name="heyreach")
    tool = {"plugin": "heyreach", "api_key": KEY, "campaign": 7, "base_url": heyreach.url}
    world.spring.update(sinks={"tool": tool})
    heyreach.campaigns[7].sequence = '"{upscale_connection_request}"'


def test_from_the_file_into_the_campaign(world: World, heyreach: HeyReach) -> None:
    use_heyreach(world, heyreach)
    world.write_leads(1, 2, 3)
    result = world.wait()
    assert (result.sinks["tool"].written, world.exit_code) == (3, 0)
    for url, fields in heyreach.shown().items():
        lead = heyreach.campaigns[7].leads[url]
        assert lead["firstName"] in fields["upscale_connection_request"]
    adds = heyreach.count("/campaign/AddLeadsToCampaignV2")
    world.wait()
    assert heyreach.count("/campaign/AddLeadsToCampaignV2") == adds


def test_a_draft_stops_before_anything_is_bought(world: World, heyreach: HeyReach) -> None:
    use_heyreach(world, heyreach)
    heyreach.campaigns[7].status = "DRAFT"
    world.write_leads(1)
    world.wait()
    assert (world.posts, world.exit_code) == (0, 9)
    assert "is DRAFT" in str(world.reports[-1].syncs[0].error)
    heyreach.campaigns[7].status = "IN_PROGRESS"
    world.wait()
    assert (world.posts, world.exit_code) == (1, 0)


def test_what_failed_is_settled_by_the_next_run(world: World, heyreach: HeyReach) -> None:
    use_heyreach(world, heyreach)
    world.write_leads(1, 2)
    world.wait()
    world.write_leads(1, 2, 3)
    heyreach.faults = [Fault("status", 502)]
    world.wait()
    assert world.exit_code == 9
    world.wait()
    assert (world.exit_code, len(heyreach.campaigns[7].leads)) == (0, 3)
    assert world.posts == 2


def test_who_accepted_gets_the_second_wave(world: World, heyreach: HeyReach) -> None:
    """HeyReach knows who accepted: no column of the file has to say it."""
    use_heyreach(world, heyreach)
    world.spring["messages"] = [
        "connection_request",
        {"first_follow_up": {"when": {"column": "Invitation", "equals": "yes"}}},
    ]
    world.spring["read_back"] = {"Invitation": {"sink": "tool", "field": "accepted"}}
    world.write_leads(1, 2, 3)
    world.wait()
    assert world.bought() == [(f"lead_00{number}", "connection_request") for number in (1, 2, 3)]
    (url,) = [url for url in heyreach.campaigns[7].leads if url.endswith("2")]
    heyreach.campaigns[7].leads[url]["connection"] = "ConnectionAccepted"
    world.wait()
    world.wait()
    assert world.bought()[3:] == [("lead_002", "first_follow_up")]
    assert heyreach.shown()[url].keys() >= {"upscale_connection_request", "upscale_first_follow_up"}
    assert world.exit_code == 0


def test_nothing_is_bought_while_heyreach_cannot_say_who_accepted(world: World, heyreach: HeyReach) -> None:
    use_heyreach(world, heyreach)
    world.spring["messages"] = [{"first_follow_up": {"when": {"column": "Invitation", "not_equals": "yes"}}}]
    world.spring["read_back"] = {"Invitation": {"sink": "tool", "field": "accepted"}}
    world.spring["sinks"]["tool"]["campaign"] = 8
    world.write_leads(1)
    world.wait()
    assert (world.posts, world.exit_code) == (0, 9)
