"""One request and its answer on one connection: what left, when it must end, who is asked before."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Mapping
from contextvars import ContextVar, Token
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

import urllib3.connection
import urllib3.connectionpool


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one exchange: seconds to connect, between two reads, and in all; bytes of the decoded answer."""

    connect_seconds: float = 5.0
    read_seconds: float = 60.0
    total_seconds: float = 120.0
    max_bytes: int = 32 * 1024 * 1024


@dataclass(eq=False)
class ExchangeError(Exception):
    """An exchange that did not end well, in our own words.

    `cause` is a short word for the ledger, `reason` a clause for people. `status`, `headers` and `content`
    are what had arrived of an answer. `permanent`: trying again will not help.
    """

    cause: str
    reason: str
    bytes_sent: int = 0
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes = b""
    permanent: bool = False


class ObjectionError(Exception):
    """`before_send` raised `original`: no byte may leave. Not an OSError, so urllib3 lets it through."""

    def __init__(self, original: Exception) -> None:
        super().__init__("before_send raised")
        self.original = original


class Exchange:
    """Counts the bytes that leave, and shuts the connection down when `limits.total_seconds` are over.

    The time-outs of a socket start anew with every byte; only a watchdog ends an answer that drips. It acts
    on a duplicate of the socket, so that it works during a TLS handshake and never touches TLS state that
    the other thread is using.
    """

    def __init__(self, limits: Limits, before_send: Callable[[], None] | None = None) -> None:
        self.bytes_sent = 0
        self.expired = False
        self._before_send = before_send
        self._line: socket.socket | None = None
        self._lock = threading.Lock()
        self._watchdog = threading.Timer(limits.total_seconds, self._expire)
        self._watchdog.daemon = True
        self._token: Token[Exchange | None] | None = None

    def __enter__(self) -> Exchange:
        self._token = _CURRENT.set(self)
        self._watchdog.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        self._watchdog.cancel()
        if self._token is not None:
            _CURRENT.reset(self._token)
        with self._lock:
            self._hang_up()

    def guard(self, fileno: int) -> None:
        """Watch this socket from now on."""
        with self._lock:
            if self.expired:
                raise TimeoutError("the deadline passed while connecting")
            self._hang_up()
            self._line = socket.fromfd(fileno, socket.AF_INET, socket.SOCK_STREAM)

    @property
    def guards(self) -> bool:
        return self._line is not None

    def leave(self, size: int) -> None:
        """Note that `size` bytes are about to leave; before the first ones, ask `before_send`."""
        if self.expired:
            raise TimeoutError("the deadline passed before the request left")
        if self.bytes_sent == 0 and self._before_send is not None:
            try:
                self._before_send()
            except Exception as error:  # carried through urllib3 and raised again unchanged
                raise ObjectionError(error) from error
        self.bytes_sent += size

    def _expire(self) -> None:
        with self._lock:
            self.expired = True
            if self._line is not None:
                try:
                    self._line.shutdown(socket.SHUT_RDWR)
                except OSError:
                    return  # the peer was faster

    def _hang_up(self) -> None:
        if self._line is not None:
            self._line.close()
            self._line = None


_CURRENT: ContextVar[Exchange | None] = ContextVar("exchange", default=None)


class WatchedHTTPConnection(urllib3.connection.HTTPConnection):
    """Reports to the exchange of its thread what it is about to send, after TCP and TLS stand."""

    _connecting = False

    def _new_conn(self) -> socket.socket:
        sock = super()._new_conn()
        if exchange := _CURRENT.get():
            try:
                exchange.guard(sock.fileno())
            except OSError:
                sock.close()
                raise
        return sock

    def connect(self) -> None:
        self._connecting = True
        try:
            super().connect()
        finally:
            self._connecting = False

    def send(self, data: Any) -> None:
        """Send a piece of the request; the CONNECT of a proxy tunnel is not one."""
        exchange = _CURRENT.get()
        if exchange is not None and not self._connecting:
            if self.sock is None:
                if exchange.bytes_sent:
                    raise ConnectionResetError("closed while sending; a second connection would be a second request")
                self.connect()
            elif not exchange.guards:
                exchange.guard(self.sock.fileno())
            exchange.leave(len(data) if isinstance(data, bytes | bytearray | memoryview) else 1)
        super().send(data)


class WatchedHTTPSConnection(WatchedHTTPConnection, urllib3.connection.HTTPSConnection):
    """The same over TLS."""


class WatchedHTTPConnectionPool(urllib3.connectionpool.HTTPConnectionPool):
    ConnectionCls = WatchedHTTPConnection


class WatchedHTTPSConnectionPool(urllib3.connectionpool.HTTPSConnectionPool):
    ConnectionCls = WatchedHTTPSConnection


#: What a pool manager takes instead of urllib3's own.
POOL_CLASSES = {"http": WatchedHTTPConnectionPool, "https": WatchedHTTPSConnectionPool}


def current_exchange() -> Exchange | None:
    """The exchange that this thread is in, if it is in one."""
    return _CURRENT.get()
