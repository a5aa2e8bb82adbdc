"""What stands behind `context.http` in a check: the servers of the test, and no way out."""

from __future__ import annotations

import io
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias
from urllib.parse import urlsplit, urlunsplit

import requests
from requests.structures import CaseInsensitiveDict

from ..http import HttpSession, Limits, RateLimiters
from ..http.exchange import ExchangeError
from ..http.origins import host_of, is_loopback, origin_of
from ..http.repetition import MARKS, SAFE, Pacing, Patience, RepeatingAdapter
from .calls import Answer, Call, Handler
from .checks import NotApplicable
from .clocks import FakeClock, FakeStop

#: What a connector does at a moment. In the first three it must not change anything.
Phase: TypeAlias = Literal["check", "read", "find", "write", "erase", "other"]
READ_ONLY: frozenset[Phase] = frozenset({"check", "read", "find"})

#: For the loopback: a test must not wait.
_LIMITS = Limits(connect_seconds=2, read_seconds=5, total_seconds=10)
_TRIES = 5


@dataclass(frozen=True, slots=True)
class Sent:
    """A call of a connector, and when it was made. `repeatable`: it may be sent twice, as the plugin says."""

    call: Call
    host: str
    phase: Phase
    repeatable: bool

    def __str__(self) -> str:
        return f"{self.call.method} {self.host}{self.call.route}"


#: What goes wrong: an answer instead of the server's, "lost" after the server has done it, "down" before.
Fault: TypeAlias = Answer | Literal["lost", "down"]


def _none(sent: Sent) -> Fault | None:
    return None


class Wire:
    """Carries calls to `routes`: origin → a handler in this process, or the address of a server on this machine.

    A call to a host that is not in `hosts` gets no answer, nor does one that writes in a phase that only reads,
    unless `safe` names it (`"POST /search"`). `calls`: what was asked for, in order. `choose_fault` is asked for
    each call.
    """

    def __init__(self, clock: FakeClock, stop: FakeStop, safe: Collection[str] = ()) -> None:
        self.routes: dict[tuple[str, str, int | None], Handler | str] = {}
        self.hosts: set[str] = set()
        self.calls: list[Sent] = []
        self.undeclared: list[Sent] = []
        self.writes: list[Sent] = []
        self.phase: Phase = "other"
        self.choose_fault: Callable[[Sent], Fault | None] = _none
        self._clock = clock
        self._stop = stop
        self._safe = frozenset(safe)
        self._limiters = RateLimiters(clock, stop.wait)

    def open_session(self) -> HttpSession:
        """What a connector gets as `context.http`."""
        patience = Patience(_TRIES, 300.0, self._stop.wait, lambda: 1.0, self._clock)
        session = HttpSession(WireAdapter(self, patience, Pacing(self._limiters)), "same-origin")
        session.trust_env = False  # no proxy of the developer's shell
        return session

    def is_write(self, sent: Sent) -> bool:
        """Whether a call may change something, as far as its method tells."""
        return sent.call.method not in SAFE and f"{sent.call.method} {sent.call.route}" not in self._safe

    def carry(
        self, request: requests.PreparedRequest, send: Callable[[requests.PreparedRequest], Any]
    ) -> requests.Response | ExchangeError:
        """The answer to one try. `send` reaches a server on this machine."""
        sent = self._note(request)
        if sent.host not in self.hosts:
            self.undeclared.append(sent)
            return ExchangeError("denied", "this host is not declared", permanent=True)
        if sent.phase in READ_ONLY and self.is_write(sent):
            self.writes.append(sent)
            return ExchangeError("denied", "a write in a phase that only reads", permanent=True)
        fault = self.choose_fault(sent)
        if isinstance(fault, Answer):
            return _respond(request, fault)
        if fault == "down":
            return ExchangeError("refused", "the connection was refused")
        outcome = self._reach(request, sent, send)
        return ExchangeError("closed", "the connection was closed without an answer") if fault == "lost" else outcome

    def _note(self, request: requests.PreparedRequest) -> Sent:
        parts = urlsplit(request.url or "")
        body = request.body or b""
        headers = {name.lower(): value for name, value in request.headers.items()}
        call = Call(
            request.method or "",
            urlunsplit(("", "", parts.path or "/", parts.query, "")),
            headers,
            body.encode() if isinstance(body, str) else bytes(body),
        )
        marks = MARKS.get()
        repeatable = call.method in SAFE or (marks is not None and marks.repeatable)
        sent = Sent(call, host_of(request.url or ""), self.phase, repeatable)
        self.calls.append(sent)
        return sent

    def _reach(
        self, request: requests.PreparedRequest, sent: Sent, send: Callable[[requests.PreparedRequest], Any]
    ) -> Any:
        route = self.routes.get(origin_of(request.url or ""))
        if route is None and is_loopback(urlsplit(request.url or "").hostname or ""):
            return send(request)
        if route is None:
            raise NotApplicable(f"it calls {sent.host}, and no server of a test stands for that")
        if isinstance(route, str):
            rewritten = request.copy()  # a second try begins with the address that the connector gave
            rewritten.url = route.rstrip("/") + sent.call.path
            return send(rewritten)
        return _respond(request, route(sent.call))


class WireAdapter(RepeatingAdapter):
    """All that `context.http` does in a run, but for the network."""

    def __init__(self, wire: Wire, patience: Patience, pacing: Pacing) -> None:
        super().__init__(_LIMITS, patience, pacing)
        self._wire = wire

    def exchange(
        self, request: requests.PreparedRequest, *args: Any, **options: Any
    ) -> requests.Response | ExchangeError:
        send = super().exchange
        return self._wire.carry(request, lambda rewritten: send(rewritten, *args, **options))


def _respond(request: requests.PreparedRequest, answer: Answer) -> requests.Response:
    response = requests.Response()
    response.status_code = answer.status
    response.headers = CaseInsensitiveDict(answer.all_headers)
    response.raw = io.BytesIO(answer.content)
    response.url = request.url or ""
    response.request = request
    return response


def once(fault: Fault, when: Callable[[Sent], bool], times: int = 1) -> Callable[[Sent], Fault | None]:
    """For `choose_fault`: this fault for the first so many calls that `when` holds for."""
    left = times

    def choose(sent: Sent) -> Fault | None:
        nonlocal left
        if left and when(sent):
            left -= 1
            return fault
        return None

    return choose
