"""The API key stays in its header: not in an error, a log, a representation, or a URL."""

from __future__ import annotations

import base64
import json
import logging
import traceback
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pydantic
import pytest
import requests

from upscale_connect.errors import UpscaleConnectError, UsageError
from upscale_connect.http import repeatable_session
from upscale_connect.upscale import GenerationRequest, UpscaleClient
from upscale_connect.upscale.dialects.flat_request import encode_request

if TYPE_CHECKING:
    from tests.upscale.conftest import Behaviour, Connection, FaultServer, Kit

    StartServer = Callable[..., FaultServer]
    MakeClient = Callable[..., UpscaleClient]

SECRET = "hunter22"
CANARY = 'up-key/7f3a+9"\\q'


def forms_of(secret: str) -> list[str]:
    """How a secret may look in a text."""
    encoded = base64.b64encode(secret.encode()).decode().rstrip("=")
    return [secret, quote(secret, safe=""), json.dumps(secret)[1:-1], encoded, repr(secret)[1:-1]]


def assert_clean(text: str, *secrets: str) -> None:
    for secret in secrets or (CANARY,):
        for form in forms_of(secret):
            assert form not in text


def everything_about(error: BaseException) -> str:
    """What a log, a report or a debugger of exceptions would show, hidden context included."""
    shown = ["".join(traceback.format_exception(error)), repr(error), str(error), repr(vars(error))]
    shown += [everything_about(link) for link in (error.__context__, error.__cause__) if link is not None]
    return "\n".join(shown)


def echo(status: int, form: Callable[[str], str]) -> Behaviour:
    """A server that talks back what it was told."""

    def behave(connection: Connection) -> None:
        body = f'{{"error": "key {form(CANARY)} is wrong, {form(CANARY)}"}}'.encode()
        head = f"HTTP/1.1 {status} {form(CANARY)}\r\nX-Key: {form(CANARY)}\r\nContent-Type: application/json\r\n"
        connection.send(head.encode() + b"Location: https://x.example/" + form(CANARY).encode() + b"\r\n")
        connection.send(f"Content-Length: {len(body)}\r\n\r\n".encode() + body)

    return behave


FORMS: list[Callable[[str], str]] = [
    lambda key: json.dumps(key)[1:-1],
    lambda key: quote(key, safe=""),
    lambda key: base64.b64encode(key.encode()).decode(),
]


@pytest.mark.promise(row="K1")
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("status", [200, 302, 308, 400, 401, 402, 403, 404, 407, 409, 411, 422, 429, 500])
def test_a_server_that_echoes_the_key(
    faults: StartServer,
    make_client: MakeClient,
    kit: Kit,
    caplog: pytest.LogCaptureFixture,
    status: int,
    form: Callable[[str], str],
) -> None:
    caplog.set_level(logging.DEBUG)
    server = faults(echo(status, form))
    with repeatable_session(redirects="never", tries=1) as session:
        client = make_client(server, CANARY, session=session)
        calls: list[Callable[[], object]] = [
            lambda: client.submit(b"{}"),
            lambda: client.retrieve_messages(kit.request_id),
            client.account,
            client.get_sequences,
        ]
        for number, call in enumerate(calls):
            if (number, status) == (2, 200):
                continue  # an account may hold anything: it is kept as it came
            with pytest.raises(UpscaleConnectError) as caught:
                call()
            assert_clean(everything_about(caught.value) + caught.value.message + caught.value.hint)
            assert caught.value.__context__ is None
    assert_clean(caplog.text)
    assert_clean("".join(request.path + request.body.decode() for request in server.received))
    assert {request.headers["api-key"] for request in server.received} == {CANARY}


def reset(connection: Connection) -> None:
    connection.reset()


