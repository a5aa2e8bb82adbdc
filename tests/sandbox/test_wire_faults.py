"""What goes wrong between the client and the application."""

from __future__ import annotations

import socket
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
import requests

from upscale_connect.errors import UsageError
from upscale_connect.sandbox import Fault, Sandbox

Call = Callable[..., requests.Response]


def test_rate_limit_in_all_three_forms(sandbox: Sandbox, submit: Call) -> None:
    sandbox.faults.add("rate_limit", retry_after=7)
    sandbox.faults.add("rate_limit", retry_after="date", seconds=60)
    sandbox.faults.add("rate_limit")
    answers = [submit() for _ in range(4)]
    assert [answer.status_code for answer in answers] == [429, 429, 429, 200]
    assert answers[0].headers["Retry-After"] == "7"
    moment = parsedate_to_datetime(answers[1].headers["Retry-After"])
    assert (moment - sandbox.state.requests[1].at).total_seconds() == 60
    assert "Retry-After" not in answers[2].headers
    assert len(sandbox.state.requests_to("submit")) == 4
    assert set(sandbox.state.submitted().values()) == {1}


@pytest.mark.parametrize("status", [403, 408, 500, 502, 503])
@pytest.mark.parametrize("after", [False, True])
def test_html_error_before_and_after_accepting(sandbox: Sandbox, submit: Call, status: int, after: bool) -> None:
    sandbox.faults.add("http_error", on="submit", status=status, after=after)
    answer = submit()
    assert answer.status_code == status
    assert answer.headers["Content-Type"].startswith("text/html")
    assert answer.text.startswith("<html>")
    assert bool(sandbox.state.submitted()) is after
    assert bool(sandbox.state.requests[0].accepted) is after


@pytest.mark.parametrize("after", [False, True])
def test_reset(sandbox: Sandbox, submit: Call, after: bool) -> None:
    sandbox.faults.add("reset", on="submit", after=after)
    with pytest.raises(requests.ConnectionError) as raised:
        submit()
    assert "ConnectionResetError" in repr(raised.value) or "10054" in repr(raised.value)
    assert bool(sandbox.state.submitted()) is after
    assert sandbox.state.requests[0].status is None
    assert submit().status_code == 200


@pytest.mark.parametrize("after", [False, True])
def test_time_out(sandbox: Sandbox, http: requests.Session, make_request: Any, after: bool) -> None:
    sandbox.faults.add("timeout", on="submit", after=after)
    with pytest.raises(requests.ReadTimeout):
        http.post(
            f"{sandbox.base_url}/request_message_generation",
            json=make_request(),
            headers={"Api-Key": "sandbox-valid"},
            timeout=0.2,
        )
    assert bool(sandbox.state.submitted()) is after
    assert len(sandbox.state.requests_to("submit")) == 1


def test_time_out_ends_with_a_closed_connection(sandbox: Sandbox, submit: Call) -> None:
    sandbox.faults.add("timeout", seconds=0)
    with pytest.raises(requests.ConnectionError):
        submit()


def test_truncated_body(sandbox: Sandbox, submit: Call) -> None:
    sandbox.faults.add("truncate", on="submit")
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        submit()
    assert sandbox.state.submitted()
    assert submit().status_code == 200


def test_wrong_content_type_and_slow_body(sandbox: Sandbox, submit: Call) -> None:
    sandbox.faults.add("wrong_content_type")
    answer = submit()
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.json()["message"] == "Success"
    sandbox.faults.add("slow", seconds=0.1)
    answer = submit()
    assert answer.json()["message"] == "Success"
    assert answer.elapsed.total_seconds() < 5


def test_slow_body_trips_a_read_time_out(sandbox: Sandbox, http: requests.Session) -> None:
    sandbox.faults.add("slow", seconds=60)
    with pytest.raises(requests.ConnectionError, match="Read timed out"):
        http.get(f"{sandbox.base_url}/account", headers={"Api-Key": "sandbox-valid"}, timeout=0.2)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirect(sandbox: Sandbox, submit: Call, status: int) -> None:
    sandbox.faults.add("redirect", status=status)
    answer = submit()
    assert (answer.status_code, answer.headers["Location"]) == (status, "https://moved.invalid/api/v2")
    assert not sandbox.state.submitted()
    sandbox.faults.add("redirect", status=status, location=sandbox.base_url + "/account")
    assert submit().headers["Location"].endswith("/account")


