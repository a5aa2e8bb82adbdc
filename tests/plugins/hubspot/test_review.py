"""Messages are looked at in HubSpot: a yes lets them go on, a no holds them, another text takes their place."""

from __future__ import annotations

from typing import Any

import pytest

from tests.engine.test_revisions import regenerate
from tests.plugins.hubspot.conftest import Bench, HubSpotWorld
from tests.plugins.hubspot.portal import Portal

MESSAGE, APPROVED, NOTES = "upscale_connection_request", "upscale_approved", "upscale_notes"
STATUS = "upscale_status"


class Reviewers:
    """People who look at messages in HubSpot, and a sink that gets what they approved."""

    def __init__(self, hub: HubSpotWorld, people: list[int]) -> None:
        self.hub, self.world, self.portal, self.people = hub, hub.world, hub.portal, people

    def say(self, place: int, **properties: str) -> None:
        """What a person writes into the contact."""
        self.portal.change(self.people[place], **properties)

    def shown(self, place: int) -> dict[str, str]:
        return self.portal.shown(self.people[place])

    @property
    def delivered(self) -> dict[int, str]:
        """Place of a contact → the text that the other sink has."""
        written = self.world.memory.written
        return {int(one.lead.linkedin_url[-1]): one.messages["connection_request"].text for one in written}


@pytest.fixture(params=["beside", "sink"])
def review(hub: HubSpotWorld, request: pytest.FixtureRequest) -> Reviewers:
    """Three messages stand in HubSpot, and in no other sink."""
    people = hub.add_people(3)
    where = "back"
    if request.param == "beside":
        hub.source["review_columns"] = "yes"
        hub.world.spring["sinks"] = {"back": "source", "memory": {"plugin": "memory"}}
    else:
        where = "crm"
        for number, id_ in enumerate(people):
            hub.portal.change(id_, email=f"lead-{number}@first.example")
        sink = {"plugin": "hubspot", **hub.options, "review_columns": "yes"}
        hub.world.config["syncs"]["spring"] = hub.world.describe_sync(
            sinks={
                "crm": {**sink, "match": {"property": "email", "column": "Phone"}},
                "memory": {"plugin": "memory"},
            }
        )
        hub.world.write_leads(*(_describe(hub, number) for number in range(3)))
    hub.world.spring["review"] = {"mode": "required", "where": [where]}
    hub.world.wait()
    reviewers = Reviewers(hub, people)
    assert hub.check_messages() == 3
    assert (reviewers.delivered, hub.world.exit_code) == ({}, 6)
    return reviewers


def _describe(hub: HubSpotWorld, number: int) -> dict[str, str]:
    url = f"https://www.linkedin.com/in/person-{number}"
    return hub.world.lead(number, First=f"Ann{number}", LinkedIn=url, Phone=f"lead-{number}@first.example")


def test_a_yes_a_no_and_another_text(review: Reviewers) -> None:
    texts = [review.shown(place)[MESSAGE] for place in range(3)]
    assert {review.shown(place)[STATUS] for place in range(3)} == {"held"}
    review.say(0, **{APPROVED: "yes"})
    review.say(1, **{APPROVED: "no", NOTES: "too pushy"})
    review.say(2, **{MESSAGE: "Hello Ann2, in my own words."})
    review.world.wait()
    assert review.delivered == {0: texts[0], 2: "Hello Ann2, in my own words."}
    assert review.world.exit_code == 0
    review.world.clock.advance(600)
    review.world.wait()
    assert [review.shown(place).get(APPROVED) for place in range(3)] == ["yes", "no", None]
    assert [review.shown(place)[STATUS] for place in range(3)] == ["delivered", "held", "delivered"]
    assert [review.shown(place)[MESSAGE] for place in range(3)] == [*texts[:2], "Hello Ann2, in my own words."]
    assert review.shown(1)[NOTES] == "too pushy"
    assert len(review.world.memory.written) == 2
    ((original, version),) = review.world.query(
        "SELECT p.text, v.text FROM purchase p JOIN version v ON v.purchase_id = p.id"
    )
    assert (original, version) == (texts[2], "Hello Ann2, in my own words.")


def test_without_a_word_nothing_goes_on(review: Reviewers) -> None:
    review.say(0, **{NOTES: "let me think"})
    review.world.wait()
    assert (review.delivered, review.world.exit_code) == ({}, 6)


def test_a_yes_is_not_taken_for_a_newer_text(review: Reviewers) -> None:
    for place in range(3):
        review.say(place, **{APPROVED: "yes"})
    review.world.wait()
    old = review.shown(0)[MESSAGE]
    review.world.spring["request"]["tone_preference"] = "formal"
    regenerate(review.world, review.world.memory.written[0].lead.lead_id)
    review.world.clock.advance(600)
    review.world.wait()
    assert review.shown(0)[MESSAGE] != old
    assert APPROVED not in review.shown(0)
    assert review.delivered[0] == old
    review.world.clock.advance(600)
    review.world.wait()
    assert (review.delivered[0], review.world.exit_code) == (old, 6)
    review.say(0, **{APPROVED: "yes"})
    review.world.wait()
    assert (review.delivered[0], review.world.exit_code) == (review.shown(0)[MESSAGE], 0)


