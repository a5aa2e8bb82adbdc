"""Keeps calls below the limits that a service has, and below those that its answers tell."""

from __future__ import annotations

import logging
import math
import threading
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

from ..clock import Clock
from ..errors import QuotaError, UnreachableError

if TYPE_CHECKING:
    import requests

#: No call waits longer than this for its turn, in seconds.
LONGEST_TURN = 300.0

#: A window is counted in so many parts: what bounds its memory, and how much too long a call may wait.
_PARTS = 100
_DAY = 86_400.0
#: Seconds that are none: what rounding leaves of a delay.
_INSTANT = 1e-6

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class RateLimit:
    """At most `amount` calls within any `seconds`; with `counts="cost"`, calls whose costs add up to `amount`.

    It holds for the calls with one of these `methods` (all, if there are none) whose path holds the text `path`.
    A day's budget is a limit of 86,400 seconds.
    """

    amount: float
    seconds: float
    counts: Literal["calls", "cost"] = "calls"
    methods: tuple[str, ...] = ()
    path: str = ""

    def __post_init__(self) -> None:
        if not (self.amount > 0 and self.seconds > 0):
            raise ValueError("a RateLimit needs an amount and seconds above 0")

    def covers(self, request: requests.PreparedRequest) -> bool:
        """Whether this call counts."""
        if self.methods and request.method not in self.methods:
            return False
        return self.path in urlsplit(request.url or "").path


@dataclass(frozen=True, slots=True)
class Allowance:
    """What an answer tells: `limit` holds, and `left` of it is left now.

    The limit takes the place of one for the same calls and the same seconds.
    """

    limit: RateLimit
    left: float | None = None


class Window:
    """What was used of one limit within its last `seconds`."""

    def __init__(self, limit: RateLimit) -> None:
        self.limit = limit
        self._part = limit.seconds / _PARTS
        self._used: deque[list[float]] = deque()  # [number of the part, amount]
        self._total = 0.0

    def delay(self, cost: float, now: float) -> float:
        """Seconds until a call of this cost may leave. One that exceeds the whole limit may if nothing is used."""
        self._forget(now)
        surplus = self._total + self._weigh(cost) - self.limit.amount
        if surplus <= 0 or not self._used:
            return 0.0
        for part, amount in self._used:
            surplus -= amount
            if surplus <= 0:
                return max(self._end(part) - now, 0.0)
        return max(self._end(self._used[-1][0]) - now, 0.0)

    def note(self, cost: float, now: float) -> None:
        """A call of this cost leaves."""
        self._add(self._weigh(cost), now)

    def correct(self, allowance: Allowance, now: float) -> None:
        """Take over what the service says. What others used counts from now on, what it forgot goes first."""
        self.limit = allowance.limit
        self._forget(now)
        if allowance.left is None:
            return
        surplus = self.limit.amount - allowance.left - self._total
        if surplus > 0:
            self._add(surplus, now)
        while surplus < 0 and self._used:
            taken = min(self._used[0][1], -surplus)
            self._used[0][1] -= taken
            self._total -= taken
            surplus += taken
            if self._used[0][1] <= 0:
                self._used.popleft()

    def _weigh(self, cost: float) -> float:
        return cost if self.limit.counts == "cost" else 1.0

    def _add(self, amount: float, now: float) -> None:
        part = math.floor(now / self._part)
        if self._used and self._used[-1][0] == part:
            self._used[-1][1] += amount
        else:
            self._used.append([part, amount])
        self._total += amount

    def _forget(self, now: float) -> None:
        while self._used and self._end(self._used[0][0]) <= now:
            self._total -= self._used.popleft()[1]

    def _end(self, part: float) -> float:
        """When what was used in a part no longer counts."""
        return (part + 1) * self._part + self.limit.seconds


