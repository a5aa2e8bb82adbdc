"""`upscale-connect account` and `sequences` against the sandbox and against a server with surprises."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
import yaml

from upscale_connect.sandbox import Sandbox

if TYPE_CHECKING:
    from tests.cli.conftest import Result

KEY = "sk-canary-0123456789"

CONFIGURATION = """\
version: 1
accounts:
  main: {{api_key: {key}, base_url: {url}}}
  trial: {{api_key: sandbox-revoked, base_url: {url}}}
syncs:
  spring:
    account: main
    customer: c1
    campaign: s1
    source: {{plugin: csv, path: leads.csv}}
    map: {{first_name: F, last_name: L, lead_company: C, lead_linkedin: U}}
    request: {{proposition_company_name: Acme, proposition_company_url: https://acme.example}}
    messages: [connection_request]
"""


def configure(url: str, key: str) -> None:
    Path("upscale-connect.yaml").write_text(CONFIGURATION.format(url=url, key=key), encoding="utf-8")


@pytest.fixture
def _sandbox() -> Iterator[None]:
    with Sandbox(delay=0) as sandbox:
        configure(sandbox.base_url, "sandbox-valid")
        yield


class Surprises(BaseHTTPRequestHandler):
    """Answers with more than is documented, among it secrets and control characters."""

    ANSWERS: ClassVar[dict[str, Any]] = {
        "/account": {
            "plan_name": "Gold\x1b[2J",
            "monthly_credits": 7,
            "created_at": "2024-01-15T10:00:00Z",
            "webhook_secret": "whsec-canary",
            "team": {"seats": [1, 2], "api_key": KEY},
            "echo": f"key {KEY}",
        },
        "/get_sequences": {"sequences": [{"name": "A\nB", "message_types": ["connection_request", "no", "x: y"]}]},
    }

    def do_GET(self) -> None:
        body = json.dumps(self.ANSWERS[self.path]).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture
def _surprises() -> Iterator[None]:
    with HTTPServer(("127.0.0.1", 0), Surprises) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        configure(f"http://127.0.0.1:{server.server_port}", KEY)
        yield
        server.shutdown()
        thread.join()


@pytest.mark.usefixtures("_sandbox")
@pytest.mark.parametrize("name", ["account", "sequences"])
def test_which_account_must_be_clear(call: Callable[..., Result], name: str) -> None:
    result = call(name, "--json")
    assert (result.exit_code, result.data["error"]["message"]) == (2, "which account?")
    assert result.data["account"] is None


@pytest.mark.usefixtures("_sandbox")
def test_the_sandboxs_account(call: Callable[..., Result]) -> None:
    result = call("account", "--account", "main", "--json")
    assert result.exit_code == 0
    assert list(result.data) == ["schema", "account", "base_url", "unverified", "exit_code"]
    assert result.data["account"] == "main"
    assert result.data["unverified"]["plan_name"].startswith("Sandbox")


@pytest.mark.usefixtures("_sandbox")
@pytest.mark.parametrize("name", ["account", "sequences"])
def test_a_revoked_key(call: Callable[..., Result], name: str) -> None:
    result = call(name, "--account", "trial")
    assert (result.exit_code, result.stdout) == (8, "")
    assert result.stderr.startswith("Error: ")
    assert "Hint: " in result.stderr
    assert "sandbox-revoked" not in result.stderr


@pytest.mark.usefixtures("_sandbox")
def test_the_sandboxs_sequences_have_a_line_to_paste(call: Callable[..., Result]) -> None:
    result = call("sequences", "--account", "main")
    lines = [line for line in result.stdout.splitlines() if line.startswith("messages: ")]
    assert result.exit_code == 0
    assert lines
    shown = call("sequences", "--account", "main", "--json").data["sequences"]
    assert [sequence["line"] for sequence in shown] == lines
    assert [yaml.safe_load(line)["messages"] for line in lines] == [sequence["message_types"] for sequence in shown]


@pytest.mark.usefixtures("_surprises")
def test_secrets_in_the_answer_are_not_shown(call: Callable[..., Result]) -> None:
    as_json = call("account", "--account", "main", "--json")
    assert as_json.data["unverified"] == {
        "plan_name": "Gold\x1b[2J",
        "monthly_credits": 7,
        "created_at": "2024-01-15T10:00:00+00:00",
        "webhook_secret": "***",
        "team": {"seats": [1, 2], "api_key": "***"},
        "echo": "key [secret]",
    }
    text = call("account", "--account", "main").stdout
    assert "not verified" in text.splitlines()[0]
    assert "canary" not in as_json.stdout + text
    assert "\x1b" not in text


@pytest.mark.usefixtures("_surprises")
def test_unusual_types_are_quoted_and_named(call: Callable[..., Result]) -> None:
    title, line, advice = call("sequences", "--account", "main").stdout.rstrip().splitlines()
    assert title == "# A\\nB"
    assert yaml.safe_load(line) == {"messages": ["connection_request", "no", "x: y"]}
    assert advice.endswith('extra_message_types: ["no", "x: y"]')


@pytest.mark.usefixtures("_surprises")
def test_no_sequence_at_all(call: Callable[..., Result], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(Surprises.ANSWERS, "/get_sequences", {"sequences": []})
    result = call("sequences", "--account", "main")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "recommends no sequence" in result.stderr


def test_a_server_that_is_not_there(call: Callable[..., Result]) -> None:
    configure("http://127.0.0.1:9", KEY)
    result = call("account", "--account", "main")
    assert result.exit_code == 10
    assert result.stderr.startswith("Error: 127.0.0.1")
    assert KEY not in result.stderr
