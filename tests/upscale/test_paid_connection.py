"""The session that may spend money, while its connection does not stand: nothing is sent."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.upscale.paid_request import BODY, Marks, post
from upscale_connect.errors import NotSentError, UsageError
from upscale_connect.upscale import PaidSession

if TYPE_CHECKING:
    from tests.upscale.conftest import Connection, FaultServer, Kit

    StartServer = Callable[..., FaultServer]


def check_not_sent(paid: PaidSession, url: str, reason: str) -> None:
    def mark() -> None:
        raise AssertionError("marked although nothing can be sent")

    with pytest.raises(NotSentError, match=reason) as caught:
        post(paid, url, mark)
    assert "nothing was bought" in caught.value.hint


def test_refused_connection_is_not_sent(paid: PaidSession, dead_port: int) -> None:
    check_not_sent(paid, f"http://127.0.0.1:{dead_port}", f"127.0.0.1:{dead_port}: the connection was refused")


def test_unknown_name_is_not_sent(paid: PaidSession) -> None:
    check_not_sent(paid, "https://api.invalid", "api.invalid: its name cannot be resolved")


def test_impossible_name_is_not_sent(paid: PaidSession) -> None:
    check_not_sent(paid, f"https://{'a' * 70}.invalid", "its name cannot be resolved")


@pytest.mark.parametrize(("url", "header"), [("https://", "x"), ("no-scheme", "x"), ("https://api.invalid", "a\nb")])
def test_what_cannot_be_a_request_is_not_sent(paid: PaidSession, url: str, header: str) -> None:
    with pytest.raises(UsageError, match="the address or a header of the paid request is not valid"):
        paid.post(url, BODY, {"X-Y": header})


def test_connect_timeout_is_not_sent(kit: Kit) -> None:
    paid = PaidSession(limits=replace(kit.limits, connect_seconds=0.2))
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        fillers = [socket.socket() for _ in range(4)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
        try:
            if fillers[-1].connect_ex(listener.getsockname()) == 0:
                pytest.skip("this system has no bound on waiting connections")
            check_not_sent(paid, url, "no connection in time")
        finally:
            for filler in fillers:
                filler.close()


@pytest.mark.promise(row="E10")
def test_untrusted_certificate_is_not_sent(faults: StartServer, kit: Kit) -> None:
    server = faults(kit.accepted, tls=True)
    check_not_sent(PaidSession(limits=kit.limits), server.url, "TLS certificate is not trusted")
    assert server.received == []


def test_server_without_tls_is_not_sent(faults: StartServer, paid: PaidSession, kit: Kit) -> None:
    server = faults(kit.accepted, greeting=kit.raw(b"HTTP/1.1 400 X\r\n\r\n"))
    check_not_sent(paid, server.url.replace("http:", "https:"), "TLS|reset|closed")


@pytest.mark.promise(row="E5")
def test_handshake_that_drips_ends_at_the_deadline(faults: StartServer, kit: Kit) -> None:
    paid = PaidSession(limits=replace(kit.limits, total_seconds=0.2))
    server = faults(kit.accepted, greeting=lambda connection: connection.drip(b"\x16\x03\x03" * 200, 0.1))
    check_not_sent(paid, server.url.replace("http:", "https:"), "within 0.2 s")


def relay(target: FaultServer) -> Callable[[Connection], None]:
    """A proxy that opens a tunnel to `target`."""

    def tunnel(connection: Connection) -> None:
        with socket.create_connection(("127.0.0.1", target.port)) as far:
            connection.send(b"HTTP/1.1 200 Connection established\r\n\r\n")
            back = threading.Thread(target=pump, args=(far, connection.sock))
            back.start()
            pump(connection.sock, far)
            back.join(5)
        connection.close()

    return tunnel


def pump(source: socket.socket, target: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        return


def test_tunnel_of_a_proxy_is_not_yet_the_request(
    faults: StartServer, paid: PaidSession, kit: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = faults(kit.accepted, tls=True)
    proxy = faults(relay(server))
    monkeypatch.setenv("HTTPS_PROXY", proxy.url)
    marks = Marks(server)
    answer = post(paid, server.url, marks)
    assert answer.status == 200
    assert len(marks.made) == 1
    assert [request.method for request in proxy.received] == ["CONNECT"]
    head_and_body = sum(len(f"{k}: {v}\r\n") for k, v in server.received[0].headers.items()) + len(BODY)
    assert head_and_body < answer.bytes_sent < head_and_body + 40


@pytest.mark.parametrize(("status", "reason"), [(502, "refused the connection"), (407, "user name and password")])
def test_proxy_that_opens_no_tunnel_is_not_sent(
    faults: StartServer, paid: PaidSession, kit: Kit, monkeypatch: pytest.MonkeyPatch, status: int, reason: str
) -> None:
    proxy = faults(kit.answer(status))
    monkeypatch.setenv("HTTPS_PROXY", proxy.url)
    check_not_sent(paid, "https://api.invalid", reason)


def test_proxy_that_is_away_is_not_sent(paid: PaidSession, monkeypatch: pytest.MonkeyPatch, dead_port: int) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"http://user:secret@127.0.0.1:{dead_port}")
    check_not_sent(paid, "https://api.invalid", "refused")


def test_socks_proxy_is_refused_before_anything_is_sent(paid: PaidSession, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "socks5://127.0.0.1:1")
    check_not_sent(paid, "https://api.invalid", "SOCKS")
