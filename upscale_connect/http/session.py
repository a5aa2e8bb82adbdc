"""The session for calls that may be repeated."""

from __future__ import annotations

import functools
import importlib.metadata
import random as random_numbers
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias
from urllib.parse import urljoin

import requests

from ..clock import Clock, SystemClock
from ..errors import UnreachableError, UsageError
from .adapter import ExchangeAdapter
from .exchange import ExchangeError, Limits
from .origins import host_of, origin_of, redirect_host
from .retry_after import LONGEST, parse_retry_after

#: "never" for a session that carries a key; "same-origin" keeps scheme, host and port.
Redirects: TypeAlias = Literal["never", "same-origin"]

_REPEATABLE = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})
_PASSING = frozenset({408, 429, 500, 502, 503, 504})
_LONGEST_BACKOFF = 60.0


def no_auth(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Adds nothing. A session that has it never looks into `.netrc`, which would replace our headers."""
    return request


@functools.cache
def user_agent() -> str:
    """What servers see as `User-Agent`."""
    return f"upscale-connect/{importlib.metadata.version('upscale-connect')}"


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
        asked = parse_retry_after(outcome.headers.get("Retry-After"), self.clock.now())
        if asked is None:
            return backoff
        return asked if asked <= self.longest_wait else None


class RepeatingAdapter(ExchangeAdapter):
    """Repeats what may be repeated: the methods that RFC 9110 §9.2.2 calls idempotent, with a body in memory."""

    def __init__(self, limits: Limits, patience: Patience) -> None:
        super().__init__(limits)
        self._patience = patience

    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        attempt = 1
        while True:
            outcome = self._try(request, *args, **options)
            wait = self._patience.wait(outcome, attempt) if _is_repeatable(request) else None
            if wait is None or self._patience.sleep(wait):
                break
            attempt += 1
        if isinstance(outcome, ExchangeError):
            raise _unreachable(request.url or "", outcome.reason)
        return outcome

    def _try(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response | ExchangeError:
        try:
            return super().send(request, *args, **options)
        except ExchangeError as error:
            return error


class RepeatableSession(requests.Session):
    """Raises `UnreachableError` when no answer came; an answer is returned whatever its status.

    No cookies are kept, and of the environment only proxies and REQUESTS_CA_BUNDLE count.
    """

    def __init__(self, adapter: RepeatingAdapter, redirects: Redirects) -> None:
        super().__init__()
        self._redirects = redirects
        self.auth = no_auth
        self.headers["User-Agent"] = user_agent()
        for scheme in ("https://", "http://"):
            self.mount(scheme, adapter)

    def prepare_request(self, request: requests.Request) -> requests.PreparedRequest:
        try:
            return super().prepare_request(request)
        except requests.exceptions.InvalidHeader:
            problem = "a request header holds a line break or another character that cannot be sent"
        except requests.RequestException:
            problem = "the address or the content of a request is not valid"
        raise UsageError(problem)

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        url = request.url or ""
        follows = options.get("allow_redirects", True) and self._redirects == "same-origin"
        try:
            response = super().send(request, **options)
        except requests.TooManyRedirects:
            problem = "it redirects without end"
        except requests.RequestException:
            problem = "the request cannot be made"
        else:
            if not (follows and response.is_redirect):
                return response
            target = redirect_host(response.url, response.headers["Location"])
            problem = f"it redirects to {target}, which is not followed: credentials would travel"
        raise _unreachable(url, problem)

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """Where to go next; None to stay, which `send` turns into an error if a redirect was allowed."""
        if self._redirects == "never":
            return None
        try:
            target = super().get_redirect_target(resp)
            stays = target is not None and origin_of(urljoin(resp.url, target)) == origin_of(resp.url)
        except ValueError:
            return None
        return target if stays else None

    def rebuild_auth(self, prepared_request: requests.PreparedRequest, response: requests.Response) -> None:
        """Leave the headers as they are: the origin is the same, and `.netrc` is not ours."""


def repeatable_session(
    *,
    redirects: Redirects = "same-origin",
    limits: Limits | None = None,
    tries: int = 5,
    longest_wait: float = LONGEST,
    sleep: Callable[[float], object] = time.sleep,
    random: Callable[[], float] = random_numbers.random,
    clock: Clock | None = None,
) -> requests.Session:
    """A session with time-outs, a size cap, and retries of GET, HEAD, OPTIONS, PUT and DELETE.

    Between tries it waits as `Retry-After` says (capped at 15 min), else a random time up to 1, 2, 4 … 60 s.
    """
    patience = Patience(tries, longest_wait, sleep, random, clock or SystemClock())
    return RepeatableSession(RepeatingAdapter(limits or Limits(), patience), redirects)


def _is_repeatable(request: requests.PreparedRequest) -> bool:
    return request.method in _REPEATABLE and isinstance(request.body, bytes | str | None)


def _unreachable(url: str, reason: str) -> UnreachableError:
    return UnreachableError(f"{host_of(url)}: {reason}", hint="nothing is lost; run again later")
