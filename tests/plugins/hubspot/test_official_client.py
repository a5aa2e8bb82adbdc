"""HubSpot's own Python client, an independent caller, finds in the tests' portal what it expects of HubSpot."""

from __future__ import annotations

from typing import Any

import pytest
from hubspot import HubSpot as OfficialClient
from hubspot.crm import contacts, lists, objects, properties
from hubspot.crm.associations import v4

from tests.plugins.hubspot.portal import NOTE_TO_CONTACT, TOKEN, Portal
from tests.plugins.hubspot.server import HubSpot


@pytest.fixture
def client(hubspot: HubSpot) -> Any:
    return OfficialClient(access_token=TOKEN, host=hubspot.url)


def promote(*ids: int) -> Any:
    """What makes these contacts CEOs."""
    return contacts.BatchInputSimplePublicObjectBatchInput(
        inputs=[contacts.SimplePublicObjectBatchInput(id=str(id_), properties={"jobtitle": "CEO"}) for id_ in ids]
    )


def test_every_contact(client: Any, portal: Portal) -> None:
    ids = [portal.add(firstname=f"Ann{number}") for number in range(250)]
    found = client.crm.contacts.get_all(properties=["firstname", "unknown"])
    assert [int(contact.id) for contact in found] == ids
    assert {*found[0].properties} == {"firstname", "createdate", "lastmodifieddate", "hs_object_id"}


def test_search(client: Any, portal: Portal) -> None:
    ids = [portal.add(firstname="Ann", jobtitle=f"{number}") for number in range(5)]
    one = contacts.Filter(property_name="jobtitle", operator="GTE", value="2")
    request = contacts.PublicObjectSearchRequest(
        filter_groups=[contacts.FilterGroup(filters=[one])], sorts=["hs_object_id"], limit=2, properties=["jobtitle"]
    )
    found = client.crm.contacts.search_api.do_search(request)
    assert (found.total, [int(contact.id) for contact in found.results]) == (3, ids[2:4])
    assert found.paging.next.after == "2"


def test_search_ends_at_ten_thousand(client: Any) -> None:
    request = contacts.PublicObjectSearchRequest(after="9900", limit=200)
    with pytest.raises(contacts.ApiException, match=r"beyond 10,000"):
        client.crm.contacts.search_api.do_search(request)


def test_batches(client: Any, portal: Portal) -> None:
    ann, ben = portal.add(firstname="Ann"), portal.add(firstname="Ben")
    batch = promote(ann, ben, 999)
    for one in batch.inputs:
        one.object_write_trace_id = one.id
    done = client.crm.contacts.batch_api.update(batch)
    assert (done.num_errors, {int(contact.id) for contact in done.results}) == (1, {ann, ben})
    wanted = contacts.BatchReadInputSimplePublicObjectId(
        inputs=[{"id": str(ann)}], properties=["jobtitle"], properties_with_history=[]
    )
    assert client.crm.contacts.batch_api.read(wanted).results[0].properties["jobtitle"] == "CEO"
    with pytest.raises(contacts.ApiException, match=f"Duplicate IDs found in batch input: .{ann}."):
        client.crm.contacts.batch_api.update(promote(ann, ann))


def test_without_trace_ids_one_bad_record_spoils_the_batch(client: Any, portal: Portal) -> None:
    ann = portal.add(firstname="Ann")
    with pytest.raises(contacts.ApiException, match="Could not find"):
        client.crm.contacts.batch_api.update(promote(999, ann))
    assert "jobtitle" not in portal.shown(ann)


def test_a_property_with_its_group(client: Any, portal: Portal) -> None:
    api = client.crm.properties
    api.groups_api.create("contacts", properties.PropertyGroupCreate(name="ours", label="Ours"))
    wanted = properties.PropertyCreate(name="a", label="A", type="string", field_type="textarea", group_name="ours")
    assert api.core_api.create("contacts", wanted).name == "a"
    with pytest.raises(properties.ApiException, match="PROPERTY_WITH_NAME_EXISTS"):
        api.core_api.create("contacts", wanted)
    assert "a" in [one.name for one in api.core_api.get_all("contacts").results]


def test_the_members_of_a_list(client: Any, portal: Portal) -> None:
    portal.lists["7"] = ("Spring", "contacts", [portal.add() for _ in range(3)])
    page = client.crm.lists.memberships_api.get_page("7", limit=2)
    assert ([int(one.record_id) for one in page.results], page.paging.next.after) == (portal.lists["7"][2][:2], "2")
    with pytest.raises(lists.ApiException, match="List does not exist"):
        client.crm.lists.memberships_api.get_page("8")


def test_a_note_beside_a_contact(client: Any, portal: Portal) -> None:
    ann = portal.add(firstname="Ann")
    spec = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": NOTE_TO_CONTACT}
    note = {
        "properties": {"hs_timestamp": "2026-03-04T05:06:07Z", "hs_note_body": "Hi"},
        "associations": [{"to": {"id": str(ann)}, "types": [spec]}],
    }
    notes = objects.BatchInputSimplePublicObjectBatchInputForCreate(inputs=[note])
    made = client.crm.objects.batch_api.create("notes", notes)
    wanted = v4.BatchInputPublicFetchAssociationsBatchRequest(inputs=[{"id": str(ann)}])
    (beside,) = client.crm.associations.v4.batch_api.get_page("contacts", "notes", wanted).results
    assert [str(one.to_object_id) for one in beside.to] == [made.results[0].id]


def test_a_wrong_token_and_a_missing_scope(hubspot: HubSpot, client: Any, portal: Portal) -> None:
    with pytest.raises(contacts.ApiException, match="INVALID_AUTHENTICATION"):
        OfficialClient(access_token="pat-na1-x", host=hubspot.url).crm.contacts.basic_api.get_page()
    portal.scopes.clear()
    with pytest.raises(contacts.ApiException, match="MISSING_SCOPES"):
        client.crm.contacts.basic_api.get_page()
