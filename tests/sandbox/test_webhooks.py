"""Completion notifications, received by a real server on this machine."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import queue
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import requests

from upscale_connect.sandbox import Sandbox

Call = Callable[..., requests.Response]


@dataclass
class Delivered:
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def payload(self) -> dict[str, Any]:
        payload: dict[str, Any] = json.loads(self.body)
        return payload


class Receiver:
    def __init__(self, url: str, deliveries: queue.Queue[Delivered]) -> None:
        self.url = url
        self._deliveries = deliveries

    def wait(self) -> Delivered:
        return self._deliveries.get(timeout=5)

    def is_empty(self) -> bool:
        return self._deliveries.empty()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    deliveries: queue.Queue[Delivered] = queue.Queue()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status = 302 if self.path == "/redirect" else 200
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.send_header("Location", "/elsewhere")
            self.end_headers()
            deliveries.put(Delivered(self.path, dict(self.headers), body))

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield Receiver(f"http://127.0.0.1:{server.server_port}", deliveries)
        server.shutdown()
        thread.join()


@pytest.fixture
def complete(submit: Call, advance: Any) -> Callable[..., str]:
    """Submit to this URL and let the request become complete; its id."""

    def run(url: str, leads: int = 2) -> str:
        request_id: str = submit(leads, completion_notification_url=url).json()["secure_request_id"]
        advance(10)
        return request_id

    return run


def wait_for(condition: Callable[[], bool]) -> None:
    pause = threading.Event()
    for _ in range(500):
        if condition():
            return
        pause.wait(0.01)
    raise AssertionError("it did not happen within 5 s")


def test_exactly_the_documented_payload(sandbox: Sandbox, receiver: Receiver, complete: Callable[..., str]) -> None:
    request_id = complete(f"{receiver.url}/hook/token?a=b", 3)
    delivered = receiver.wait()
    assert delivered.path == "/hook/token?a=b"
    assert delivered.headers["Content-Type"] == "application/json"
    assert "X-Webhook-Signature" not in delivered.headers
    assert list(delivered.payload.items()) == [
        ("secure_request_id", request_id),
        ("status", "complete"),
        ("completed_at", "2026-03-04T05:06:17Z"),
        ("requested_messages_count", 6),
        ("generated_messages_count", 6),
    ]
    wait_for(lambda: bool(sandbox.state.webhooks))
    (attempt,) = sandbox.state.webhooks
    assert (attempt.outcome, attempt.status, attempt.payload) == ("sent", 200, delivered.payload)


def test_not_before_completion_and_only_once(
    receiver: Receiver, submit: Call, advance: Any, complete: Callable[..., str]
) -> None:
    first = submit(completion_notification_url=f"{receiver.url}/first").json()["secure_request_id"]
    advance(9.9)
    assert receiver.is_empty()
    second = complete(f"{receiver.url}/second")
    got = [receiver.wait().payload["secure_request_id"] for _ in range(2)]
    assert sorted(got) == sorted([first, second])
    complete(f"{receiver.url}/third")
    assert receiver.wait().path == "/third"
    assert receiver.is_empty()


def test_only_to_this_machine(sandbox: Sandbox, complete: Callable[..., str]) -> None:
    complete("https://callback.invalid/token")
    complete("http://192.0.2.1/")
    complete("http://127.0.0.1.example.com/")
    wait_for(lambda: len(sandbox.state.webhooks) == 3)
    assert {attempt.outcome for attempt in sandbox.state.webhooks} == {"not loopback"}


def test_redirects_are_not_followed_and_failures_recorded(
    sandbox: Sandbox, receiver: Receiver, complete: Callable[..., str]
) -> None:
    complete(f"{receiver.url}/redirect")
    receiver.wait()
    wait_for(lambda: len(sandbox.state.webhooks) == 1)
    assert sandbox.state.webhooks[0].status == 302
    assert receiver.is_empty()
    complete("http://127.0.0.1:1/nobody-listens")
    wait_for(lambda: len(sandbox.state.webhooks) == 2)
    assert (sandbox.state.webhooks[1].outcome, sandbox.state.webhooks[1].status) == ("failed", None)


def test_no_webhook_without_a_secret(http: requests.Session, receiver: Receiver, make_request: Any) -> None:
    with Sandbox(delay=0) as silent:
        body = make_request(completion_notification_url=receiver.url)
        url = f"{silent.base_url}/request_message_generation"
        assert http.post(url, json=body, headers={"Api-Key": "sandbox-valid"}, timeout=5).status_code == 200
        assert silent.state.generated().total() == 4
        assert not any(thread.name == "sandbox-webhooks" for thread in threading.enumerate())
        assert silent.state.webhooks == []
    assert receiver.is_empty()


def test_drop_then_delay(sandbox: Sandbox, receiver: Receiver, complete: Callable[..., str], advance: Any) -> None:
    sandbox.faults.add("webhook_drop")
    sandbox.faults.add("webhook_delay", seconds=30)
    complete(f"{receiver.url}/dropped")
    wait_for(lambda: len(sandbox.state.webhooks) == 1)
    assert (sandbox.state.webhooks[0].outcome, sandbox.state.webhooks[0].fault) == ("dropped", "webhook_drop")
    complete(f"{receiver.url}/delayed")
    wait_for(lambda: not sandbox.faults.list())
    complete(f"{receiver.url}/later")
    assert receiver.wait().path == "/later"
    advance(30)
    assert receiver.wait().path == "/delayed"


def test_duplicate_replay_forge_reorder(
    sandbox: Sandbox, receiver: Receiver, complete: Callable[..., str], retrieve: Call
) -> None:
    sandbox.faults.add("webhook_duplicate")
    complete(f"{receiver.url}/1")
    first, second = receiver.wait(), receiver.wait()
    assert (first.path, first.body) == (second.path, second.body)

    sandbox.faults.add("webhook_replay")
    complete(f"{receiver.url}/2")
    assert receiver.wait().path == "/2"
    assert receiver.wait().body == first.body

    sandbox.faults.add("webhook_forge")
    complete(f"{receiver.url}/3")
    true, forged = receiver.wait(), receiver.wait()
    assert true.path == forged.path == "/3"
    assert retrieve(true.payload["secure_request_id"]).status_code == 200
    assert retrieve(forged.payload["secure_request_id"]).status_code == 404

    sandbox.faults.add("webhook_reorder")
    complete(f"{receiver.url}/4")
    wait_for(lambda: not sandbox.faults.list())
    complete(f"{receiver.url}/5")
    assert [receiver.wait().path, receiver.wait().path] == ["/5", "/4"]


def test_signatures(sandbox: Sandbox, receiver: Receiver, complete: Callable[..., str]) -> None:
    secret = b"a webhook secret"
    sandbox.faults.set(webhook_signature="hmac-hex")
    complete(receiver.url)
    delivered = receiver.wait()
    expected = hmac.new(secret, delivered.body, hashlib.sha256).hexdigest()
    assert delivered.headers["X-Webhook-Signature"] == f"sha256={expected}"
    sandbox.faults.set(webhook_signature="standard")
    complete(receiver.url)
    delivered = receiver.wait()
    head = f"{delivered.headers['webhook-id']}.{delivered.headers['webhook-timestamp']}."
    digest = hmac.new(secret, head.encode() + delivered.body, hashlib.sha256).digest()
    assert delivered.headers["webhook-signature"] == f"v1,{base64.b64encode(digest).decode()}"


def test_quirks_distort_the_counts(sandbox: Sandbox, receiver: Receiver, complete: Callable[..., str]) -> None:
    sandbox.faults.set(quirks="docs")
    complete(receiver.url, 3)
    payload = receiver.wait().payload
    assert (payload["requested_messages_count"], payload["generated_messages_count"]) == (5, 5)
