"""Notices what a connector does behind the back of its context."""

from __future__ import annotations

import http.client
import logging
import socket
import threading
import time
import warnings
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any
from unittest import mock

from ..http.exchange import current_exchange
from ..http.origins import is_loopback


class LogKeeper(logging.Handler):
    """Every record of every logger, with its text."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[tuple[int, str]] = []

    def emit(self, record: logging.LogRecord) -> None:
        text = record.getMessage()
        if record.exc_info and record.exc_info[1] is not None:
            text += f"\n{record.exc_info[1]!r}"
        self.lines.append((record.levelno, f"{record.name}: {text}"))


class Guard:
    """While it is open: nothing reaches another machine, and what is done in this thread is written down.

    `hosts`: those that were asked for past `context.http`. `own_http`: HTTP that was spoken past it. `slept`:
    seconds of `time.sleep`. `unclosed`: what Python warned of.
    """

    def __init__(self) -> None:
        self.hosts: list[str] = []
        self.own_http: list[str] = []
        self.slept: list[float] = []
        self.log = LogKeeper()
        self._stack = ExitStack()
        self._thread = threading.get_ident()
        self._warned: list[warnings.WarningMessage] = []

    def open(self) -> None:
        replace = mock.patch.object
        for method in ("connect", "connect_ex"):
            self._stack.enter_context(replace(socket.socket, method, self._deny(getattr(socket.socket, method))))
        self._stack.enter_context(replace(socket, "getaddrinfo", self._resolve(socket.getaddrinfo)))
        self._stack.enter_context(replace(time, "sleep", self._sleep(time.sleep)))
        speak = http.client.HTTPConnection.putrequest
        self._stack.enter_context(replace(http.client.HTTPConnection, "putrequest", self._listen(speak)))
        root = logging.getLogger()
        level = root.level
        root.addHandler(self.log)
        root.setLevel(logging.DEBUG)
        self._stack.callback(root.setLevel, level)
        self._stack.callback(root.removeHandler, self.log)
        self._warned = self._stack.enter_context(warnings.catch_warnings(record=True))
        warnings.simplefilter("ignore")
        warnings.simplefilter("always", ResourceWarning)

    def close(self) -> None:
        self._stack.close()

    @property
    def unclosed(self) -> list[str]:
        return [str(one.message) for one in self._warned if issubclass(one.category, ResourceWarning)]

    def _deny(self, connect: Callable[..., Any]) -> Callable[..., Any]:
        def act(sock: socket.socket, address: Any) -> Any:
            if isinstance(address, tuple) and not is_loopback(str(address[0])):
                self.hosts.append(str(address[0]))
                raise ConnectionRefusedError("a check lets nobody reach another machine")
            return connect(sock, address)

        return act

    def _resolve(self, resolve: Callable[..., Any]) -> Callable[..., Any]:
        def act(host: Any, *args: Any, **options: Any) -> Any:
            name = host.decode() if isinstance(host, bytes) else host
            if name and not is_loopback(name):
                self.hosts.append(name)
                raise socket.gaierror(socket.EAI_NONAME, "a check lets nobody reach another machine")
            return resolve(host, *args, **options)

        return act

    def _sleep(self, sleep: Callable[[float], None]) -> Callable[[float], None]:
        def act(seconds: float) -> None:
            if threading.get_ident() != self._thread:
                sleep(seconds)
            else:
                self.slept.append(seconds)

        return act

    def _listen(self, speak: Callable[..., Any]) -> Callable[..., Any]:
        def act(connection: http.client.HTTPConnection, method: str, url: str, *args: Any, **options: Any) -> Any:
            if threading.get_ident() == self._thread and current_exchange() is None:
                self.own_http.append(f"{method} {connection.host}")
            return speak(connection, method, url, *args, **options)

        return act
