"""Repeats what may be repeated, when it may be."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import requests

from ..clock import Clock
from ..errors import UnreachableError
from .adapter import ExchangeAdapter
from .exchange import ExchangeError, Limits
from .origins import host_of
from .rate_limit import Allowance, RateLimit, RateLimiter, RateLimiters
from .retry_after import parse_retry_after

#: What RFC 9110 §9.2.1 calls safe. PUT and DELETE may be repeated, too, but another's change may lie between.
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_PASSING = frozenset({408, 429, 500, 502, 503, 504})
_TOO_MANY = 429
_LONGEST_BACKOFF = 60.0


@dataclass(frozen=True, slots=True)
class Patience:
    """How often and how long to try again.

    `sleep` gets seconds; if what it returns is true (as of `threading.Event.wait`), no further try is made.
    `random` gives numbers from 0 to 1. A server that asks for more than `longest_wait` seconds is not waited
    for.
    """

    tries: int
    longest_wait: float
    sleep: Callable[[float], object]
    random: Callable[[], float]
    clock: Clock

    def wait(self, outcome: requests.Response | ExchangeError, attempt: int) -> float | None:
        """Seconds until the next try after the `attempt`-th, from 1; None if there is to be none."""
        if attempt >= self.tries:
            return None
        backoff = self.random() * min(_LONGEST_BACKOFF, 2.0 ** (attempt - 1))
        if isinstance(outcome, ExchangeError):
            return None if outcome.permanent else backoff
        if outcome.status_code not in _PASSING:
            return None
        asked = self.asked(outcome)
        if asked is None:
            return backoff
        return asked if asked <= self.longest_wait else None

    def asked(self, response: requests.Response) -> float | None:
        """Seconds that the server asks us to wait, None if it does not say."""
        return parse_retry_after(response.headers.get("Retry-After"), self.clock.now())


@dataclass(frozen=True, slots=True)
class Marks:
    """What the caller says of one call."""

    repeatable: bool = False
    cost: float = 1.0


MARKS: ContextVar[Marks | None] = ContextVar("marks", default=None)


def _tell_nothing(response: requests.Response) -> Iterable[Allowance]:
    return ()


@dataclass(slots=True)
class Pacing:
    """Whose turns a session takes. `credential`: what tells two users of one host apart, never a secret itself."""

    limiters: RateLimiters
    limits: tuple[RateLimit, ...] = ()
    read_allowances: Callable[[requests.Response], Iterable[Allowance]] = _tell_nothing
    credential: str = ""

    def limiter(self, url: str) -> RateLimiter:
        limiter = self.limiters.get(host_of(url), self.credential)
        limiter.declare(self.limits)
        return limiter


class RepeatingAdapter(ExchangeAdapter):
    """Repeats what may be repeated, if its body is in memory; each try takes its turn."""

    def __init__(self, limits: Limits, patience: Patience, pacing: Pacing | None = None) -> None:
        super().__init__(limits)
        self.pacing = pacing
        self._patience = patience

    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        marks = MARKS.get() or Marks()
        attempt = 1
        while True:
            outcome = self._take_turn(request, marks.cost, *args, **options)
            wait = self._patience.wait(outcome, attempt) if _may_repeat(request, marks) else None
            if wait is None or self._patience.sleep(wait):
                break
            attempt += 1
        if isinstance(outcome, ExchangeError):
            raise unreachable(request.url or "", outcome.reason)
        return outcome

    def exchange(
        self, request: requests.PreparedRequest, *args: Any, **options: Any
    ) -> requests.Response | ExchangeError:
        """One try."""
        try:
            return super().send(request, *args, **options)
        except ExchangeError as error:
            return error

    def _take_turn(
        self, request: requests.PreparedRequest, cost: float, *args: Any, **options: Any
    ) -> requests.Response | ExchangeError:
        if self.pacing is None:
            return self.exchange(request, *args, **options)
        limiter = self.pacing.limiter(request.url or "")
        limiter.wait_turn(request, cost)
        outcome = self.exchange(request, *args, **options)
        if isinstance(outcome, requests.Response):
            limiter.learn(self.pacing.read_allowances(outcome))
            if outcome.status_code == _TOO_MANY:
                limiter.close_for(self._patience.asked(outcome), request)
        return outcome


def _may_repeat(request: requests.PreparedRequest, marks: Marks) -> bool:
    return (marks.repeatable or request.method in SAFE) and isinstance(request.body, bytes | str | None)


def unreachable(url: str, reason: str) -> UnreachableError:
    """No answer came from the host of `url`."""
    return UnreachableError(f"{host_of(url)}: {reason}", hint="nothing is lost; run again later")
