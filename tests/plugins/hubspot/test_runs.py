"""Whole runs: contacts are read, messages bought, and written back beside the right person."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from tests.plugins.hubspot.conftest import HubSpotWorld
from upscale_connect import CredentialsError, QuotaError

MESSAGE = "upscale_connection_request"


def test_messages_come_back_beside_the_contacts(hub: HubSpotWorld) -> None:
    hub.add_people(3)
    hub.portal.add(firstname="Nobody")
    result = hub.world.wait()
    assert (result.records.new, result.records.quarantined, result.sinks["back"].written) == (3, 1, 3)
    assert hub.check_messages() == 3
    again = hub.world.wait()
    assert (again.records.done, again.sinks["back"].written) == (3, 0)
    assert hub.portal.count("batch/update") == 1


def test_a_thousand_contacts_cost_25_calls(hub: HubSpotWorld) -> None:
    """10 to read contacts, 3 companies, 10 to write; and once, to learn and to make properties."""
    hub.add_people(1000, companies=250)
    assert hub.world.wait(yes=True).sinks["back"].written == hub.check_messages() == 1000
    assert hub.portal.count() == 25
    assert hub.portal.count("batch/create") == 1
    hub.world.wait(yes=True)
    assert hub.portal.count() == 25 + 14


@pytest.mark.parametrize(
    "chosen", [{"list_id": "7"}, {"filter": [{"property": "firstname", "operator": "HAS_PROPERTY"}]}]
)
def test_of_a_list_and_of_a_filter(hub: HubSpotWorld, chosen: dict[str, Any]) -> None:
    hub.portal.lists["7"] = ("Spring", "contacts", hub.add_people(250))
    hub.source.update(chosen)
    hub.world.wait(yes=True)
    assert hub.check_messages() == 250


def test_the_second_wave(hub: HubSpotWorld) -> None:
    hub.portal.define("accepted")
    ann, ben = hub.add_people(2)
    condition = {"when": {"column": "accepted", "equals": "yes"}}
    hub.world.spring["messages"] = ["connection_request", {"first_follow_up": condition}]
    hub.world.wait()
    hub.portal.change(ann, accepted="yes")
    hub.world.wait()
    shown = [hub.portal.shown(id_).get("upscale_first_follow_up", "") for id_ in (ann, ben)]
    assert ("Ann0" in shown[0], shown[1]) == (True, "")
    assert hub.check_messages() == 2


def test_beside_a_file_too(hub: HubSpotWorld) -> None:
    """Leads from a file, messages to the contacts with the same address."""
    hub.add_people(2)
    for number, row in enumerate(hub.portal.rows["contacts"].values(), 1):
        hub.portal.change(row.id, email=f"lead-{number}@first.example", firstname=f"Ann{number}")
        hub.portal.change(row.id, hs_linkedin_url=f"https://www.linkedin.com/in/person-{number}")
    match = {"property": "email", "column": "Phone"}
    hub.world.config["syncs"]["spring"] = hub.world.describe_sync(
        sinks={"crm": {"plugin": "hubspot", **hub.options, "match": match}}
    )
    hub.world.write_leads(*(hub.world.lead(number, Phone=f"lead-{number}@first.example") for number in (1, 2, 3)))
    result = hub.world.wait()
    assert (result.sinks["crm"].written, result.sinks["crm"].failed) == (2, 1)
    assert hub.check_messages() == 2


def test_a_note_beside_each_contact_once(hub: HubSpotWorld) -> None:
    hub.add_people(3)
    match = {"property": "hs_object_id"}
    token = {"token": hub.options["token"], "base_url": hub.hubspot.url}
    hub.world.spring["sinks"] = {"notes": {"plugin": "hubspot-activity", **token, "kind": "note", "match": match}}
    hub.portal.fail("notes/batch/create", 0, also_do=True)
    assert hub.world.wait().sinks["notes"].unknown == 3
    assert hub.world.wait().sinks["notes"].unchanged == 3
    assert len(hub.portal.rows["notes"]) == 3


# What a person does meanwhile


@pytest.mark.promise(row="A7")
def test_words_that_a_person_wrote_between_two_runs_are_kept(hub: HubSpotWorld) -> None:
    hub.portal.define(MESSAGE)
    ann, ben = hub.add_people(2)
    hub.world.sync()
    hub.portal.change(ann, **{MESSAGE: "My own words"})
    hub.world.clock.advance(600)
    (result,) = hub.world.run(buy=False).syncs
    assert (result.sinks["back"].written, result.sinks["back"].conflict) == (1, 1)
    assert hub.message(ann) == "My own words"
    assert "Ann1" in hub.message(ben)


@pytest.mark.promise(row="A7")
def test_words_that_a_person_wrote_while_the_run_waited_are_kept(hub: HubSpotWorld) -> None:
    """What was read is trusted for two minutes. After that one search tells who was changed."""
    hub.portal.define(MESSAGE)
    hub.portal.define("upscale_receipt")
    ids = hub.add_people(50)
    hub.world.clock.advance(3600)
    hub.world.sandbox.faults.set(delay=400)

    def write(waits: list[float] = hub.world.stop.waits) -> None:
        if sum(waits) > 300:
            hub.portal.change(ids[0], **{MESSAGE: "My own words"})
            hub.portal.change(ids[1], hs_linkedin_url="https://www.linkedin.com/in/john-roe")

    hub.world.stop.on_wait = write
    result = hub.world.wait(yes=True)
    assert (result.sinks["back"].written, result.sinks["back"].conflict) == (48, 2)
    assert hub.message(ids[0]) == "My own words"
    assert (hub.portal.count("search"), hub.portal.count("contacts/batch/read")) == (1, 1)


def test_a_contact_that_became_somebody_else_gets_nothing(hub: HubSpotWorld) -> None:
    ann, ben = hub.add_people(2)
    hub.world.sync()
    hub.portal.change(ann, firstname="John", hs_linkedin_url="https://www.linkedin.com/in/john-roe")
    hub.world.clock.advance(600)
    hub.world.wait()
    assert (hub.message(ann), "Ann1" in hub.message(ben)) == ("", True)
    assert hub.world.exit_code in (6, 9)


def test_who_left_the_list_is_not_bought_for(hub: HubSpotWorld) -> None:
    ids = hub.add_people(3)
    hub.portal.lists["7"] = ("Spring", "contacts", ids)
    hub.source["list_id"] = "7"
    hub.world.spring["limits"] = {"messages_per_run": 1}
    hub.world.wait()
    hub.portal.lists["7"] = ("Spring", "contacts", ids[:1])
    hub.world.wait()
    assert len(hub.world.bought()) == 1
    assert "are no longer in the source" in hub.world.notes_of_run


def test_our_own_writing_fools_no_incremental_read(hub: HubSpotWorld) -> None:
    ids = hub.add_people(3)
    hub.source["incremental"] = "yes"
    hub.world.wait()
    hub.world.clock.advance(1200)
    assert hub.world.wait().records.read == 3  # written at the end of the last run, hence changed
    hub.world.clock.advance(1200)
    assert hub.world.wait().records.read == 0
    hub.portal.change(ids[1], jobtitle="CEO")
    assert hub.world.wait().records.read == 1
    assert len(hub.world.bought()) == hub.check_messages() == 3


# Faults


READ = "GET /crm/objects/2026-03/contacts"
WRITE = "contacts/batch/update"
RATE = {"status": "error", "errorType": "RATE_LIMIT", "policyName": "TEN_SECONDLY_ROLLING"}


FAULTS: list[tuple[int, Any]] = [
    *((0, None), (429, RATE), (423, {}), (500, b"<html>"), (502, b""), (524, b"")),
    *((200, b"<html>"), (400, {}), (409, {}), (477, b"")),
]


@pytest.mark.parametrize("match", [READ, "companies/batch/read", WRITE])
def test_whatever_fails_a_later_run_goes_on(hub: HubSpotWorld, match: str) -> None:
    """Each kind of failure, in turns where HubSpot has done what it was asked and where it has not."""
    for number, (status, body) in enumerate(FAULTS):
        hub.add_people(1, first=number)
        hub.portal.fail(match, status, body, times=number % 3 + 4, also_do=bool(number % 2))
        hub.world.wait()
        hub.portal.faults.clear()
        hub.world.clock.advance(60)
    hub.world.wait(retry=True)
    assert hub.check_messages() == len(hub.world.bought()) == len(FAULTS)
    assert hub.world.exit_code == 0


def test_the_days_calls_end_while_reading(hub: HubSpotWorld) -> None:
    hub.add_people(250)
    hub.portal.daily = 2
    assert isinstance(hub.world.wait().error, QuotaError)
    assert (hub.world.exit_code, hub.world.bought()) == (10, [])
    hub.portal.daily = 250_000
    hub.world.wait()
    assert hub.check_messages() == 250


def test_the_days_calls_end_while_writing(hub: HubSpotWorld) -> None:
    hub.add_people(250)
    hub.portal.daily = 7
    assert isinstance(hub.world.wait(yes=True).error, QuotaError)
    assert hub.world.exit_code == 10
    written = hub.check_messages()
    assert 0 < written < 250
    hub.portal.daily = 250_000
    hub.world.clock.advance(86400)
    hub.world.wait()
    assert hub.check_messages() == len(hub.world.bought()) == 250


def test_a_token_that_was_revoked(hub: HubSpotWorld) -> None:
    hub.add_people(1)
    hub.world.sync()
    hub.portal.tokens.clear()
    result = hub.world.wait()
    assert isinstance(result.error, CredentialsError)
    assert hub.world.exit_code == 8


@pytest.mark.parametrize("done", [True, False])
def test_killed_in_the_middle_of_writing_back(hub: HubSpotWorld, done: bool) -> None:
    """`done`: HubSpot has made the change, but nobody lived to read so."""
    hub.add_people(150, companies=3)
    hub.world.config["accounts"]["main"] |= {"poll": {"first_seconds": "0.01"}, "batch_size": "150"}
    hub.world.load()
    command = [sys.executable, "-m", "upscale_connect", "sync", "--wait", "--yes", "--quiet"]
    with subprocess.Popen(command, cwd=hub.world.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:

        def kill(call: Any) -> None:
            if WRITE in call.path and hub.portal.count(WRITE) == 2:
                process.kill()
                if not done:
                    hub.portal.fail(WRITE, 0)

        hub.portal.before = kill
        assert process.wait(60) != 0
    assert hub.check_messages() == (150 if done else 100)
    hub.portal.before = lambda call: None
    result = hub.world.wait()
    assert result.error is None
    assert hub.check_messages() == len(hub.world.bought()) == 150
    assert hub.world.states() == {"ready": 150}
    assert hub.world.query(
        "SELECT count(*), count(DISTINCT lead_id) FROM delivery WHERE state IN ('written', 'unchanged')"
    )
    receipts = {row.properties["upscale_receipt"] for row in hub.portal.rows["contacts"].values()}
    assert len(receipts) == 150
