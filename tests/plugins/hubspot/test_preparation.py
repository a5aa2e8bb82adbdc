"""The properties that messages are written to: looked at before anything is bought, made before the first message."""

from __future__ import annotations

from typing import Any

import pytest

from tests.plugins.hubspot.conftest import Bench
from tests.plugins.hubspot.portal import Portal
from upscale_connect import Finding, SinkError

MESSAGE = "upscale_connection_request"
ALL = (MESSAGE, "upscale_receipt", "upscale_status", "upscale_updated_at")


def check(bench: Bench, **options: Any) -> list[Finding]:
    return list(bench.sink(**options).check())


def errors(findings: list[Finding]) -> list[str]:
    return [f"{finding.message}: {finding.hint}" for finding in findings if finding.level == "error"]


def test_what_will_be_made_is_told(bench: Bench, portal: Portal) -> None:
    assert [finding.message for finding in check(bench)] == [
        "portal 62515 (STANDARD, Europe/Berlin)",
        "token: of the private app 4567, with every scope that is needed",
        "contacts are found by hs_object_id, from the record's id",
        f"properties that the first delivery makes: {', '.join(ALL)}",
        f"messages go to {MESSAGE}",
    ]
    assert not [call for call in portal.calls if call.method == "POST" and "token" not in call.path]


def test_they_are_made_in_one_call(bench: Bench, portal: Portal) -> None:
    (ann,) = bench.add_people(1)
    bench.write(bench.sink(), bench.delivery(ann))
    (call,) = (call for call in portal.calls if call.path.endswith("properties/2026-03/contacts/batch/create"))
    assert [one["name"] for one in call.body["inputs"]] == [*ALL]
    made = portal.definitions["contacts"]
    assert (made[MESSAGE]["type"], made[MESSAGE]["fieldType"]) == ("string", "textarea")
    assert (made["upscale_updated_at"]["type"], made["upscale_receipt"]["fieldType"]) == ("datetime", "text")
    assert {made[name]["groupName"] for name in ALL} == {"contactinformation"}
    bench.write(bench.sink(), bench.delivery(ann))
    assert portal.count("batch/create") == 1


def test_in_a_group_of_their_own(bench: Bench, portal: Portal) -> None:
    (ann,) = bench.add_people(1)
    for _ in range(2):
        bench.write(bench.sink(group="outreach"), bench.delivery(ann))
    assert portal.definitions["contacts"][MESSAGE]["groupName"] == "outreach"
    assert portal.count("contacts/groups") == 1


def test_somebody_else_makes_one_at_the_same_time(bench: Bench, portal: Portal) -> None:
    (ann,) = bench.add_people(1)
    portal.before = lambda call: portal.define(MESSAGE) if "batch/create" in call.path else None
    assert bench.write(bench.sink(), bench.delivery(ann)) == ["written"]


def test_a_server_without_that_endpoint(bench: Bench, portal: Portal) -> None:
    (ann,) = bench.add_people(1)
    portal.fail("properties/2026-03/contacts/batch/create", 404, {})
    assert bench.write(bench.sink(), bench.delivery(ann)) == ["written"]
    assert portal.count("POST /crm/properties/2026-03/contacts") == 5


def test_without_create_nothing_is_made(bench: Bench, portal: Portal) -> None:
    (ann,) = bench.add_people(1)
    portal.define("upscale_conection_request")
    found = errors(check(bench, create="no", also=[]))
    assert [one.partition(":")[0] for one in found] == [
        f"HubSpot has no contact property {MESSAGE!r}",
        "HubSpot has no contact property 'upscale_receipt'",
    ]
    assert "did you mean 'upscale_conection_request'?" in found[0]
    with pytest.raises(SinkError, match=f"the property '{MESSAGE}' is not there"):
        bench.write(bench.sink(create="no"), bench.delivery(ann))
    assert portal.count("create") == 0


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"type": "number"}, "is of type number, not text"),
        ({"type": "enumeration"}, "is of type enumeration, not text"),
        ({"calculated": True}, "is read-only"),
        ({"modificationMetadata": {"readOnlyValue": True}}, "is read-only"),
    ],
)
def test_a_property_that_holds_no_message(bench: Bench, portal: Portal, changes: dict[str, Any], told: str) -> None:
    (ann,) = bench.add_people(1)
    portal.define(MESSAGE, **changes)
    (error,) = errors(check(bench))
    assert error.startswith(f"the property {MESSAGE!r} {told}")
    with pytest.raises(SinkError, match=told):
        bench.write(bench.sink(), bench.delivery(ann))


