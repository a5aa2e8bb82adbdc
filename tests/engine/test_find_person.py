"""Who is meant: a person is found by an id, an address or a cell, and under each of several addresses."""

from __future__ import annotations

import pytest

from tests.engine.conftest import World
from tests.engine.erasure import EMAIL, erase, searched, zoe
from upscale_connect.engine.forget import find_person
from upscale_connect.errors import UsageError


@pytest.mark.parametrize("text", ["lead_001", "customer_1/campaign_1/lead_001", "linkedin.com/in/person-1", EMAIL])
def test_found_by(world: World, text: str) -> None:
    world.write_leads(zoe(world), 2)
    world.sync()
    with world.ledger() as ledger:
        keys, mentions = find_person(ledger, text)
    assert (keys, [mention.lead_id for mention in mentions]) == (("li:in:person-1",), ["lead_001"])


def test_a_person_under_several_addresses_is_erased_whole(world: World) -> None:
    member = "ACoAAB12cdEFghIJklMNopQRstUVwxYZabCDefG"
    both = f"https://www.linkedin.com/in/person-1?miniProfileUrn=urn%3Ali%3Afs_miniProfile%3A{member}"
    world.config["syncs"]["summer"] = world.describe_sync(
        campaign="campaign_2", source={"plugin": "csv", "path": "summer.csv"}
    )
    world.write_leads(world.lead(1, LinkedIn=both))
    world.write_leads(world.lead(5, LinkedIn=f"https://www.linkedin.com/in/{member}"), name="summer.csv")
    world.run(wait=True)
    with searched(world, member, ours=("leads.csv", "summer.csv", "leads.messages.csv", "summer.messages.csv")):
        done = erase(world, "linkedin.com/in/person-1")
    assert (done.leads, done.messages) == (2, 2)
    assert [result.records.suppressed for result in world.run().syncs] == [1, 1]


def test_several_people_are_listed_and_nobody_is_erased(world: World) -> None:
    world.write_leads(zoe(world), zoe(world, 2))
    world.sync()
    with world.ledger() as ledger, pytest.raises(UsageError, match=r"may be 2 people: li:in:person-1: .*person-2"):
        find_person(ledger, EMAIL)


def test_nobody(world: World) -> None:
    world.write_leads(1)
    world.sync()
    with world.ledger() as ledger, pytest.raises(UsageError, match="the ledger knows nobody by 'lead_009'"):
        find_person(ledger, "lead_009")
