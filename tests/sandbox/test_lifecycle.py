"""Starting, stopping, and where it listens."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests

from upscale_connect.errors import UsageError
from upscale_connect.sandbox import Sandbox, serve
from upscale_connect.sandbox.loopback import is_loopback_url
from upscale_connect.sandbox.observed import BODIES_KEPT

KEY = {"Api-Key": "sandbox-valid"}
ROOT = Path(__file__).parents[2]


def run_python(code: str, **options: Any) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env=environment,
        **options,
    )


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "example.com", "", "127.0.0.1.example.com", "::"])
def test_other_hosts_are_refused(host: str) -> None:
    with pytest.raises(UsageError, match="this machine only"):
        Sandbox(host=host)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "LOCALHOST"])
def test_loopback_hosts(host: str) -> None:
    with Sandbox(host=host) as sandbox:
        assert sandbox.base_url.startswith("http://127.0.0.1:")
        assert requests.get(f"{sandbox.base_url}/account", headers=KEY, timeout=5).status_code == 200


def test_ipv6() -> None:
    try:
        with Sandbox(host="::1") as sandbox:
            assert sandbox.base_url.startswith("http://[::1]:")
            assert requests.get(f"{sandbox.base_url}/account", headers=KEY, timeout=5).status_code == 200
    except UsageError:
        pytest.skip("this machine has no IPv6 loopback")


@pytest.mark.parametrize(
    ("url", "loopback"),
    [
        ("http://127.0.0.1:8000/a", True),
        ("http://127.9.9.9/", True),
        ("http://[::1]:80/", True),
        ("http://LocalHost/", True),
        ("http://localhost.example.com/", False),
        ("http://user@example.com/", False),
        ("http://[::1", False),
        ("http://0.0.0.0/", False),
        ("text", False),
    ],
)
def test_loopback_urls(url: str, loopback: bool) -> None:
    assert is_loopback_url(url) is loopback


@pytest.mark.parametrize(("name", "value"), [("port", -1), ("port", 65536), ("delay", -0.1), ("delay", float("nan"))])
def test_impossible_options_are_refused(name: str, value: Any) -> None:
    with pytest.raises(UsageError):
        Sandbox(**{name: value})


def test_port_that_is_taken() -> None:
    with Sandbox() as first:
        second = Sandbox(port=int(first.base_url.split(":")[2].split("/")[0]))
        with pytest.raises(UsageError, match="cannot listen"):
            second.start()
        second.close()


def test_address_is_unknown_before_the_start() -> None:
    sandbox = Sandbox()
    with pytest.raises(UsageError, match="not been started"):
        _ = sandbox.base_url
    sandbox.close()
    assert Sandbox(port=8765).base_url == "http://127.0.0.1:8765/api/v2"


def test_it_can_stop_and_start_again_with_its_state(http: requests.Session, make_request: Any) -> None:
    with Sandbox(delay=0) as sandbox:
        assert sandbox.start() is sandbox
        url = sandbox.base_url
        http.post(f"{url}/request_message_generation", json=make_request(), headers=KEY, timeout=5)
        sandbox.close()
        sandbox.close()
        with pytest.raises(requests.ConnectionError):
            requests.get(f"{url}/account", headers=KEY, timeout=5)
        sandbox.start()
        assert sandbox.base_url == url
        assert requests.get(f"{url}/account", headers=KEY, timeout=5).json()["monthly_credits"] == 4


def test_close_does_not_wait_for_held_requests(make_request: Any) -> None:
    held = threading.Event()

    def ask(url: str, path: str) -> None:
        held.set()
        with pytest.raises(requests.ConnectionError):
            requests.get(f"{url}/{path}", headers=KEY, timeout=30)

    with ThreadPoolExecutor(3) as pool, Sandbox(webhook_secret="secret") as sandbox:
        sandbox.faults.add("timeout", times=None, on="account")
        sandbox.faults.add("timeout", times=None, on="sequences", after=True)
        asked = [pool.submit(ask, sandbox.base_url, path) for path in ("account", "get_sequences")]
        while len(sandbox.state.requests) < 2:
            held.wait(1)
        started = time.monotonic()
        sandbox.close()
        assert time.monotonic() - started < 2
        for future in asked:
            future.result(timeout=5)


def test_no_thread_is_left() -> None:
    with Sandbox(webhook_secret="secret"):
        names = {thread.name for thread in threading.enumerate()}
        assert {"sandbox-listener", "sandbox-webhooks"} <= names
    assert not any(thread.name.startswith(("sandbox-", "waitress-")) for thread in threading.enumerate())


def test_import_is_cheap() -> None:
    code = "import sys, upscale_connect.sandbox as s; s.Sandbox(); print([m for m in sys.modules])"
    with run_python(code) as process:
        modules = process.communicate(timeout=20)[0]
    for heavy in ("'flask'", "'waitress'", "'werkzeug'", "'requests'", "'pydantic'"):
        assert heavy not in modules


@pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot send SIGTERM to a process and let it end")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_serve_ends_on_a_signal(number: signal.Signals) -> None:
    code = (
        "from upscale_connect.sandbox import Sandbox, serve\n"
        "sandbox = Sandbox(webhook_secret='secret')\n"
        "print('ended by', serve(sandbox, ready=lambda: print(sandbox.base_url, flush=True)))\n"
    )
    with run_python(code) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        with requests.Session() as http:
            assert http.get(f"{url}/account", headers=KEY, timeout=5).status_code == 200
            started = time.monotonic()
            process.send_signal(number)
            output, errors = process.communicate(timeout=10)
        assert time.monotonic() - started < 2
        assert (output, errors, process.returncode) == (f"ended by {int(number)}\n", "", 0)


def test_serve_gives_the_signal_handlers_back() -> None:
    handlers = [signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)]
    assert serve(Sandbox(), ready=lambda: signal.raise_signal(signal.SIGTERM)) == signal.SIGTERM
    assert [signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)] == handlers


def test_many_clients_at_once(sandbox: Sandbox, make_request: Callable[..., Any], make_lead: Any, advance: Any) -> None:
    def ask(number: int) -> str:
        leads = [make_lead(100 * number + offset) for offset in range(10)]
        with requests.Session() as http:
            answer = http.post(
                f"{sandbox.base_url}/request_message_generation",
                json=make_request(lead_data=leads),
                headers=KEY,
                timeout=10,
            )
        return str(answer.json()["secure_request_id"])

    with ThreadPoolExecutor(8) as pool:
        ids = list(pool.map(ask, range(40)))
    advance(10)
    assert len(set(ids)) == 40
    assert sandbox.state.generated().total() == 800
    assert set(sandbox.state.generated().values()) == {1}
    assert sandbox.state.credits("sandbox-valid").spent == 800


def test_old_bodies_are_given_up_to_save_memory(sandbox: Sandbox, http: requests.Session) -> None:
    body = json.dumps({"filling": "x" * (BODIES_KEPT // 3)})
    for _ in range(4):
        http.post(f"{sandbox.base_url}/request_message_generation", data=body, headers=KEY, timeout=10)
    kept = [request.body is not None for request in sandbox.state.requests]
    assert kept == [False, False, True, True]
    with pytest.raises(ValueError, match="not kept"):
        sandbox.state.requests[0].json()


def test_head_waits_for_continue_like_a_real_server(sandbox: Sandbox) -> None:
    port = int(sandbox.base_url.split(":")[2].split("/")[0])
    with socket.create_connection(("127.0.0.1", port), timeout=5) as client:
        client.sendall(
            b"POST /api/v2/request_message_generation HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"
            b"Content-Length: 2\r\nContent-Type: application/json\r\n\r\n"
        )
        assert client.recv(100).startswith(b"HTTP/1.1 100 Continue")
        client.sendall(b"{}")
        assert client.recv(100).startswith(b"HTTP/1.1 401")
