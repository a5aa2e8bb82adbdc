"""The session of a connector: whose turn it is, what it repeats, what it tells nobody."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
import requests
from pydantic import SecretStr

from upscale_connect import Allowance, Context, PluginConfig, QuotaError, RateLimit, Sink, UnreachableError
from upscale_connect.engine.run import plugin_log
from upscale_connect.http import HttpSession, RateLimiters, plugin_session

if TYPE_CHECKING:
    from tests.upscale.conftest import FaultServer, Kit

    StartServer = Callable[..., FaultServer]

TOKEN = "t0ken/of+anna"


class Time:
    """Waiting moves it."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> datetime:
        return datetime(2026, 3, 4, tzinfo=UTC) + timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> bool:
        self.seconds += seconds
        return False


class Options(PluginConfig):
    token: SecretStr


class Portal(Sink[Options]):
    """Reads its limits from two headers."""

    name = "portal"
    config_model = Options
    limits: ClassVar = (RateLimit(3, 10),)

    @classmethod
    def read_allowances(cls, response: requests.Response) -> Iterable[Allowance]:
        if "X-Left-Today" in response.headers:
            yield Allowance(RateLimit(1000, 86_400), float(response.headers["X-Left-Today"]))

    def write(self, deliveries: Any) -> Iterator[Any]:
        yield from ()


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def open_portal(time: Time, tmp_path: Path) -> Iterator[Callable[..., Portal]]:
    """Connectors of one run."""
    limiters = RateLimiters(time, time.sleep)
    sessions: list[HttpSession] = []

    def open_one(token: str = TOKEN) -> Portal:
        sessions.append(plugin_session(time, time.sleep, limiters))
        context = Context(tmp_path, sessions[-1], time, threading.Event(), plugin_log("portal", {token}))
        return Portal(Options(token=SecretStr(token)), context)

    yield open_one
    for session in sessions:
        session.close()


def test_connectors_with_the_same_secret_share_their_limits(
    faults: StartServer, open_portal: Callable[..., Portal], kit: Kit, time: Time
) -> None:
    server = faults(kit.answer(200))
    first, second, other = open_portal(), open_portal(), open_portal("another-token")
    for portal in (first, second, first, other):
        portal.context.http.get(server.url)
    assert time.seconds == 0
    second.context.http.get(server.url)
    assert 10 <= time.seconds <= 10.2


def test_what_an_answer_tells_is_believed(faults: StartServer, open_portal: Callable[..., Portal], kit: Kit) -> None:
    server = faults(kit.answer(200, X_Left_Today="1"))
    http = open_portal().context.http
    http.get(server.url)
    http.get(server.url)
    http.get(server.url)
    server.behaviours[0] = kit.answer(200, X_Left_Today="0")
    http.get(server.url)
    with pytest.raises(QuotaError, match=r"^127\.0\.0\.1:\d+: the 1,000 calls"):
        http.get(server.url)
    assert len(server.received) == 4


def test_a_429_stops_all_that_use_the_same_secret(
    faults: StartServer, open_portal: Callable[..., Portal], kit: Kit, time: Time
) -> None:
    server = faults(kit.answer(429, Retry_After="40"), kit.answer(200))
    first, second = open_portal(), open_portal()
    assert first.context.http.post(server.url, data=b"x").status_code == 429
    second.context.http.get(server.url)
    assert (time.seconds, len(server.received)) == (40, 2)


def test_a_429_without_a_time_waits_for_the_declared_window(
    faults: StartServer, open_portal: Callable[..., Portal], kit: Kit, time: Time
) -> None:
    server = faults(kit.answer(429), kit.answer(200))
    assert open_portal().context.http.get(server.url).status_code == 200
    assert 10 <= time.seconds <= 10.2


def test_each_try_takes_its_turn(faults: StartServer, open_portal: Callable[..., Portal], kit: Kit, time: Time) -> None:
    server = faults(kit.answer(503), kit.answer(503), kit.answer(503), kit.answer(200))
    assert open_portal().context.http.get(server.url).status_code == 200
    assert time.seconds >= 10


def test_a_pause_of_an_hour_is_left_to_the_next_run(
    faults: StartServer, open_portal: Callable[..., Portal], kit: Kit, time: Time
) -> None:
    server = faults(kit.answer(429, Retry_After="3600"))
    http = open_portal().context.http
    assert http.get(server.url).status_code == 429
    with pytest.raises(QuotaError, match="asks for a pause of 15 min"):
        http.get(server.url)
    assert (time.seconds, len(server.received)) == (0, 1)


def test_costs_are_given_with_the_call(
    faults: StartServer, open_portal: Callable[..., Portal], kit: Kit, time: Time
) -> None:
    server = faults(kit.answer(200))
    http = open_portal().context.http
    http.declare([RateLimit(10, 60, counts="cost")], Portal.read_allowances, "")
    http.request("GET", server.url, cost=10)
    assert time.seconds == 0
    http.get(server.url)
    assert 60 <= time.seconds <= 61


@pytest.mark.parametrize("status", [307, 308, 302])
def test_a_redirected_post_is_not_sent_twice(
    faults: StartServer, open_portal: Callable[..., Portal], kit: Kit, status: int
) -> None:
    server = faults(kit.answer(status, Location="/there"), kit.answer(200))
    with pytest.raises(UnreachableError, match="a POST would be sent twice"):
        open_portal().context.http.post(server.url, data=b"x")
    assert len(server.received) == 1


def test_the_server_sees_who_calls(faults: StartServer, open_portal: Callable[..., Portal], kit: Kit) -> None:
    server = faults(kit.answer(200))
    open_portal().context.http.get(server.url)
    assert server.received[0].headers["user-agent"] == "upscale-connect/0.1.0"


# What a plugin logs.


@pytest.mark.parametrize("form", [TOKEN, "t0ken%2Fof%2Banna", "dDBrZW4vb2YrYW5uYQ"])
def test_a_secret_is_not_logged(caplog: pytest.LogCaptureFixture, form: str) -> None:
    log = plugin_log("portal", {TOKEN})
    log.warning("sent %s", form)
    try:
        raise OSError(form)
    except OSError:
        log.exception("failed")
    assert form not in caplog.text
    assert "OSError: [redacted]" in caplog.text
    assert "sent [redacted]" in caplog.text


def test_the_log_of_a_plugin_obeys_the_level_of_its_parents(caplog: pytest.LogCaptureFixture) -> None:
    log = plugin_log("portal", ())
    with caplog.at_level(logging.ERROR, "upscale_connect.plugins"):
        log.warning("quiet")
    with caplog.at_level(logging.DEBUG, "upscale_connect.plugins.portal"):
        plugin_log("portal", ()).debug("loud")
    assert [record.getMessage() for record in caplog.records] == ["loud"]
    assert caplog.records[0].name == "upscale_connect.plugins.portal"


def test_what_one_run_hides_no_other_run_hides(caplog: pytest.LogCaptureFixture) -> None:
    plugin_log("portal", {"spring"})
    plugin_log("portal", {"autumn"}).warning("spring and autumn")
    assert caplog.messages == ["spring and [redacted]"]
