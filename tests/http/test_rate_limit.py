"""Limits of calls: with a clock that only waiting moves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from upscale_connect.errors import QuotaError, UnreachableError
from upscale_connect.http import Allowance, RateLimit, RateLimiters
from upscale_connect.http.rate_limit import LONGEST_TURN, RateLimiter


class Time:
    """A clock and its sleep. `stopped`: the run should end."""

    def __init__(self) -> None:
        self.seconds = 1000.0
        self.slept: list[float] = []
        self.stopped = False

    def now(self) -> datetime:
        return datetime(2026, 1, 2, tzinfo=UTC) + timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> bool:
        self.slept.append(seconds)
        self.seconds += seconds
        return self.stopped


@pytest.fixture
def time() -> Time:
    return Time()


def make_limiter(time: Time, *limits: RateLimit) -> RateLimiter:
    limiter = RateLimiters(time, time.sleep).get("api.example", "")
    limiter.declare(limits)
    return limiter


def call(method: str = "GET", path: str = "/contacts") -> requests.PreparedRequest:
    return requests.Request(method, f"https://api.example{path}").prepare()


def send(limiter: RateLimiter, time: Time, count: int, request: requests.PreparedRequest | None = None) -> list[float]:
    """When each of so many calls left."""
    left = []
    for _ in range(count):
        limiter.wait_turn(request or call(), 1)
        left.append(time.seconds)
    return left


def most_within(times: list[float], seconds: float) -> int:
    return max(sum(start <= other < start + seconds for other in times) for start in times)


def test_calls_below_the_limit_wait_for_nothing(time: Time) -> None:
    send(make_limiter(time, RateLimit(10, 10)), time, 10)
    assert time.slept == []


def test_a_call_over_the_limit_waits_until_the_window_has_room(time: Time) -> None:
    limiter = make_limiter(time, RateLimit(2, 10))
    first, second, third = send(limiter, time, 3)
    assert first == second == 1000
    assert 10 <= third - first <= 10.2


@given(
    st.integers(1, 20),
    st.floats(0.1, 60),
    st.lists(st.floats(0, 30), min_size=2, max_size=60),
)
def test_no_window_ever_holds_more(amount: int, seconds: float, pauses: list[float]) -> None:
    time = Time()
    limiter = make_limiter(time, RateLimit(amount, seconds))
    times = []
    for pause in pauses:
        time.seconds += pause
        times += send(limiter, time, 1)
    assert most_within(times, seconds * 0.999) <= amount
    assert all(later - earlier <= 30 + seconds * 1.02 for earlier, later in pairwise(times))


def test_all_limits_hold_at_once(time: Time) -> None:
    times = send(make_limiter(time, RateLimit(5, 1), RateLimit(12, 60)), time, 24)
    assert most_within(times, 0.999) <= 5
    assert most_within(times, 59.9) <= 12


def test_costs_add_up(time: Time) -> None:
    limiter = make_limiter(time, RateLimit(100, 60, counts="cost"))
    for _ in range(4):
        limiter.wait_turn(call(), 25)
    assert time.slept == []
    limiter.wait_turn(call(), 1)
    assert 60 <= time.seconds - 1000 <= 61


def test_a_cost_above_the_whole_limit_goes_alone(time: Time) -> None:
    limiter = make_limiter(time, RateLimit(10, 60, counts="cost"))
    limiter.wait_turn(call(), 50)
    limiter.wait_turn(call(), 50)
    assert 60 <= time.seconds - 1000 <= 61


def test_a_limit_holds_for_its_methods_and_its_path(time: Time) -> None:
    limiter = make_limiter(time, RateLimit(1, 60, methods=("PUT", "POST")), RateLimit(1, 30, path="/search"))
    send(limiter, time, 1, call("PUT"))
    send(limiter, time, 50, call("GET"))
    send(limiter, time, 1, call("GET", "/contacts/search"))
    send(limiter, time, 1, call("GET", "/contacts?q=/search"))
    assert time.slept == []
    send(limiter, time, 1, call("GET", "/contacts/search"))
    assert 30 <= time.seconds - 1000 <= 31
    send(limiter, time, 1, call("POST"))
    assert 60 <= time.seconds - 1000 <= 61


def test_a_budget_of_a_day_that_is_used_up_is_an_error_that_loses_nothing(time: Time) -> None:
    limiter = make_limiter(time, RateLimit(1000, 86_400))
    send(limiter, time, 1000)
    with pytest.raises(QuotaError) as caught:
        send(limiter, time, 1)
    assert caught.value.message == "api.example: the 1,000 calls that it allows in a day are used up"
    assert caught.value.hint == "nothing is lost; run again tomorrow"
    assert caught.value.exit_code == 10
    assert time.slept == []


def test_a_turn_that_is_far_away_is_not_waited_for(time: Time) -> None:
    limiter = make_limiter(time, RateLimit(1, LONGEST_TURN + 60, counts="cost"))
    send(limiter, time, 1)
    with pytest.raises(QuotaError, match="the 1 cost of calls that it allows in 360 s are used up"):
        send(limiter, time, 1)


def test_a_stop_ends_the_pause(time: Time) -> None:
    limiter = make_limiter(time, RateLimit(1, 60))
    send(limiter, time, 1)
    time.stopped = True
    with pytest.raises(UnreachableError, match="stopped while a call waited"):
        send(limiter, time, 1)
    assert len(time.slept) == 1


def test_a_day_of_calls_needs_little_memory(time: Time) -> None:
    limiter = make_limiter(time, RateLimit(1_000_000, 86_400))
    for _ in range(2000):
        time.seconds += 40
        limiter.wait_turn(call(), 1)
    (window,) = limiter._windows.values()
    assert len(window._used) <= 101


# What the service tells.


def test_a_429_closes_the_host_for_as_long_as_it_says(time: Time) -> None:
    limiter = make_limiter(time)
    limiter.close_for(7, call())
    assert send(limiter, time, 2) == [1007, 1007]


def test_a_429_without_a_time_closes_it_for_the_shortest_window_that_the_call_met(time: Time) -> None:
    limiter = make_limiter(time, RateLimit(50, 60), RateLimit(4, 2, path="/search"))
    limiter.close_for(None, call())
    assert send(limiter, time, 1) == [1060]
    limiter.close_for(None, call("POST", "/search"))
    assert send(limiter, time, 1) == [1062]


def test_a_429_without_a_time_and_without_limits_closes_nothing(time: Time) -> None:
    limiter = make_limiter(time)
    limiter.close_for(None, call())
    assert send(limiter, time, 1) == [1000]


def test_a_pause_that_is_too_long_is_an_error(time: Time) -> None:
    limiter = make_limiter(time)
    limiter.close_for(LONGEST_TURN + 1, call())
    with pytest.raises(QuotaError, match="asks for a pause of 6 min"):
        send(limiter, time, 1)


def test_the_shorter_of_two_pauses_ends_none(time: Time) -> None:
    limiter = make_limiter(time)
    limiter.close_for(100, call())
    limiter.close_for(1, call())
    assert send(limiter, time, 1) == [1100]


def test_what_others_used_counts(time: Time) -> None:
    limiter = make_limiter(time, RateLimit(100, 10))
    send(limiter, time, 3)
    limiter.learn([Allowance(RateLimit(100, 10), left=2)])
    times = send(limiter, time, 3)
    assert times[1] == 1000
    assert 10 <= times[2] - 1000 <= 10.2


def test_what_the_service_forgot_no_longer_counts(time: Time) -> None:
    """A window that begins anew at midnight."""
    limiter = make_limiter(time, RateLimit(10, 86_400))
    send(limiter, time, 10)
    limiter.learn([Allowance(RateLimit(10, 86_400), left=4)])
    send(limiter, time, 4)
    with pytest.raises(QuotaError):
        send(limiter, time, 1)


def test_nothing_left_today_is_an_error_at_once(time: Time) -> None:
    limiter = make_limiter(time)
    limiter.learn([Allowance(RateLimit(250_000, 86_400), left=0)])
    with pytest.raises(QuotaError, match="250,000 calls"):
        send(limiter, time, 1)


def test_a_limit_that_is_told_takes_the_place_of_the_declared_one(time: Time) -> None:
    limiter = make_limiter(time, RateLimit(2, 10))
    limiter.learn([Allowance(RateLimit(5, 10))])
    limiter.declare([RateLimit(2, 10)])
    assert send(limiter, time, 5)[-1] == 1000
    assert send(limiter, time, 1)[-1] > 1009


# Who shares them.


def test_one_host_and_one_credential_share_their_limits(time: Time) -> None:
    limiters = RateLimiters(time, time.sleep)
    first = limiters.get("api.example", "anna")
    assert limiters.get("api.example", "anna") is first
    assert limiters.get("api.example", "ben") is not first
    assert limiters.get("other.example", "anna") is not first


@pytest.mark.parametrize(("amount", "seconds"), [(0, 1), (-1, 1), (1, 0), (1, -1), (float("nan"), 1)])
def test_a_limit_that_is_none(amount: float, seconds: float) -> None:
    with pytest.raises(ValueError, match="above 0"):
        RateLimit(amount, seconds)
