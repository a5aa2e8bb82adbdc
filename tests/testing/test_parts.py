"""The parts that authors use: time, servers, the wire behind `context.http`, and the guard."""

from __future__ import annotations

import http.client
import logging
import socket
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from upscale_connect import HttpSession, Record, Sink, Source, UnreachableError
from upscale_connect.testing import (
    Answer,
    Call,
    Connection,
    FakeClock,
    FakeStop,
    FaultServer,
    MemoryPlugin,
    MemorySink,
    MemorySource,
    answer,
    cut,
    drop,
    handle,
    run_sync,
)
from upscale_connect.testing.canaries import SECRET, find_leak, texts_of
from upscale_connect.testing.guard import Guard
from upscale_connect.testing.invented import make_delivery
from upscale_connect.testing.wire import Wire, once

# Time.


def test_time_moves_when_it_is_waited_for() -> None:
    clock = FakeClock()
    stop = FakeStop(clock)
    begun = clock.now()
    assert not stop.wait(90)
    clock.advance(10)
    assert (clock.now() - begun).total_seconds() == clock.monotonic() == 100
    assert stop.waits == [90]


def test_a_stop_can_come_while_something_waits() -> None:
    stop = FakeStop(FakeClock())
    stop.on_wait = stop.set
    assert stop.wait(1)
    assert stop.is_set()
    stop.clear()
    assert not stop.is_set()


# A server on a socket.


@pytest.fixture
def said() -> list[str]:
    """What the server below has done."""
    return []


def echo(call: Call) -> Answer:
    return Answer(200, {"path": call.route, "query": call.query, "sent": call.json() if call.body else None})


def test_a_function_is_a_server() -> None:
    with FaultServer(handle(echo)) as server:
        answered = requests.post(f"{server.url}/a?b=1&b=2", json={"c": 3}, timeout=5).json()
    assert answered == {"path": "/a", "query": {"b": "2"}, "sent": {"c": 3}}
    assert server.count("POST") == len(server.calls) == 1


def test_faults_come_first(said: list[str]) -> None:
    def note(call: Call) -> Answer:
        said.append(call.path)
        return Answer(200, b"x" * 100)

    with FaultServer(drop(note), cut(note), Connection.reset, answer(429, Retry_After="1"), handle(note)) as server:
        for _ in range(3):
            with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
                requests.get(server.url, timeout=5)
        assert requests.get(server.url, timeout=5).headers["Retry-After"] == "1"
        assert len(requests.get(server.url, timeout=5).content) == 100
    assert said == ["/", "/", "/"]


# Behind context.http.


@pytest.fixture
def wire() -> Wire:
    clock = FakeClock()
    made = Wire(clock, FakeStop(clock), safe=("POST /search",))
    made.hosts.add("api.example")
    made.routes["https", "api.example", 443] = echo
    return made


@pytest.fixture
def session(wire: Wire) -> Iterator[HttpSession]:
    with wire.open_session() as opened:
        yield opened


def test_a_host_is_answered_by_a_function(session: HttpSession) -> None:
    assert session.get("https://api.example/a?b=1").json() == {"path": "/a", "query": {"b": "1"}, "sent": None}


def test_a_host_is_answered_by_a_server_of_this_machine(wire: Wire, session: HttpSession) -> None:
    with FaultServer(Connection.reset, handle(echo)) as server:
        wire.routes["https", "api.example", 443] = server.url
        assert session.get("https://api.example/a?b=1").json()["path"] == "/a"


def test_a_host_that_is_not_declared_is_not_reached(wire: Wire, session: HttpSession) -> None:
    with pytest.raises(UnreachableError, match="not declared"):
        session.get("https://statistics.example/")
    assert [str(sent) for sent in wire.undeclared] == ["GET statistics.example/"]


def test_nothing_is_written_while_it_only_reads(wire: Wire, session: HttpSession) -> None:
    wire.phase = "read"
    session.get("https://api.example/")
    session.post("https://api.example/search", json={})
    with pytest.raises(UnreachableError, match="only reads"):
        session.put("https://api.example/")
    assert [str(sent) for sent in wire.writes] == ["PUT api.example/"]


