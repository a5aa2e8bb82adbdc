"""Fetching messages: the two ways an id can travel, and answers that are not to be trusted."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
import requests

from upscale_connect.errors import (
    AccessDeniedError,
    ApiError,
    BadAnswerError,
    NotFoundError,
    RateLimitedError,
    RevokedKeyError,
    UnreachableError,
    UsageError,
    ValidationError,
    WrongAddressError,
)
from upscale_connect.http import repeatable_session
from upscale_connect.http.session import Redirects
from upscale_connect.upscale import UpscaleClient

if TYPE_CHECKING:
    from tests.upscale.conftest import FaultServer, Kit

    StartServer = Callable[..., FaultServer]
    MakeClient = Callable[..., UpscaleClient]
    Body = Callable[..., dict[str, Any]]

ID_FIELD = "request_message_generation_secure_request_id"
BLANK = {"error": f"{ID_FIELD} is required but was missing or blank", "status": "error"}


@pytest.fixture
def session() -> Iterator[requests.Session]:
    with repeatable_session(redirects="never", tries=2, sleep=lambda _: None) as session:
        yield session


def forms(server: FaultServer) -> list[str]:
    """How the id travelled in each call."""
    return ["body" if request.body else "query" for request in server.received]


def error_of(client: UpscaleClient, kit: Kit) -> ApiError:
    with pytest.raises(ApiError) as caught:
        client.retrieve_messages(kit.request_id)
    return caught.value


def test_get_with_a_json_body(faults: StartServer, make_client: MakeClient, kit: Kit, retrieved_body: Body) -> None:
    server = faults(kit.answer(200, retrieved_body()))
    retrieved = make_client(server).retrieve_messages(kit.request_id)
    (request,) = server.received
    assert (request.method, request.path) == ("GET", "/api/v2/retrieve_messages")
    assert json.loads(request.body) == {ID_FIELD: kit.request_id}
    assert request.headers["content-type"] == "application/json"
    assert request.headers["cache-control"] == "no-store"
    assert request.headers["api-key"] == kit.key
    assert retrieved.secure_request_id == kit.request_id
    assert retrieved.retrieve_id == "660e8400-e29b-41d4-a716-446655440001"
    assert (retrieved.customer, retrieved.campaign) == ("customer_12345", "campaign_67890")
    assert (retrieved.requested, retrieved.generated, retrieved.failed) == (1, 1, None)
    assert [(lead.lead_id, lead.messages) for lead in retrieved.leads] == [
        ("lead_001", {"connection_request": "Hi John"})
    ]


@pytest.mark.parametrize("status", [400, 403, 404, 405, 411])
def test_auto_tries_the_query_once_and_remembers_it(
    faults: StartServer, make_client: MakeClient, kit: Kit, retrieved_body: Body, status: int
) -> None:
    server = faults(kit.answer(status, b"<html>no body, please</html>", "text/html"), kit.answer(200, retrieved_body()))
    client = make_client(server)
    for _ in range(3):
        client.retrieve_messages(kit.request_id)
    assert forms(server) == ["body", "query", "query", "query"]
    assert server.received[1].path == f"/api/v2/retrieve_messages?{ID_FIELD}={kit.request_id}"


def test_auto_recognises_a_body_that_a_proxy_dropped(
    faults: StartServer, make_client: MakeClient, kit: Kit, retrieved_body: Body
) -> None:
    server = faults(kit.answer(422, BLANK), kit.answer(200, retrieved_body()))
    make_client(server).retrieve_messages(kit.request_id)
    assert forms(server) == ["body", "query"]


def test_auto_keeps_to_the_body_once_it_worked(
    faults: StartServer, make_client: MakeClient, kit: Kit, retrieved_body: Body
) -> None:
    server = faults(kit.answer(200, retrieved_body()), kit.answer(404, {"error": "unknown", "status": "error"}))
    client = make_client(server)
    client.retrieve_messages(kit.request_id)
    assert isinstance(error_of(client, kit), NotFoundError)
    assert forms(server) == ["body", "body"]


@pytest.mark.parametrize("mode", ["body", "query"])
def test_a_forced_form_is_the_only_one(faults: StartServer, make_client: MakeClient, kit: Kit, mode: str) -> None:
    server = faults(kit.answer(422, BLANK))
    assert isinstance(error_of(make_client(server, retrieve_mode=mode), kit), ValidationError)
    assert forms(server) == [mode]


@pytest.mark.parametrize(
    ("first", "second", "kind", "hinted"),
    [
        (422, 422, ValidationError, True),
        (403, 403, AccessDeniedError, True),
        (405, 422, WrongAddressError, True),
        (403, 404, NotFoundError, True),
        (404, 422, NotFoundError, False),
    ],
)
def test_if_both_forms_fail_the_error_says_so(
    faults: StartServer,
    make_client: MakeClient,
    kit: Kit,
    first: int,
    second: int,
    kind: type[ApiError],
    hinted: bool,
) -> None:
    server = faults(kit.answer(first, BLANK), kit.answer(second, BLANK))
    error = error_of(make_client(server), kit)
    assert type(error) is kind
    assert forms(server) == ["body", "query"]
    assert ("a proxy may have removed the body" in error.hint) == hinted


def test_unauthorized_is_final_at_once(faults: StartServer, make_client: MakeClient, kit: Kit) -> None:
    server = faults(kit.answer(401, {"error": "Unauthorized: API key has been revoked", "status": "error"}))
    assert isinstance(error_of(make_client(server), kit), RevokedKeyError)
    assert len(server.received) == 1


def test_unknown_id_is_told_from_a_wrong_address(faults: StartServer, make_client: MakeClient, kit: Kit) -> None:
    unknown = faults(kit.answer(404, {"error": "Request not found", "status": "error"}))
    error = error_of(make_client(unknown), kit)
    assert isinstance(error, NotFoundError)
    assert kit.request_id in error.message
    elsewhere = faults(kit.answer(404, b"<html>404</html>", "text/html"))
    assert isinstance(error_of(make_client(elsewhere), kit), WrongAddressError)


@pytest.mark.promise(row="E8")
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("same_origin_session", [False, True])
def test_redirects_are_never_followed(
    faults: StartServer, make_client: MakeClient, kit: Kit, status: int, same_origin_session: bool
) -> None:
    thief = faults(kit.accepted)
    server = faults(kit.answer(status, Location=f"{thief.url}/steal"))
    redirects: Redirects = "same-origin" if same_origin_session else "never"
    with repeatable_session(redirects=redirects) as session:
        error = error_of(make_client(server, session=session), kit)
    assert isinstance(error, WrongAddressError)
    assert f"127.0.0.1:{thief.port}" in error.message
    assert thief.received == []


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504])
def test_a_storm_passes_or_is_unreachable(
    faults: StartServer,
    make_client: MakeClient,
    kit: Kit,
    retrieved_body: Body,
    session: requests.Session,
    status: int,
) -> None:
    server = faults(kit.answer(status, b"<html>"), kit.answer(200, retrieved_body()))
    make_client(server, session=session).retrieve_messages(kit.request_id)
    error = error_of(make_client(faults(kit.answer(status, b"<html>")), session=session), kit)
    assert isinstance(error, UnreachableError)
    assert error.status == status


def test_rate_limit_is_reported_when_it_lasts(
    faults: StartServer, make_client: MakeClient, kit: Kit, session: requests.Session
) -> None:
    server = faults(kit.answer(429, {"error": "slow"}, Retry_After="7"))
    error = error_of(make_client(server, session=session), kit)
    assert isinstance(error, RateLimitedError)
    assert error.retry_after == 7


@pytest.mark.promise(row="E7")
@pytest.mark.parametrize(
    ("body", "kind", "problem"),
    [
        (b"<html>Sign in</html>", "text/html; charset=utf-8", "text/html instead of JSON"),
        (b'{"metadata": {}}', "text/plain", "text/plain instead of JSON"),
        (b'{"metadata": {', "application/json", "broken JSON"),
        (b"", "application/json", "broken JSON"),
        (b"[" * 100_000, "application/json", "broken JSON"),
        (b'{"metadata": ' + b"1" * 5000 + b"}", "application/json", "broken JSON"),
        (b'{"metadata": NaN}', "application/json", "broken JSON"),
        (b"\xff\xfe{\x00", "application/json", "broken JSON"),
        (b"[]", "application/json", "something else than a JSON object"),
        (b"17", "application/problem+json", "something else than a JSON object"),
        (b"{}", None, "no 'metadata'"),
    ],
)
def test_junk_is_one_clear_error(
    faults: StartServer, make_client: MakeClient, kit: Kit, body: bytes, kind: str | None, problem: str
) -> None:
    error = error_of(make_client(faults(kit.answer(200, body, kind))), kit)
    assert isinstance(error, BadAnswerError)
    assert f"answered 200 with {problem}: " in error.message
    assert len(error.message) < 400


def test_truncated_and_dripping_answers_are_unreachable(
    faults: StartServer, make_client: MakeClient, kit: Kit, session: requests.Session
) -> None:
    server = faults(kit.raw(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"))
    error = error_of(make_client(server, session=session), kit)
    assert isinstance(error, UnreachableError)
    assert "cut off" in error.message


def test_a_foreign_session_leaks_no_exception_of_its_library(make_client: MakeClient, kit: Kit, dead_port: int) -> None:
    with requests.Session() as plain:
        client = make_client(f"http://127.0.0.1:{dead_port}", session=plain)
        error = error_of(client, kit)
    assert isinstance(error, UnreachableError)
    assert error.message == f"127.0.0.1:{dead_port}: the connection was refused"
    assert error.__context__ is None


@pytest.mark.parametrize("request_id", ["", "a b", "x" * 129, "id?x=1", "é"])
def test_an_id_that_cannot_be_one_is_not_sent(make_client: MakeClient, request_id: str) -> None:
    with pytest.raises(UsageError):
        make_client("http://127.0.0.1:1").retrieve_messages(request_id)