def test_a_newer_text_that_hubspot_does_not_have_yet_is_not_decided(review: Reviewers) -> None:
    """The old text, and what was said of it, still stand there."""
    review.say(0, **{APPROVED: "yes"})
    review.say(1, **{APPROVED: "no"})
    review.say(2, **{APPROVED: "yes"})
    review.world.wait()
    old = [review.shown(place)[MESSAGE] for place in range(3)]
    leads = [row[0] for row in review.world.query("SELECT lead_id FROM purchase ORDER BY id")]
    review.world.spring["request"]["tone_preference"] = "formal"
    for lead_id in leads:
        regenerate(review.world, lead_id)
    review.portal.fail("contacts/batch/update", 503, b"", times=99)
    review.world.clock.advance(600)
    review.world.wait()
    review.portal.faults.clear()
    review.world.clock.advance(600)
    review.world.wait()
    assert review.delivered == {0: old[0], 2: old[2]}
    assert all(review.shown(place)[MESSAGE] != old[place] for place in range(3))
    assert [APPROVED in review.shown(place) for place in range(3)] == [False] * 3
    assert review.world.exit_code == 6


def test_a_no_counts_beside_a_text_that_was_changed_too(review: Reviewers) -> None:
    review.say(0, **{APPROVED: "no", MESSAGE: "Hello Ann0, but not like this"})
    review.world.wait()
    assert review.delivered == {}
    assert review.world.query("SELECT review FROM purchase ORDER BY id")[0] == ("rejected",)


def test_a_contact_that_became_somebody_else_decides_nothing(review: Reviewers) -> None:
    review.say(0, firstname="John", hs_linkedin_url="https://www.linkedin.com/in/john-roe", **{APPROVED: "yes"})
    review.world.wait()
    assert review.delivered == {}


def test_a_thousand_that_are_reviewed(hub: HubSpotWorld) -> None:
    """Delivered: 25 calls, as without. Decided: 10 to ask what became of the held, 10 to see the rest, 10 to say so."""
    people = hub.add_people(1000, companies=250)
    hub.source["review_columns"] = "yes"
    hub.world.spring["sinks"] = {"back": "source", "memory": {"plugin": "memory"}}
    hub.world.spring["review"] = {"mode": "required", "where": ["back"]}
    hub.world.wait(yes=True)
    assert hub.portal.count() == 25
    for id_ in people:
        hub.portal.change(id_, **{APPROVED: "yes"})
    hub.portal.calls.clear()
    hub.world.wait()
    assert len(hub.world.memory.written) == 1000
    assert hub.portal.count() == 14 + 10 + 10 + 10


# The property itself.


def test_the_properties_that_are_made(bench: Bench, portal: Portal) -> None:
    (ann,) = bench.add_people(1)
    bench.write(bench.sink(review_columns="yes", also=[]), bench.delivery(ann))
    made = portal.definitions["contacts"]
    assert (made[APPROVED]["type"], made[APPROVED]["fieldType"]) == ("enumeration", "radio")
    assert [(one["label"], one["value"]) for one in made[APPROVED]["options"]] == [("Yes", "yes"), ("No", "no")]
    assert (made[NOTES]["type"], made[NOTES]["fieldType"]) == ("string", "textarea")
    assert NOTES not in portal.shown(ann)


@pytest.mark.parametrize("type_", ["enumeration", "bool", "string"])
def test_a_property_of_ones_own(bench: Bench, portal: Portal, type_: str) -> None:
    portal.define("looked_at", type=type_)
    (ann,) = bench.add_people(1, looked_at="true", upscale_notes="fine")
    sink = bench.sink(review_columns="yes", properties={"approved": "looked_at"})
    assert [one for one in sink.check() if one.level != "ok"] == []
    assert bench.write(sink, bench.delivery(ann)) == ["written"]
    assert "looked_at" not in portal.shown(ann)
    portal.change(ann, looked_at="true")
    (found,) = sink.find([bench.delivery(ann)])
    fields = {"connection_request": "Hello", "status": "delivered", "approved": "true", "notes": "fine"}
    assert found.fields == fields
    assert bench.write(sink, bench.delivery(ann, receipt="uc-2")) == ["written"]
    assert portal.shown(ann)["looked_at"] == "true"


def test_a_number_is_no_yes(bench: Bench, portal: Portal) -> None:
    portal.define(APPROVED, type="number")
    (error,) = (one for one in bench.sink(review_columns="yes").check() if one.level == "error")
    assert f"the property {APPROVED!r} is of type number, not a choice or a text" in error.message


def test_a_yes_that_comes_while_a_newer_text_is_written_goes_with_the_old_one(bench: Bench, portal: Portal) -> None:
    """Between our look and our write."""
    (ann,) = bench.add_people(1)
    sink = bench.sink(review_columns="yes")
    bench.write(sink, bench.delivery(ann))

    def approve(call: Any) -> None:
        if "batch/update" in call.path:
            portal.change(ann, **{APPROVED: "yes"})

    portal.before = approve
    again = bench.delivery(ann, "Hi", "uc-2", earlier={"connection_request": ["Hello"]})
    assert bench.write(sink, again) == ["written"]
    assert APPROVED not in portal.shown(ann)


def test_without_the_switch_nobody_is_asked(bench: Bench, portal: Portal) -> None:
    (ann,) = bench.add_people(1)
    sink = bench.sink()
    bench.write(sink, bench.delivery(ann))
    assert APPROVED not in portal.definitions["contacts"]
    portal.define(APPROVED)
    portal.change(ann, **{APPROVED: "yes"})
    assert "approved" not in next(iter(sink.find([bench.delivery(ann)]))).fields
