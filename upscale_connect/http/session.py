"""The session for calls that may be repeated, and for plugins."""

from __future__ import annotations

import functools
import importlib.metadata
import random as random_numbers
import time
from collections.abc import Callable, Iterable
from typing import Any, Literal, TypeAlias
from urllib.parse import urljoin

import requests

from ..clock import Clock, SystemClock
from ..errors import UsageError
from .exchange import Limits
from .origins import origin_of, redirect_host
from .rate_limit import Allowance, RateLimit, RateLimiters
from .repetition import MARKS, SAFE, Marks, Pacing, Patience, RepeatingAdapter, unreachable
from .retry_after import LONGEST

#: "never" for a session that carries a key; "same-origin" keeps scheme, host and port.
Redirects: TypeAlias = Literal["never", "same-origin"]

#: Seconds that a server may make a plugin wait before one call is tried again.
LONGEST_PLUGIN_WAIT = 300.0


def no_auth(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Adds nothing. A session that has it never looks into `.netrc`, which would replace our headers."""
    return request


@functools.cache
def user_agent() -> str:
    """What servers see as `User-Agent`."""
    return f"upscale-connect/{importlib.metadata.version('upscale-connect')}"


class HttpSession(requests.Session):
    """Raises `UnreachableError` when no answer came; an answer is returned whatever its status.

    No cookies are kept, and of the environment only proxies and REQUESTS_CA_BUNDLE count.
    """

    def __init__(self, adapter: RepeatingAdapter, redirects: Redirects) -> None:
        super().__init__()
        self._redirects = redirects
        self._pacing = adapter.pacing
        self.auth = no_auth
        self.headers["User-Agent"] = user_agent()
        for scheme in ("https://", "http://"):
            self.mount(scheme, adapter)

    def declare(
        self,
        limits: Iterable[RateLimit],
        read_allowances: Callable[[requests.Response], Iterable[Allowance]],
        credential: str,
    ) -> None:
        """Keep these limits from now on, and what `read_allowances` makes of each answer; a connector calls this."""
        if self._pacing is not None:
            self._pacing.limits = tuple(dict.fromkeys((*self._pacing.limits, *limits)))
            self._pacing.read_allowances = read_allowances
            self._pacing.credential = credential

    def request(
        self,
        method: str | bytes,
        url: str | bytes,
        *args: Any,
        repeatable: bool = False,
        cost: float = 1.0,
        **options: Any,
    ) -> requests.Response:
        """As `requests` has it. `repeatable`: doing it twice changes no more than once, so it is tried again.

        `cost`: what it takes of the limits that count costs.
        """
        token = MARKS.set(Marks(repeatable, cost))
        try:
            return super().request(method, url, *args, **options)
        finally:
            MARKS.reset(token)

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
            why = "credentials would travel" if request.method in SAFE else f"a {request.method} would be sent twice"
            problem = f"it redirects to {target}, which is not followed: {why}"
        raise unreachable(url, problem)

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """Where to go next; None to stay, which `send` turns into an error if a redirect was allowed."""
        if self._redirects == "never" or resp.request.method not in SAFE:
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
    limiters: RateLimiters | None = None,
) -> HttpSession:
    """A session with time-outs, a size cap, and retries of GET, HEAD, OPTIONS and what is marked as repeatable.

    Between tries it waits as `Retry-After` says (capped at 15 min), else a random time up to 1, 2, 4 … 60 s.
    With `limiters` each try takes its turn there.
    """
    patience = Patience(tries, longest_wait, sleep, random, clock or SystemClock())
    pacing = None if limiters is None else Pacing(limiters)
    return HttpSession(RepeatingAdapter(limits or Limits(), patience, pacing), redirects)


def plugin_session(clock: Clock, sleep: Callable[[float], object], limiters: RateLimiters) -> HttpSession:
    """What one connector gets as `context.http`."""
    return repeatable_session(longest_wait=LONGEST_PLUGIN_WAIT, sleep=sleep, clock=clock, limiters=limiters)
