"""Whom a receipt belongs to: people under another address or id, of another customer, or not to be written to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.engine.test_aliases import BOTH, MEMBER, SLUG
from upscale_connect.engine.adopt import Findings

if TYPE_CHECKING:
    from tests.engine.adoption.conftest import Loss
    from tests.engine.conftest import World

CR = "connection_request"


@pytest.mark.parametrize("theirs", [SLUG, MEMBER, BOTH])
def test_person_under_another_address(world: World, loss: Loss, theirs: str) -> None:
    world.write_leads(world.lead(1, ID="new_id", LinkedIn=BOTH))
    loss.forge(world.lead(1, LinkedIn=theirs))
    world.wait()
    assert (world.posts, world.exit_code) == (0, 6)
    world.write_leads(world.lead(1, LinkedIn=BOTH))
    assert loss.adopt().leads == 1
    world.wait()
    assert (world.posts, world.exit_code) == (0, 0)


def test_two_customers_with_the_same_ids(world: World, loss: Loss) -> None:
    for name in ("customer", "campaign"):
        del world.spring[name]
        world.spring["map"][f"automation_tool_{name}_id"] = name.capitalize()
    ours, theirs = ({"Customer": name, "Campaign": "c"} for name in ("acme", "globex"))
    world.write_leads(world.lead(1, **ours), world.lead(1, **theirs), world.lead(2, **theirs))
    loss.forge(world.lead(1, **theirs))
    result = world.wait()
    assert result.records.held == 1
    assert sorted((customer, lead_id) for _, customer, _, lead_id, _ in world.sold()) == [
        ("acme", "lead_001"),
        ("globex", "lead_002"),
    ]


def test_person_under_a_new_id(world: World, loss: Loss) -> None:
    world.write_leads(world.lead(1, ID="new_id"))
    loss.forge(1)
    world.wait()
    assert (world.posts, world.exit_code) == (0, 6)
    assert "bought before, as lead id 'lead_001'" in loss.held()[0][2]


def test_id_of_another_person(world: World, loss: Loss) -> None:
    """It is held, and not to be adopted: what is shown was bought for somebody else."""
    world.write_leads(world.lead(1, LinkedIn="https://www.linkedin.com/in/somebody-else"))
    loss.forge(1)
    world.wait()
    assert (world.posts, world.exit_code) == (0, 6)
    ((_, field, reason),) = loss.held()
    assert field == "stranger"
    assert "it was bought for li:in:person-1, but the row now names li:in:somebody-else" in reason
    assert "todo spring" in loss.needs()[-1][0]


def test_lead_that_was_bought_for_another_account(world: World, loss: Loss) -> None:
    """First with the sandbox, then for real: the receipts are this ledger's own."""
    world.write_leads(1)
    world.wait()
    loss.edit("[sandbox]", "Edited:")
    world.config["accounts"]["real"] = world.account(api_key="sandbox-no-credits")
    world.spring["account"] = "real"
    assert loss.plan().records.new == 1


def test_person_to_whom_nothing_may_be_sent(world: World, loss: Loss) -> None:
    """Who was forgotten is not learnt anew from what a file still shows."""
    (world.folder / "stop.csv").write_text("linkedin\nlinkedin.com/in/person-1\n", encoding="utf-8")
    world.spring["suppression"] = [{"path": "stop.csv"}]
    world.write_leads(1, 2)
    loss.forge(1)
    result = world.wait()
    assert (result.records.suppressed, result.records.held, world.exit_code) == (1, 0, 0)
    assert world.bought() == [("lead_002", CR)]
    loss.forge(1)
    assert loss.adopt() == Findings()
