"""A person who is forgotten leaves HubSpot, as far as what stands there is ours; the rest is told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.plugins.hubspot.conftest import Bench, HubSpotWorld
from tests.plugins.hubspot.portal import Portal
from tests.plugins.hubspot.test_activities import beside, make, people
from upscale_connect import Delivery, Sink, SinkError

MESSAGE, RECEIPT = "upscale_connection_request", "upscale_receipt"
OURS = (MESSAGE, RECEIPT, "upscale_status", "upscale_updated_at", "upscale_approved", "upscale_notes")


def erase(sink: Sink[Any], *deliveries: Delivery) -> list[str]:
    """Outcomes, and why, in the order of the deliveries."""
    results = {id(one.delivery): one for one in sink.erase(deliveries) or ()}
    ordered = [results[id(delivery)] for delivery in deliveries]
    return [f"{one.outcome}: {one.why}" if one.why else one.outcome for one in ordered]


def ours(portal: Portal, id_: int) -> dict[str, str]:
    return {name: value for name, value in portal.shown(id_).items() if name in OURS}


# The properties of a contact.


def test_everything_of_ours_is_emptied_in_one_call(bench: Bench, portal: Portal) -> None:
    ann, ben = bench.add_people(2)
    sink = bench.sink(review_columns="yes")
    deliveries = [bench.delivery(ann), bench.delivery(ben, number=1, receipt="uc-2")]
    bench.write(sink, *deliveries)
    portal.change(ann, upscale_approved="yes")
    before = ours(portal, ben)
    assert erase(sink, deliveries[0]) == ["written"]
    assert (ours(portal, ann), ours(portal, ben)) == ({}, before)
    assert portal.count("batch/update") == 2
    assert portal.shown(ann)["firstname"] == "Ann0"
    assert erase(sink, deliveries[0]) == ["unchanged"]
    (left,) = sink.leftovers()
    assert f"the history of the properties of contact {ann}" in left


def test_what_a_person_made_of_our_text_goes_with_it(bench: Bench, portal: Portal) -> None:
    (ann,) = bench.add_people(1)
    bench.write(bench.sink(), bench.delivery(ann))
    portal.change(ann, **{MESSAGE: "Hello, dear Ann"})
    assert erase(bench.sink(), bench.delivery(ann)) == ["written"]
    assert ours(portal, ann) == {}


def test_what_is_a_persons_own_stays_and_is_told(bench: Bench, portal: Portal) -> None:
    (ann,) = bench.add_people(1)
    sink = bench.sink(review_columns="yes")
    bench.write(sink, bench.delivery(ann))
    portal.change(ann, upscale_status="sent", upscale_notes="met her in Berlin")
    assert erase(sink, bench.delivery(ann)) == [
        f"skipped: contact {ann}: the messages are gone; what a person wrote into 'upscale_status' and 'upscale_notes'"
        " stays"
    ]
    assert ours(portal, ann) == {"upscale_status": "sent", "upscale_notes": "met her in Berlin"}
    assert list(sink.leftovers())


@pytest.mark.parametrize(
    ("receipt", "text", "left"),
    [
        ("uc-0", "Hello", {}),  # of an earlier delivery
        ("", "Hi there", {}),  # somebody took the receipt away
        ("uc-0", "My own words", {MESSAGE: "My own words", RECEIPT: "uc-0"}),
        ("", "My own words", {MESSAGE: "My own words"}),
    ],
)
def test_without_our_receipt_only_our_texts_are_ours(
    bench: Bench, portal: Portal, receipt: str, text: str, left: dict[str, str]
) -> None:
    for name in (MESSAGE, RECEIPT):
        portal.define(name)
    (ann,) = bench.add_people(1, **{MESSAGE: text, RECEIPT: receipt})
    delivery = bench.delivery(ann, earlier={"connection_request": ["Hi there"]})
    (outcome,) = erase(bench.sink(also=[]), delivery)
    assert ours(portal, ann) == left
    told = f"conflict: contact {ann}: the property {MESSAGE!r} holds a text that is not ours"
    assert outcome == (told if left else "written")


def test_of_two_texts_only_ours_goes(bench: Bench, portal: Portal) -> None:
    (ann,) = bench.add_people(1)
    sink = bench.sink(("connection_request", "breakup"), also=[])
    delivery = bench.delivery(ann, others={"breakup": "Bye"})
    bench.write(sink, delivery)
    portal.change(ann, upscale_breakup="My own words", **{RECEIPT: "uc-0"})
    (outcome,) = erase(sink, delivery)
    assert outcome == f"conflict: contact {ann}: the property 'upscale_breakup' holds a text that is not ours"
    shown = {name: text for name, text in portal.shown(ann).items() if name.startswith("upscale_")}
    assert shown == {"upscale_breakup": "My own words", RECEIPT: "uc-0"}


def test_a_text_that_is_kept_no_more_is_known_by_its_receipt(bench: Bench, portal: Portal) -> None:
    (ann,) = bench.add_people(1)
    bench.write(bench.sink(), bench.delivery(ann))
    delivery = bench.delivery(ann)
    delivery.messages = {}
    assert erase(bench.sink(), delivery) == ["written"]
    assert ours(portal, ann) == {}


def test_a_type_that_is_no_longer_wanted_goes_too(bench: Bench, portal: Portal) -> None:
    (ann,) = bench.add_people(1)
    both = bench.delivery(ann, others={"breakup": "Bye"})
    bench.write(bench.sink(("connection_request", "breakup")), both)
    assert erase(bench.sink(), both) == ["written"]
    assert "upscale_breakup" not in portal.shown(ann)


def test_two_campaigns_in_one_contact(bench: Bench, portal: Portal) -> None:
    (ann,) = bench.add_people(1)
    sink = bench.sink(("connection_request", "breakup"))
    first = bench.delivery(ann)
    second = bench.delivery(ann, receipt="uc-2", campaign="autumn", others={"breakup": "Bye"})
    second.messages = {"breakup": second.messages["breakup"]}
    assert bench.write(sink, first, second) == ["written", "written"]
    assert erase(sink, first, second) == ["written", "written"]
    assert not [name for name in portal.shown(ann) if name.startswith("upscale_")]


def test_another_person_and_nobody(bench: Bench, portal: Portal) -> None:
    (ann,) = bench.add_people(1)
    bench.write(bench.sink(), bench.delivery(ann))
    portal.change(ann, hs_linkedin_url="https://linkedin.com/in/john-roe")
    before = ours(portal, ann)
    first, second = erase(bench.sink(), bench.delivery(ann), bench.delivery(999))
    assert first.startswith(f"conflict: contact {ann}: it shows the LinkedIn profile")
    assert second == "failed: the contact is no longer in HubSpot"
    assert ours(portal, ann) == before


def test_without_the_property_nothing_was_ever_written(bench: Bench, portal: Portal) -> None:
    (ann,) = bench.add_people(1)
    assert erase(bench.sink(), bench.delivery(ann)) == ["unchanged"]
    assert portal.count() == 1


def test_a_property_that_is_gone_is_not_written(bench: Bench, portal: Portal) -> None:
    (ann,) = bench.add_people(1)
    bench.write(bench.sink(), bench.delivery(ann))
    del portal.definitions["contacts"]["upscale_updated_at"]
    assert erase(bench.sink(), bench.delivery(ann)) == ["written"]
    assert MESSAGE not in portal.shown(ann)


def test_what_hubspot_refuses_is_not_called_erased(bench: Bench, portal: Portal) -> None:
    ann, ben = bench.add_people(2)
    deliveries = [bench.delivery(ann), bench.delivery(ben, number=1, receipt="uc-2")]
    bench.write(bench.sink(), *deliveries)
    portal.refuse = lambda row, properties: "PROTECTED" if row.id == ann else ""
    first, second = erase(bench.sink(), *deliveries)
    assert first.startswith(f"failed: contact {ann}: HubSpot refused: property")
    assert (second, MESSAGE in portal.shown(ann), ours(portal, ben)) == ("written", True, {})


# Notes and tasks.


@pytest.mark.parametrize("kind", ["note", "task"])
def test_activities_that_we_made_are_archived(bench: Bench, portal: Portal, kind: str) -> None:
    sink, (ann, ben) = make(bench, kind), people(bench, 2)
    again = bench.delivery(ann.lead.lead_id, "Hi", "uc-00ff")
    bench.write(sink, ann, ben)
    bench.write(sink, again)
    contact = int(ann.lead.lead_id)
    portal.add(f"{kind}s", hs_note_body="called her", hs_task_body="call her")
    (own,) = (id_ for id_ in portal.rows[f"{kind}s"] if not portal.rows[f"{kind}s"][id_].links)
    portal.rows[f"{kind}s"][own].links["contacts"] = [contact]
    portal.rows["contacts"][contact].links[f"{kind}s"].append(own)
    assert erase(sink, again) == ["written"]
    assert len(beside(portal, contact, f"{kind}s")) == 1
    assert len(beside(portal, int(ben.lead.lead_id), f"{kind}s")) == 1
    assert len(list(sink.leftovers())) == 2
    assert erase(sink, again) == ["unchanged"]


def test_notes_that_hubspot_keeps_are_told(bench: Bench, portal: Portal) -> None:
    sink, (ann,) = make(bench), people(bench, 1)
    bench.write(sink, ann)
    portal.fail("batch/archive", 400, {"category": "VALIDATION_ERROR", "message": "locked"})
    assert erase(sink, ann) == ["failed: HubSpot refused: locked"]
    assert (len(portal.rows["notes"]), list(sink.leftovers())) == (1, [])


def test_notes_beside_another_person_stay(bench: Bench, portal: Portal) -> None:
    sink, (ann,) = make(bench), people(bench, 1)
    bench.write(sink, ann)
    portal.change(int(ann.lead.lead_id), hs_linkedin_url="https://linkedin.com/in/john-roe")
    assert erase(sink, ann)[0].startswith("conflict: ")
    assert len(portal.rows["notes"]) == 1


def test_hubspot_that_is_down_is_told_as_a_whole(bench: Bench, portal: Portal) -> None:
    sink, (ann,) = make(bench), people(bench, 1)
    portal.fail("batch/read", 503, b"", times=99)
    with pytest.raises(SinkError, match="HubSpot answered 503"):
        erase(sink, ann)


# As a person does it.


@pytest.fixture
def bought(hub: HubSpotWorld) -> list[int]:
    """Two people with messages beside them, and a note for each."""
    contacts = hub.add_people(2)
    access = {"token": hub.options["token"], "base_url": hub.hubspot.url}
    hub.world.spring["sinks"] = {
        "back": "source",
        "notes": {"plugin": "hubspot-activity", "kind": "note", **access, "match": {"property": "hs_object_id"}},
    }
    hub.world.wait()
    assert (hub.check_messages(), len(hub.portal.rows["notes"])) == (2, 2)
    return contacts


def test_forget_on_the_command_line(
    hub: HubSpotWorld,
    bought: list[int],
    call: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(hub.world.folder)
    ann, ben = bought
    text, others = hub.message(ann), hub.portal.shown(ben)
    done = call("forget", "linkedin.com/in/person-0", "--yes", "--json")
    assert done.exit_code == 0
    assert done.data["rows"] == {"spring: back": 1, "spring: notes": 1}
    assert [one["what"].partition(",")[0] for one in done.data["outside"]] == ["Upscale", "spring: source (hubspot)"]
    history, bin_ = done.data["left"]
    assert history.startswith(f"the history of the properties of contact {ann}, ")
    assert bin_.endswith(" in HubSpot's recycling bin: an earlier state; look for the person, or remove it")
    everything = repr([row.properties for rows in hub.portal.rows.values() for row in rows.values()])
    assert text not in everything
    assert hub.portal.shown(ann)["firstname"] == "Ann0"
    assert hub.portal.shown(ben) == others
    hub.world.forgotten = {str(ann)}
    hub.world.clock.advance(600)
    assert hub.world.wait().records.suppressed == 1
    assert (hub.message(ann), len(hub.world.bought())) == ("", 2)


@pytest.mark.parametrize("trouble", ["refused", "revoked"])
def test_forget_while_hubspot_cannot_be_used(
    hub: HubSpotWorld,
    bought: list[int],
    call: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
    trouble: str,
) -> None:
    """The ledger forgets all the same; where the person still stands is told, with a text to send."""
    monkeypatch.chdir(hub.world.folder)
    if trouble == "refused":
        hub.portal.fail("/crm/", 400, {"category": "VALIDATION_ERROR", "message": "no"}, times=99)
    else:
        hub.portal.tokens.clear()
    done = call("forget", str(bought[0]), "--yes", "--json").data
    assert (done["leads"], done["rows"]) == (1, {})
    assert [one.partition(": look there, it was not erased for certain: ")[0] for one in done["left"]] == [
        "spring: back",
        "spring: notes",
    ]
    assert {"spring: back", "spring: notes"} <= {one["what"] for one in done["outside"]}
    hub.world.forgotten = {str(bought[0])}
