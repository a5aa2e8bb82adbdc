"""`duplicates: copy`: the messages of a person stand beside each of the person's rows, and were bought once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from upscale_connect import Row
from upscale_connect.engine import Check

if TYPE_CHECKING:
    from tests.engine.conftest import World

PROFILE = "https://www.linkedin.com/in/ann-example"
BOTH = f"{PROFILE}?miniProfileUrn=urn%3Ali%3Afs_miniProfile%3AACoAABCdef"
MEMBER = "https://www.linkedin.com/in/ACoAABCdef"


def give(world: World, *rows: Any, duplicates: str | None = "copy", **changes: Any) -> list[Row]:
    """Run on these rows beside a table. Returns what it shows."""
    world.use_grid()
    world.spring.update(changes)
    if duplicates:
        world.spring["duplicates"] = duplicates
    world.leads.items = list(rows)
    world.wait()
    assert world.grid.rows is not None
    return world.grid.rows


def texts(row: Row) -> dict[str, str]:
    return {kind: one.text for kind, one in row.delivery.messages.items()} if row.delivery else {}


def test_messages_stand_beside_each_row_of_the_person(world: World) -> None:
    rows = give(
        world,
        world.record(1, First="Ann", LinkedIn=BOTH),
        world.record(2, First="Ann", LinkedIn=PROFILE),
        world.record(3, First="Ann", LinkedIn=MEMBER),
        world.record(4),
    )
    assert [row.status for row in rows] == ["delivered", "duplicate", "duplicate", "delivered"]
    assert texts(rows[0]) == texts(rows[1]) == texts(rows[2]) != texts(rows[3])
    assert rows[1].why.endswith("; its messages are repeated here")
    assert [row.delivery.receipt != "" for row in rows if row.delivery] == [True, False, False, True]
    assert len(world.bought()) == 2
    assert world.query("SELECT count(*) FROM delivery") == [(2,)]


def test_unless_a_sync_says_so_a_duplicate_stays_empty(world: World) -> None:
    pair = (world.record(1, First="Ann", LinkedIn=PROFILE), world.record(2, First="Ann", LinkedIn=PROFILE))
    rows = give(world, *pair, duplicates=None)
    assert [texts(row) == {} for row in rows] == [False, True]
    rows = give(world, *pair)
    assert texts(rows[0]) == texts(rows[1]) != {}
    assert len(world.bought()) == 1


@pytest.mark.parametrize(
    "second",
    [
        {"First": "Bob", "Last": "Roe"},
        {"ID": "lead_001", "First": "Bob", "Last": "Roe", "LinkedIn": "https://www.linkedin.com/in/bob-roe"},
        {"ID": "lead_001", "LinkedIn": "https://www.linkedin.com/in/somebody-else"},
    ],
    ids=["another name", "another person under the id", "another address under the id"],
)
def test_nothing_is_copied_to_a_row_that_shows_somebody_else(world: World, second: dict[str, str]) -> None:
    one, other = world.record(1, First="Ann", LinkedIn=PROFILE), {"First": "Ann", "LinkedIn": PROFILE, **second}
    rows = give(world, one, world.record(2, **other))
    assert [row.status for row in rows] == ["delivered", "duplicate"]
    assert texts(rows[1]) == {}


@pytest.mark.parametrize("opted_out", [(1,), (2,)])
def test_nothing_is_copied_for_who_gets_no_message(world: World, opted_out: tuple[int, ...]) -> None:
    pair = [world.record(number, First="Ann", LinkedIn=PROFILE) for number in (1, 2)]
    give(world, *pair, duplicates=None)
    pair = [
        world.record(number, First="Ann", LinkedIn=PROFILE, Phone="no" if number in opted_out else "")
        for number in (1, 2)
    ]
    rows = give(world, *pair, opt_out={"column": "Phone", "equals": "no"})
    assert texts(rows[1]) == {}


def test_what_a_person_has_not_approved_is_not_copied(world: World) -> None:
    pair = [world.record(number, First="Ann", LinkedIn=PROFILE) for number in (1, 2)]
    rows = give(world, *pair, review="required")
    assert [texts(row) for row in rows] == [{}, {}]


def test_check_tells_of_sinks_that_have_no_duplicates(world: World) -> None:
    world.write_leads(1)
    world.spring["duplicates"] = "copy"
    world.spring["sinks"] = {"back": "source", "memory": {"plugin": "memory"}}
    with world.services() as services:
        check = Check(services)
        check.check_sync(services.config.syncs["spring"])
    told = [finding.message for finding in check.findings if "duplicates" in finding.message]
    assert told == ["sink 'memory': `duplicates: copy` changes nothing there"]