class RateLimiter:
    """The turns of all calls to one host with one credential. Safe to use from several threads.

    `sleep` gets seconds; if what it returns is true (as of `threading.Event.wait`), the run should end.
    """

    def __init__(self, host: str, clock: Clock, sleep: Callable[[float], object]) -> None:
        self._host = host
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._windows: dict[tuple[object, ...], Window] = {}
        self._closed_until = -math.inf

    def declare(self, limits: Iterable[RateLimit]) -> None:
        """These limits hold; where one is known already, as it was declared or told, it stays."""
        with self._lock:
            for limit in limits:
                self._windows.setdefault(_scope(limit), Window(limit))

    def wait_turn(self, request: requests.PreparedRequest, cost: float) -> None:
        """Return when the call may leave; it counts from then on.

        Raises QuotaError if that is more than `LONGEST_TURN` away, UnreachableError if the run ends before.
        """
        while (delay := self._take_turn(request, cost)) > 0:
            _LOG.info("waiting %.1f s for the rate limit of %s", delay, self._host)
            if self._sleep(delay):
                raise UnreachableError(
                    f"{self._host}: the run was stopped while a call waited for its turn",
                    hint="nothing is lost; run again",
                )

    def close_for(self, seconds: float | None, request: requests.PreparedRequest) -> None:
        """No call leaves for so long, as a 429 says; one without a time closes for the shortest window it met."""
        with self._lock:
            if seconds is None:
                met = [window.limit.seconds for window in self._windows.values() if window.limit.covers(request)]
                seconds = min(met, default=0.0)
            self._closed_until = max(self._closed_until, self._clock.monotonic() + seconds)

    def learn(self, allowances: Iterable[Allowance]) -> None:
        """Take over what an answer told."""
        with self._lock:
            for allowance in allowances:
                window = self._windows.setdefault(_scope(allowance.limit), Window(allowance.limit))
                window.correct(allowance, self._clock.monotonic())

    def _take_turn(self, request: requests.PreparedRequest, cost: float) -> float:
        """0 if the call may leave now, else the seconds until it may be asked for again."""
        with self._lock:
            now = self._clock.monotonic()
            met = [window for window in self._windows.values() if window.limit.covers(request)]
            for window in met:
                if window.delay(cost, now) > LONGEST_TURN:
                    raise _exhausted(self._host, window.limit)
            closed = self._closed_until - now
            if closed > LONGEST_TURN:
                raise QuotaError(
                    f"{self._host} asks for a pause of {math.ceil(closed / 60)} min",
                    hint="nothing is lost; run again after that",
                )
            delay = max([closed, *(window.delay(cost, now) for window in met)])
            if delay > _INSTANT:
                return delay
            for window in met:
                window.note(cost, now)
            return 0.0


class RateLimiters:
    """One limiter for each host and credential, shared by all connectors of a process."""

    def __init__(self, clock: Clock, sleep: Callable[[float], object]) -> None:
        self._clock = clock
        self._sleep = sleep
        self._limiters: dict[tuple[str, str], RateLimiter] = {}
        self._lock = threading.Lock()

    def get(self, host: str, credential: str) -> RateLimiter:
        with self._lock:
            key = (host, credential)
            if key not in self._limiters:
                self._limiters[key] = RateLimiter(host, self._clock, self._sleep)
            return self._limiters[key]


def _scope(limit: RateLimit) -> tuple[object, ...]:
    """What a limit has in common with the one that takes its place."""
    return (limit.seconds, limit.counts, limit.methods, limit.path)


def _exhausted(host: str, limit: RateLimit) -> QuotaError:
    what = "calls" if limit.counts == "calls" else "cost of calls"
    if limit.seconds >= _DAY:
        return QuotaError(
            f"{host}: the {limit.amount:,.0f} {what} that it allows in a day are used up",
            hint="nothing is lost; run again tomorrow",
        )
    return QuotaError(
        f"{host}: the {limit.amount:,.0f} {what} that it allows in {limit.seconds:,.0f} s are used up",
        hint="nothing is lost; run again later",
    )
