"""The session that may spend money, before a server that fails."""

from __future__ import annotations

import gzip
import os
import socket
import threading
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.upscale.paid_request import BODY, Marks, post
from upscale_connect.errors import InDoubtError, NotSentError
from upscale_connect.upscale import PaidSession

if TYPE_CHECKING:
    from tests.upscale.conftest import Connection, FaultServer, Kit

    StartServer = Callable[..., FaultServer]


@pytest.mark.parametrize("tls", [False, True])
def test_marks_after_connecting_and_before_the_first_byte(
    faults: StartServer, paid: PaidSession, kit: Kit, tls: bool
) -> None:
    server = faults(kit.accepted, tls=tls)
    marks = Marks(server)
    answer = post(paid, server.url, marks)
    assert answer.status == 200
    assert marks.made in ([(1, 0)], [(0, 0)])  # the server may not have noticed the connection yet
    assert [request.body for request in server.received] == [BODY]
    assert answer.bytes_sent > len(BODY)


def test_every_call_has_its_own_connection(faults: StartServer, paid: PaidSession, kit: Kit) -> None:
    server = faults(kit.accepted)
    for _ in range(3):
        post(paid, server.url)
    assert server.connections == 3
    assert {request.headers["accept-encoding"] for request in server.received} == {"identity"}


@pytest.mark.parametrize("error", [RuntimeError("full"), BrokenPipeError(), TimeoutError(), KeyboardInterrupt()])
def test_what_the_mark_raises_ends_the_call_unchanged(
    faults: StartServer, paid: PaidSession, kit: Kit, error: BaseException
) -> None:
    server = faults(kit.accepted)

    def fail() -> None:
        raise error

    with pytest.raises(type(error)) as caught:
        post(paid, server.url, fail)
    assert caught.value is error
    server.close()
    assert server.received == []


def after_reading(server: FaultServer, paid: PaidSession) -> InDoubtError:
    with pytest.raises(InDoubtError) as caught:
        post(paid, server.url)
    assert server.posts == 1
    assert server.connections == 1
    assert caught.value.bytes_sent > len(BODY)
    return caught.value


@pytest.mark.promise(row="E1")
def test_reset_after_reading_is_in_doubt(faults: StartServer, paid: PaidSession) -> None:
    error = after_reading(faults(lambda connection: connection.reset()), paid)
    assert error.cause == "reset"


@pytest.mark.promise(row="E1")
def test_close_after_reading_is_in_doubt(faults: StartServer, paid: PaidSession) -> None:
    error = after_reading(faults(lambda connection: connection.close()), paid)
    assert error.cause == "closed"


@pytest.mark.promise(row="E1")
def test_close_before_reading_is_not_repeated(faults: StartServer, paid: PaidSession, kit: Kit) -> None:
    server = faults(kit.accepted, greeting=lambda connection: connection.close())
    with pytest.raises(InDoubtError):
        post(paid, server.url)
    assert server.connections == 1


@pytest.mark.promise(row="E1")
def test_no_answer_in_time_is_in_doubt(faults: StartServer, kit: Kit) -> None:
    paid = PaidSession(limits=replace(kit.limits, read_seconds=0.2))
    error = after_reading(faults(lambda connection: connection.hang()), paid)
    assert error.cause == "timeout"


@pytest.mark.promise(row="E5")
@pytest.mark.parametrize("tls", [False, True])
@pytest.mark.parametrize("data", [b"HTTP/1.1 200 OK\r\n" + b"X-Y: z\r\n" * 100, b"X" * 400])
def test_head_that_drips_ends_at_the_deadline(faults: StartServer, kit: Kit, tls: bool, data: bytes) -> None:
    paid = PaidSession(limits=replace(kit.limits, total_seconds=0.3), ca_bundle=str(kit.pem))
    error = after_reading(faults(lambda connection: connection.drip(data, 0.05), tls=tls), paid)
    assert error.cause == "deadline"
    assert "within 0.3 s" in error.message


@pytest.mark.promise(row="E5")
@pytest.mark.parametrize(
    ("start", "content"),
    [(b"HTTP/1.1 200 OK\r\n", b""), (b"HTTP/1.1 200 OK\r\nContent-Length: 400\r\n\r\n", b"x")],
    ids=["fields", "body"],
)
def test_rest_that_drips_ends_at_the_deadline(faults: StartServer, kit: Kit, start: bytes, content: bytes) -> None:
    def drip(connection: Connection) -> None:
        connection.send(start)
        connection.drip(b"x" * 400, 0.05)

    paid = PaidSession(limits=replace(kit.limits, total_seconds=0.8))
    answer = post(paid, faults(drip).url)
    assert (answer.status, answer.cause) == (200, "deadline")
    assert set(answer.content) == set(content)


