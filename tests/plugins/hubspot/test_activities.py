"""A note or a task beside each contact: never a second one, whatever became of the first call."""

from __future__ import annotations

from typing import Any

import pytest

from tests.plugins.hubspot.conftest import Bench
from tests.plugins.hubspot.portal import Portal
from upscale_connect import Delivery, SinkError
from upscale_connect_hubspot.activities import ActivitySink, render
from upscale_connect_hubspot.answers import BatchAnswer
from upscale_connect_hubspot.options import ActivityConfig


def make(bench: Bench, kind: str = "note", **options: Any) -> ActivitySink:
    given = bench.options(**{"kind": kind, "match": {"property": "hs_object_id"}, **options})
    return ActivitySink(ActivityConfig.model_validate(given), bench.context())


def beside(portal: Portal, contact: int, kind: str = "notes") -> list[dict[str, str]]:
    """The properties of a contact's activities."""
    ids = portal.rows["contacts"][contact].links.get(kind, [])
    return [portal.shown(id_, kind) for id_ in ids]


def people(bench: Bench, number: int) -> list[Delivery]:
    ids = bench.add_people(number)
    return [bench.delivery(id_, receipt=f"uc-{index:012x}", number=index) for index, id_ in enumerate(ids)]


def test_a_note(bench: Bench, portal: Portal) -> None:
    (ann,) = bench.add_people(1)
    delivery = bench.delivery(ann, "Hi <Ann> & co,\nbye", "uc-00ff", others={"first_follow_up": "Again"})
    assert bench.write(make(bench), delivery) == ["written"]
    (note,) = beside(portal, ann)
    assert note["hs_timestamp"] == "2026-03-04T05:06:07Z"
    assert note["hs_note_body"] == (
        "<p><strong>Connection request</strong><br>Hi &lt;Ann&gt; &amp; co,<br>bye</p>"
        "<p><strong>First follow up</strong><br>Again</p><p>upscale-connect uc-00ff eccab829</p>"
    )


def test_a_task_is_its_contacts_owners(bench: Bench, portal: Portal) -> None:
    portal.define("hubspot_owner_id")
    (ann,) = bench.add_people(1, hubspot_owner_id="42")
    assert bench.write(make(bench, "task"), bench.delivery(ann)) == ["written"]
    (task,) = beside(portal, ann, "tasks")
    assert task["hs_task_subject"] == "LinkedIn messages for Ann0 Example"
    assert (task["hs_task_status"], task["hubspot_owner_id"]) == ("NOT_STARTED", "42")


def test_a_hundred_in_a_call(bench: Bench, portal: Portal) -> None:
    assert set(bench.write(make(bench), *people(bench, 150))) == {"written"}
    assert len(portal.rows["notes"]) == 150
    assert portal.count("notes/batch/create") == 2


def test_another_person_and_nobody(bench: Bench, portal: Portal) -> None:
    (ann,) = bench.add_people(1)
    portal.change(ann, hs_linkedin_url="https://linkedin.com/in/john-roe")
    first, second = bench.write(make(bench), bench.delivery(ann), bench.delivery(999))
    assert first.startswith(f"conflict: contact {ann}: it shows the LinkedIn profile")
    assert second == "failed: the contact is no longer in HubSpot"
    assert portal.rows["notes"] == {}


def test_a_lost_answer_is_not_sent_again(bench: Bench, portal: Portal) -> None:
    sink, deliveries = make(bench), people(bench, 3)
    portal.fail("batch/create", 0, also_do=True)
    with pytest.raises(SinkError):
        list(sink.write(deliveries))
    assert (len(portal.rows["notes"]), portal.count("batch/create")) == (3, 1)
    assert [(found.key, found.receipt) for found in sink.find(deliveries)] == [
        (delivery.key, delivery.receipt) for delivery in deliveries
    ]


def test_what_was_not_done_is_not_found(bench: Bench, portal: Portal) -> None:
    sink, deliveries = make(bench), people(bench, 2)
    portal.fail("batch/create", 503, b"")
    with pytest.raises(SinkError, match="HubSpot answered 503"):
        list(sink.write(deliveries))
    assert list(sink.find(deliveries)) == []


def test_among_many_notes(bench: Bench, portal: Portal) -> None:
    """HubSpot gives what stands beside a contact in pages, too."""
    (delivery,) = people(bench, 1)
    note = {"properties": {"hs_timestamp": "1", "hs_note_body": "called"}, "associations": []}
    types = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 202}]
    sink = make(bench)
    link = [{"to": {"id": delivery.lead.lead_id}, "types": types}]
    body = {"inputs": [note | {"associations": link}] * 12}
    sink._client.post(BatchAnswer, "objects", "notes/batch/create", body)
    assert bench.write(sink, delivery) == ["written"]
    assert [found.receipt for found in sink.find([delivery])] == [delivery.receipt]
    assert portal.count("associations") == 3


def test_an_older_note_is_no_newer_one(bench: Bench) -> None:
    (ann,) = bench.add_people(1)
    sink = make(bench)
    for receipt in ("uc-1", "uc-2"):
        bench.write(sink, bench.delivery(ann, receipt=receipt))
    assert [found.receipt for found in sink.find([bench.delivery(ann)])] == ["uc-1", "uc-2"]


def test_a_note_of_another_campaign_is_not_this_ones(bench: Bench) -> None:
    (ann,) = bench.add_people(1)
    sink = make(bench)
    bench.write(sink, bench.delivery(ann))
    assert list(sink.find([bench.delivery(ann, campaign="autumn")])) == []


def test_what_hubspot_refuses_is_halved(bench: Bench, portal: Portal) -> None:
    deliveries = people(bench, 4)
    portal.fail("batch/create", 400, {"category": "VALIDATION_ERROR", "message": "no"}, times=3)
    outcomes = bench.write(make(bench), *deliveries)
    assert outcomes == ["failed: HubSpot refused: no", "written", "written", "written"]
    assert len(portal.rows["notes"]) == 3


def test_of_a_207_each_part_counts(bench: Bench, portal: Portal) -> None:
    deliveries = people(bench, 2)
    trace = deliveries[1].receipt
    error = {"category": "VALIDATION_ERROR", "message": "no", "context": {"objectWriteTraceId": [trace]}}
    results = [{"id": "1", "objectWriteTraceId": deliveries[0].receipt}]
    portal.fail("batch/create", 207, {"status": "COMPLETE", "results": results, "errors": [error]})
    assert bench.write(make(bench), *deliveries) == ["written", "failed: HubSpot refused: no"]


def test_what_hubspot_does_not_mention_stays_unknown(bench: Bench, portal: Portal) -> None:
    deliveries = people(bench, 2)
    results = [{"id": "1", "objectWriteTraceId": deliveries[0].receipt}]
    portal.fail("batch/create", 201, {"status": "COMPLETE", "results": results})
    assert [result.delivery for result in make(bench).write(deliveries)] == deliveries[:1]


def test_check(bench: Bench, portal: Portal) -> None:
    assert [finding.level for finding in make(bench).check()] == ["ok", "ok", "ok"]
    portal.scopes.discard("crm.objects.contacts.write")
    assert "crm.objects.contacts.write" in [finding.message for finding in make(bench).check()][1]


def test_no_text_becomes_markup(bench: Bench) -> None:
    body = render(bench.delivery(1, "<script>\r\n&amp;"))
    assert "<script>" not in body
    assert "&lt;script&gt;<br>&amp;amp;" in body