def test_faults_are_put_in(wire: Wire, session: HttpSession) -> None:
    wire.choose_fault = once(Answer(503), lambda sent: True, times=2)
    assert session.get("https://api.example/").status_code == 200
    assert len(wire.calls) == 3
    wire.choose_fault = once("lost", lambda sent: sent.call.method == "POST")
    with pytest.raises(UnreachableError, match="closed without an answer"):
        session.post("https://api.example/", json={})
    wire.choose_fault = once("down", lambda sent: True)
    with pytest.raises(UnreachableError, match="refused"):
        session.put("https://api.example/")


# The guard.


@pytest.fixture
def guard() -> Iterator[Guard]:
    made = Guard()
    made.open()
    yield made
    made.close()


def test_nobody_reaches_another_machine(guard: Guard) -> None:
    with pytest.raises(OSError, match="another machine"):
        socket.create_connection(("portal.example", 443))
    with socket.socket() as sock, pytest.raises(ConnectionRefusedError):
        sock.connect(("192.0.2.1", 443))
    assert guard.hosts == ["portal.example", "192.0.2.1"]


def test_http_past_the_context_is_noticed(guard: Guard) -> None:
    with FaultServer(handle(echo)) as server:
        requests.get(server.url, timeout=5)
        urllib.request.urlopen(server.url, timeout=5).close()
        connection = http.client.HTTPConnection("127.0.0.1", server.port)
        connection.request("PUT", "/")
        connection.close()
    assert guard.own_http == ["GET 127.0.0.1", "GET 127.0.0.1", "PUT 127.0.0.1"]


def test_sleep_takes_no_time_and_is_noticed(guard: Guard) -> None:
    begun = time.monotonic()
    time.sleep(60)
    assert time.monotonic() - begun < 1
    assert guard.slept == [60]


def test_every_log_line_is_kept(guard: Guard) -> None:
    logging.getLogger("some.library").debug("token %s", "abc")
    assert (logging.DEBUG, "some.library: token abc") in guard.log.lines


def test_all_is_as_before_when_it_is_closed() -> None:
    before = (socket.socket.connect, socket.getaddrinfo, time.sleep, logging.getLogger().level)
    made = Guard()
    made.open()
    made.close()
    assert (socket.socket.connect, socket.getaddrinfo, time.sleep, logging.getLogger().level) == before


@pytest.mark.parametrize("form", [SECRET, "canary%2FSecret%2B7f3a9c51e0d2", "Y2FuYXJ5L1NlY3JldCs3ZjNhOWM1MWUwZD"])
def test_a_secret_is_found_in_every_form(form: str) -> None:
    assert find_leak([SECRET], [("a log line", "nothing"), ("a repr", f"x{form}y")]) == ("a repr", f"x{form}y")
    assert find_leak([SECRET], [("a log line", "nothing")]) is None
    assert find_leak([], [("a log line", "nothing")]) is None


def test_an_exception_tells_all_that_it_came_from() -> None:
    error = KeyError("x")
    error.__context__ = OSError(SECRET)
    assert find_leak([SECRET], [("an exception", text) for text in texts_of(error)])


# Memory.


def test_each_class_has_its_own_content() -> None:
    first, second = MemorySource.of([Record("1", {})]), MemorySource.of([], "other")
    assert (first.items, second.items, second.name) == ([Record("1", {})], [], "other")
    assert MemorySink.fresh().written is not MemorySink.fresh().written


def test_a_plugin_of_memory_offers_what_it_was_given() -> None:
    source, sink = MemorySource.of([]), MemorySink.fresh()
    plugin = MemoryPlugin(source, sink)
    kinds: list[list[type[Source[Any]] | type[Sink[Any]]]] = [list(plugin.lead_sources()), list(plugin.message_sinks())]
    assert kinds == [[source], [sink]]


def test_a_sink_that_is_told_to_refuse_keeps_nothing(tmp_path: Path) -> None:
    sink = MemorySink.fresh(answer=lambda delivery: delivery.failed("full", retry=False))
    clock = FakeClock()
    wire = Wire(clock, FakeStop(clock))
    from upscale_connect import Context, PluginConfig

    with wire.open_session() as session:
        context = Context(tmp_path, session, clock, FakeStop(clock), logging.getLogger("box"))
        (result,) = sink(PluginConfig(), context).write([make_delivery(1)])
    assert (result.outcome, sink.written) == ("failed", [])


def test_two_connectors_of_one_name_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="two sinks called 'memory'"):
        run_sync(tmp_path / "none.yaml", MemorySink.fresh(), MemorySink.fresh())
