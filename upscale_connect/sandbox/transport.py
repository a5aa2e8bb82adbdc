"""The layer between socket and application: records every request, and makes the wire misbehave.

Two faults need the socket itself. A reset sets SO_LINGER to zero, so that closing sends RST; a time-out
closes without an answer. Both end in an `OSError`, which waitress answers by closing the connection. A cut
body declares its full length and ends early, and waitress closes the connection by itself.
"""

from __future__ import annotations

import io
import socket
import struct
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Response

from ..clock import Clock
from .admin import PREFIX
from .app import BASE_PATH, ENDPOINT_OF, RECEIVED
from .faults import Fault, Faults
from .observed import ReceivedRequest
from .state import SandboxState

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

#: The WSGI variable with the client's socket, and waitress's own with "has the client gone?".
SOCKET = "upscale_connect.sandbox.socket"
_DISCONNECTED = "waitress.client_disconnected"

_PIECES = 20
_LINGER = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)
_PAGE = "<html><head><title>{0}</title></head><body><center><h1>{0}</h1></center><hr>sandbox</body></html>\n"


class ConnectionDroppedError(OSError):
    """Ends a request without an answer; waitress then closes the connection."""


class Transport:
    """The WSGI application that waitress serves. `closing` ends everything that still waits."""

    def __init__(
        self,
        app: WSGIApplication,
        state: SandboxState,
        faults: Faults,
        clock: Clock,
        closing: threading.Event,
    ) -> None:
        self._app = app
        self._state = state
        self._faults = faults
        self._clock = clock
        self._closing = closing

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["PATH_INFO"].startswith(f"{PREFIX}/"):
            return self._app(environ, start_response)
        body = environ["wsgi.input"].read()
        received = self._describe(environ, body)
        get_body = received.method == "GET" and bool(body)
        faults = self._faults.take("transport", received.endpoint, get_body=get_body)
        received.faults = tuple(fault.kind for fault in faults)
        self._state.receive(received)
        return self._answer(environ, body, received, faults)(environ, start_response)

    def _describe(self, environ: WSGIEnvironment, body: bytes) -> ReceivedRequest:
        path, key = environ["PATH_INFO"], environ.get("HTTP_API_KEY", "")
        return ReceivedRequest(
            at=self._clock.now(),
            method=environ["REQUEST_METHOD"],
            path=path,
            query=environ.get("QUERY_STRING", ""),
            endpoint=ENDPOINT_OF.get(path, "other"),
            key=key if key in self._state.key_names else None,
            content_type=environ.get("CONTENT_TYPE", ""),
            size=len(body),
            body=body,
        )

    def _answer(
        self, environ: WSGIEnvironment, body: bytes, received: ReceivedRequest, faults: tuple[Fault, ...]
    ) -> WSGIApplication:
        for fault in faults:
            if not fault.after and (answer := self._replace(fault, environ)):
                received.status = answer.status_code
                return answer
            body = self._prepare(fault, body, received.key)
        environ["wsgi.input"] = io.BytesIO(body)
        environ["CONTENT_LENGTH"] = str(len(body))
        environ[RECEIVED] = received
        answer = Response.from_app(self._app, environ)
        for fault in faults:
            if fault.after and (replaced := self._replace(fault, environ)):
                received.status = replaced.status_code
                return replaced
        received.status = answer.status_code
        for fault in faults:
            answer = self._distort(fault, answer)
        return answer

    def _prepare(self, fault: Fault, body: bytes, key: str | None) -> bytes:
        """What happens before the application sees the request; the body as it arrives there."""
        if fault.kind == "strip_get_body":
            return b""
        if key and fault.kind == "revoke_key":
            self._state.revoke(key)
        if key and fault.kind == "drop_credits":
            self._state.set_credits(key, 0)
        return body

    def _replace(self, fault: Fault, environ: WSGIEnvironment) -> Response | None:
        """The answer instead of the application's; None if `fault` is of another sort."""
        if fault.kind == "timeout":
            self._hold(environ, 300.0 if fault.seconds is None else fault.seconds)
        if fault.kind == "reset":
            _reset(environ)
        if fault.kind == "refuse_get_body":
            return _show_page(403)
        if fault.kind == "http_error":
            return _show_page(fault.status or 503)
        if fault.kind == "rate_limit":
            return self._slow_down(fault)
        if fault.kind == "redirect":
            location = fault.location or f"https://moved.invalid{BASE_PATH}"
            return Response(status=fault.status or 301, headers={"Location": location})
        return None

    def _slow_down(self, fault: Fault) -> Response:
        """429, which the reference does not document: INVENTED."""
        answer = Response('{"error":"Too many requests"}', 429, content_type="application/json; charset=utf-8")
        if fault.retry_after == "date":
            seconds = 30.0 if fault.seconds is None else fault.seconds
            moment = self._clock.now() + timedelta(seconds=seconds)
            answer.headers["Retry-After"] = format_datetime(moment, usegmt=True)
        elif fault.retry_after is not None:
            answer.headers["Retry-After"] = str(fault.retry_after)
        return answer

    def _hold(self, environ: WSGIEnvironment, seconds: float) -> None:
        """Give no answer for `seconds`, or until the client or the sandbox has had enough."""
        gone: Callable[[], bool] = environ.get(_DISCONNECTED, lambda: False)
        deadline = self._clock.monotonic() + seconds
        while self._clock.monotonic() < deadline and not gone() and not self._closing.wait(0.02):
            pass
        raise ConnectionDroppedError("timed out on purpose")

    def _distort(self, fault: Fault, answer: Response) -> Response:
        if fault.kind == "wrong_content_type":
            answer.headers["Content-Type"] = "text/html; charset=utf-8"
        if fault.kind == "truncate":
            body = answer.get_data()
            answer.response = [body[: len(body) // 2]]
            answer.headers["Content-Length"] = str(len(body))
        if fault.kind == "slow":
            body = answer.get_data()
            seconds = 5.0 if fault.seconds is None else fault.seconds
            answer.response = self._drip(body, seconds)
            answer.headers["Content-Length"] = str(len(body))
        return answer

    def _drip(self, body: bytes, seconds: float) -> Iterator[bytes]:
        size = max(1, -(-len(body) // _PIECES))
        yield body[:size]
        for start in range(size, len(body), size):
            self._closing.wait(seconds / _PIECES)
            yield body[start : start + size]


def _reset(environ: WSGIEnvironment) -> None:
    client: Any = environ.get(SOCKET)
    if client is not None:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER)
    raise ConnectionDroppedError("reset on purpose")


def _show_page(status: int) -> Response:
    answer = Response(status=status, content_type="text/html")
    answer.set_data(_PAGE.format(answer.status.title()))
    return answer
