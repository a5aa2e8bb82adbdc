"""The session for calls that may be repeated, before a server that fails."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.upscale.clock import NOW
from upscale_connect.errors import UnreachableError, UsageError
from upscale_connect.http import HttpSession

if TYPE_CHECKING:
    from tests.upscale.conftest import Connection, FaultServer, Kit

    StartServer = Callable[..., FaultServer]
    MakeSession = Callable[..., HttpSession]


@pytest.mark.promise(row="E4")
def test_a_storm_of_errors_ends_after_five_tries(
    faults: StartServer, make_session: MakeSession, kit: Kit, slept: list[float]
) -> None:
    server = faults(kit.answer(503, b"busy"))
    response = make_session().get(server.url)
    assert (response.status_code, response.content) == (503, b"busy")
    assert len(server.received) == 5
    assert slept == [1, 2, 4, 8]


@pytest.mark.promise(row="E4")
def test_backoff_is_random_and_bounded(
    faults: StartServer, make_session: MakeSession, kit: Kit, slept: list[float]
) -> None:
    server = faults(kit.answer(500))
    make_session(tries=10).get(server.url)
    assert slept == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    slept.clear()
    make_session(random=lambda: 0.25).get(server.url)
    assert slept == [0.25, 0.5, 1, 2]


def test_a_passing_error_is_overcome(
    faults: StartServer, make_session: MakeSession, kit: Kit, slept: list[float]
) -> None:
    server = faults(lambda connection: connection.reset(), kit.answer(502), kit.answer(200, {"a": 1}))
    assert make_session().get(server.url).json() == {"a": 1}
    assert slept == [1, 2]


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_what_may_be_repeated(faults: StartServer, make_session: MakeSession, kit: Kit, method: str) -> None:
    server = faults(kit.answer(503))
    make_session(tries=3).request(method, server.url)
    assert [request.method for request in server.received] == [method] * 3


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_what_the_caller_marks_may_be_repeated(
    faults: StartServer, make_session: MakeSession, kit: Kit, method: str
) -> None:
    server = faults(kit.answer(503))
    session = make_session(tries=3)
    session.request(method, server.url, data=b"x", repeatable=True)
    assert [(request.method, request.body) for request in server.received] == [(method, b"x")] * 3
    session.request(method, server.url, data=b"x")
    assert len(server.received) == 4


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_what_may_not_be_repeated(
    faults: StartServer, make_session: MakeSession, kit: Kit, slept: list[float], method: str
) -> None:
    server = faults(kit.answer(503), lambda connection: connection.reset())
    session = make_session()
    assert session.request(method, server.url, data=b"x").status_code == 503
    with pytest.raises(UnreachableError, match="reset"):
        session.request(method, server.url, data=b"x")
    assert len(server.received) == 2
    assert slept == []


def test_a_body_that_can_be_read_once_is_not_repeated(
    faults: StartServer, make_session: MakeSession, kit: Kit, tmp_path: Path
) -> None:
    server = faults(kit.answer(503))
    file = tmp_path / "body"
    file.write_bytes(b"content")
    with file.open("rb") as body:
        make_session().request("PUT", server.url, data=body, repeatable=True)
    assert [request.body for request in server.received] == [b"content"]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 422, 501])
def test_answers_that_will_not_change_are_not_asked_for_again(
    faults: StartServer, make_session: MakeSession, kit: Kit, status: int
) -> None:
    server = faults(kit.answer(status))
    assert make_session().get(server.url).status_code == status
    assert len(server.received) == 1


@pytest.mark.promise(row="E3")
@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    ("value", "pause"),
    [
        ("3", 3),
        ("0", 0),
        (format_datetime(NOW + timedelta(seconds=40), usegmt=True), 40),
        ("86400", 900),
        ("-1", 1),
        ("1e9", 1),
        ("soon", 1),
    ],
)
def test_retry_after(
    faults: StartServer,
    make_session: MakeSession,
    kit: Kit,
    slept: list[float],
    status: int,
    value: str,
    pause: float,
) -> None:
    server = faults(kit.answer(status, Retry_After=value), kit.answer(200))
    assert make_session().get(server.url).status_code == 200
    assert slept == [pause]


@pytest.mark.promise(row="E3")
def test_a_pause_that_is_too_long_is_left_to_the_caller(
    faults: StartServer, make_session: MakeSession, kit: Kit, slept: list[float]
) -> None:
    server = faults(kit.answer(429, Retry_After="31"))
    assert make_session(longest_wait=30).get(server.url).status_code == 429
    assert len(server.received) == 1
    assert slept == []


def test_a_stop_ends_the_tries(faults: StartServer, make_session: MakeSession, kit: Kit) -> None:
    stop = threading.Event()
    stop.set()
    server = faults(kit.answer(503))
    assert make_session(sleep=stop.wait).get(server.url).status_code == 503
    assert len(server.received) == 1


def test_unreachable_names_host_and_reason(make_session: MakeSession, dead_port: int, slept: list[float]) -> None:
    with pytest.raises(UnreachableError) as caught:
        make_session().get(f"http://127.0.0.1:{dead_port}/secret/path?q=1")
    assert caught.value.message == f"127.0.0.1:{dead_port}: the connection was refused"
    assert caught.value.__context__ is None
    assert len(slept) == 4


@pytest.mark.promise(row="E10")
def test_an_untrusted_certificate_is_final(
    faults: StartServer, make_session: MakeSession, kit: Kit, slept: list[float]
) -> None:
    server = faults(kit.accepted, tls=True)
    with pytest.raises(UnreachableError, match="not trusted"):
        make_session().get(server.url)
    assert slept == []
    assert make_session().get(server.url, verify=str(kit.pem)).status_code == 200


@pytest.mark.promise(row="E10")
def test_verification_cannot_be_switched_off(faults: StartServer, make_session: MakeSession, kit: Kit) -> None:
    server = faults(kit.accepted, tls=True)
    session = make_session()
    with pytest.raises(UsageError, match="always verified"):
        session.get(server.url, verify=False)  # that this fails is the point
    session.verify = False
    with pytest.raises(UsageError, match="always verified"):
        session.get(server.url)
    assert server.received == []


def test_a_silent_server_ends_at_the_read_timeout(faults: StartServer, make_session: MakeSession, kit: Kit) -> None:
    server = faults(lambda connection: connection.hang())
    with pytest.raises(UnreachableError, match="no answer in time"):
        make_session(replace(kit.limits, read_seconds=0.2), tries=1).get(server.url)


@pytest.mark.promise(row="E5")
@pytest.mark.parametrize("start", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 400\r\n\r\n"])
@pytest.mark.parametrize("reused", [False, True])
def test_a_drip_ends_at_the_deadline(
    faults: StartServer, make_session: MakeSession, kit: Kit, start: bytes, reused: bool
) -> None:
    def drip(connection: Connection) -> None:
        connection.send(start)
        connection.drip(b"x" * 400, 0.05)

    session = make_session(replace(kit.limits, total_seconds=0.2), tries=1)
    server = faults(kit.answer(200), drip) if reused else faults(drip)
    if reused:
        session.get(server.url)
    begun = time.monotonic()
    with pytest.raises(UnreachableError, match=r"within 0\.2 s"):
        session.get(server.url)
    assert time.monotonic() - begun < 3
    assert server.connections == 1


def test_connections_are_kept(faults: StartServer, make_session: MakeSession, kit: Kit) -> None:
    server = faults(kit.answer(200, b"x" * 100_000))
    session = make_session()
    for _ in range(5):
        assert len(session.get(server.url).content) == 100_000
    assert server.connections == 1


@pytest.mark.promise(row="E6")
@pytest.mark.parametrize("stream", [False, True])
def test_a_bomb_stops_at_the_cap(
    faults: StartServer, make_session: MakeSession, kit: Kit, slept: list[float], stream: bool
) -> None:
    server = faults(kit.bomb(20_000_000))
    with pytest.raises(UnreachableError, match="larger than 100,000 bytes"):
        make_session(replace(kit.limits, max_bytes=100_000)).get(server.url, stream=stream)
    assert slept == []


def test_a_streaming_caller_gets_the_whole_answer(faults: StartServer, make_session: MakeSession, kit: Kit) -> None:
    response = make_session().get(faults(kit.answer(200, b"a\nb\nc")).url, stream=True)
    assert list(response.iter_lines()) == [b"a", b"b", b"c"]


def test_an_address_that_is_none(make_session: MakeSession) -> None:
    for url in ("", "no-scheme", "http://", "ftp://127.0.0.1/x", "http://[bad"):
        with pytest.raises((UsageError, UnreachableError)):
            make_session().get(url)


def test_user_agent(faults: StartServer, make_session: MakeSession, kit: Kit) -> None:
    server = faults(kit.accepted)
    make_session().get(server.url)
    assert server.received[0].headers["user-agent"].startswith("upscale-connect/")
