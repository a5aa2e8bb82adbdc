"""A raw server that fails in every way a network can, and what a client needs to talk to it."""

from __future__ import annotations

import contextlib
import gzip
import json
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from upscale_connect.http import Limits
from upscale_connect.models import Lead, RequestDescription
from upscale_connect.upscale import GenerationRequest, PaidSession, UpscaleClient

PEM = Path(__file__).parent / "loopback.pem"
KEY = "up-key/7f3a+9"
REQUEST_ID = "3d68ae3b-5957-454d-be1c-8731a4f877f6"
LIMITS = Limits(connect_seconds=2, read_seconds=2, total_seconds=5)


@dataclass
class Received:
    """A whole request as it arrived."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


class Connection:
    """One accepted connection, in the hands of a behaviour."""

    def __init__(self, sock: socket.socket, stop: threading.Event) -> None:
        self.sock = sock
        self.stop = stop
        self.open = True

    def read(self) -> Received | None:
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
        return Received(method, path, headers, body)

    def send(self, data: bytes) -> None:
        self.sock.sendall(data)

    def hang(self) -> None:
        """Do nothing until the server ends."""
        self.stop.wait(30)
        self.open = False

    def drip(self, data: bytes, pause: float) -> None:
        for place in range(len(data)):
            self.send(data[place : place + 1])
            if self.stop.wait(pause):
                break
        self.open = False

    def close(self) -> None:
        self.open = False

    def reset(self) -> None:
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.open = False


Behaviour = Callable[[Connection], None]


def answer(status: int, body: bytes | object = b"", kind: str | None = "application/json", **headers: str) -> Behaviour:
    """A whole answer; anything but bytes is sent as JSON. `Retry_After="3"` becomes a header."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(content)}"]
    lines += [f"Content-Type: {kind}"] if kind else []
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return raw("\r\n".join(lines).encode() + b"\r\n\r\n" + content, close=False)


def raw(data: bytes, *, close: bool = True) -> Behaviour:
    """These very bytes, and then the end unless `close` is false."""

    def behave(connection: Connection) -> None:
        connection.send(data)
        connection.open = not close

    return behave


def bomb(size: int) -> Behaviour:
    """Zeros that unpack to `size` bytes."""
    return answer(200, gzip.compress(bytes(size)), Content_Encoding="gzip")


@dataclass
class FaultServer:
    """Does `behaviours` one by one, the last for ever. `received` are the whole requests, in order."""

    behaviours: list[Behaviour]
    greeting: Behaviour | None = None
    tls: bool = False
    received: list[Received] = field(default_factory=list)
    connections: int = 0

    def __post_init__(self) -> None:
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []
        self._open: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        if self.tls:
            self._context.load_cert_chain(PEM)
        self._start(self._accept)

    @property
    def url(self) -> str:
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}"

    @property
    def posts(self) -> int:
        return sum(request.method == "POST" for request in self.received)

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
        sock.settimeout(10)
        with contextlib.suppress(OSError), contextlib.closing(sock):
            if self.greeting is not None:
                return self.greeting(Connection(sock, self._stop))
            if not self.tls:
                return self._talk(sock)
            with self._context.wrap_socket(sock, server_side=True) as secure:
                self._talk(secure)
        return None

    def _talk(self, sock: socket.socket) -> None:
        self._open.append(sock)
        connection = Connection(sock, self._stop)
        while connection.open and (request := connection.read()) is not None:
            with self._lock:
                self.received.append(request)
                behave = self.behaviours.pop(0) if len(self.behaviours) > 1 else self.behaviours[0]
            behave(connection)


@pytest.fixture
def faults() -> Iterator[Callable[..., FaultServer]]:
    """Start a server: `faults(behaviour, …, tls=False, greeting=None)`."""
    servers: list[FaultServer] = []

    def start(*behaviours: Behaviour, **options: Any) -> FaultServer:
        servers.append(FaultServer(list(behaviours), **options))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


@pytest.fixture
def dead_port() -> int:
    """A port where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


@pytest.fixture
def make_client() -> Iterator[Callable[..., UpscaleClient]]:
    """A client of a server or of a URL, with short limits."""
    clients: list[UpscaleClient] = []

    def make(server: FaultServer | str, key: str = KEY, limits: Limits = LIMITS, **options: Any) -> UpscaleClient:
        url = server if isinstance(server, str) else server.url
        options.setdefault("paid", PaidSession(limits=limits, ca_bundle=str(PEM)))
        clients.append(UpscaleClient(key, base_url=f"{url}/api/v2", **options))
        return clients[-1]

    yield make
    for client in clients:
        client.close()


@pytest.fixture
def make_lead() -> Callable[..., Lead]:
    def make(lead_id: str = "lead_001", **changes: Any) -> Lead:
        fields: dict[str, Any] = {
            "lead_id": lead_id,
            "linkedin_url": f"https://www.linkedin.com/in/{lead_id}",
            "linkedin_key": lead_id,
            "company": "Tech Solutions Inc",
            "first_name": "John",
            "last_name": "Doe",
        }
        return Lead(**{**fields, **changes})

    return make


@pytest.fixture
def make_request(make_lead: Callable[..., Lead]) -> Callable[..., GenerationRequest]:
    def make(**changes: Any) -> GenerationRequest:
        fields: dict[str, Any] = {
            "callback_url": "https://callback.invalid/token",
            "customer": "customer_12345",
            "campaign": "campaign_67890",
            "description": RequestDescription("Acme Corporation", "https://www.acmecorp.com", "formal"),
            "message_types": ("connection_request", "first_follow_up"),
            "leads": [make_lead()],
        }
        return GenerationRequest(**{**fields, **changes})

    return make


def retrieved_json(leads: list[dict[str, Any]] | None = None, **changes: Any) -> dict[str, Any]:
    """An answer of the retrieve endpoint; `changes` go into its metadata."""
    if leads is None:
        leads = [{"external_prospect_id": "lead_001", "linkedin": None, "outreach_message": "Hi John"}]
    metadata = {
        "request_message_generation_api_request_secure_request_id": REQUEST_ID,
        "retrieve_messages_api_request_secure_request_id": "660e8400-e29b-41d4-a716-446655440001",
        "requested_messages_count": 1,
        "generated_messages_count": 1,
        "failed_messages_count": None,
        "failed_messages_reason": None,
    }
    return {
        "metadata": {**metadata, **changes},
        "account": {"automation_tool_customer_id": "customer_12345"},
        "campaign": {
            "automation_tool_campaign_id": "campaign_67890",
            "message_sequence": ["connection_request"],
            "leads_data": leads,
        },
    }


@pytest.fixture
def retrieved_body() -> Callable[..., dict[str, Any]]:
    return retrieved_json


@dataclass(frozen=True)
class Kit:
    """What tests use besides fixtures: they cannot import this file."""

    answer: Callable[..., Behaviour]
    raw: Callable[..., Behaviour]
    bomb: Callable[[int], Behaviour]
    accepted: Behaviour
    request_id: str = REQUEST_ID
    key: str = KEY
    pem: Path = PEM
    limits: Limits = LIMITS


@pytest.fixture
def kit() -> Kit:
    return Kit(answer, raw, bomb, answer(200, {"message": "Success", "secure_request_id": REQUEST_ID}))
