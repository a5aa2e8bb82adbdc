"""A server on real sockets that fails in every way a network can."""

from __future__ import annotations

import contextlib
import gzip
import socket
import ssl
import struct
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any, TypeAlias

from .calls import Answer, Call, Handler

#: Seconds after which a connection that does nothing is given up.
_PATIENCE = 10
_HANG = 30


class Connection:
    """One accepted connection, in the hands of a behaviour. `call`: the request that was read last."""

    def __init__(self, sock: socket.socket, stop: threading.Event) -> None:
        self.sock = sock
        self.call: Call | None = None
        self.open = True
        self._stop = stop

    def read(self) -> Call | None:
        """The next whole request, None if there is none."""
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            byte = self.sock.recv(1)
            if not byte:
                return None
            head += byte
        first, *lines = head.decode("latin-1").rstrip("\r\n").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        body = b""
        while len(body) < int(headers.get("content-length", 0)):
            piece = self.sock.recv(65536)
            if not piece:
                return None
            body += piece
        method, path, _ = first.split(" ", 2)
        self.call = Call(method, path, headers, body)
        return self.call

    def send(self, data: bytes) -> None:
        self.sock.sendall(data)

    def hang(self) -> None:
        """Do nothing until the server ends."""
        self._stop.wait(_HANG)
        self.open = False

    def drip(self, data: bytes, pause: float) -> None:
        """Send byte by byte, with so many seconds in between, then close."""
        for place in range(len(data)):
            self.send(data[place : place + 1])
            if self._stop.wait(pause):
                break
        self.open = False

    def close(self) -> None:
        """End the connection after this behaviour."""
        self.open = False

    def reset(self) -> None:
        """End it so that the client sees a reset, not an end."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.open = False


#: What a server does with a connection whose request it has read.
Behaviour: TypeAlias = Callable[[Connection], None]


def answer(status: int = 200, body: object = b"", **headers: str) -> Behaviour:
    """A whole answer; a body that is not bytes is sent as JSON. `Retry_After="3"` becomes a header."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return raw(_render(Answer(status, body, named)), close=False)


def handle(handler: Handler) -> Behaviour:
    """Whatever `handler` makes of the request."""

    def behave(connection: Connection) -> None:
        assert connection.call is not None
        connection.send(_render(handler(connection.call)))

    return behave


def raw(data: bytes, *, close: bool = True) -> Behaviour:
    """These very bytes, and then the end unless `close` is false."""

    def behave(connection: Connection) -> None:
        connection.send(data)
        connection.open = not close

    return behave


def cut(handler: Handler) -> Behaviour:
    """Do what was asked for, send half of the answer, then close."""

    def behave(connection: Connection) -> None:
        assert connection.call is not None
        data = _render(handler(connection.call))
        connection.send(data[: len(data) // 2])
        connection.close()

    return behave


def drop(handler: Handler) -> Behaviour:
    """Do what was asked for, then close without a word."""

    def behave(connection: Connection) -> None:
        assert connection.call is not None
        handler(connection.call)
        connection.close()

    return behave


def bomb(size: int) -> Behaviour:
    """Zeros that unpack to `size` bytes."""
    return answer(200, gzip.compress(bytes(size)), Content_Encoding="gzip")


class FaultServer:
    """Listens on 127.0.0.1 from construction to `close`, at a port of its own; also a context manager.

    It does `behaviours` one by one, the last for ever. `calls` are the whole requests in their order. `tls`: speak
    it. `greeting`: done with each connection instead, before anything is read.
    """

    def __init__(
        self, *behaviours: Behaviour, tls: ssl.SSLContext | None = None, greeting: Behaviour | None = None
    ) -> None:
        self.behaviours = list(behaviours)
        self.calls: list[Call] = []
        self.connections = 0
        self._tls = tls
        self._greeting = greeting
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []
        self._open: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._start(self._accept)

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}"

    def count(self, method: str) -> int:
        """How many requests with this method arrived."""
        return sum(call.method == method for call in self.calls)

    def close(self) -> None:
        self._stop.set()
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        for sock in self._open:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(5)
        self._listener.close()

    def __enter__(self) -> FaultServer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _start(self, work: Callable[..., None], *args: Any) -> None:
        thread = threading.Thread(target=work, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._stop.is_set():
            sock, _ = self._listener.accept()
            if self._stop.is_set():
                sock.close()
                return
            self.connections += 1
            self._start(self._serve, sock)

    def _serve(self, sock: socket.socket) -> None:
        sock.settimeout(_PATIENCE)
        with contextlib.suppress(OSError), contextlib.closing(sock):
            if self._greeting is not None:
                return self._greeting(Connection(sock, self._stop))
            if self._tls is None:
                return self._talk(sock)
            with self._tls.wrap_socket(sock, server_side=True) as secure:
                self._talk(secure)
        return None

    def _talk(self, sock: socket.socket) -> None:
        self._open.append(sock)
        connection = Connection(sock, self._stop)
        while connection.open and (call := connection.read()) is not None:
            with self._lock:
                self.calls.append(call)
                behave = self.behaviours.pop(0) if len(self.behaviours) > 1 else self.behaviours[0]
            behave(connection)


def _render(said: Answer) -> bytes:
    lines = [f"HTTP/1.1 {said.status} X", *(f"{name}: {value}" for name, value in said.all_headers.items())]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + said.content
