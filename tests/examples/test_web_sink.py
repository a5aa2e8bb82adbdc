"""The plugin of docs/examples writes messages to a web address."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.examples.conftest import run
from upscale_connect import Context, Delivery, Lead, Record
from upscale_connect.clock import SystemClock
from upscale_connect.http import repeatable_session
from upscale_connect.registry import Registry
from upscale_connect.sandbox import Sandbox

TOKEN = "a-token-that-nobody-may-see"


class Receiver(ThreadingHTTPServer):
    """Keeps what is PUT to it and answers with `statuses`, then with 204."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Putter)
        self.stored: dict[str, Any] = {}
        self.tokens: set[str | None] = set()
        self.statuses: list[int] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/leads/"


class Putter(BaseHTTPRequestHandler):
    def do_PUT(self) -> None:
        assert isinstance(self.server, Receiver)
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        status = self.server.statuses.pop(0) if self.server.statuses else 204
        if status == 204:
            self.server.stored[self.path] = body
        self.server.tokens.add(self.headers["Authorization"])
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        pass


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def send_to_web(config: Path, receiver: Receiver) -> None:
    """Let the sync write to `receiver` as well."""
    (config.parent / ".env").write_text(f"JSONL_TOKEN={TOKEN}\n", encoding="utf-8")
    sink = f"      web: {{plugin: jsonl-web, url: {receiver.url!r}, token: '${{JSONL_TOKEN}}'}}\n"
    config.write_text(config.read_text(encoding="utf-8") + sink, encoding="utf-8")


def test_messages_are_put_to_a_web_address(trial: Path, registry: Registry, receiver: Receiver) -> None:
    send_to_web(trial, receiver)
    assert run(trial, registry)["sinks"]["web"]["written"] == 2
    assert receiver.tokens == {f"Bearer {TOKEN}"}
    stored = receiver.stored["/leads/customer_12345%2Fcampaign_67890%2Fa-1"]
    assert stored["messages"]["connection_request"].startswith("[sandbox]")


def test_what_the_web_address_refuses_is_told(trial: Path, registry: Registry, receiver: Receiver) -> None:
    send_to_web(trial, receiver)
    receiver.statuses = [409, 422]
    result = run(trial, registry)
    assert result["sinks"]["web"] == result["sinks"]["web"] | {"conflict": 1, "failed": 1, "written": 0}
    assert TOKEN not in json.dumps(result)


def test_a_web_address_that_is_ill_is_tried_again_in_the_next_run(
    plugin: ModuleType, receiver: Receiver, tmp_path: Path
) -> None:
    lead = Lead("a-1", "https://www.linkedin.com/in/ada", "ada", "First", "Ada", "Invented")
    delivery = Delivery("c/d/a-1", Record("a-1", {}), lead, {}, "uc-1")
    with repeatable_session(tries=1) as http:
        context = Context(tmp_path, http, SystemClock(), threading.Event(), logging.getLogger("test"))
        sink = plugin.WebSink(plugin.WebSink.config_model(url=receiver.url, token=TOKEN), context)
        receiver.statuses = [503]
        assert next(sink.write([delivery])) == delivery.failed("the server answered 503", retry=True)
        gone = plugin.WebSink(plugin.WebSink.config_model(url="http://127.0.0.1:9", token=TOKEN), context)
        result = next(gone.write([delivery]))
    assert (result.outcome, result.retry) == ("failed", True)
    assert result.why.startswith("127.0.0.1")


def test_the_token_is_checked_before_anything_is_bought(
    trial: Path, registry: Registry, receiver: Receiver, sandbox: Sandbox
) -> None:
    send_to_web(trial, receiver)
    text = trial.read_text(encoding="utf-8")
    trial.write_text(text.replace("${JSONL_TOKEN}", ""), encoding="utf-8")
    assert "the token is empty" in run(trial, registry)["error"]["message"]
    assert not sandbox.state.requests
