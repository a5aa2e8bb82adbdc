"""The company of a contact without a primary one: another that it is associated with, for few calls or none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.plugins.hubspot.conftest import Bench, HubSpotWorld
from tests.plugins.hubspot.portal import Portal
from upscale_connect import Record
from upscale_connect_hubspot import associations
from upscale_connect_hubspot.answers import CrmObject
from upscale_connect_hubspot.associations import CompanyFinder

LINKS = "associations/2026-03/contacts/companies/batch/read"
LIST = {"list_id": "7"}
FILTER = {"filter": [{"property": "firstname", "operator": "HAS_PROPERTY"}]}


def add(portal: Portal, *companies: int, primary: int = 0) -> int:
    """A contact beside these companies."""
    known = {"associatedcompanyid": str(primary)} if primary else {}
    id_ = portal.add(firstname="Ann", lastname="Example", **known)
    portal.rows["contacts"][id_].links["companies"] = list(companies)
    portal.lists["7"] = ("Spring", "contacts", sorted(portal.rows["contacts"]))
    return id_


def names(bench: Bench, **options: Any) -> list[str]:
    """The company of each contact, in their order."""
    read = bench.read(columns=("firstname", "company.name"), **options)
    return [item.fields["company.name"] for item in read if isinstance(item, Record)]


@pytest.mark.parametrize("options", [{}, LIST, FILTER])
def test_the_primary_one_else_the_oldest(bench: Bench, portal: Portal, options: dict[str, Any]) -> None:
    acme, globex, initech = (portal.add("companies", name=name) for name in ("Acme", "Globex", "Initech"))
    add(portal, acme, globex, primary=globex)
    add(portal, initech, globex)
    add(portal)
    add(portal, initech)
    assert names(bench, **options) == ["Globex", "Globex", "", "Initech"]
    assert portal.count(LINKS) == (1 if options else 0)
    if options:
        (call,) = (call for call in portal.calls if LINKS in call.path)
        assert len(call.body["inputs"]) == 3  # who has a primary one is not asked about


@pytest.mark.parametrize("options", [{}, LIST, FILTER])
def test_it_can_be_switched_off(bench: Bench, portal: Portal, options: dict[str, Any]) -> None:
    acme = portal.add("companies", name="Acme")
    add(portal, acme)
    add(portal, primary=acme)
    assert names(bench, associations="no", **options) == ["", "Acme"]
    assert portal.count("associations/") == 0
    assert not any("associations" in call.query for call in portal.calls)


@pytest.mark.parametrize("options", [{}, LIST, FILTER])
def test_without_company_columns_nobody_is_asked(bench: Bench, portal: Portal, options: dict[str, Any]) -> None:
    add(portal, portal.add("companies", name="Acme"))
    bench.read(columns=("firstname",), **options)
    assert portal.count("associations/") == portal.count("companies") == 0
    assert not any("associations" in call.query for call in portal.calls)


def test_a_portal_where_nobody_has_a_primary_company(bench: Bench, portal: Portal) -> None:
    """The first page comes at once; then a thousand are asked about together, and keep their order."""
    companies = [portal.add("companies", name=f"Company {number}") for number in range(1150)]
    for company in companies:
        add(portal, company)
    assert names(bench, **LIST) == [f"Company {number}" for number in range(1150)]
    assert [len(call.body["inputs"]) for call in portal.calls if LINKS in call.path] == [100, 1000, 50]


def test_check_shows_it_in_its_samples_and_counts_its_calls(bench: Bench, portal: Portal) -> None:
    add(portal, portal.add("companies", name="Acme"))
    told = [one.message for one in bench.source(("firstname", "company.name"), **LIST).check()]
    assert "company.name: 'Acme'" in told
    assert told[-1].startswith("a run makes about 6 calls to read")
    told = [one.message for one in bench.source(("firstname", "company.name"), associations="no", **LIST).check()]
    assert told[-1].startswith("a run makes about 5 calls to read")


def test_a_budget_of_its_own(bench: Bench, portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    """No header tells of it; it is kept all the same."""
    monkeypatch.setattr(associations, "TOGETHER", 1)
    portal.burst = 190  # of a bigger plan, as the other answers tell
    acme = portal.add("companies", name="Acme")
    for _ in range(150):
        add(portal, acme)
    assert set(names(bench, **LIST)) == {"Acme"}
    assert portal.count(LINKS) == 150
    assert not [call for call in portal.calls if call.status == 429]


class Links:
    """Answers for a portal in which contact N is beside the companies of `links`."""

    def __init__(self, links: Sequence[Sequence[int]]) -> None:
        self.links = links

    def post(self, model: Any, api: str, rest: str, body: dict[str, Any]) -> Any:
        assert 1 <= len(body["inputs"]) <= associations.TOGETHER
        asked = [int(one["id"]) for one in body["inputs"]]
        there = [
            {"from": {"id": str(id_)}, "to": [{"toObjectId": one} for one in self.links[id_]]}
            for id_ in asked
            if self.links[id_]
        ]
        return model.model_validate({"results": there[::-1]})


@given(st.lists(st.lists(st.integers(1, 2000), max_size=3), max_size=60), st.data())
def test_every_contact_with_its_own_however_pages_fall(links: list[list[int]], data: st.DataObject) -> None:
    contacts = [CrmObject(id=str(number)) for number in range(len(links))]
    pages = []
    while contacts:
        size = data.draw(st.integers(0, 9))
        pages.append(contacts[:size])
        contacts = contacts[size:]
    client: Any = Links(links)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(associations, "TOGETHER", 7)
        patch.setattr(associations, "_WAITING", 20)
        finder = CompanyFinder(client, asks=True)
        found = [(int(one.id), finder.find(one)) for page in finder.look_up(iter(pages)) for one in page]
    assert found == [(number, str(min(ids)) if ids else "") for number, ids in enumerate(links)]


@pytest.mark.parametrize("beside", [None, {}, {"companies": None}, {"companies": {"results": []}}])
def test_an_answer_without_associations(beside: Any) -> None:
    client: Any = None
    contact = CrmObject.model_validate({"id": "1", "associations": beside})
    assert CompanyFinder(client, asks=False).find(contact) == ""


def test_a_thousand_contacts_of_which_a_quarter_have_no_primary_company(hub: HubSpotWorld) -> None:
    """76 % have one. Neither a run that learns and makes properties nor the next one costs a call more."""
    ids = hub.add_people(1000, companies=250)
    for number, id_ in enumerate(ids):
        if number % 25 < 6:
            row = hub.portal.rows["contacts"][id_]
            row.links["companies"] = [int(row.properties.pop("associatedcompanyid"))]
    assert hub.world.wait(yes=True).sinks["back"].written == hub.check_messages() == 1000
    assert hub.portal.count() == 25
    hub.portal.calls.clear()
    hub.world.wait(yes=True)
    assert hub.portal.count() == 14