@pytest.mark.parametrize(
    "data",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n5\r\nx",
    ],
)
def test_half_an_answer_is_told_from_a_whole_one(faults: StartServer, paid: PaidSession, kit: Kit, data: bytes) -> None:
    answer = post(paid, faults(kit.raw(data)).url)
    assert answer.status == 200
    assert answer.cut == "the answer was cut off"
    assert answer.content.startswith(b"half")


def test_not_http_is_in_doubt(faults: StartServer, paid: PaidSession, kit: Kit) -> None:
    error = after_reading(faults(kit.raw(b"SSH-2.0-OpenSSH_9.6\r\n")), paid)
    assert error.cause == "not_http"


@pytest.mark.promise(row="E1")
def test_damaged_tls_after_reading_is_in_doubt(faults: StartServer, paid: PaidSession) -> None:
    """urllib3's own retries would send the whole request again, also a POST."""

    def damage(connection: Connection) -> None:
        with socket.socket(fileno=os.dup(connection.sock.fileno())) as line:
            line.sendall(b"\x17\x03\x03\x00\x20" + b"Z" * 32)
        connection.close()

    error = after_reading(faults(damage, tls=True), paid)
    assert error.cause in ("tls", "closed", "reset")


@pytest.mark.promise(row="E6")
def test_bomb_stops_at_the_cap(faults: StartServer, kit: Kit) -> None:
    paid = PaidSession(limits=replace(kit.limits, max_bytes=100_000))
    answer = post(paid, faults(kit.bomb(20_000_000)).url)
    assert (answer.status, answer.cause, answer.content) == (200, "too_large", b"")


@pytest.mark.promise(row="E6")
def test_bomb_of_a_gigabyte_takes_little_memory(faults: StartServer, kit: Kit) -> None:
    """With the limits as they are: 32 MiB of an answer are kept, and then it ends."""
    server = faults(kit.answer(200, gzip.compress(bytes(10_000_000)) * 100, Content_Encoding="gzip"))
    tracemalloc.start()
    answer = post(PaidSession(), server.url)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert answer.cause == "too_large"
    assert peak < 100_000_000


def test_ten_megabytes_fit(faults: StartServer, paid: PaidSession, kit: Kit) -> None:
    assert len(post(paid, faults(kit.answer(200, bytes(10_000_000))).url).content) == 10_000_000


@pytest.mark.promise(row="E8")
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("location", ["http://localhost:1/", "http://[bad", "/same", "\xff\xfe"])
def test_redirects_are_never_followed(
    faults: StartServer, paid: PaidSession, kit: Kit, status: int, location: str
) -> None:
    server = faults(kit.answer(status, Location=location))
    assert post(paid, server.url).status == status
    assert server.posts == server.connections == 1


@pytest.mark.promise(row="E9")
def test_netrc_does_not_replace_headers(
    faults: StartServer, paid: PaidSession, kit: Kit, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login eve password stolen\n", encoding="utf-8")
    monkeypatch.setenv("NETRC", str(netrc))
    server = faults(kit.accepted)
    post(paid, server.url)
    assert "authorization" not in server.received[0].headers


@pytest.mark.promise(row="E9")
@pytest.mark.parametrize("value", ["", "/nowhere/at/all.pem"])
def test_environment_cannot_switch_verification_off(
    faults: StartServer, kit: Kit, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", value)
    server = faults(kit.accepted, tls=True)
    with pytest.raises(NotSentError):
        post(PaidSession(limits=kit.limits), server.url)
    assert server.received == []


@pytest.mark.promise(row="E9")
def test_environment_may_name_a_company_authority(
    faults: StartServer, kit: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(kit.pem))
    server = faults(kit.accepted, tls=True)
    assert post(PaidSession(limits=kit.limits), server.url).status == 200


def test_one_session_serves_several_threads(faults: StartServer, paid: PaidSession, kit: Kit) -> None:
    server = faults(kit.accepted)
    statuses: list[int] = []
    threads = [threading.Thread(target=lambda: statuses.append(post(paid, server.url).status)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert statuses == [200] * 8
    assert server.posts == 8
