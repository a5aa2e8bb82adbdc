"""The admin interface: the same words over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests

from upscale_connect.sandbox import Sandbox

Call = Callable[..., requests.Response]


@pytest.fixture
def admin(sandbox: Sandbox, http: requests.Session) -> Callable[..., Any]:
    """`admin("GET", "requests")`: the answer's JSON; the status must be `expect`."""

    def send(method: str, path: str, json: Any = None, *, expect: int = 200) -> Any:
        url = sandbox.base_url.replace("/api/v2", f"/_admin/{path}")
        answer = http.request(method, url, json=json, timeout=5)
        assert answer.status_code == expect, answer.text
        assert answer.headers["Content-Type"].startswith("application/json")
        return answer.json()

    return send


def test_observations(admin: Callable[..., Any], buy: Callable[..., Any]) -> None:
    buy(1, "sandbox-low-credits", message_sequence=["connection_request"])
    received = admin("GET", "requests")["requests"]
    assert [request["endpoint"] for request in received] == ["submit", "retrieve"]
    assert received[0]["at"] == "2026-03-04T05:06:07Z"
    assert '"lead_001"' in received[0]["body"]
    assert len(admin("GET", "requests?endpoint=submit")["requests"]) == 1
    low = admin("GET", "credits")["credits"]["sandbox-low-credits"]
    assert low == {"left": 9, "reserved": 0, "spent": 1, "revoked": False}
    message = {"key": "sandbox-low-credits", "lead_id": "lead_001", "type": "connection_request", "count": 1}
    assert admin("GET", "generated") == {"generated": [message]}
    assert admin("GET", "submitted") == {"submitted": [message]}


def test_webhook_attempts(admin: Callable[..., Any], sandbox: Sandbox, submit: Call, advance: Any) -> None:
    sandbox.faults.set(delay=0)
    submit(1)
    for _ in range(500):
        if attempts := admin("GET", "webhooks")["webhooks"]:
            break
    assert attempts[0]["outcome"] == "not loopback"
    assert attempts[0]["url"] == "https://callback.invalid/token"


def test_faults_and_settings(admin: Callable[..., Any], submit: Call) -> None:
    admin("POST", "faults", [{"kind": "http_error", "status": 500}, {"kind": "rate_limit", "retry_after": 3}])
    assert [fault["kind"] for fault in admin("GET", "faults")["faults"]] == ["http_error", "rate_limit"]
    assert [submit().status_code for _ in range(3)] == [500, 429, 200]
    admin("POST", "faults", {"kind": "http_error", "times": None})
    assert submit().status_code == 503
    assert admin("DELETE", "faults") == {"faults": []}
    assert admin("PATCH", "settings", {"early": "202", "delay": 3})["early"] == "202"
    assert admin("GET", "settings")["delay"] == 3


def test_keys(admin: Callable[..., Any], submit: Call) -> None:
    changed = admin("PUT", "keys/sandbox-valid", {"left": 1, "revoked": False})
    assert changed["sandbox-valid"]["left"] == 1
    assert submit().status_code == 402
    admin("PUT", "keys/sandbox-valid", {"left": None, "revoked": True})
    assert submit().status_code == 401


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "faults", {"kind": "explosion"}),
        ("POST", "faults", [{"kind": "timeout"}, {"kind": "timeout", "on": ["submit"]}]),
        ("POST", "faults", "timeout"),
        ("POST", "faults", [[]]),
        ("POST", "faults", {}),
        ("PATCH", "settings", {"early": "soon"}),
        ("PATCH", "settings", {"self": 1}),
        ("PATCH", "settings", []),
        ("PUT", "keys/another", {"left": 1}),
        ("PUT", "keys/sandbox-valid", {"left": "many"}),
        ("PUT", "keys/sandbox-valid", {"revoked": "no"}),
        ("PUT", "keys/sandbox-valid", {"plan": "gold"}),
    ],
)
def test_unknown_words_are_refused_and_change_nothing(
    admin: Callable[..., Any], submit: Call, method: str, path: str, body: Any
) -> None:
    assert admin(method, path, body, expect=422)["error"]
    assert admin("GET", "faults") == {"faults": []}
    assert submit().status_code == 200


def test_reset_forgets_faults_too(admin: Callable[..., Any], buy: Callable[..., Any], submit: Call) -> None:
    buy()
    admin("POST", "faults", {"kind": "http_error", "times": None})
    admin("PATCH", "settings", {"quirks": "docs"})
    admin("POST", "reset")
    assert admin("GET", "requests") == {"requests": []}
    assert admin("GET", "settings")["quirks"] == "none"
    assert submit().status_code == 200


def test_wrong_paths_and_bodies(admin: Callable[..., Any], sandbox: Sandbox, http: requests.Session) -> None:
    admin("GET", "nothing", expect=404)
    admin("DELETE", "requests", expect=405)
    url = sandbox.base_url.replace("/api/v2", "/_admin/faults")
    assert http.post(url, data=b"{", timeout=5).status_code == 400


def test_it_is_not_recorded_itself(admin: Callable[..., Any]) -> None:
    admin("GET", "credits")
    assert admin("GET", "requests") == {"requests": []}