def test_key_revoked_and_credits_gone_in_the_middle(sandbox: Sandbox, submit: Call) -> None:
    sandbox.faults.script([Fault("none"), Fault("drop_credits"), Fault("revoke_key")])
    answers = [submit() for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 402, 401, 401]
    assert answers[2].json() == {"error": "Unauthorized: API key has been revoked"}


def test_proxies_that_dislike_a_get_body(
    sandbox: Sandbox, http: requests.Session, submit: Call, retrieve: Call
) -> None:
    request_id = submit().json()["secure_request_id"]
    sandbox.faults.add("refuse_get_body", times=None)
    answer = retrieve(request_id)
    assert (answer.status_code, answer.headers["Content-Type"][:9]) == (403, "text/html")
    query = {"request_message_generation_secure_request_id": request_id}
    in_query = http.get(
        f"{sandbox.base_url}/retrieve_messages", params=query, headers={"Api-Key": "sandbox-valid"}, timeout=5
    )
    assert in_query.status_code == 200
    sandbox.faults.clear()
    sandbox.faults.add("strip_get_body")
    answer = retrieve(request_id)
    assert answer.status_code == 422
    assert "is required but was missing or blank" in answer.json()["error"]


def test_script_is_used_up_in_order_and_by_endpoint(sandbox: Sandbox, submit: Call, retrieve: Call) -> None:
    sandbox.faults.script(
        [
            Fault("http_error", on="submit", status=500, times=2),
            Fault("http_error", on="retrieve", status=502),
            Fault("http_error", on="submit", status=503),
        ]
    )
    assert retrieve("any").status_code == 502
    assert [submit().status_code for _ in range(4)] == [500, 500, 503, 200]
    assert sandbox.faults.list() == []


def test_lasting_fault_acts_until_cleared(sandbox: Sandbox, submit: Call) -> None:
    sandbox.faults.add("http_error", times=None)
    assert [submit().status_code for _ in range(3)] == [503, 503, 503]
    assert sandbox.state.requests[0].faults == ("http_error",)
    sandbox.faults.clear()
    assert submit().status_code == 200


@pytest.mark.parametrize(
    "words",
    [
        {"kind": "explosion"},
        {"kind": "timeout", "on": "everything"},
        {"kind": "timeout", "times": 0},
        {"kind": "timeout", "times": True},
        {"kind": "timeout", "seconds": float("nan")},
        {"kind": "http_error", "status": 200},
        {"kind": "redirect", "status": 503},
        {"kind": "rate_limit", "retry_after": "soon"},
        {"kind": "timeout", "after": "yes"},
        {"kind": "timeout", "when": "now"},
    ],
)
def test_unknown_words_are_refused(sandbox: Sandbox, words: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        sandbox.faults.add(**words)
    assert sandbox.faults.list() == []


@pytest.mark.parametrize("settings", [{"early": "soon"}, {"delay": -1}, {"quirks": None}, {"colour": "red"}])
def test_unknown_settings_are_refused(sandbox: Sandbox, settings: dict[str, Any]) -> None:
    before = sandbox.faults.settings
    with pytest.raises(UsageError):
        sandbox.faults.set(**settings)
    assert sandbox.faults.settings == before


def test_requests_are_recorded_and_a_foreign_key_is_not_kept(sandbox: Sandbox, submit: Call, retrieve: Call) -> None:
    request_id = submit(2).json()["secure_request_id"]
    retrieve(request_id, "a-real-key-by-mistake")
    first, second = sandbox.state.requests
    assert (first.method, first.endpoint, first.key, first.status) == ("POST", "submit", "sandbox-valid", 200)
    assert first.accepted == request_id
    assert first.json()["automation_tool_campaign_id"] == "campaign_1"
    assert (second.endpoint, second.key, second.status) == ("retrieve", None, 401)
    assert "a-real-key" not in repr(second)


def test_raw_garbage_does_not_stop_it(sandbox: Sandbox, submit: Call) -> None:
    port = int(sandbox.base_url.rsplit(":", 1)[1].split("/")[0])
    with socket.create_connection(("127.0.0.1", port), timeout=5) as client:
        client.sendall(b"\x16\x03\x01 no http\r\n\r\n")
        assert client.recv(1000).startswith(b"HTTP/1.0 400")
    assert submit().status_code == 200
