"""One person under several LinkedIn addresses: within a source, between syncs of a campaign, and in the ledger."""

from __future__ import annotations

from itertools import permutations
from typing import TYPE_CHECKING

import pytest

from upscale_connect import Checkpoint

if TYPE_CHECKING:
    from tests.engine.conftest import World

SLUG = "https://www.linkedin.com/in/jos%C3%A9-roe"
MEMBER = "https://www.linkedin.com/in/ACoAABCdef"
BOTH = "https://de.linkedin.com/in/Jos%25C3%25A9-roe/?miniProfileUrn=urn%3Ali%3Afs_miniProfile%3AACoAABCdef"


def write_people(world: World, *addresses: str, name: str = "leads.csv", first: int = 1) -> None:
    rows = [world.lead(number, LinkedIn=address) for number, address in enumerate(addresses, first)]
    world.write_leads(*rows, name=name)


@pytest.mark.promise(row="G6")
@pytest.mark.parametrize("addresses", list(permutations((SLUG, MEMBER, BOTH))))
def test_one_person_under_three_addresses_is_bought_once_in_any_order(world: World, addresses: list[str]) -> None:
    write_people(world, *addresses)
    result = world.wait()
    assert (result.records.new, result.records.duplicate) == (1, 2)
    assert world.bought() == [("lead_001", "connection_request")]


def test_duplicate_is_shown_with_the_lead_and_the_row_that_it_repeats(world: World) -> None:
    write_people(world, BOTH, SLUG, MEMBER)
    world.wait()
    assert world.query("SELECT place, reason FROM aside ORDER BY place") == [
        ("leads.csv:3", "the same LinkedIn profile as leads.csv:2 (lead id 'lead_001')"),
        ("leads.csv:4", "the same LinkedIn profile as leads.csv:2 (lead id 'lead_001', as li:in:josé-roe)"),
    ]


def test_other_column_of_the_address_names_the_person_too(world: World) -> None:
    """An export with the public address and that of Sales Navigator; another list has only the id."""
    world.spring["map"]["lead_linkedin"] = {"first_of": ["LinkedIn", "Website"]}
    del world.spring["map"]["lead_company_website_url"]
    sales = "https://www.linkedin.com/sales/lead/ACwAABCdef,NAME_SEARCH,x"
    world.write_leads(world.lead(1, Website=sales), world.lead(2, LinkedIn="https://www.linkedin.com/in/ACwAABCdef"), 3)
    result = world.wait()
    assert (result.records.new, result.records.duplicate) == (2, 1)


@pytest.mark.promise(row="G6")
@pytest.mark.parametrize(("bought", "later"), [(BOTH, MEMBER), (MEMBER, BOTH), (BOTH, SLUG)])
def test_person_that_another_sync_bought_under_another_address_is_held(world: World, bought: str, later: str) -> None:
    world.config["syncs"]["autumn"] = world.describe_sync(source={"plugin": "csv", "path": "autumn.csv"})
    write_people(world, bought)
    write_people(world, later, name="autumn.csv", first=7)
    world.sync("spring", wait=True)
    world.sync("autumn", wait=True)
    assert world.bought() == [("lead_001", "connection_request")]
    assert world.exit_code == 6
    (reason,) = world.query("SELECT reason FROM aside")[0]
    assert "as lead id 'lead_001' (leads.csv:2 of 'spring')" in reason


def test_alias_that_only_the_ledger_knows_joins_two_addresses(world: World) -> None:
    """The row that showed both is gone from the source when the other address comes."""
    write_people(world, BOTH, first=1)
    world.wait()
    write_people(world, MEMBER, first=7)
    assert world.wait().records.held == 1
    assert len(world.bought()) == 1


def test_queued_lead_is_not_bought_once_its_alias_was(world: World) -> None:
    """Both wait; whichever is sent first is bought, the other one is held without being read again."""
    world.spring["limits"] = {"messages_per_run": 0}
    world.config["syncs"]["autumn"] = world.describe_sync(source={"plugin": "csv", "path": "autumn.csv"})
    write_people(world, BOTH)
    write_people(world, MEMBER, name="autumn.csv", first=7)
    world.sync("spring")
    world.sync("autumn", wait=True)
    world.spring["limits"] = {}
    world.sync("spring", wait=True)
    assert world.bought() == [("lead_007", "connection_request")]
    assert (world.exit_code, world.states()) == (6, {"ready": 1})


def test_two_aliases_in_one_batch_of_a_source_that_gives_only_changes(world: World) -> None:
    world.use_list()
    world.spring["limits"] = {"messages_per_run": 0}
    world.leads.items = [world.record(1, LinkedIn=MEMBER), Checkpoint({"page": 1})]
    world.wait()
    world.spring["limits"] = {}
    world.leads.items = [world.record(7, LinkedIn=BOTH), Checkpoint({"page": 2})]
    result = world.wait()
    assert world.bought() == [("lead_001", "connection_request")]
    assert (result.records.held, result.records.new) == (1, 0)


def test_alias_that_a_corrected_row_no_longer_shows_is_forgotten(world: World) -> None:
    write_people(world, BOTH)
    world.wait()
    write_people(world, SLUG)
    world.wait()
    write_people(world, SLUG, MEMBER)
    result = world.wait()
    assert (result.records.done, result.records.new) == (1, 1)
    assert world.query("SELECT count(*) FROM alias") == [(0,)]
