"""A receiver on a real socket, with known tokens, and words to call it."""

from __future__ import annotations

import http.client
import json
import logging
import secrets
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from upscale_connect.ledger import CalledAttempt, Inbox, hash_token
from upscale_connect.receiver import Listener, Receiver

REQUEST_ID = "3f0e6c1a-0000-4000-8000-000000000001"


class SteadyClock:
    """Time stands still unless a test moves it."""

    seconds = 0.0

    def now(self) -> datetime:
        return datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)

    def monotonic(self) -> float:
        return self.seconds


@dataclass
class Site:
    """A running receiver. `known`: token hash → attempt; `looked_up` counts the questions to the ledger."""

    inbox: Inbox
    clock: SteadyClock = field(default_factory=SteadyClock)
    known: dict[bytes, CalledAttempt] = field(default_factory=dict)
    looked_up: int = 0
    failing: Exception | None = None
    listener: Listener | None = None

    def find(self, token_hash: bytes) -> CalledAttempt | None:
        self.looked_up += 1
        if self.failing is not None:
            raise self.failing
        return self.known.get(token_hash)

    def know(self, request_id: str | None = None) -> str:
        """A token of an attempt that has this request id."""
        token = secrets.token_urlsafe(32)
        number = len(self.known) + 1
        self.known[hash_token(token)] = CalledAttempt(
            number, number, 1, "accepted" if request_id else "in_doubt", request_id, "main", "customer", "campaign", ()
        )
        return token

    @property
    def port(self) -> int:
        assert self.listener is not None
        return self.listener.port

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=5)

    def exchange(self, sent: bytes) -> bytes:
        """All that comes back for these bytes until the connection is closed."""
        with self.connect() as connection:
            connection.sendall(sent)
            return read_all(connection)

    def send(
        self, path: str, body: bytes | None = None, method: str = "POST", **headers: str
    ) -> tuple[int, bytes, dict[str, str]]:
        """One request: status, body and headers of its answer. A header's underscores are hyphens."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            sent = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, body, sent)
            answer = connection.getresponse()
            return answer.status, answer.read(), dict(answer.getheaders())
        finally:
            connection.close()

    def call(self, token: str, request_id: str = REQUEST_ID, **fields: Any) -> int:
        """A callback as the API would send it: the status of the answer."""
        return self.send(f"/callbacks/{token}", make_body(request_id, **fields), Content_Type="application/json")[0]


def read_all(connection: socket.socket) -> bytes:
    received = b""
    try:
        while data := connection.recv(4096):
            received += data
    except ConnectionError:
        return received
    return received


def make_body(request_id: Any = REQUEST_ID, **fields: Any) -> bytes:
    body = {
        "secure_request_id": request_id,
        "status": "complete",
        "completed_at": "2026-03-04T05:06:07Z",
        "requested_messages_count": 4,
        "generated_messages_count": 4,
    }
    return json.dumps(body | fields).encode()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with Inbox.open(tmp_path / "ledger.db") as inbox:
        built = Site(inbox)
        built.listener = Listener(Receiver(built.find, inbox, built.clock), "127.0.0.1", 0)
        built.listener.start()
        yield built
        built.listener.close()


@pytest.fixture
def body() -> Callable[..., bytes]:
    return make_body


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> Callable[[], list[str]]:
    """`lines()`: all that was logged, of every logger and level."""
    caplog.set_level(logging.DEBUG)
    return lambda: [record.getMessage() for record in caplog.records]
