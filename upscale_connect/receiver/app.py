"""The WSGI application. `POST /callbacks/<token>` keeps a callback; `/healthz` and `/readyz` are for monitors.

Every refusal has the same body, and no answer depends on anything but the request itself and whether its token
is known. Neither tokens nor bodies come into a log.
"""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..clock import Clock
from ..errors import LedgerError
from ..ledger import CalledAttempt, Inbox
from .payload import MAX_BYTES, Payload, parse_payload
from .throttle import Throttle

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

#: The WSGI variable that says that a body came in chunks, without its length.
CHUNKED = "upscale_connect.receiver.chunked"

REFUSED = b"refused\n"
_ACCEPTED = b"ok\n"
_TOKEN = re.compile("/callbacks/([A-Za-z0-9_-]{43})")
_DIGITS = re.compile("[0-9]{1,18}")

#: Answers 404 for so many unknown tokens a minute, then 429; known tokens are always answered.
UNKNOWN_PER_MINUTE = 60
#: So many refusals a minute have a line of their own in the access log.
LINES_PER_MINUTE = 60

#: So many second requests for one attempt have a line of their own in the log.
MAX_TOLD = 5

_REASONS = {
    200: "OK",
    400: "Bad Request",
    404: "Not Found",
    405: "Method Not Allowed",
    411: "Length Required",
    413: "Content Too Large",
    415: "Unsupported Media Type",
    429: "Too Many Requests",
    500: "Internal Server Error",
    503: "Service Unavailable",
}

log = logging.getLogger(__name__)
access = logging.getLogger(f"{__name__}.access")


@dataclass(frozen=True, slots=True)
class Answer:
    """`name` is what the access log calls the resource; a path is never shown."""

    name: str
    status: int
    headers: tuple[tuple[str, str], ...] = ()


class Receiver:
    """The application. `find` looks a token's hash up in the ledger; `inbox` keeps what came. Thread-safe."""

    def __init__(
        self,
        find: Callable[[bytes], CalledAttempt | None],
        inbox: Inbox,
        clock: Clock,
        is_ready: Callable[[], bool] = lambda: True,
    ) -> None:
        self._find = find
        self._inbox = inbox
        self._clock = clock
        self._is_ready = is_ready
        self._unknown = Throttle(clock, UNKNOWN_PER_MINUTE)
        self._lines = Throttle(clock, LINES_PER_MINUTE)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        started = self._clock.monotonic()
        try:
            answer = self._answer(environ)
        except LedgerError as error:
            log.error("a callback could not be kept: %s", error.message)
            answer = Answer("callback", 503, (("Retry-After", "30"),))
        except Exception as error:  # noqa: BLE001  # the server would log the path, and with it the token
            log.error("a request could not be answered: internal error (%s)", type(error).__name__)
            answer = Answer("request", 500)
        body = _ACCEPTED if answer.status == 200 else REFUSED
        headers = [
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Length", str(len(body))),
            ("Cache-Control", "no-store"),
            ("X-Content-Type-Options", "nosniff"),
            *answer.headers,
        ]
        start_response(f"{answer.status} {_REASONS[answer.status]}", headers)
        self._note(answer, self._clock.monotonic() - started)
        return [body]

    def _answer(self, environ: WSGIEnvironment) -> Answer:
        path, method = environ["PATH_INFO"], environ["REQUEST_METHOD"]
        if match := _TOKEN.fullmatch(path):
            if method != "POST":
                return Answer("callback", 405, (("Allow", "POST"),))
            status = _check_head(environ) or self._take(match[1], environ)
            return Answer("callback", status, (("Retry-After", "60"),) if status == 429 else ())
        if path in ("/healthz", "/readyz"):
            if method != "GET":
                return Answer(path[1:], 405, (("Allow", "GET"),))
            return Answer(path[1:], 200 if path == "/healthz" or self._check() else 503)
        return Answer("other", 404)

    def _take(self, token: str, environ: WSGIEnvironment) -> int:
        """Keep a callback if its token is known; the status to answer."""
        token_hash = hashlib.sha256(token.encode("ascii")).digest()
        attempt = self._find(token_hash)
        if attempt is None:
            return 404 if self._unknown.allow() else 429
        size = int(environ["CONTENT_LENGTH"])
        body = environ["wsgi.input"].read(size)
        try:
            payload = parse_payload(body)
        except ValueError:
            return 400
        return self._keep(token_hash, attempt, payload)

    def _keep(self, token_hash: bytes, attempt: CalledAttempt, payload: Payload) -> int:
        receipt = self._inbox.put(
            token_hash,
            payload.secure_request_id,
            payload.status,
            payload.completed_at,
            payload.requested,
            payload.generated,
            self._clock.now(),
        )
        known = attempt.secure_request_id
        others = [one for one in (known, *receipt.others) if one and one.lower() != payload.secure_request_id.lower()]
        if receipt.kept == "new" and 0 < len(others) <= MAX_TOLD:
            log.error(
                "attempt %s: a callback names request %s, but request %s is known for it:"
                " either it was paid twice, or its callback address has leaked",
                attempt.id,
                payload.secure_request_id,
                others[0],
            )
        return 429 if receipt.kept == "full" else 200

    def _check(self) -> bool:
        """Whether a callback could be kept now."""
        try:
            self._find(bytes(32))
            self._inbox.check()
        except LedgerError:
            return False
        return self._is_ready()

    def _note(self, answer: Answer, seconds: float) -> None:
        if answer.status == 200 or self._lines.allow():
            access.info("%s %s %.1f ms", answer.name, answer.status, seconds * 1000)
            if refused := self._lines.take_refused():
                access.info("%s more were refused", refused)


def _check_head(environ: WSGIEnvironment) -> int:
    """The status that the head of a request earns by itself; 0: go on."""
    length = environ.get("CONTENT_LENGTH", "")
    if environ.get(CHUNKED) or not length:
        return 411
    if not _DIGITS.fullmatch(length):
        return 400
    if int(length) > MAX_BYTES:
        return 413
    kind = environ.get("CONTENT_TYPE", "").partition(";")[0].strip().lower()
    if kind != "application/json" or environ.get("HTTP_CONTENT_ENCODING", "").strip().lower() not in ("", "identity"):
        return 415
    return 0
