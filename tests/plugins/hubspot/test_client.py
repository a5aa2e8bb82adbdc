"""Every way that a call can end, and the pace at which calls are made."""

from __future__ import annotations

from typing import Any

import pytest

from tests.plugins.hubspot.conftest import Bench
from tests.plugins.hubspot.portal import TOKEN, Portal
from upscale_connect import CredentialsError, QuotaError, SourceError
from upscale_connect_hubspot.answers import BatchAnswer, ObjectPage
from upscale_connect_hubspot.client import Client
from upscale_connect_hubspot.errors import RefusalError
from upscale_connect_hubspot.options import Access

READ: dict[str, Any] = {"inputs": [{"id": "1"}], "properties": [], "propertiesWithHistory": []}
RATE: dict[str, Any] = {"status": "error", "errorType": "RATE_LIMIT", "policyName": "TEN_SECONDLY_ROLLING"}


class Caller:
    """The two kinds of call, one of each."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        bench.source()  # a connector tells the session the limits
        self.client = Client(Access.model_validate(bench.options()), bench.context())

    def get(self) -> ObjectPage:
        return self.client.get(ObjectPage, "objects", "contacts", {"limit": "100"})

    def post(self, *, repeatable: bool = True) -> BatchAnswer:
        return self.client.post(BatchAnswer, "objects", "contacts/batch/read", READ, repeatable=repeatable)

    def search(self) -> ObjectPage:
        return self.client.post(ObjectPage, "objects", "contacts/search", {"filterGroups": []})


@pytest.fixture
def caller(bench: Bench) -> Caller:
    return Caller(bench)


@pytest.mark.parametrize(
    ("version", "path"),
    [
        ("2026-03", "/crm/objects/2026-03/contacts"),
        ("2026-09", "/crm/objects/2026-09/contacts"),
        ("v3", "/crm/v3/objects/contacts"),
    ],
)
def test_each_version_has_its_paths(bench: Bench, portal: Portal, version: str, path: str) -> None:
    bench.read(api_version=version)
    assert path in [call.path for call in portal.calls]


# What ends the run


@pytest.mark.parametrize("token", ["pat-na1-unknown", "not-a-token"])
def test_a_token_that_hubspot_does_not_know(bench: Bench, token: str) -> None:
    with pytest.raises(CredentialsError, match="HubSpot does not accept the token") as raised:
        bench.read(token=token)
    assert raised.value.exit_code == 8
    assert token not in f"{raised.value} {raised.value.hint}"


def test_a_missing_scope_is_named(bench: Bench, portal: Portal) -> None:
    portal.scopes.discard("crm.objects.contacts.read")
    with pytest.raises(CredentialsError, match=r"lacks the scope crm\.objects\.contacts\.read .correlation id"):
        bench.read()


def test_of_several_scopes_one_is_enough(caller: Caller, portal: Portal) -> None:
    context = {"requiredGranularScopes": ["a.read", "b.read"]}
    portal.fail("", 403, {"category": "MISSING_SCOPES", "errors": [{"context": context}]})
    with pytest.raises(CredentialsError, match=r"one of the scopes a\.read, b\.read"):
        caller.get()


def test_a_person_who_left_takes_the_rights_along(caller: Caller, portal: Portal) -> None:
    portal.fail("", 403, {"category": "USER_DOES_NOT_HAVE_PERMISSIONS"})
    with pytest.raises(CredentialsError, match="may not do this: USER_DOES_NOT_HAVE_PERMISSIONS"):
        caller.post()


def test_a_portal_that_is_being_moved(caller: Caller, portal: Portal) -> None:
    portal.fail("", 477, b"", headers={"Retry-After": "7200"})
    with pytest.raises(QuotaError, match="moving") as raised:
        caller.post()
    assert (raised.value.exit_code, raised.value.hint) == (10, "nothing is lost; run again in 2 h or later")


@pytest.mark.parametrize("how", ["get", "post", "search"])
def test_a_refusal_is_not_repeated(caller: Caller, portal: Portal, how: str) -> None:
    portal.fail("", 400, {"category": "VALIDATION_ERROR", "message": "No.", "correlationId": "c-1"})
    with pytest.raises(RefusalError) as raised:
        getattr(caller, how)()
    refusal = raised.value
    assert (refusal.status, refusal.reason, refusal.correlation_id) == (400, "No.", "c-1")
    assert portal.count() == 1


def test_a_refusal_does_not_repeat_values(caller: Caller, portal: Portal) -> None:
    message = (
        'Property values were not valid: [{"isValid":false,"message":"secret text","error":"TOO_LONG","name":"bio",'
        '"propertyValue":"secret text"}]'
    )
    portal.fail("", 400, {"category": "VALIDATION_ERROR", "message": message})
    with pytest.raises(RefusalError) as raised:
        caller.post()
    assert (raised.value.reason, [*raised.value.codes]) == ("property bio: TOO_LONG", ["TOO_LONG"])


@pytest.mark.parametrize("body", [b"<html>", b"[]", b'{"results": 7}', b'{"results": [{"id": null}]}', b"\xff"])
def test_an_answer_that_is_not_hubspots(caller: Caller, portal: Portal, body: bytes) -> None:
    portal.fail("", 200, body)
    with pytest.raises(SourceError, match="is not what its API promises"):
        caller.post()


def test_an_error_page_of_the_network_in_between(caller: Caller, portal: Portal) -> None:
    portal.fail("", 400, b"<html>Bad Request</html>")
    with pytest.raises(RefusalError, match="400"):
        caller.post()


# What is tried again


@pytest.mark.parametrize("status", [423, 500, 502, 503, 504, 520, 524])
@pytest.mark.parametrize("how", ["get", "post", "search"])
def test_what_passes_is_tried_again(caller: Caller, portal: Portal, how: str, status: int) -> None:
    portal.fail("", status, b"<html>", times=2)
    assert getattr(caller, how)().results == []
    assert portal.count() == 3


@pytest.mark.parametrize("how", ["get", "post"])
def test_not_for_ever(caller: Caller, portal: Portal, how: str) -> None:
    portal.fail("", 503, b"", times=99)
    with pytest.raises(SourceError, match="HubSpot answered 503") as raised:
        getattr(caller, how)()
    assert portal.count() == 5
    assert raised.value.exit_code == 10


@pytest.mark.parametrize("how", ["get", "post"])
def test_a_wire_that_is_cut(caller: Caller, portal: Portal, how: str) -> None:
    portal.fail("", 0, times=2)
    assert getattr(caller, how)().results == []
    assert portal.count() == 3


def test_what_would_show_twice_is_not_repeated(caller: Caller, portal: Portal) -> None:
    for status in (503, 0):
        portal.fail("", status, b"")
        with pytest.raises(SourceError):
            caller.post(repeatable=False)
    assert portal.count() == 2


def test_what_was_not_done_is_repeated_even_so(caller: Caller, portal: Portal) -> None:
    portal.fail("", 429, RATE)
    caller.post(repeatable=False)
    assert portal.count() == 2


def test_nobody_is_there(bench: Bench) -> None:
    with pytest.raises(SourceError, match="the connection was refused"):
        bench.read(base_url="http://127.0.0.1:1")


# The pace


@pytest.mark.parametrize(
    ("how", "policy", "headers", "pause"),
    [
        ("post", "TEN_SECONDLY_ROLLING", {}, 10),
        ("get", "TEN_SECONDLY_ROLLING", {}, 10),
        ("search", "TEN_SECONDLY_ROLLING", {}, 10),
        ("search", "SECONDLY", {}, 1),
        ("post", "", {}, 10),
        ("post", "TEN_SECONDLY_ROLLING", {"Retry-After": "20"}, 20),
    ],
)
def test_a_pause_after_429(
    caller: Caller, portal: Portal, how: str, policy: str, headers: dict[str, str], pause: float
) -> None:
    portal.fail("", 429, RATE | {"policyName": policy}, headers=headers)
    getattr(caller, how)()
    assert portal.count() == 2
    assert pause <= caller.bench.clock.monotonic() <= pause * 1.1


def test_a_pause_that_no_run_waits_for(caller: Caller, portal: Portal) -> None:
    portal.fail("", 429, RATE, headers={"Retry-After": "3600"})
    with pytest.raises(SourceError, match="HubSpot answered 429"):
        caller.post()
    assert portal.count() == 1


def test_the_days_calls_are_used_up(caller: Caller, portal: Portal) -> None:
    portal.daily = 1
    caller.post()
    with pytest.raises(QuotaError, match="for today are used up") as raised:
        caller.post()
    assert raised.value.exit_code == 10
    assert portal.count() == 1  # the headers of the first call have told


def test_somebody_else_used_them_up(caller: Caller, portal: Portal) -> None:
    portal.daily = 0
    with pytest.raises(QuotaError, match="in a day are used up") as raised:
        caller.post()
    assert raised.value.exit_code == 10
    assert portal.count() == 1


@pytest.mark.parametrize(("burst", "span"), [(100, 10.0), (190, 10.0), (20, 5.0)])
def test_hubspot_never_has_to_refuse(caller: Caller, portal: Portal, burst: int, span: float) -> None:
    portal.burst, portal.span = burst, span
    for _ in range(300):
        caller.post()
    assert {call.status for call in portal.calls} <= {200, 207}
    assert caller.bench.clock.monotonic() >= span * (300 / burst - 1.3)


def test_searches_have_a_pace_of_their_own(caller: Caller, portal: Portal) -> None:
    for _ in range(20):
        caller.search()
    assert {call.status for call in portal.calls} == {200}
    assert 3.5 <= caller.bench.clock.monotonic() <= 6


def test_other_programs_with_the_same_token_are_let_through(caller: Caller, portal: Portal) -> None:
    headers = {"X-HubSpot-RateLimit-Max": "100", "X-HubSpot-RateLimit-Interval-Milliseconds": "10000"}
    portal.fail("", 200, {"results": []}, headers=headers | {"X-HubSpot-RateLimit-Remaining": "2"})
    caller.post()
    assert caller.bench.clock.monotonic() == 0
    caller.post()
    assert 10 <= caller.bench.clock.monotonic() <= 11


def test_a_stop_ends_a_pause(bench: Bench, portal: Portal) -> None:
    bench.add_people(101)
    portal.fail("GET /crm/objects", 429, RATE, skip=1, times=99)
    bench.stop.on_wait = bench.stop.set
    assert len(bench.ids()) == 100


def test_the_token_is_sent_and_nowhere_else(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    source = bench.source()
    list(source.read(None))
    assert TOKEN not in caplog.text + repr(source.config) + str(vars(source))
