"""The only stage that spends money: what is written before and after a request, and pauses that the API asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from upscale_connect.ledger import hash_token

if TYPE_CHECKING:
    from tests.engine.conftest import World


# 429: refused, and soon welcome.


@pytest.mark.promise(row="E3")
@pytest.mark.parametrize(
    ("options", "pause"), [({"retry_after": 7}, 7), ({"retry_after": "date", "seconds": 20}, 20), ({}, 5)]
)
def test_short_pause_is_slept(singles: World, options: dict[str, Any], pause: float) -> None:
    singles.sandbox.faults.add("rate_limit", on="submit", **options)
    singles.sync()
    assert singles.stop.waits == [pytest.approx(pause, abs=1)]
    assert singles.attempts() == ["accepted"] * 3
    assert singles.posts == 4


@pytest.mark.promise(row="E3")
def test_long_pause_is_left_to_the_next_run(singles: World) -> None:
    singles.sandbox.faults.add("rate_limit", on="submit", retry_after=300)
    singles.sync()
    assert (singles.posts, singles.exit_code, singles.stop.waits) == (1, 10, [])
    assert singles.attempts() == ["dropped"]
    assert singles.states() == {"queued": 3}
    singles.sync()
    assert len(singles.bought()) == 3


def test_long_pause_is_slept_by_a_run_that_waits(singles: World) -> None:
    singles.sandbox.faults.add("rate_limit", on="submit", retry_after=300)
    singles.wait()
    assert 300 in singles.stop.waits
    assert len(singles.bought()) == 3


def test_time_that_is_up_is_up_for_a_pause_too(singles: World) -> None:
    singles.sandbox.faults.add("rate_limit", on="submit", retry_after=300)
    singles.run(wait=True, timeout=299)
    assert (singles.posts, singles.exit_code, singles.stop.waits) == (1, 10, [])
    singles.sandbox.faults.add("rate_limit", on="submit", retry_after=300)
    singles.run(wait=True, timeout=0)
    assert (singles.posts, singles.exit_code, singles.stop.waits) == (2, 10, [])
    singles.sandbox.faults.add("rate_limit", on="submit", retry_after=300)
    singles.run(wait=True, timeout=301)
    assert singles.stop.waits[0] == 300
    assert len(singles.bought()) == 3


@pytest.mark.promise(row="E3")
def test_api_that_always_wants_us_to_slow_down(singles: World) -> None:
    singles.sandbox.faults.add("rate_limit", on="submit", retry_after=1, times=None)
    singles.sync()
    assert (singles.posts, singles.exit_code) == (5, 10)
    assert singles.states() == {"queued": 3}


def test_stop_while_pausing_gives_the_leads_back(singles: World) -> None:
    singles.sandbox.faults.add("rate_limit", on="submit", retry_after=9)
    singles.stop.on_wait = singles.stop.set
    singles.sync()
    assert singles.attempts() == ["dropped"]
    assert singles.states() == {"queued": 3}
    singles.stop.on_wait = lambda: None
    singles.stop.clear()
    singles.sync()
    assert len(singles.bought()) == 3


# What is written before and after.


def test_intent_is_durable_before_the_first_byte(world: World) -> None:
    """When the request arrives, the ledger's file says so already, and has the callback's token as a hash only."""
    world.write_leads(1, 2)
    seen: list[tuple[Any, ...]] = []
    receive = world.sandbox.state.receive

    def look(request: Any) -> None:
        if request.endpoint == "submit":
            seen.extend(world.query("SELECT state, bytes_sent, sent_at IS NOT NULL, token_hash FROM attempt"))
        receive(request)

    world.replace("receive", look)  # looks at the ledger in that very moment
    world.wait()
    (request,) = world.sandbox.state.requests_to("submit")
    ((state, size, sent, stored),) = seen
    assert (state, size, sent) == ("submitting", request.size, 1)
    url = request.json()["completion_notification_url"]
    assert url.startswith("https://callback.invalid/")
    token = url.rpartition("/")[2]
    assert len(token) >= 43
    assert stored == hash_token(token)
    assert token.encode() not in (world.folder / "ledger.db").read_bytes()


def test_each_attempt_has_its_own_token(singles: World) -> None:
    singles.config["accounts"]["main"]["callback_url"] = "https://hooks.example.com/upscale"
    singles.sandbox.faults.add("http_error", on="submit", status=400)
    singles.sync()
    singles.sync()
    urls = [request.json()["completion_notification_url"] for request in singles.sandbox.state.requests_to("submit")]
    assert len(set(urls)) == len(urls) == 4
    assert all(url.startswith("https://hooks.example.com/upscale/callbacks/") for url in urls)


def test_one_request_of_a_campaign_at_a_time(world: World) -> None:
    """What one cut wire can put in doubt is one batch; other campaigns run beside it."""
    world.config["accounts"]["main"] |= {"batch_size": 1, "in_flight": 8}
    del world.spring["campaign"]
    world.spring["map"]["automation_tool_campaign_id"] = "Campaign"
    world.write_leads(*(world.lead(n, Campaign=f"c{n % 3}") for n in range(12)))
    highest: list[int] = []
    receive = world.sandbox.state.receive

    def look(request: Any) -> None:
        counts = world.query(
            "SELECT count(*) FROM attempt a JOIN batch b ON b.id = a.batch_id"
            " WHERE a.state IN ('prepared', 'submitting') GROUP BY b.campaign_id"
        )
        highest.append(max((row[0] for row in counts), default=0))
        receive(request)

    world.replace("receive", look)  # looks at the ledger in that very moment
    world.sync()
    assert len(world.bought()) == 12
    assert max(highest) == 1
