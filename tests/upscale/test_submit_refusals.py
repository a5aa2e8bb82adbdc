"""Answers that prove that a paid request was refused, and what they tell a person."""

from __future__ import annotations

from collections.abc import Callable
from email.utils import format_datetime
from typing import TYPE_CHECKING

import pytest

from tests.upscale.clock import NOW, StandingClock
from tests.upscale.submission import error_of
from upscale_connect.errors import (
    AccessDeniedError,
    ApiError,
    InvalidKeyError,
    NoCreditsError,
    RateLimitedError,
    RefusedError,
    RevokedKeyError,
    ValidationError,
    WrongAddressError,
)
from upscale_connect.upscale import UpscaleClient

if TYPE_CHECKING:
    from tests.upscale.conftest import FaultServer, Kit

    StartServer = Callable[..., FaultServer]
    MakeClient = Callable[..., UpscaleClient]


@pytest.mark.parametrize(
    ("status", "kind", "exit_code"),
    [
        (301, WrongAddressError, 2),
        (307, WrongAddressError, 2),
        (308, WrongAddressError, 2),
        (400, ValidationError, 3),
        (401, InvalidKeyError, 8),
        (402, NoCreditsError, 7),
        (403, AccessDeniedError, 8),
        (404, WrongAddressError, 2),
        (405, WrongAddressError, 2),
        (407, AccessDeniedError, 8),
        (411, RefusedError, 3),
        (413, ValidationError, 3),
        (414, RefusedError, 3),
        (415, RefusedError, 3),
        (421, RefusedError, 3),
        (422, ValidationError, 3),
        (426, RefusedError, 3),
        (429, RateLimitedError, 10),
        (431, RefusedError, 3),
    ],
)
@pytest.mark.parametrize("html", [False, True])
def test_refused_for_certain(
    faults: StartServer,
    make_client: MakeClient,
    kit: Kit,
    status: int,
    kind: type[RefusedError],
    exit_code: int,
    html: bool,
) -> None:
    body = b"<html>nothing</html>" if html else {"error": "a sentence"}
    error = error_of(faults(kit.answer(status, body)), make_client)
    assert type(error) is kind
    assert isinstance(error, RefusedError)
    assert (error.status, error.exit_code) == (status, exit_code)
    assert error.hint


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Unauthorized: Invalid API key", InvalidKeyError),
        ("Unauthorized: API key has been revoked", RevokedKeyError),
        ("Unauthorized: API key invalid or revoked", InvalidKeyError),
        ("<html>401</html>", InvalidKeyError),
    ],
)
def test_key_errors_are_told_apart_by_their_text(
    faults: StartServer, make_client: MakeClient, kit: Kit, text: str, kind: type[ApiError]
) -> None:
    assert type(error_of(faults(kit.answer(401, {"error": text})), make_client)) is kind


@pytest.mark.promise(row="E3")
@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("3", 3.0),
        ("0", 0.0),
        (format_datetime(NOW.replace(second=37), usegmt=True), 30.0),
        (format_datetime(NOW.replace(year=2020), usegmt=True), 0.0),
        ("999999999", 900.0),
        (format_datetime(NOW.replace(year=2030), usegmt=True), 900.0),
        ("-1", None),
        ("1e9", None),
        ("soon", None),
        ("", None),
    ],
)
def test_rate_limit_says_when_to_come_back(
    faults: StartServer, make_client: MakeClient, kit: Kit, value: str, seconds: float | None
) -> None:
    server = faults(kit.answer(429, {"error": "slow"}, Retry_After=value))
    error = error_of(server, make_client, clock=StandingClock())
    assert isinstance(error, RateLimitedError)
    assert error.retry_after == seconds


@pytest.mark.parametrize(
    ("location", "host"),
    [
        ("https://elsewhere.example/api", "elsewhere.example"),
        ("http://127.0.0.1:1/x", "127.0.0.1:1"),
        ("//other.example:8443/x", "other.example:8443"),
        ("https://user:pass@third.example/", "third.example"),
        ("http://[bad", "an invalid address"),
    ],
)
def test_redirect_names_the_host_it_points_to(
    faults: StartServer, make_client: MakeClient, kit: Kit, location: str, host: str
) -> None:
    error = error_of(faults(kit.answer(308, Location=location)), make_client)
    assert error.message.endswith(f"redirects (308) to {host}")


def test_validation_error_is_split_into_its_complaints(faults: StartServer, make_client: MakeClient, kit: Kit) -> None:
    text = "proposition_company_url must be a valid URL lead_data[3].first_name is required but was missing or blank"
    error = error_of(faults(kit.answer(422, {"error": text})), make_client)
    assert isinstance(error, ValidationError)
    assert [(problem.path, problem.lead) for problem in error.problems] == [
        ("proposition_company_url", None),
        ("lead_data[3].first_name", 3),
    ]


@pytest.mark.parametrize(
    ("status", "text", "hinted"),
    [
        (404, "Not found", True),
        (422, "message_sequence must be an array of objects", True),
        (422, "message_sequence[0].step is required but was missing or blank", True),
        (422, "message_sequence must be an array", False),
        (422, "lead_data must contain at least one lead", False),
    ],
)
def test_hint_at_a_newer_wire_shape(
    faults: StartServer, make_client: MakeClient, kit: Kit, status: int, text: str, hinted: bool
) -> None:
    error = error_of(faults(kit.answer(status, {"error": text})), make_client)
    assert ("newer wire shape" in error.hint) == hinted
