"""waitress in a thread of its own, with limits for a socket that strangers may reach.

A connection brings one request and has 10 s for it, however slowly it trickles in. While all connections are
taken, one that is still incomplete has 1 s. waitress' own log lines would show paths, so they are dropped.
"""

from __future__ import annotations

import errno
import logging
import select
import socket
import sys
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from waitress import wasyncore
from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.server import TcpWSGIServer
from waitress.task import ErrorTask, ThreadedTaskDispatcher, WSGITask

from ..errors import UsageError
from .app import CHUNKED, REFUSED
from .payload import MAX_BYTES

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment

THREADS = 8
CONNECTIONS = 200
MAX_HEADER_BYTES = 16 * 1024
#: How long a connection may take to bring its request, in seconds, and how long while all of them are taken.
REQUEST_SECONDS = 10.0
HURRIED_SECONDS = 1.0
#: How long `close` waits for what is in hand.
DRAIN_SECONDS = 5.0

_ANOTHER = "choose another --port, or 0 for any free one"
#: Why an address cannot be bound, and what to do.
_REASONS = {
    errno.EADDRINUSE: ("it is taken", _ANOTHER),
    errno.EACCES: ("this user may not take it", _ANOTHER),
    errno.EADDRNOTAVAIL: ("this machine does not have that address", "give one of its own with --host"),
}

#: Where waitress logs to: nowhere, from the first listener on.
_silence = logging.getLogger(f"{__name__}.waitress")


class _Task(WSGITask):
    logger = _silence

    def execute(self) -> None:
        self.set_close_on_finish()
        super().execute()

    def get_environment(self) -> WSGIEnvironment:
        environ = super().get_environment()
        request: Any = self.request  # the stubs know it as an error only
        environ[CHUNKED] = request.chunked
        return environ


class _ErrorTask(ErrorTask):
    """What waitress refuses by itself: with our body, and no word about who answers."""

    logger = _silence

    def execute(self) -> None:
        request: Any = self.request  # the stubs know it as an error only
        self.status = f"{request.error.code} {request.error.reason}"
        self.response_headers = [("Content-Type", "text/plain; charset=utf-8")]
        self.set_close_on_finish()
        self.content_length = len(REFUSED)
        self.write(REFUSED)


class _Channel(HTTPChannel):
    task_class = _Task
    error_task_class = _ErrorTask
    logger = _silence

    @property
    def is_busy(self) -> bool:
        """It has a request in hand, or an answer that is not all sent."""
        return bool(self.requests or self.total_outbufs_len)

    @property
    def is_awaited(self) -> bool:
        """It is busy, has begun to bring a request, or is so new that its request may be on its way."""
        is_new = time.time() - self.creation_time < HURRIED_SECONDS
        return self.is_busy or self.request is not None or is_new


class _Server(TcpWSGIServer):
    channel_class = _Channel
    logger = _silence

    @property
    def channels(self) -> list[Any]:
        connected: Any = self.active_channels  # a dictionary by descriptor; the stubs take it for one channel
        return list(connected.values())

    def maintenance(self, now: float) -> None:
        """Close what takes too long. waitress itself looks at silence only, and a trickle is none."""
        limit = HURRIED_SECONDS if self.in_connection_overflow else REQUEST_SECONDS
        for channel in self.channels:
            if not channel.is_busy and now - channel.creation_time > limit:
                channel.will_close = True

    def stop_accepting(self) -> None:
        """Give the port back; who is connected, or waits to be accepted, is still served."""
        for _ in range(CONNECTIONS):
            if self.socket is None or not select.select([self.socket], [], [], 0)[0]:
                break
            self.handle_accept()
        self.accepting = False
        wasyncore.dispatcher.close(self)


class Listener:
    """Listens from construction on, answers from `start` on. Raises `UsageError` if the port is taken."""

    def __init__(self, app: WSGIApplication, host: str, port: int) -> None:
        _silence.propagate = False
        _silence.disabled = True
        bound = _bind(host, port)
        self.host = host
        self.port = int(bound.getsockname()[1])
        adjustments = Adjustments(
            host=host,
            port=self.port,
            threads=THREADS,
            ident=None,
            expose_tracebacks=False,
            log_socket_errors=False,
            channel_request_lookahead=0,
            connection_limit=CONNECTIONS,
            cleanup_interval=1,
            channel_timeout=int(REQUEST_SECONDS),
            max_request_header_size=MAX_HEADER_BYTES,
            max_request_body_size=MAX_BYTES + 1,
        )
        self._map: dict[int, Any] = {}
        dispatcher = ThreadedTaskDispatcher()
        dispatcher.logger = dispatcher.queue_logger = _silence
        dispatcher.set_thread_count(THREADS)
        self._server = _Server(app, self._map, _sock=bound, bind_socket=False, adj=adjustments, dispatcher=dispatcher)
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="receiver", daemon=True)

    @property
    def url(self) -> str:
        return f"http://{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}"

    def start(self) -> None:
        self._thread.start()

    def is_alive(self) -> bool:
        return self._thread.is_alive()

    def close(self) -> None:
        """Take no new connection, answer what is in hand (at most 5 s), and end."""
        if not self._closing.is_set():
            self._closing.set()
            with suppress(OSError):  # the thread may have seen it already, and ended
                self._server.pull_trigger()
            if self._thread.is_alive():
                self._thread.join()
            else:
                self._end()

    def _run(self) -> None:
        while not self._closing.is_set():
            wasyncore.loop(timeout=1.0, map=self._map, count=1)
        self._server.stop_accepting()
        deadline = time.monotonic() + DRAIN_SECONDS
        while self._is_busy() and time.monotonic() < deadline:
            wasyncore.loop(timeout=0.05, map=self._map, count=1)
        self._end()

    def _is_busy(self) -> bool:
        return any(channel.is_awaited for channel in self._server.channels)

    def _end(self) -> None:
        self._server.task_dispatcher.shutdown(timeout=1)
        wasyncore.close_all(self._map)


def _bind(host: str, port: int) -> socket.socket:
    bound = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    try:
        if sys.platform != "win32":  # there it would let two servers share a port
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, port))
    except OSError as error:
        bound.close()
        reason, hint = _REASONS.get(error.errno or 0, ("it is not possible here", "see --host and --port"))
        raise UsageError(f"cannot listen on {host} port {port}: {reason}", hint=hint) from None
    return bound
