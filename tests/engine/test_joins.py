"""Chains of addresses through a whole source: whatever joins two rows, one person is bought for once."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import permutations
from typing import TYPE_CHECKING

import pytest

from upscale_connect import Checkpoint
from upscale_connect.engine import open_services, plan_syncs

if TYPE_CHECKING:
    from tests.engine.conftest import World

#: Rows of a list: the slug that each shows, and the member id that it shows besides.
Row = tuple[str, str]
JOINED: tuple[Row, ...] = (("ann", ""), ("anna", ""), ("ann", "M1"), ("anna", "M1"))


def address(slug: str, member: str) -> str:
    query = f"?miniProfileUrn=urn%3Ali%3Afs_miniProfile%3AACoAA{member}" if member else ""
    return f"https://www.linkedin.com/in/{slug}{query}"


def give(world: World, rows: Sequence[Row], *, cuts: Sequence[int] = (), start: int = 1) -> None:
    """A source of these rows, which are planned together up to each of the cuts."""
    items: list[object] = []
    for number, row in enumerate(rows, start):
        items.append(world.record(number, LinkedIn=address(*row), First="Ann", Last=f"Lee{number}"))
        if number - start + 1 in cuts:
            items.append(Checkpoint({"page": number}))
    world.leads.items = items


def plan(world: World) -> dict[str, int]:
    """What `plan` counts, and what it would buy."""
    config = world.load()
    with open_services(config, registry=world.registry, read_only=True, clock=world.clock) as services:
        report, forecasts = plan_syncs(services, list(config.syncs.values()))
    (result,) = report.syncs
    forecast = forecasts["spring"]
    assert result.records.new == forecast.leads == forecast.summary.leads
    assert all(count >= 0 for count in forecast.summary.groups.values())
    return {name: getattr(result.records, name) for name in ("new", "duplicate", "held", "suppressed", "done")}


def find_people(rows: Sequence[Row]) -> dict[str, frozenset[int]]:
    """Lead id → numbers of the rows that are the same person: by the slow way."""
    people = [{number} for number in range(len(rows))]
    for one in range(len(rows)):
        for other in range(one):
            shared = {rows[one][0], rows[one][1]} & {rows[other][0], rows[other][1]} - {""}
            if shared and people[one] is not people[other]:
                people[one] |= people[other]
                for number in people[one]:
                    people[number] = people[one]
    return {f"lead_{number + 1:03}": frozenset(people[number]) for number in range(len(rows))}


@pytest.mark.promise(row="G6")
@pytest.mark.parametrize("rows", list(permutations(JOINED))[::2])
def test_chain_over_four_chunks_buys_once_in_any_order(world: World, rows: Sequence[Row]) -> None:
    world.use_list()
    give(world, rows, cuts=(1, 2, 3, 4))
    assert plan(world) == {"new": 1, "duplicate": 3, "held": 0, "suppressed": 0, "done": 0}
    result = world.wait()
    assert (result.records.new, result.records.duplicate) == (1, 3)
    assert world.bought() == [("lead_001", "connection_request")]
    assert world.query("SELECT lead_id FROM lead") == [("lead_001",)]


@pytest.mark.promise(row="G6")
@pytest.mark.parametrize("seed", range(8))
def test_any_list_in_any_chunks_buys_once_for_each_person(world: World, seed: int) -> None:
    chance = random.Random(seed)
    world.use_list()
    rows = [(f"p{chance.randrange(12)}", chance.choice(["", f"M{chance.randrange(6)}"])) for _ in range(24)]
    people = find_people(rows)
    give(world, rows, cuts=chance.sample(range(1, 25), chance.choice([0, 3, 8, 24])))
    planned = plan(world)
    result = world.wait()
    assert planned["new"] == result.records.new == len(set(people.values()))
    bought = [people[lead_id] for lead_id, _ in world.bought()]
    assert len(bought) == len(set(bought))
    assert {min(person) for person in bought} == {min(person) for person in people.values()}

    order = chance.sample(range(24), 24)  # read again in another order, in other chunks: nothing more is bought
    world.leads.items = []
    for number in order:
        world.leads.items.append(
            world.record(number + 1, LinkedIn=address(*rows[number]), First="Ann", Last=f"Lee{number + 1}")
        )
        if chance.random() < 0.3:
            world.leads.items.append(Checkpoint({"again": number}))
    assert plan(world)["new"] == 0
    world.wait()
    assert len(world.bought()) == len(bought)


def test_row_that_joins_two_is_told_and_stays_known_to_the_table(world: World) -> None:
    """The table is written from a second reading, in which the ledger knows the chain from the first row on."""
    world.use_grid()
    give(world, [("ann", ""), ("anna", "M1"), ("ann", "M1")], cuts=(1, 2))
    world.wait()
    rows = [(row.record.where, row.status, row.why) for row in world.grid.rows or ()]
    assert rows[0] == ("row 1", "delivered", "")
    assert rows[1:] == [
        ("row 2", "duplicate", "the same LinkedIn profile as row 1 (lead id 'lead_001', as li:in:ann)"),
        ("row 3", "duplicate", "the same LinkedIn profile as row 1 (lead id 'lead_001')"),
    ]
    assert [reason for (reason,) in world.query("SELECT reason FROM aside ORDER BY place")] == [
        "the same person as row 1 (lead id 'lead_001'), as row 3 shows",
        "the same LinkedIn profile as row 1 (lead id 'lead_001')",
    ]


def test_what_a_duplicate_showed_joins_rows_of_later_runs(world: World) -> None:
    """A source that gives only changes: the row that showed both addresses is not given again."""
    world.use_list()
    give(world, [("ann", ""), ("ann", "M1")], cuts=(1, 2))
    world.wait()
    give(world, [("anna", "M1")], start=7)
    assert plan(world)["held"] == 1
    assert world.wait().records.held == 1
    assert len(world.bought()) == 1


def test_chain_of_three_leads_in_the_ledger_is_followed_to_its_end(world: World) -> None:
    """The first was bought; the second, held, showed an id that only the third has."""
    world.use_list()
    give(world, [("ann", "M1")])
    world.wait()
    give(world, [("anna", "M1")], start=2)
    world.wait()
    give(world, [("anna", "M2")], start=3)
    world.wait()
    give(world, [("annie", "M2")], start=4)
    assert world.wait().records.held == 1
    assert world.bought() == [("lead_001", "connection_request")]


@pytest.mark.parametrize("cuts", [(), (1,), (1, 3)])
def test_bought_row_keeps_its_messages_and_an_unbought_one_does_not_buy(world: World, cuts: Sequence[int]) -> None:
    world.use_list()
    give(world, [("anna", "")])
    world.wait()
    rows = [(9, ("ann", "")), (1, ("anna", "")), (3, ("ann", "M1")), (4, ("anna", "M1"))]
    world.leads.items = []
    for number, row in rows:
        world.leads.items.append(world.record(number, LinkedIn=address(*row)))
        world.leads.items += [Checkpoint({"page": number})] if len(world.leads.items) in cuts else []
    assert plan(world) == {"new": 0, "duplicate": 2, "held": 1, "suppressed": 0, "done": 1}
    assert world.wait().records.held == 1
    assert world.bought() == [("lead_001", "connection_request")]


def test_person_who_opted_out_in_the_last_row_is_not_planned_for(world: World) -> None:
    world.use_list()
    world.spring["opt_out"] = {"column": "Phone", "equals": "no"}
    give(world, [("ann", ""), ("anna", ""), ("ann", "M1")], cuts=(1, 2))
    world.leads.items.append(world.record(4, LinkedIn=address("anna", "M1"), Phone="no"))
    assert plan(world) == {"new": 0, "duplicate": 2, "held": 0, "suppressed": 2, "done": 0}
    result = world.wait()
    assert (result.records.new, result.records.suppressed) == (0, 2)
    assert world.bought() == []


def test_one_lead_id_under_two_names_joins_nobody(world: World) -> None:
    """A wrong id in a list must not keep a third person from being bought for."""
    world.use_list()
    world.leads.items = [
        world.record(1, LinkedIn=address("ann", "")),
        world.record(1, LinkedIn=address("bob", ""), First="Bob"),
        world.record(2, LinkedIn=address("bob", ""), First="Bob"),
    ]
    world.wait()
    assert world.bought() == [("lead_001", "connection_request"), ("lead_002", "connection_request")]


def test_one_lead_id_under_one_name_joins_its_addresses(world: World) -> None:
    world.use_list()
    world.leads.items = [
        world.record(1, LinkedIn=address("ann", "")),
        world.record(1, LinkedIn=address("ann-2", ""), Last="EXAMPLE"),
        world.record(2, LinkedIn=address("ann-2", "")),
    ]
    world.wait()
    assert world.bought() == [("lead_001", "connection_request")]


def test_opt_out_of_a_repetition_holds_for_the_first_row_in_a_plan_too(world: World) -> None:
    world.use_list()
    world.spring["opt_out"] = {"column": "Phone", "equals": "no"}
    world.leads.items = [world.record(1), world.record(2, LinkedIn=world.lead(1)["LinkedIn"], Phone="no")]
    assert plan(world) == {"new": 0, "duplicate": 1, "held": 0, "suppressed": 1, "done": 0}
    world.wait()
    assert world.bought() == []


def test_first_row_is_held_once_a_later_one_shows_an_address_that_was_bought(world: World) -> None:
    world.use_list()
    world.leads.items = [world.record(9, LinkedIn="https://www.linkedin.com/in/ACoAAM1")]
    world.wait()
    give(world, [("ann", ""), ("ann", "M1")], cuts=(1, 2))
    assert plan(world) == {"new": 0, "duplicate": 1, "held": 1, "suppressed": 0, "done": 0}
    assert world.wait().records.held == 1
    assert world.bought() == [("lead_009", "connection_request")]


@pytest.mark.promise(row="G6")
@pytest.mark.parametrize("seed", range(4))
def test_any_history_of_lists_buys_once_for_each_person(world: World, seed: int) -> None:
    """Four runs over a list in random order and chunks, or over a part of it as a source gives that tells only changes.

    Seeds 0 to 149 were tried once.
    """
    chance = random.Random(seed)
    world.use_list()
    if limited := chance.random() < 0.3:
        world.spring["limits"] = {"messages_per_run": 2}
    rows = [(f"p{chance.randrange(10)}", chance.choice(["", f"M{chance.randrange(6)}"])) for _ in range(18)]
    is_whole, seen, before = chance.random() < 0.5, set[int](), set[str]()
    for turn in range(4):
        order = chance.sample(range(18), 18 if is_whole else chance.randrange(3, 12))
        items: list[object] = []
        for number in order:
            items.append(world.record(number + 1, LinkedIn=address(*rows[number]), First="Ann", Last=f"Lee{number}"))
            items += [Checkpoint({"at": [turn, number]})] if chance.random() < 0.3 else []
        world.leads.items = [*items, *([] if is_whole else [Checkpoint({"turn": turn})])]
        seen |= {*order}
        people = find_people([row if number in seen else (f"unseen{number}", "") for number, row in enumerate(rows)])
        planned = None if limited else plan(world)["new"]
        world.wait()
        fresh = [lead_id for lead_id, _ in world.bought() if lead_id not in before]
        persons = [people[lead_id] for lead_id in fresh]
        assert len(persons) == len(set(persons))
        assert not {*persons} & {people[lead_id] for lead_id in before}, "known as one person, and bought again"
        assert planned in (None, len(fresh))
        before |= {*fresh}


@pytest.mark.promise(row="G6")
def test_row_that_a_later_one_joins_says_so_in_the_table(world: World) -> None:
    """Its own keys were free when it was read: that it repeats the first row shows in the third, by id and name."""
    jane = {"First": "Jane", "Last": "Roe"}
    first, last = (world.lead(number, LinkedIn=address("jane", ""), **jane) for number in (1, 2))
    world.write_leads(first, world.lead(2, LinkedIn=address("jroe", ""), **jane), last)
    for _ in range(2):
        world.wait()
        assert [row["upscale_status"] for row in world.shown().values()] == ["delivered", "duplicate", "duplicate"]
    assert world.bought() == [("lead_001", "connection_request")]
