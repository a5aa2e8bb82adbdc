"""Every contact comes with its own company, in its order, however companies and pages fall together."""

from __future__ import annotations

from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upscale_connect_hubspot import companies
from upscale_connect_hubspot.answers import BatchAnswer, CrmObject
from upscale_connect_hubspot.client import Client
from upscale_connect_hubspot.companies import CompanyReader


class Companies:
    """Answers for a portal that has every company but those whose number ends in 7."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []

    def post(self, model: type[BatchAnswer], api: str, rest: str, body: dict[str, Any]) -> BatchAnswer:
        ids = [one["id"] for one in body["inputs"]]
        self.batches.append(ids)
        there = [{"id": id_, "properties": {"name": f"Company {id_}"}} for id_ in ids if not id_.endswith("7")]
        return model.model_validate({"results": there[::-1]})


def find(contact: CrmObject) -> str:
    return contact.properties.get("associatedcompanyid", "")


def join(pages: list[list[CrmObject]], properties: tuple[str, ...] = ("name",)) -> tuple[Companies, list[Any]]:
    portal = Companies()
    reader = CompanyReader(cast("Client", portal), properties, find)
    return portal, list(reader.join(iter(pages)))


def make_pages(numbers: list[list[int]]) -> list[list[CrmObject]]:
    """Pages of contacts, each by the number of its company; 0 for none."""
    return [
        [
            CrmObject(id=f"{page}-{place}", properties={"associatedcompanyid": str(number)} if number else {})
            for place, number in enumerate(members)
        ]
        for page, members in enumerate(numbers)
    ]


@given(st.lists(st.lists(st.integers(0, 400), max_size=100), max_size=12))
def test_each_contact_with_its_own_company(numbers: list[list[int]]) -> None:
    pages = make_pages(numbers)
    portal, joined = join(pages)
    assert [contact for contact, _ in joined] == [contact for page in pages for contact in page]
    for contact, company in joined:
        number = contact.properties.get("associatedcompanyid", "")
        assert company == ({"name": f"Company {number}"} if number and not number.endswith("7") else {})
    asked = [id_ for batch in portal.batches for id_ in batch]
    distinct = {str(number) for page in numbers for number in page if number}
    assert (len(asked), set(asked)) == (len(distinct), distinct)
    assert len(portal.batches) <= len(distinct) // 100 + 2


def test_without_company_columns_nobody_is_asked() -> None:
    portal, joined = join(make_pages([[1, 2, 3]]), ())
    assert (portal.batches, len(joined)) == ([], 3)


def test_of_very_many_the_oldest_are_asked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(companies, "_REMEMBERED", 2)
    portal, joined = join(make_pages([[1], [2], [3], [1]]))
    assert [company["name"] for _, company in joined] == ["Company 1", "Company 2", "Company 3", "Company 1"]
    assert sum("1" in batch for batch in portal.batches) <= 2


def test_contacts_do_not_wait_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(companies, "_WAITING", 3)
    portal = Companies()
    pages = iter(make_pages([[1], [2], [3], [4], [5]]))
    joined = CompanyReader(cast("Client", portal), ("name",), find).join(pages)
    for _ in range(4):
        next(joined)
    assert len(list(pages)) == 1
