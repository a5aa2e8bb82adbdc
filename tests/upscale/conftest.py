"""A server that fails in every way a network can, and what a client needs to talk to it."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.upscale.clock import StandingClock
from upscale_connect import testing
from upscale_connect.http import HttpSession, Limits, repeatable_session
from upscale_connect.models import Lead, RequestDescription
from upscale_connect.testing import raw
from upscale_connect.testing.fault_server import Behaviour, Connection, bomb
from upscale_connect.upscale import GenerationRequest, PaidSession, Retrieved, UpscaleClient
from upscale_connect.upscale.dialects.flat import FlatDialect

PEM = Path(__file__).parent / "loopback.pem"
KEY = "up-key/7f3a+9"
REQUEST_ID = "3d68ae3b-5957-454d-be1c-8731a4f877f6"
__all__ = ["Behaviour", "Connection", "FaultServer", "Kit"]

LIMITS = Limits(connect_seconds=2, read_seconds=2, total_seconds=5)


def answer(status: int, body: object = b"", kind: str | None = "application/json", **headers: str) -> Behaviour:
    """A whole answer; anything but bytes is sent as JSON. `Retry_After="3"` becomes a header."""
    if kind is not None:
        return testing.answer(status, body, Content_Type=kind, **headers)
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body) if isinstance(body, bytes) else 0}"]
    return raw("\r\n".join(lines).encode() + b"\r\n\r\n" + (body if isinstance(body, bytes) else b""), close=False)


class FaultServer(testing.FaultServer):
    """`received`: the whole requests in their order."""

    @property
    def received(self) -> list[testing.Call]:
        return self.calls

    @property
    def posts(self) -> int:
        return self.count("POST")


@pytest.fixture
def faults() -> Iterator[Callable[..., FaultServer]]:
    """Start a server: `faults(behaviour, …, tls=False, greeting=None)`."""
    servers: list[FaultServer] = []

    def start(*behaviours: Behaviour, tls: bool = False, greeting: Behaviour | None = None) -> FaultServer:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        if tls:
            context.load_cert_chain(PEM)
        servers.append(FaultServer(*behaviours, tls=context if tls else None, greeting=greeting))
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


@pytest.fixture
def read(retrieved_body: Callable[..., dict[str, Any]], kit: Kit) -> Callable[..., Retrieved]:
    """Parse an answer with these leads and metadata."""

    def parse(leads: list[dict[str, Any]] | None = None, status: int = 200, **metadata: Any) -> Retrieved:
        return FlatDialect().parse_retrieved(retrieved_body(leads, **metadata), kit.request_id, status, ())

    return parse


@pytest.fixture
def paid(kit: Kit) -> PaidSession:
    return PaidSession(limits=kit.limits, ca_bundle=str(kit.pem))


@pytest.fixture
def slept() -> list[float]:
    """The pauses that the session asked for."""
    return []


@pytest.fixture
def make_session(kit: Kit, slept: list[float]) -> Iterator[Callable[..., HttpSession]]:
    sessions: list[HttpSession] = []

    def make(limits: Limits = kit.limits, **options: Any) -> HttpSession:
        options = {"sleep": slept.append, "random": lambda: 1.0, "clock": StandingClock(), **options}
        sessions.append(repeatable_session(limits=limits, **options))
        return sessions[-1]

    yield make
    for session in sessions:
        session.close()
