"""What is kept, and what every other request is answered."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from upscale_connect.errors import LedgerError
from upscale_connect.ledger import hash_token
from upscale_connect.receiver.app import UNKNOWN_PER_MINUTE

if TYPE_CHECKING:
    from tests.receiver.conftest import Site

JSON = "application/json"
REFUSED = b"refused\n"
Body = Callable[..., bytes]
Lines = Callable[[], list[str]]


def test_a_callback_is_kept_before_it_is_answered(site: Site, body: Body) -> None:
    token = site.know()
    status, answer, headers = site.send(f"/callbacks/{token}", body(), Content_Type=JSON)
    assert (status, answer) == (200, b"ok\n")
    assert "Server" not in headers
    assert headers["Connection"] == "close"
    (callback,) = site.inbox.unread()
    assert callback.token_hash == hash_token(token)
    assert (callback.secure_request_id, callback.status) == ("3f0e6c1a-0000-4000-8000-000000000001", "complete")
    assert (callback.requested, callback.generated) == (4, 4)


@pytest.mark.promise(row="F2")
def test_repeats_are_one_row(site: Site) -> None:
    token = site.know()
    assert {site.call(token) for _ in range(50)} == {200}
    (callback,) = site.inbox.unread()
    assert callback.repeats == 49


@pytest.mark.promise(row="F1")
def test_strangers_leave_no_trace(site: Site, lines: Lines) -> None:
    """A thousand forged tokens: no row, no answer that tells anything, few lines."""
    statuses = [site.call(f"{number:043}") for number in range(1000)]
    assert statuses == [404] * UNKNOWN_PER_MINUTE + [429] * (1000 - UNKNOWN_PER_MINUTE)
    assert site.inbox.unread() == []
    assert len(lines()) < 100
    assert site.call(site.know()) == 200
    site.clock.seconds = 61
    assert site.call("x" * 43) == 404
    assert any("more were refused" in line for line in lines())


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/callbacks",
        "/callbacks/",
        "/callbacks/short",
        "/callbacks/" + "x" * 44,
        "/callbacks/" + "x" * 42 + "é",
        "/callbacks/" + "x" * 43 + "/",
        "/callbacks/" + "x" * 43 + "%0a",
        "/h/" + "x" * 43,
        "/healthz/",
        "/../healthz",
        "/favicon.ico",
    ],
)
def test_everything_else_is_not_found(site: Site, body: Body, path: str) -> None:
    for method in ("POST", "GET", "PUT"):
        status, answer, _ = site.send(path.replace("é", "%C3%A9"), body(), method, Content_Type=JSON)
        assert (status, answer) == (404, REFUSED)
    assert site.looked_up == 0


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "OPTIONS", "PATCH"])
def test_other_methods(site: Site, method: str) -> None:
    status, answer, headers = site.send(f"/callbacks/{site.know()}", None, method)
    assert (status, answer, headers["Allow"]) == (405, REFUSED, "POST")
    assert (site.looked_up, site.inbox.unread()) == (0, [])


@pytest.mark.promise(row="F5")
@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Content_Type": "text/plain"}, 415),
        ({"Content_Type": "application/x-www-form-urlencoded"}, 415),
        ({}, 415),
        ({"Content_Type": JSON, "Content_Encoding": "gzip"}, 415),
        ({"Content_Type": JSON, "Content_Encoding": "br, gzip"}, 415),
        ({"Content_Type": f"{JSON}; charset=utf-8"}, 200),
        ({"Content_Type": "Application/JSON"}, 200),
        ({"Content_Type": JSON, "Content_Encoding": "identity"}, 200),
    ],
)
def test_only_plain_json(site: Site, body: Body, headers: dict[str, str], status: int) -> None:
    assert site.send(f"/callbacks/{site.know()}", body(), **headers)[0] == status
    assert len(site.inbox.unread()) == (status == 200)


@pytest.mark.promise(row="F5")
def test_the_length_must_be_known(site: Site, body: Body) -> None:
    token = site.know()
    for head, status in (
        (b"", 411),
        (b"Transfer-Encoding: chunked\r\n", 411),
        (b"Content-Length: -1\r\n", 400),
        (b"Content-Length: 5, 5\r\n", 400),
        (b"Content-Length: 0\r\n", 400),
    ):
        first = f"POST /callbacks/{token} HTTP/1.1\r\nHost: x\r\nContent-Type: {JSON}\r\n".encode()
        chunks = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body()), body()) if b"chunked" in head else b""
        assert site.exchange(first + head + b"\r\n" + chunks).startswith(b"HTTP/1.1 %d " % status), head
    assert site.inbox.unread() == []


@pytest.mark.promise(row="F5")
def test_64_kib_and_not_a_byte_more(site: Site, body: Body) -> None:
    token = site.know()
    room = 64 * 1024 - len(body(padding=""))
    assert site.call(token, padding="x" * room) == 200
    head = f"POST /callbacks/{token} HTTP/1.1\r\nHost: x\r\nContent-Type: {JSON}\r\n"
    answer = site.exchange(f"{head}Content-Length: {64 * 1024 + 1}\r\n\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert answer.endswith(REFUSED)
    assert b"waitress" not in answer


@pytest.mark.promise(row="F5")
def test_300_megabytes_announced_are_not_read(site: Site) -> None:
    head = f"POST /callbacks/{site.know()} HTTP/1.1\r\nHost: x\r\nContent-Type: {JSON}\r\n"
    answer = site.exchange(f"{head}Content-Length: 300000000\r\n\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 413 ")


@pytest.mark.promise(row="F5")
@pytest.mark.parametrize(
    "broken",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"text"',
        b"{}",
        b"\xff\xfe{}",
        b"[" * 60_000,
        b'{"secure_request_id": "x", "a": ' + b"[" * 40 + b"]" * 40 + b"}",
        b'{"secure_request_id": "x", "a": ' + b"9" * 5000 + b"}",
        b'{"secure_request_id": "x", "a": NaN}',
        b'"' + b'\\"' * 30_000,
        b'{"secure_request_id": 7}',
        b'{"secure_request_id": ""}',
        b'{"secure_request_id": "a b"}',
        b'{"secure_request_id": "a\\n"}',
        b'{"secure_request_id": "' + b"x" * 129 + b'"}',
        b'{"secure_request_id": "\\ud800"}',
        b'{"secure_request_id": "\xc3\xa9"}',
    ],
)
def test_broken_bodies(site: Site, lines: Lines, broken: bytes) -> None:
    status, answer, _ = site.send(f"/callbacks/{site.know()}", broken, Content_Type=JSON)
    assert (status, answer) == (400, REFUSED)
    assert site.inbox.unread() == []
    assert not any("internal" in line for line in lines())


def test_odd_fields_are_kept_within_bounds_or_ignored(site: Site) -> None:
    status = site.call(
        site.know(),
        status="\ud800 odd " + "x" * 500,
        completed_at=17,
        requested_messages_count=True,
        generated_messages_count=10**30,
        unknown={"text": "[[[[" * 100, "list": [[1]]},
    )
    assert status == 200
    (callback,) = site.inbox.unread()
    assert callback.status.startswith("\ufffd odd x")
    assert (len(callback.status), callback.completed_at) == (64, "")
    assert (callback.requested, callback.generated) == (None, None)


def test_a_second_id_for_a_token_is_kept_and_an_alarm(site: Site, lines: Lines) -> None:
    token = site.know()
    assert site.call(token, "id-1") == site.call(token, "id-2") == site.call(token, "id-2") == 200
    assert [one.secure_request_id for one in site.inbox.unread()] == ["id-1", "id-2"]
    (alarm,) = [line for line in lines() if "paid twice" in line]
    assert "id-1" in alarm
    assert "id-2" in alarm
    assert token not in alarm


def test_another_id_than_the_ledgers_is_an_alarm(site: Site, lines: Lines) -> None:
    token = site.know("id-A")
    assert site.call(token, "ID-a") == 200
    assert not any("paid twice" in line for line in lines())
    assert site.call(token, "id-B") == 200
    assert any("id-A" in line and "id-B" in line for line in lines())


def test_a_leaked_token_cannot_fill_the_inbox(site: Site) -> None:
    token = site.know()
    statuses = [site.call(token, f"id-{number}") for number in range(103)]
    assert statuses == [200] * 100 + [429] * 3


def test_what_cannot_be_kept_is_not_acknowledged(site: Site, lines: Lines) -> None:
    token = site.know()
    site.inbox.close()
    assert site.call(token) == 503
    site.failing = LedgerError("the ledger cannot be read now")
    status, answer, headers = site.send(f"/callbacks/{token}", b"{}", Content_Type=JSON)
    assert (status, answer, headers["Retry-After"]) == (503, REFUSED, "30")
    assert any("could not be kept" in line for line in lines())


def test_a_bug_shows_nothing(site: Site, lines: Lines) -> None:
    token = site.know()
    site.failing = RuntimeError(f"with {token} in it")
    status, answer, _ = site.send(f"/callbacks/{token}", b"{}", Content_Type=JSON)
    assert (status, answer) == (500, REFUSED)
    assert any("internal error (RuntimeError)" in line for line in lines())
    assert not any(token in line for line in lines())


def test_health(site: Site) -> None:
    assert site.send("/healthz", None, "GET")[:2] == (200, b"ok\n")
    assert site.send("/readyz", None, "GET")[:2] == (200, b"ok\n")
    assert site.send("/healthz", b"", "POST")[0] == 405
    site.failing = LedgerError("the ledger cannot be read now")
    assert site.send("/readyz", None, "GET")[:2] == (503, REFUSED)
    assert site.send("/healthz", None, "GET")[0] == 200
    site.failing = None
    site.inbox.close()
    assert site.send("/readyz", None, "GET")[0] == 503


@pytest.mark.promise(row="K1")
def test_neither_tokens_nor_bodies_are_logged(site: Site, body: Body, lines: Lines) -> None:
    known, unknown = site.know(), "S" * 43
    site.call(known, secret="canary-of-a-body")
    site.call(known, "id-2", secret="canary-of-a-body")
    site.call(unknown, secret="canary-of-a-body")
    site.send(f"/callbacks/{known}?token={known}", b"canary", Content_Type=JSON)
    site.send(f"/callbacks/{known}", b"canary", "PUT", Content_Type=JSON)
    site.send(f"/elsewhere/{known}", None, "GET")
    assert site.exchange(f"POST /callbacks/{known} HTTP/1.1\r\nbad header\r\n\r\n".encode()).startswith(b"HTTP/1.")
    logged = "\n".join(lines())
    assert "callback 200" in logged
    assert "callback 404" in logged
    assert "other 404" in logged
    for canary in (known, unknown, "canary", "elsewhere"):
        assert canary not in logged