@pytest.mark.promise(row="K1")
@pytest.mark.parametrize(
    "behaviour",
    [
        pytest.param(reset, id="reset"),
        pytest.param(lambda connection: connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"), id="hangs"),
        pytest.param(lambda connection: connection.send(b"junk\r\n\r\n"), id="junk"),
    ],
)
def test_faults_show_no_key(
    faults: StartServer,
    make_client: MakeClient,
    kit: Kit,
    caplog: pytest.LogCaptureFixture,
    behaviour: Callable[[Connection], None],
) -> None:
    def once(connection: Connection) -> None:
        behaviour(connection)
        connection.close()

    caplog.set_level(logging.DEBUG)
    with repeatable_session(redirects="never", tries=1) as session:
        client = make_client(faults(once), CANARY, session=session)
        for call in (lambda: client.submit(b"{}"), lambda: client.retrieve_messages(kit.request_id)):
            with pytest.raises(UpscaleConnectError) as caught:
                call()
            assert_clean(everything_about(caught.value))
    assert_clean(caplog.text)


def test_refused_connection_shows_no_key(
    make_client: MakeClient, kit: Kit, dead_port: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with requests.Session() as plain:
        client = make_client(f"http://127.0.0.1:{dead_port}", CANARY, session=plain)
        for call in (lambda: client.submit(b"{}"), lambda: client.retrieve_messages(kit.request_id)):
            with pytest.raises(UpscaleConnectError) as caught:
                call()
            assert_clean(everything_about(caught.value))
    assert_clean(caplog.text)


@pytest.mark.parametrize("damage", ["\n", "\r\nX: y", " ", "\x00", "é"])
def test_a_damaged_key_is_not_shown(damage: str) -> None:
    key = f"{CANARY}{damage}tail"
    with pytest.raises(UsageError) as caught:
        UpscaleClient(key)
    assert_clean(everything_about(caught.value), CANARY, "tail")


def test_representations_of_a_client(make_client: MakeClient) -> None:
    client = make_client("http://127.0.0.1:1", CANARY)
    shown = [repr(client), str(client), f"{client}", f"{client!a}", repr(client._session.headers)]
    shown += [repr(client._key), str(client._key), repr(client._paid)]
    assert_clean("\n".join(shown))


def test_secret_text_of_pydantic_stays_closed(make_client: MakeClient) -> None:
    class Holder(pydantic.BaseModel):
        key: pydantic.SecretStr

    holder = Holder(key=make_client("http://127.0.0.1:1", CANARY)._key)
    assert_clean("\n".join([repr(holder), str(holder.model_dump()), holder.model_dump_json()]))


def test_password_in_base_url_is_refused_and_not_shown() -> None:
    with pytest.raises(UsageError) as caught:
        UpscaleClient("k", base_url=f"https://user:{SECRET}@api.invalid/")
    assert_clean(everything_about(caught.value), SECRET)


def test_password_of_a_proxy_is_not_shown(
    make_client: MakeClient,
    kit: Kit,
    dead_port: int,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("HTTPS_PROXY", f"http://user:{SECRET}@127.0.0.1:{dead_port}")
    with repeatable_session(redirects="never", tries=1) as session:
        client = make_client("https://api.invalid", CANARY, session=session)
        for call in (lambda: client.submit(b"{}"), lambda: client.retrieve_messages(kit.request_id)):
            with pytest.raises(UpscaleConnectError) as caught:
                call()
            assert_clean(everything_about(caught.value), CANARY, SECRET)
    assert_clean(caplog.text, CANARY, SECRET)


def test_values_of_a_lead_are_not_shown_when_it_is_refused(
    make_request: Callable[..., GenerationRequest], make_lead: Callable[..., Any]
) -> None:
    leads = [make_lead(linkedin_url=f"not-a-url-{SECRET}", first_name=[SECRET], website_url=SECRET.encode())]
    with pytest.raises(UsageError) as caught:
        encode_request(make_request(leads=leads))
    assert_clean(everything_about(caught.value), SECRET)
    assert "first_name of lead 1 is not text" in caught.value.message


def test_header_that_cannot_be_sent_is_not_shown(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with repeatable_session() as session, pytest.raises(UsageError) as caught:
        session.get("http://127.0.0.1:1/", headers={"Authorization": f"Bearer {SECRET}\nX: y"})
    assert_clean(everything_about(caught.value), SECRET)
    assert_clean(caplog.text, SECRET)


def test_query_of_a_failed_call_is_not_shown(dead_port: int) -> None:
    with repeatable_session(tries=1) as session, pytest.raises(UpscaleConnectError) as caught:
        session.get(f"http://127.0.0.1:{dead_port}/x?key={SECRET}", params={"token": SECRET})
    assert_clean(everything_about(caught.value), SECRET)
