"""The socket: slow, many and rude connections; and an end that loses nothing."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from upscale_connect.errors import UsageError
from upscale_connect.ledger import Inbox
from upscale_connect.receiver import Listener, Receiver, listener

if TYPE_CHECKING:
    from tests.receiver.conftest import Site

Body = Callable[..., bytes]


@pytest.mark.promise(row="F6")
def test_a_flood_of_500_is_answered_and_the_next_call_is_quick(site: Site) -> None:
    """True, repeated, forged and broken ones at once; the rows are the distinct true ones."""
    tokens = [site.know() for _ in range(50)]
    calls = [
        *((token, f"id-{number}") for number, token in enumerate(tokens) for _ in range(5)),
        *((f"{number:043}", "id-x") for number in range(150)),
        *((token, "not an id") for token in tokens for _ in range(2)),
    ]
    started = time.monotonic()
    with ThreadPoolExecutor(16) as pool:
        statuses = Counter(pool.map(lambda call: site.call(*call), calls))
    assert time.monotonic() - started < 10
    assert statuses == {200: 250, 404: 60, 429: 90, 400: 100}
    assert len(site.inbox.unread()) == 50
    started = time.monotonic()
    assert site.call(site.know()) == 200
    assert time.monotonic() - started < 1


@pytest.mark.promise(row="F7")
def test_a_trickle_is_cut_off(site: Site, body: Body, monkeypatch: pytest.MonkeyPatch) -> None:
    """A byte now and then is no silence, but the time of a connection is limited as a whole."""
    monkeypatch.setattr(listener, "REQUEST_SECONDS", 0.5)
    with site.connect() as slow:
        slow.settimeout(0.1)
        slow.sendall(b"POST /callbacks/")
        started = time.monotonic()
        while time.monotonic() - started < 5:
            try:
                slow.sendall(b"x")
                if slow.recv(1) == b"":
                    break
            except TimeoutError:
                continue
            except ConnectionError:
                break
        assert time.monotonic() - started < 4
    assert site.call(site.know()) == 200


@pytest.mark.promise(row="F7")
def test_slow_connections_that_take_every_place_give_way(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """While an attacker holds all places, a true call comes through within seconds."""
    monkeypatch.setattr(listener, "HURRIED_SECONDS", 0.2)
    assert site.listener is not None
    with ExitStack() as stack:
        for _ in range(listener.CONNECTIONS + 20):
            stack.enter_context(site.connect()).sendall(b"POST /callbacks/")
        assert len({thread for thread in threading.enumerate() if thread.name.startswith("waitress")}) <= 64
        assert site.call(site.know()) == 200


def test_a_connection_brings_one_request(site: Site, body: Body) -> None:
    token = site.know()
    request = (
        f"POST /callbacks/{token} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body())}\r\n\r\n"
    ).encode() + body()
    assert site.exchange(request + request).count(b"HTTP/1.1 ") == 1


def test_a_huge_head_is_refused(site: Site) -> None:
    answer = site.exchange(b"GET /healthz HTTP/1.1\r\nX: " + b"x" * 20_000 + b"\r\n\r\n")
    assert answer.startswith((b"HTTP/1.0 431 ", b"HTTP/1.1 431 "))
    assert answer.endswith(b"refused\n")


def test_close_answers_what_is_in_hand(tmp_path: Path, site: Site, body: Body) -> None:
    entered, go_on = threading.Event(), threading.Event()
    token = site.know()

    def find(token_hash: bytes) -> Any:
        entered.set()
        go_on.wait(5)
        return site.find(token_hash)

    with Inbox.open(tmp_path / "other.db") as inbox:
        serving = Listener(Receiver(find, inbox, site.clock), "127.0.0.1", 0)
        serving.start()
        assert site.listener is not None
        site.listener.close()
        site.listener = serving
        with ThreadPoolExecutor(2) as pool:
            answer = pool.submit(site.call, token)
            assert entered.wait(5)
            end = pool.submit(serving.close)
            go_on.set()
            assert answer.result(5) == 200
            end.result(5)
        assert len(inbox.unread()) == 1
        assert not serving.is_alive()
        with pytest.raises(ConnectionError):
            site.call(token)
        serving.close()


def test_a_request_that_has_begun_is_taken_to_its_end(site: Site, body: Body) -> None:
    token = site.know()
    assert site.listener is not None
    with site.connect() as connection:
        connection.sendall(f"POST /callbacks/{token} HTTP/1.1\r\nHost: x\r\n".encode())
        while not any(channel.request is not None for channel in site.listener._server.channels):
            time.sleep(0.01)
        with ThreadPoolExecutor(1) as pool:
            end = pool.submit(site.listener.close)
            connection.sendall(
                f"Content-Type: application/json\r\nContent-Length: {len(body())}\r\n\r\n".encode() + body()
            )
            assert connection.makefile("rb").read().startswith(b"HTTP/1.1 200 ")
            end.result(5)
    assert len(site.inbox.unread()) == 1


@pytest.mark.parametrize("is_accepted", [True, False])
def test_a_connection_without_a_request_yet_is_heard(
    site: Site, body: Body, monkeypatch: pytest.MonkeyPatch, is_accepted: bool
) -> None:
    """It was made a moment before the end; whether the receiver has noticed it by then is nobody's fault."""
    token = site.know()
    assert site.listener is not None
    if not is_accepted:
        monkeypatch.setattr(site.listener._server, "accept", lambda: None)
    with site.connect() as connection, ThreadPoolExecutor(1) as pool:
        while is_accepted and not site.listener._server.channels:
            time.sleep(0.01)
        if not is_accepted:
            monkeypatch.undo()
        end = pool.submit(site.listener.close)
        while not site.listener._closing.is_set():
            time.sleep(0.01)
        head = f"POST /callbacks/{token} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        connection.sendall(head.encode() + f"Content-Length: {len(body())}\r\n\r\n".encode() + body())
        assert connection.makefile("rb").read().startswith(b"HTTP/1.1 200 ")
        end.result(5)
    assert len(site.inbox.unread()) == 1


def test_close_does_not_wait_for_ever(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listener, "DRAIN_SECONDS", 0.2)
    assert site.listener is not None
    with site.connect() as connection:
        connection.sendall(b"POST /callbacks/x HTTP/1.1\r\n")
        started = time.monotonic()
        site.listener.close()
        assert time.monotonic() - started < 3


def test_a_listener_that_never_started_gives_its_port_back(site: Site) -> None:
    idle = Listener(Receiver(site.find, site.inbox, site.clock), "127.0.0.1", 0)
    port = idle.port
    idle.close()
    again = Listener(Receiver(site.find, site.inbox, site.clock), "127.0.0.1", port)
    assert again.url == f"http://127.0.0.1:{port}"
    again.close()


def test_a_port_that_is_taken_is_one_clear_error(site: Site) -> None:
    with pytest.raises(UsageError, match=f"cannot listen on 127.0.0.1 port {site.port}: it is taken"):
        Listener(Receiver(site.find, site.inbox, site.clock), "127.0.0.1", site.port)


def test_an_address_of_another_machine_is_one_clear_error(site: Site) -> None:
    with pytest.raises(UsageError, match="this machine does not have that address"):
        Listener(Receiver(site.find, site.inbox, site.clock), "192.0.2.1", 0)
