"""The ledger is lost: what HubSpot shows as bought is not bought again, and a person takes it over."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.engine.adoption.conftest import Loss
from tests.plugins.hubspot.conftest import HubSpotWorld
from upscale_connect.engine.adopt import Findings

MESSAGE = "upscale_connection_request"


class Portal:
    """A portal with messages of a ledger that is lost."""

    def __init__(self, hub: HubSpotWorld) -> None:
        self.hub, self.world, self.loss = hub, hub.world, Loss(hub.world)
        self.people: list[int] = []

    def lose(self, **sinks: dict[str, Any] | str) -> None:
        """Three messages are bought and written; then the ledger is gone, and there is one more sink."""
        self.people = self.hub.add_people(3)
        self.world.spring["sinks"] = sinks
        self.world.wait()
        self.loss.lose()
        self.world.clock.advance(600)
        self.world.spring["sinks"] = {**sinks, "memory": {"plugin": "memory"}}

    @property
    def delivered(self) -> dict[str, str]:
        """Lead id → what the other sink has."""
        return {one.lead.lead_id: one.messages["connection_request"].text for one in self.world.memory.written}


@pytest.fixture
def lost(hub: HubSpotWorld) -> Portal:
    return Portal(hub)


@pytest.mark.promise(row="I5")
def test_from_the_loss_to_the_next_run(
    hub: HubSpotWorld,
    call: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As a person does it."""
    monkeypatch.chdir(hub.world.folder)
    hub.world.config["accounts"]["main"]["poll"] = {"first_seconds": "0.01"}
    ids = hub.add_people(3)
    hub.world.load()
    assert call("sync", "--wait").exit_code == 0
    shown = [dict(hub.portal.shown(id_)) for id_ in ids]
    assert hub.check_messages() == 3
    Loss(hub.world).lose()

    held = call("sync", "--wait", "--json")
    assert (held.exit_code, held.data["syncs"][0]["records"]["held"]) == (6, 3)
    (need,) = held.data["needs_person"]
    assert (need["count"], need["command"]) == (3, "upscale-connect adopt spring")
    assert "which this ledger did not give" in call("explain", str(ids[0])).stdout
    assert len(hub.world.bought()) == 3

    adopted = call("adopt", "--yes")
    assert adopted.exit_code == 0
    assert "3 leads with 3 messages count as bought now" in adopted.stdout
    hub.add_people(2, first=3)
    done = call("sync", "--wait", "--json").data
    assert (done["exit_code"], done["needs_person"], done["syncs"][0]["records"]["done"]) == (0, [], 3)
    assert len(hub.world.bought()) == hub.check_messages() == 5
    assert [dict(hub.portal.shown(id_)) for id_ in ids] == shown


def test_who_is_new_is_bought_for_at_once(lost: Portal) -> None:
    lost.lose(back="source")
    lost.hub.add_people(2, first=3)
    lost.world.wait()
    assert (len(lost.world.bought()), lost.world.exit_code) == (5, 6)
    assert lost.loss.needs() == [("upscale-connect adopt spring", 3)]
    lost.world.forgotten |= {str(id_) for id_ in lost.people}  # lost with the ledger


def test_adopted_texts_are_those_that_hubspot_shows(lost: Portal) -> None:
    lost.lose(back="source")
    lost.hub.portal.change(lost.people[1], **{MESSAGE: "Hello Ann1, in my own words."})
    assert lost.loss.adopt() == Findings(leads=3, messages=3, shown={"back": 3})
    lost.world.wait()
    assert lost.delivered == {str(id_): lost.hub.message(id_) for id_ in lost.people}
    assert lost.delivered[str(lost.people[1])] == "Hello Ann1, in my own words."
    assert (len(lost.world.bought()), lost.world.exit_code) == (3, 0)


def test_a_message_beside_somebody_else_is_held(lost: Portal) -> None:
    """HubSpot does not tell for whom it was bought, but the text greets another person."""
    lost.lose(back="source")
    john = {"firstname": "John", "hs_linkedin_url": "https://www.linkedin.com/in/john-roe"}
    lost.hub.portal.change(lost.people[0], **john)
    lost.loss.adopt()
    lost.world.wait()
    assert lost.delivered.keys() == {str(id_) for id_ in lost.people[1:]}
    assert lost.world.query("SELECT rule FROM finding") == [("greeting",)]
    assert (len(lost.world.bought()), lost.world.exit_code) == (3, 6)


def test_a_note_shows_that_it_was_bought_but_no_text(lost: Portal) -> None:
    access = {"token": lost.hub.options["token"], "base_url": lost.hub.hubspot.url}
    notes = {"plugin": "hubspot-activity", "kind": "note", **access, "match": {"property": "hs_object_id"}}
    lost.lose(notes=notes)
    lost.world.wait()
    assert lost.loss.needs() == [("upscale-connect adopt spring", 3)]
    assert lost.loss.adopt() == Findings(leads=3, missing=3, shown={"notes": 3})
    lost.world.wait()
    assert len(lost.world.bought()) == len(lost.hub.portal.rows["notes"]) == 3
    lost.world.forgotten |= {str(id_) for id_ in lost.people}  # their texts are


def test_messages_that_were_reviewed_in_hubspot(lost: Portal) -> None:
    """A draft stays one, and what was said of it still counts."""
    lost.hub.source["review_columns"] = "yes"
    lost.world.spring["review"] = {"mode": "required", "where": ["back"]}
    lost.lose(back="source")
    lost.hub.portal.change(lost.people[0], upscale_approved="yes")
    lost.loss.adopt()
    lost.world.wait()
    assert lost.delivered == {}
    lost.world.wait()
    assert lost.delivered == {str(lost.people[0]): lost.hub.message(lost.people[0])}
    assert len(lost.world.bought()) == 3
