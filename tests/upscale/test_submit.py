"""What the answer to a paid request proves, and that a fault never makes two requests of one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.upscale.submission import BODY, error_of
from upscale_connect.errors import InDoubtError, NotSentError
from upscale_connect.upscale import GenerationRequest, UpscaleClient

if TYPE_CHECKING:
    from tests.upscale.conftest import Connection, FaultServer, Kit

    StartServer = Callable[..., FaultServer]
    MakeClient = Callable[..., UpscaleClient]


def test_accepted_request_gives_its_id(
    faults: StartServer,
    make_client: MakeClient,
    kit: Kit,
    make_request: Callable[..., GenerationRequest],
) -> None:
    server = faults(kit.accepted)
    client = make_client(server, f" {kit.key}\n")
    request = make_request()
    assert client.request_message_generation(request) == kit.request_id
    (received,) = server.received
    assert (received.method, received.path) == ("POST", "/api/v2/request_message_generation")
    assert received.headers["api-key"] == kit.key
    assert received.headers["content-type"] == "application/json"
    assert received.headers["user-agent"].startswith("upscale-connect/")
    assert received.body == client.encode(request)


IN_DOUBT = [300, 302, 303, 304, 306, 406, 408, 409, 410, 418, 425, 451, 499]
IN_DOUBT += [500, 501, 502, 503, 504, 505, 507, 511, 520, 522, 599]


@pytest.mark.promise(row="E1")
@pytest.mark.parametrize("status", IN_DOUBT)
def test_everything_else_is_in_doubt(faults: StartServer, make_client: MakeClient, kit: Kit, status: int) -> None:
    body = b"" if status == 304 else b"<h1>Bad\x1b[31m gateway</h1>"
    error = error_of(faults(kit.answer(status, body, "text/html", Retry_After="1")), make_client)
    assert isinstance(error, InDoubtError)
    assert (error.status, error.cause, error.exit_code) == (status, f"status_{status}", 5)
    assert error.bytes_sent > 0
    assert status == 304 or r"<h1>Bad\x1b[31m gateway</h1>" in error.message


@pytest.mark.promise(row="E7")
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>Welcome</html>",
        b"[]",
        b"null",
        b'{"message": "Success"}',
        b'{"message": "Success", "secure_request_id": null}',
        b'{"message": "Success", "secure_request_id": 17}',
        b'{"message": "Success", "secure_request_id": ""}',
        b'{"message": "Success", "secure_request_id": "a b"}',
        b'{"message": "Success", "secure_request_id": "../../etc"}',
        b'{"message": "Success", "secure_request_id": "' + b"a" * 129 + b'"}',
        b'{"message": "Success", "secure_request_id": "abc"',
        b"[" * 100_000,
        b'{"n": ' + b"9" * 5000 + b', "secure_request_id": "abc"}',
        b"\xff\xfe\x00",
    ],
)
@pytest.mark.parametrize("status", [200, 204])
def test_success_without_a_usable_id_is_probably_paid(
    faults: StartServer, make_client: MakeClient, kit: Kit, body: bytes, status: int
) -> None:
    error = error_of(faults(kit.answer(status, b"" if status == 204 else body)), make_client)
    assert isinstance(error, InDoubtError)
    assert error.cause == "no_request_id"
    assert "probably paid" in error.message
    assert len(error.message) < 400


@pytest.mark.parametrize("status", [200, 201, 202])
@pytest.mark.parametrize("kind", ["application/json", "text/html", None])
def test_an_id_counts_whatever_surrounds_it(
    faults: StartServer, make_client: MakeClient, kit: Kit, status: int, kind: str | None
) -> None:
    server = faults(kit.answer(status, b'\xef\xbb\xbf{"secure_request_id": "req-1", "new": {}}', kind))
    assert make_client(server).submit(BODY) == "req-1"


def test_an_id_counts_even_if_the_answer_is_cut_behind_it(
    faults: StartServer, make_client: MakeClient, kit: Kit
) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"
    server = faults(kit.raw(head + b'{"secure_request_id": "req-1"}'))
    assert make_client(server).submit(BODY) == "req-1"


@pytest.mark.promise(row="E1")
@pytest.mark.parametrize("status", [200, 401, 422, 429])
def test_half_an_answer_is_in_doubt_whatever_its_status(
    faults: StartServer, make_client: MakeClient, kit: Kit, status: int
) -> None:
    data = f'HTTP/1.1 {status} X\r\nContent-Length: 100\r\n\r\n{{"error": "Unau'.encode()
    error = error_of(faults(kit.raw(data)), make_client)
    assert isinstance(error, InDoubtError)
    assert (error.cause, error.status) == ("cut", status)
    assert '{"error": "Unau' in error.message


@pytest.mark.promise(row="E6")
def test_answer_that_is_too_large_is_in_doubt(faults: StartServer, make_client: MakeClient, kit: Kit) -> None:
    limits = replace(kit.limits, max_bytes=100_000)
    error = error_of(faults(kit.bomb(10_000_000)), make_client, limits=limits)
    assert isinstance(error, InDoubtError)
    assert error.cause == "too_large"


@pytest.mark.promise(row="E5")
@pytest.mark.parametrize(
    ("body", "request_id"), [(b'{"secure_request', None), (b'{"secure_request_id": "req-1"}', "req-1")]
)
def test_answer_that_drips_ends_in_doubt_or_with_its_id(
    faults: StartServer, make_client: MakeClient, kit: Kit, body: bytes, request_id: str | None
) -> None:
    """A byte now and then would keep a socket's time-out away for ever."""

    def drip(connection: Connection) -> None:
        connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 4000\r\n\r\n" + body)
        connection.drip(b" " * 400, 0.05)

    server, limits = faults(drip), replace(kit.limits, total_seconds=0.2)
    if request_id is not None:
        assert make_client(server, limits=limits).submit(BODY) == request_id
        return
    error = error_of(server, make_client, limits=limits)
    assert isinstance(error, InDoubtError)
    assert (error.cause, error.status) == ("deadline", 200)


def test_refused_connection_is_not_sent(make_client: MakeClient, dead_port: int) -> None:
    with pytest.raises(NotSentError):
        make_client(f"http://127.0.0.1:{dead_port}").submit(BODY)


def test_what_is_quoted_is_short(faults: StartServer, make_client: MakeClient, kit: Kit) -> None:
    error = error_of(faults(kit.answer(500, b"x" * 5000)), make_client)
    assert "x" * 200 + "…" in error.message
    assert "x" * 201 not in error.message
