"""Contacts as records: complete, with their companies, and in as few calls as HubSpot allows."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.plugins.hubspot.conftest import Bench
from tests.plugins.hubspot.portal import Portal
from upscale_connect import Record, SourceError


def test_a_contact_with_its_company(bench: Bench, portal: Portal) -> None:
    company = portal.add("companies", name="First Company", website="first.example")
    contact = portal.add(firstname="Ann", lastname="Lee", linkedinbio="x", associatedcompanyid=str(company))
    portal.change(contact, hs_linkedin_url="https://linkedin.com/in/ann-lee")
    (record,) = bench.read()
    assert record == Record(
        str(contact),
        {
            "firstname": "Ann",
            "lastname": "Lee",
            "contact.linkedin": "https://linkedin.com/in/ann-lee",
            "company.name": "First Company",
            "company.website": "first.example",
        },
        f"HubSpot contact {contact}",
    )


def test_what_hubspot_does_not_have_is_empty(bench: Bench, portal: Portal) -> None:
    portal.add(firstname="Ann", associatedcompanyid="999")
    (record,) = bench.read()
    assert record.fields == dict.fromkeys(record.fields, "") | {"firstname": "Ann"}


def test_only_what_is_mapped_is_asked_for(bench: Bench, portal: Portal) -> None:
    portal.add(firstname="Ann", jobtitle="CEO")
    bench.read(columns=["firstname"])
    (call,) = (call for call in portal.calls if call.path.endswith("/objects/2026-03/contacts"))
    assert call.query["properties"] == ["firstname,hs_email_optout"]
    assert portal.count("companies") == 0


def test_the_first_linkedin_property_that_is_not_empty_counts(bench: Bench, portal: Portal) -> None:
    portal.define("linkedin_profile")
    portal.add(hs_linkedin_url=" ", linkedin_profile="in/b")
    portal.add(hs_linkedin_url="in/a", linkedin_profile="in/b")
    assert [record.fields["contact.linkedin"] for record in bench.read()] == ["in/b", "in/a"]
    chosen = bench.read(linkedin=["linkedin_profile", "hs_linkedin_url"])
    assert [record.fields["contact.linkedin"] for record in chosen] == ["in/b", "in/b"]


def test_who_opted_out_is_left_aside(bench: Bench, portal: Portal) -> None:
    stays, leaves = portal.add(firstname="Ann"), portal.add(firstname="Ben", hs_email_optout="true")
    portal.define("no_linkedin")
    portal.change(stays, no_linkedin="Yes")
    assert bench.ids() == [stays]
    assert bench.ids(opt_out=[]) == [stays, leaves]
    assert bench.ids(opt_out=["no_linkedin"]) == [leaves]


@pytest.mark.parametrize("number", [0, 1, 100, 101, 250])
def test_every_page_is_read(bench: Bench, portal: Portal, number: int) -> None:
    ids = bench.add_people(number)
    assert bench.ids() == ids
    assert portal.count("/objects/2026-03/contacts") == max(1, -(-number // 100))


def test_a_short_page_is_not_the_end(bench: Bench, portal: Portal) -> None:
    ids = bench.add_people(3)
    first = {"id": str(ids[0]), "properties": {"firstname": None}}
    body = {"results": [first], "paging": {"next": {"after": str(ids[1]), "link": "https://elsewhere.invalid/"}}}
    portal.fail("GET /crm/objects/2026-03/contacts", 200, body)
    assert bench.ids() == ids


def test_a_page_that_leads_to_itself_is_an_error(bench: Bench, portal: Portal) -> None:
    bench.add_people(1)
    portal.fail("GET /crm/objects", 200, {"results": [], "paging": {"next": {"after": "7"}}}, times=3)
    with pytest.raises(SourceError, match="the same page again and again"):
        bench.read()


def test_a_thousand_contacts_cost_thirteen_calls(bench: Bench, portal: Portal) -> None:
    companies = [portal.add("companies", name=f"Company {number}") for number in range(250)]
    for number in range(1000):
        portal.add(firstname="Ann", associatedcompanyid=str(companies[number * 7 % 250]))
    records = bench.read()
    assert {record.fields["company.name"] for record in records} == {f"Company {number}" for number in range(250)}
    assert (portal.count("GET /crm/objects"), portal.count("companies/batch/read")) == (10, 3)
    assert portal.count() == 14  # and the properties


def test_companies_that_are_met_again_are_not_read_again(bench: Bench, portal: Portal) -> None:
    company = portal.add("companies", name="First Company")
    bench.add_people(500, associatedcompanyid=str(company))
    assert {record.fields["company.name"] for record in bench.read()} == {"First Company"}
    assert portal.count("companies/batch/read") == 1


# Lists


def test_the_members_of_a_list(bench: Bench, portal: Portal) -> None:
    ids = bench.add_people(300)
    portal.lists["7"] = ("Spring", "contacts", [*ids[::-1][:260], 999])
    assert bench.ids(list_id="7") == ids[::-1][:260]
    assert (portal.count("memberships"), portal.count("contacts/batch/read")) == (2, 3)


def test_a_member_that_was_merged_is_its_heir(bench: Bench, portal: Portal) -> None:
    old, new = bench.add_people(2)
    portal.lists["7"] = ("Spring", "contacts", [old])
    portal.merge(old, new)
    assert bench.ids(list_id="7") == [new]


def test_a_list_that_is_not_there(bench: Bench) -> None:
    with pytest.raises(SourceError, match="HubSpot has no list 8"):
        bench.read(list_id="8")


def test_a_list_of_companies(bench: Bench, portal: Portal) -> None:
    portal.lists["7"] = ("Homes", "companies", [])
    with pytest.raises(SourceError, match="list 7 of HubSpot is no list of contacts"):
        list(bench.source(list_id="7").check())


# Filters and changes


def test_the_contacts_that_pass_a_filter(bench: Bench, portal: Portal) -> None:
    leads = bench.add_people(5, lifecyclestage="lead")
    bench.add_people(5, lifecyclestage="customer")
    assert bench.ids(filter=[{"property": "lifecyclestage", "operator": "EQ", "value": "lead"}]) == leads
    both = [{"property": "lifecyclestage", "operator": "IN", "values": ["lead", "customer"]}]
    assert len(bench.ids(filter=both)) == 10


def test_a_list_of_texts_is_asked_for_in_lower_case(bench: Bench, portal: Portal) -> None:
    (ann,) = bench.add_people(1, jobtitle="CEO")
    assert bench.ids(filter=[{"property": "jobtitle", "operator": "IN", "values": ["CEO"]}]) == [ann]


def test_a_search_has_no_end_at_its_cap(bench: Bench, portal: Portal) -> None:
    portal.search_cap = 400
    ids = bench.add_people(1001, lifecyclestage="lead")
    assert bench.ids(filter=[{"property": "lifecyclestage", "operator": "EQ", "value": "lead"}]) == ids
    assert portal.count("search") == 6


def test_contacts_that_leave_the_set_meanwhile_hide_no_others(bench: Bench, portal: Portal) -> None:
    ids = bench.add_people(600, lifecyclestage="lead")
    source = bench.source(filter=[{"property": "lifecyclestage", "operator": "EQ", "value": "lead"}])
    seen = []
    for record in source.read(None):
        assert isinstance(record, Record)
        seen.append(int(record.id or ""))
        portal.change(seen[-1], lifecyclestage="customer")
    assert seen == ids


def test_a_search_that_does_not_go_by_ids_is_an_error(bench: Bench, portal: Portal) -> None:
    results = [{"id": "9", "properties": {}}, {"id": "10", "properties": {}}, {"id": "8", "properties": {}}]
    portal.fail("contacts/search", 200, {"results": results, "total": 3})
    with pytest.raises(SourceError, match="not give contacts in the order of their ids"):
        bench.read(filter=[{"property": "firstname", "operator": "HAS_PROPERTY"}])


def test_a_search_whose_page_is_empty_and_not_the_last(bench: Bench, portal: Portal) -> None:
    portal.fail("contacts/search", 200, {"results": [], "total": 3, "paging": {"next": {"after": "200"}}})
    with pytest.raises(SourceError, match="in the order of their ids"):
        bench.read(filter=[{"property": "firstname", "operator": "HAS_PROPERTY"}])


def test_a_filter_that_hubspot_does_not_take(bench: Bench, portal: Portal) -> None:
    portal.fail("contacts/search", 400, {"message": "no", "correlationId": "c-1"})
    with pytest.raises(SourceError, match=r"HubSpot refused to give the contacts: no \(correlation id c-1\)"):
        bench.read(filter=[{"property": "firstname", "operator": "BETWEEN", "value": "a", "high_value": "b"}])


def test_properties_that_cannot_be_listed(bench: Bench, portal: Portal) -> None:
    portal.fail("GET /crm/properties", 404, {})
    with pytest.raises(SourceError, match="HubSpot refused to list its properties"):
        bench.source().columns()


def test_only_changes_are_read(bench: Bench, portal: Portal) -> None:
    first, second = bench.add_people(2)
    bench.clock.advance(3600)
    cursor = bench.cursor(incremental=True)
    assert bench.ids(cursor, incremental=True) == []
    portal.change(second, jobtitle="CEO")
    assert bench.ids(cursor, incremental=True) == [second]
    assert bench.ids(cursor) == [first, second]  # not incremental


def test_a_change_that_search_showed_late_is_not_missed(bench: Bench, portal: Portal) -> None:
    (ann,) = bench.add_people(1)
    bench.clock.advance(3600)
    portal.lag = 60
    cursor = bench.cursor(incremental=True)
    portal.change(ann, jobtitle="CEO")
    bench.clock.advance(10)
    late = bench.cursor(cursor, incremental=True)
    bench.clock.advance(60)
    assert bench.ids(late, incremental=True) == [ann]


def test_a_million_equal_times_of_change_fool_nobody(bench: Bench, portal: Portal) -> None:
    """Here 10,001: more than a search gives, and all of the same millisecond."""
    cursor = bench.cursor(incremental=True)
    bench.clock.advance(3600)
    ids = bench.add_people(10_001)
    assert bench.ids(cursor, incremental=True) == ids
    assert portal.count("search") == 51


def test_everything_is_read_once_a_day(bench: Bench, portal: Portal) -> None:
    company = portal.add("companies", name="Old")
    (ann,) = bench.add_people(1, associatedcompanyid=str(company))
    bench.clock.advance(3600)
    cursor = bench.cursor(incremental=True)
    portal.change(company, "companies", name="New")
    bench.clock.advance(20 * 3600)
    cursor = bench.cursor(cursor, incremental=True)
    bench.clock.advance(3600)
    assert bench.ids(cursor, incremental=True) == []
    bench.clock.advance(timedelta(hours=3).total_seconds())
    assert bench.ids(cursor, incremental=True) == [ann]


def test_a_cursor_that_cannot_be_read_means_everything(bench: Bench) -> None:
    ids = bench.add_people(1)
    assert bench.ids({"read_at": "yesterday"}, incremental=True) == ids
