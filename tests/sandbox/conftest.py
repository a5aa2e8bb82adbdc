"""A sandbox with a clock that stands until a test moves it, and short words to talk to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from upscale_connect.sandbox import Sandbox

DELAY = 10.0


class StandingClock:
    def __init__(self) -> None:
        self.seconds = 1000.0

    def now(self) -> datetime:
        return datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC) + timedelta(seconds=self.seconds - 1000.0)

    def monotonic(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock()


@pytest.fixture
def advance(clock: StandingClock) -> Callable[[float], None]:
    """Move the sandbox's time by some seconds."""

    def move(seconds: float) -> None:
        clock.seconds += seconds

    return move


@pytest.fixture
def sandbox(clock: StandingClock) -> Iterator[Sandbox]:
    """Messages are there 10 s after the submit, by the standing clock."""
    with Sandbox(delay=DELAY, webhook_secret="a webhook secret", admin=True, clock=clock) as started:
        yield started


@pytest.fixture
def http() -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.trust_env = False
        yield session


@pytest.fixture
def make_lead() -> Callable[..., dict[str, Any]]:
    def make(number: int = 1, **changes: Any) -> dict[str, Any]:
        lead = {
            "automation_tool_lead_id": f"lead_{number:03}",
            "lead_linkedin": f"https://www.linkedin.com/in/person-{number}",
            "lead_company": f"Company {number}",
            "first_name": f"Ann{number}",
            "last_name": "Example",
            "lead_company_website_url": "https://www.example.com",
            "lead_specified_url": None,
        }
        return {name: value for name, value in (lead | changes).items() if value is not ...}

    return make


@pytest.fixture
def make_request(make_lead: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    """A valid request with `leads` leads; a change of `...` leaves the field out."""

    def make(leads: int = 2, **changes: Any) -> dict[str, Any]:
        body = {
            "completion_notification_url": "https://callback.invalid/token",
            "automation_tool_customer_id": "customer_1",
            "automation_tool_campaign_id": "campaign_1",
            "proposition_company_name": "Acme Corporation",
            "proposition_company_url": "https://www.acmecorp.com",
            "message_sequence": ["connection_request", "first_follow_up"],
            "tone_preference": "formal",
            "lead_data": [make_lead(number) for number in range(1, leads + 1)],
        }
        return {name: value for name, value in (body | changes).items() if value is not ...}

    return make


@pytest.fixture
def submit(
    sandbox: Sandbox, http: requests.Session, make_request: Callable[..., dict[str, Any]]
) -> Callable[..., requests.Response]:
    """POST a request: `submit(leads, key, **changes)`, or `submit(json=…)` as it is."""

    def send(leads: int = 2, key: str = "sandbox-valid", json: Any = ..., **changes: Any) -> requests.Response:
        return http.post(
            f"{sandbox.base_url}/request_message_generation",
            json=make_request(leads, **changes) if json is ... else json,
            headers={"Api-Key": key},
            timeout=5,
            allow_redirects=False,
        )

    return send


@pytest.fixture
def retrieve(sandbox: Sandbox, http: requests.Session) -> Callable[..., requests.Response]:
    def send(request_id: str, key: str = "sandbox-valid") -> requests.Response:
        return http.request(
            "GET",
            f"{sandbox.base_url}/retrieve_messages",
            json={"request_message_generation_secure_request_id": request_id},
            headers={"Api-Key": key},
            timeout=5,
            allow_redirects=False,
        )

    return send


@pytest.fixture
def buy(
    submit: Callable[..., requests.Response],
    retrieve: Callable[..., requests.Response],
    advance: Callable[[float], None],
) -> Callable[..., dict[str, Any]]:
    """Submit, let the time pass, retrieve: the complete answer."""

    def run(leads: int = 2, key: str = "sandbox-valid", **changes: Any) -> dict[str, Any]:
        request_id = submit(leads, key, **changes).json()["secure_request_id"]
        advance(DELAY)
        answer: dict[str, Any] = retrieve(request_id, key).json()
        return answer

    return run
