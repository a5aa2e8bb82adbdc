"""Answers over real HTTP for a `Portal`: who may call, how often, and at which address."""

from __future__ import annotations

import json
import re
import threading
from collections import deque
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.plugins.hubspot import associations, endpoints, settings  # noqa: F401  # they register their routes
from tests.plugins.hubspot.portal import Call, Fault, Json, Portal
from tests.plugins.hubspot.routes import ROUTES, Answer, Refusal
from tests.plugins.loopback import LoopbackServer


class Limiter:
    """HubSpot's limits, by the clock of the portal. Searches and associations tell nothing of them."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal
        self._calls: deque[float] = deque()
        self._searches: deque[float] = deque()
        self._associations: deque[float] = deque()
        self.used = 0

    def admit(self, path: str) -> dict[str, str]:
        if "/associations/" in path:
            return self._admit_association()
        search = path.endswith("/search")
        portal, now = self._portal, self._portal.clock.monotonic()
        _forget(self._calls, now - portal.span)
        _forget(self._searches, now - 1.0)
        if self.used >= portal.daily:
            raise _too_many("DAILY", "You have reached your daily limit.")
        if search and len(self._searches) >= portal.searches:
            raise _too_many("SECONDLY", "You have reached your secondly limit.")
        if len(self._calls) >= portal.burst:
            raise _too_many("TEN_SECONDLY_ROLLING", "You have reached your ten_secondly_rolling limit.")
        self.used += 1
        self._calls.append(now)
        if search:
            self._searches.append(now)
        if search or not portal.sends_headers:
            return {}
        return {
            "X-HubSpot-RateLimit-Max": str(portal.burst),
            "X-HubSpot-RateLimit-Remaining": str(portal.burst - len(self._calls)),
            "X-HubSpot-RateLimit-Interval-Milliseconds": str(int(portal.span * 1000)),
            "X-HubSpot-RateLimit-Daily": str(portal.daily),
            "X-HubSpot-RateLimit-Daily-Remaining": str(portal.daily - self.used),
        }

    def _admit_association(self) -> dict[str, str]:
        """They have a budget of their own, of which no header tells."""
        portal, now = self._portal, self._portal.clock.monotonic()
        _forget(self._associations, now - portal.span)
        if len(self._associations) >= portal.associations:
            raise _too_many("TEN_SECONDLY_ROLLING", "You have reached your ten_secondly_rolling limit.")
        self._associations.append(now)
        return {}


def _forget(calls: deque[float], before: float) -> None:
    while calls and calls[0] <= before:
        calls.popleft()


def _too_many(policy: str, message: str) -> Refusal:
    refusal = Refusal(429, "RATE_LIMITS", message, errorType="RATE_LIMIT", policyName=policy)
    if policy != "DAILY":
        del refusal.answer.body["category"]
    return refusal


class Service:
    """What answers for a portal, without a network."""

    def __init__(self, portal: Portal) -> None:
        self.portal = portal
        self.limiter = Limiter(portal)
        self._lock = threading.Lock()

    def answer(self, call: Call, authorization: str) -> Answer | None:
        """None: the wire is cut."""
        portal = self.portal
        with self._lock:
            portal.calls.append(call)
            portal.before(call)
            fault = self._next_fault(call)
            if fault is None or fault.also_do:
                answer = self._do(call, authorization)
            if fault is not None:
                call.status = fault.status
                return Answer(fault.status, fault.body, fault.headers) if fault.status else None
            call.status = answer.status
            return answer

    def _next_fault(self, call: Call) -> Fault | None:
        for fault in self.portal.faults:
            if fault.match not in str(call):
                continue
            if fault.skip:
                fault.skip -= 1
                continue
            fault.times -= 1
            if fault.times == 0:
                self.portal.faults.remove(fault)
            return fault
        return None

    def _do(self, call: Call, authorization: str) -> Answer:
        try:
            if call.path == "/oauth/v2/private-apps/get/access-token-info":
                return self._describe_token(call)
            if not authorization.startswith("Bearer pat-"):
                return Answer(530, b"<html>error code: 1016</html>")
            if authorization.removeprefix("Bearer ") not in self.portal.tokens:
                raise Refusal(401, "INVALID_AUTHENTICATION", "Authentication credentials not found.")
            headers = self.limiter.admit(call.path)
            answer = self._dispatch(call)
            answer.headers = {**headers, **answer.headers}
            return answer
        except Refusal as refusal:
            return refusal.answer

    def _describe_token(self, call: Call) -> Answer:
        if not self.portal.tells_token or call.body.get("tokenKey") not in self.portal.tokens:
            raise Refusal(404, "OBJECT_NOT_FOUND", "No private app for this token")
        return Answer(200, {"userId": 1, "hubId": 62515, "appId": 4567, "scopes": sorted(self.portal.scopes)})

    def _dispatch(self, call: Call) -> Answer:
        for method, pattern, scope, endpoint in ROUTES:
            if method == call.method and (match := pattern.fullmatch(call.path)):
                self._authorize(scope.format(**match.groupdict()))
                return endpoint(self.portal, call, match)
        raise Refusal(404, "OBJECT_NOT_FOUND", f"no such endpoint: {call}")

    def _authorize(self, scope: str) -> None:
        scope = re.sub(r"objects\.(notes|tasks)", "objects.contacts", scope)
        if scope and scope not in self.portal.scopes:
            context: Json = {"requiredGranularScopes": [scope]}
            message = "This app hasn't been granted all required scopes to make this call."
            raise Refusal(403, "MISSING_SCOPES", message, errors=[{"message": "One is enough.", "context": context}])


class HubSpot(Service, LoopbackServer):
    """The server of one portal."""

    def __init__(self, portal: Portal) -> None:
        Service.__init__(self, portal)
        LoopbackServer.__init__(self, _handler_of(self))


def _handler_of(hubspot: Service) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1

        def do_GET(self) -> None:
            self._respond(None)

        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self._respond(json.loads(content))

        def _respond(self, body: Any) -> None:
            parts = urlsplit(self.path)
            call = Call(self.command, parts.path, parse_qs(parts.query, keep_blank_values=True), body)
            answer = hubspot.answer(call, self.headers.get("Authorization", ""))
            if answer is None:
                self.close_connection = True
                return
            content = answer.body if isinstance(answer.body, bytes) else b""
            if answer.body is not None and not isinstance(answer.body, bytes):
                content = json.dumps(answer.body).encode()
            self.send_response(answer.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def date_time_string(self, timestamp: float | None = None) -> str:
            return format_datetime(hubspot.portal.clock.now(), usegmt=True)

        def log_message(self, *args: Any) -> None:
            pass

    return Handler