def test_a_time_may_be_a_text(bench: Bench, portal: Portal) -> None:
    for name in ALL:
        portal.define(name)
    assert errors(check(bench, create="no")) == []
    portal.definitions["contacts"]["upscale_updated_at"]["type"] = "number"
    assert "is of type number, not a date and time" in errors(check(bench, create="no"))[0]


def test_a_rule_that_no_message_could_meet(bench: Bench, portal: Portal) -> None:
    portal.define(MESSAGE)
    portal.rules = {MESSAGE: [{"ruleType": "MAX_LENGTH", "ruleArguments": ["200"]}]}
    portal.rules["zip"] = [{"ruleType": "MAX_LENGTH", "ruleArguments": ["5"]}]
    assert errors(check(bench))[0].startswith(f"the property {MESSAGE!r} takes 200 characters only")
    portal.rules[MESSAGE] = [{"ruleType": "MAX_LENGTH", "ruleArguments": ["2000"]}]
    assert errors(check(bench)) == []


def test_too_few_custom_properties(bench: Bench, portal: Portal) -> None:
    portal.custom_limit = 3
    (error,) = errors(check(bench))
    assert error.startswith("4 properties are missing, and the portal has 0 of 3: write fewer")
    assert errors(check(bench, also=[])) == []


def test_a_token_that_may_see_neither(bench: Bench, portal: Portal) -> None:
    portal.fail("property-validations", 403, {"category": "MISSING_SCOPES"})
    portal.fail("custom-properties", 403, {"category": "MISSING_SCOPES"})
    assert errors(check(bench)) == []


def test_a_missing_scope_to_make_them(bench: Bench, portal: Portal) -> None:
    portal.scopes.discard("crm.schemas.contacts.write")
    assert errors(check(bench)) == [
        "the token lacks the scope crm.schemas.contacts.write: add it in HubSpot: the private app's Scopes, or the"
        " service key's"
    ]
    for name in ALL:
        portal.define(name)
    assert errors(check(bench)) == []


def test_a_property_that_cannot_be_made(bench: Bench, portal: Portal) -> None:
    (ann,) = bench.add_people(1)
    portal.custom_limit = 2
    with pytest.raises(SinkError, match="HubSpot refused to make the property 'upscale_status': You have reached"):
        bench.write(bench.sink(), bench.delivery(ann))


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"match": {"property": "emial", "column": "E"}}, "did you mean 'email'?"),
        ({"match": {"property": "jobtitle", "column": "E"}}, "two contacts may have the same 'jobtitle'"),
        ({"linkedin": ["linkedin_profil"]}, "`linkedin:` names 'linkedin_profil'"),
    ],
)
def test_names_that_are_wrong(bench: Bench, options: dict[str, Any], told: str) -> None:
    (error,) = errors(check(bench, **options))
    assert told in error


def test_a_name_for_what_is_not_written(bench: Bench) -> None:
    found = check(bench, properties={"connection_requst": "a", "receipt": "b"})
    (warning,) = (finding for finding in found if finding.level == "warning")
    assert "connection_requst" in warning.message
    assert warning.hint == "did you mean 'connection_request'?"


def test_two_texts_in_one_property(bench: Bench) -> None:
    with pytest.raises(SinkError, match="connection_request and first_follow_up would both stand"):
        bench.sink(("connection_request", "first_follow_up"), properties={"first_follow_up": MESSAGE})
