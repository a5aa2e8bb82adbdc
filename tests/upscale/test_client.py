"""What a client takes, and the two endpoints that the API reference only sketches."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
import requests
from pydantic import SecretStr

from upscale_connect.errors import BadAnswerError, InvalidKeyError, UsageError
from upscale_connect.upscale import DEFAULT_BASE_URL, AccountInfo, MessageSequence, UpscaleClient

if TYPE_CHECKING:
    from tests.upscale.conftest import FaultServer, Kit

    StartServer = Callable[..., FaultServer]
    MakeClient = Callable[..., UpscaleClient]


@pytest.mark.parametrize("key", ["", " \n", "a b", "a\nb", "ключ", "a\x7fb", "a\u00a0b"])
def test_a_key_that_no_header_can_carry(key: str) -> None:
    with pytest.raises(UsageError) as caught:
        UpscaleClient(SecretStr(key))
    assert not key.strip() or key not in caught.value.message


@pytest.mark.promise(row="E10")
@pytest.mark.parametrize(
    "url",
    [
        "http://app.upscaleoutreach.com/api/v2",
        "ftp://127.0.0.1/",
        "https://",
        "app.upscaleoutreach.com",
        "https://user:pass@example.com/api",
        "https://@example.com/api",
        "https://example.com/api?x=1",
        "https://example.com/api#x",
        "https://example.com:99999/api",
        "https://[bad/api",
        "http://127.0.0.1.example.com/",
    ],
)
def test_an_address_that_must_not_get_the_key(url: str) -> None:
    with pytest.raises(UsageError, match="base_url must be an https:// address"):
        UpscaleClient("k", base_url=url)


@pytest.mark.parametrize(
    "url",
    [
        DEFAULT_BASE_URL,
        "https://example.com:8443/api/",
        "http://127.0.0.1:8080",
        "http://[::1]:1/x",
        "http://localhost",
    ],
)
def test_an_address_that_may_get_the_key(url: str) -> None:
    with UpscaleClient("k", base_url=url) as client:
        assert repr(client) == f"UpscaleClient(base_url={url.rstrip('/')!r}, dialect='flat')"


@pytest.mark.parametrize("options", [{"dialect": "steps"}, {"retrieve_mode": "both"}])
def test_options_that_do_not_exist(options: dict[str, Any]) -> None:
    with pytest.raises(UsageError) as caught:
        UpscaleClient("k", **options)
    assert caught.value.hint.startswith("known: ")


def test_a_session_that_was_handed_in_stays_open() -> None:
    class Noticing(requests.Session):
        closed = False

        def close(self) -> None:
            self.closed = True

    session = Noticing()
    UpscaleClient("k", session=session).close()
    assert not session.closed
    session.close()


def test_sequences(faults: StartServer, make_client: MakeClient, kit: Kit) -> None:
    sample = {
        "id": "placeholder",
        "name": "Placeholder sequence",
        "message_types": ["connection_request", "first_follow_up"],
        "role": "sales",
        "industry": "technology",
        "geography": "north_america",
        "objective": "demonstrate expertise",
    }
    odd = {"id": 7, "message_types": "all", "cadence": {"days": 3}}
    server = faults(kit.answer(200, {"sequences": [sample, odd, {}, "nonsense"]}))
    first, second, third = make_client(server).get_sequences()
    assert first == MessageSequence(
        "placeholder",
        "Placeholder sequence",
        ("connection_request", "first_follow_up"),
        "sales",
        "technology",
        "north_america",
        "demonstrate expertise",
    )
    assert (second.id, second.message_types, second.extra) == (None, (), odd)
    assert third == MessageSequence(None, None, (), None, None, None, None)
    assert (server.received[0].method, server.received[0].path) == ("GET", "/api/v2/get_sequences")


def test_account(faults: StartServer, make_client: MakeClient, kit: Kit) -> None:
    sample = {
        "created_at": "2024-01-15T10:00:00Z",
        "plan_name": "Placeholder plan",
        "monthly_credits": 0,
        "monthly_allowance": 1000,
    }
    odd = {"created_at": "last year", "monthly_credits": "12", "remaining_credits": 4, "plan_name": None}
    server = faults(kit.answer(200, sample), kit.answer(200, odd))
    client = make_client(server)
    created = datetime(2024, 1, 15, 10, tzinfo=UTC)
    assert client.account() == AccountInfo("Placeholder plan", 0, 1000, created)
    expected = {"created_at": "last year", "monthly_credits": "12", "remaining_credits": 4}
    assert client.account() == AccountInfo(None, None, None, None, expected)
    assert (server.received[0].method, server.received[0].path) == ("GET", "/api/v2/account")


@pytest.mark.parametrize("call", [UpscaleClient.account, UpscaleClient.get_sequences])
def test_placeholders_fail_clearly(
    faults: StartServer, make_client: MakeClient, kit: Kit, call: Callable[[UpscaleClient], object]
) -> None:
    refused = faults(kit.answer(401, {"error": "Unauthorized: API key invalid or revoked", "status": "error"}))
    with pytest.raises(InvalidKeyError):
        call(make_client(refused))
    for body in (b"[1", b'"text"', b"<html>"):
        with pytest.raises(BadAnswerError):
            call(make_client(faults(kit.answer(200, body))))
