"""The exchange below both sessions, where no server can bring it to."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from upscale_connect.errors import InDoubtError, NotSentError
from upscale_connect.http.exchange import Exchange, WatchedHTTPConnection
from upscale_connect.upscale import PaidSession

if TYPE_CHECKING:
    from tests.upscale.conftest import FaultServer, Kit

    StartServer = Callable[..., FaultServer]


@pytest.mark.promise(row="E1")
def test_a_request_never_continues_on_a_second_connection(faults: StartServer, kit: Kit) -> None:
    server = faults(kit.accepted)
    connection = WatchedHTTPConnection("127.0.0.1", server.port)
    with Exchange(kit.limits) as exchange:
        connection.send(b"POST / HTTP/1.1\r\nContent-Length: 4\r\n\r\n")
        connection.close()
        with pytest.raises(ConnectionResetError):
            connection.send(b"body")
    assert exchange.bytes_sent == 38
    server.close()
    assert server.received == []


def test_a_connection_outside_an_exchange_is_an_ordinary_one(faults: StartServer, kit: Kit) -> None:
    connection = WatchedHTTPConnection("127.0.0.1", faults(kit.accepted).port)
    connection.request("GET", "/")
    assert connection.getresponse().status == 200
    connection.close()


def test_slow_name_resolution_counts_and_nothing_is_sent(
    faults: StartServer, kit: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = faults(kit.accepted)
    resolve = socket.getaddrinfo

    def resolve_slowly(*args: Any, **options: Any) -> Any:
        threading.Event().wait(0.3)
        return resolve(*args, **options)

    monkeypatch.setattr(socket, "getaddrinfo", resolve_slowly)
    paid = PaidSession(limits=replace(kit.limits, total_seconds=0.1))
    marked: list[bool] = []
    with pytest.raises(NotSentError, match=r"within 0\.1 s"):
        paid.post(server.url, b"{}", {}, before_send=lambda: marked.append(True))
    assert (marked, server.received) == ([], [])


def test_a_mark_that_takes_too_long_leaves_doubt_not_certainty(faults: StartServer, kit: Kit) -> None:
    """Once the mark is made, the books say that the request may have left."""
    server = faults(kit.accepted)
    paid = PaidSession(limits=replace(kit.limits, total_seconds=0.1))

    def mark_slowly() -> None:
        threading.Event().wait(0.3)

    with pytest.raises(InDoubtError, match=r"within 0\.1 s"):
        paid.post(server.url, b"{}", {}, before_send=mark_slowly)
    assert server.received == []
