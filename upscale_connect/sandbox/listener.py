"""waitress in a thread of its own, with an end that comes in time."""

from __future__ import annotations

import logging
import socket
import sys
import threading
from typing import TYPE_CHECKING, Any

from waitress import wasyncore
from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.server import TcpWSGIServer
from waitress.task import WSGITask

from ..errors import UsageError
from .transport import SOCKET

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment

#: More than a client opens at a time, because a held request keeps its thread.
_THREADS = 16
_BODY_BYTES = 64 * 1024 * 1024


class _Task(WSGITask):
    def get_environment(self) -> WSGIEnvironment:
        environ = super().get_environment()
        environ[SOCKET] = self.channel.socket
        return environ


class _Channel(HTTPChannel):
    task_class = _Task


class Listener:
    """Listens from construction on, answers from `start` on. Raises `UsageError` if the port is taken."""

    def __init__(self, app: WSGIApplication, host: str, port: int) -> None:
        _silence_waitress()
        bound = _bind(host, port)
        self.port = int(bound.getsockname()[1])
        options: dict[str, Any] = {
            "host": host,
            "port": self.port,
            "threads": _THREADS,
            "ident": "upscale-connect-sandbox",
            "channel_request_lookahead": 1,  # else waitress does not notice that a client has gone
            "connection_limit": 400,
            "inbuf_overflow": _BODY_BYTES,
            "outbuf_overflow": _BODY_BYTES,
            "max_request_body_size": _BODY_BYTES,
            "log_socket_errors": False,
        }
        self._map: dict[int, Any] = {}
        self._server = TcpWSGIServer(app, self._map, _sock=bound, bind_socket=False, adj=Adjustments(**options))
        self._server.channel_class = _Channel
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sandbox-listener", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def _run(self) -> None:
        while not self._closing.is_set():
            wasyncore.loop(timeout=1.0, map=self._map, count=1)

    def close(self) -> None:
        """Stop listening and drop what is open."""
        self._closing.set()
        self._server.pull_trigger()
        self._thread.join(timeout=0.5)
        self._server.task_dispatcher.shutdown(timeout=1)
        wasyncore.close_all(self._map)


def _bind(host: str, port: int) -> socket.socket:
    bound = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    try:
        if sys.platform != "win32":  # there it would let two servers share a port
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, port))
    except OSError:
        bound.close()
        raise UsageError(
            f"cannot listen on {host} port {port}",
            hint="if it is taken, choose another port, or 0 for any free one",
        ) from None
    return bound


def _silence_waitress() -> None:
    """waitress warns of every cut answer, and Python prints warnings that nobody handles."""
    logger = logging.getLogger("waitress")
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())
