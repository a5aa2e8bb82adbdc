"""What the API reference leaves open about requests and their receipts, and what the client does about it.

One test for each open point; `row_NN` numbers them in the order in which they come up in the reference.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from tests.upscale.dialect import DIALECT, lead, sent
from upscale_connect.errors import InDoubtError, InvalidKeyError, RevokedKeyError, UsageError, ValidationError
from upscale_connect.models import Lead, RequestDescription
from upscale_connect.upscale import GenerationRequest, Retrieved, UpscaleClient
from upscale_connect.upscale.dialects.problems import split_problems

if TYPE_CHECKING:
    from tests.upscale.conftest import FaultServer, Kit

    StartServer = Callable[..., FaultServer]
    MakeClient = Callable[..., UpscaleClient]
    MakeRequest = Callable[..., GenerationRequest]
    Body = Callable[..., dict[str, Any]]


def test_row_05_names_differ_between_request_and_answer(
    make_request: MakeRequest, read: Callable[..., Retrieved]
) -> None:
    """One vocabulary inside; the API's several names for one thing stay in the dialect."""
    assert sent(make_request())["lead_data"][0]["automation_tool_lead_id"] == "lead_001"
    assert read([lead("lead_001")]).leads[0].lead_id == "lead_001"


def test_row_06_tone_is_always_said(make_request: MakeRequest) -> None:
    """`tone_preference` is optional: the default is sent, one of three."""
    description = RequestDescription("Acme", "https://acme.example")
    assert sent(make_request(description=description))["tone_preference"] == "normal"


@pytest.mark.parametrize("empty", [None, ""])
def test_row_07_empty_optional_url_is_left_out(
    make_request: MakeRequest, make_lead: Callable[..., Lead], empty: str | None
) -> None:
    """Never null, never an empty text."""
    leads = [make_lead(website_url=empty, specified_url=empty)]
    assert not {"lead_company_website_url", "lead_specified_url"} & set(sent(make_request(leads=leads))["lead_data"][0])


def test_row_08_the_canonical_profile_url_is_sent(make_request: MakeRequest, make_lead: Callable[..., Lead]) -> None:
    """What the mapping made canonical is sent; the key for comparing is not."""
    leads = [make_lead(linkedin_url="https://www.linkedin.com/in/jane", linkedin_key="the-key")]
    body = DIALECT.encode(make_request(leads=leads))
    assert b'"lead_linkedin":"https://www.linkedin.com/in/jane"' in body
    assert b"the-key" not in body


def test_row_09_get_with_a_body_that_a_proxy_dislikes(
    faults: StartServer, make_client: MakeClient, kit: Kit, retrieved_body: Body
) -> None:
    """A CDN that answers 403 to a GET with a body is passed by the query form."""
    server = faults(kit.answer(403, b"<html>", "text/html"), kit.answer(200, retrieved_body()))
    make_client(server).retrieve_messages(kit.request_id)
    assert [bool(request.body) for request in server.received] == [True, False]


def test_row_10_joined_complaints() -> None:
    """The reference's sample of four complaints in one sentence."""
    text = (
        "automation_tool_customer_id is required but was missing or blank "
        "proposition_company_url must be a valid HTTP or HTTPS URL "
        "lead_data[0].first_name is required but was missing or blank "
        "lead_data[1].lead_company is required but was missing or blank"
    )
    assert [(problem.path, problem.lead) for problem in split_problems(text)] == [
        ("automation_tool_customer_id", None),
        ("proposition_company_url", None),
        ("lead_data[0].first_name", 0),
        ("lead_data[1].lead_company", 1),
    ]


@pytest.mark.parametrize("extra", [{}, {"status": "error"}])
def test_row_11_error_shapes_and_texts(
    faults: StartServer, make_client: MakeClient, kit: Kit, extra: dict[str, str]
) -> None:
    """The status decides; the text only refines, and need not be JSON."""
    cases: list[tuple[int, str, type[Exception]]] = [
        (401, "Unauthorized: Invalid API key", InvalidKeyError),
        (401, "Unauthorized: API key has been revoked", RevokedKeyError),
        (401, "Unauthorized: API key invalid or revoked", InvalidKeyError),
        (422, "proposition_company_url must be a valid URL", ValidationError),
        (422, "proposition_company_url must be a valid HTTP or HTTPS URL", ValidationError),
    ]
    for status, text, kind in cases:
        with pytest.raises(kind):
            make_client(faults(kit.answer(status, {"error": text, **extra}))).submit(b"{}")
    with pytest.raises(InvalidKeyError):
        make_client(faults(kit.answer(401, b"<html>no</html>", "text/html"))).submit(b"{}")


def test_row_12_undocumented_statuses(faults: StartServer, make_client: MakeClient, kit: Kit) -> None:
    """400 is like validation, 409 and 5xx prove nothing."""
    with pytest.raises(ValidationError):
        make_client(faults(kit.answer(400, {"error": "bad"}))).submit(b"{}")
    for status in (409, 503):
        with pytest.raises(InDoubtError):
            make_client(faults(kit.answer(status, {"error": "?"}))).submit(b"{}")


def test_row_13_no_idempotency_key_so_no_repeat(faults: StartServer, make_client: MakeClient) -> None:
    """One call of `submit` is one request, whatever happens to it."""
    server = faults(lambda connection: connection.reset())
    with pytest.raises(InDoubtError):
        make_client(server).submit(b"{}")
    assert (server.posts, server.connections) == (1, 1)


@pytest.mark.parametrize("lead_id", ["0012", " x ", "Ünï-1", "a" * 300, "id with spaces"])
def test_row_26_ids_travel_exactly_as_they_are(
    make_request: MakeRequest, make_lead: Callable[..., Lead], read: Callable[..., Retrieved], lead_id: str
) -> None:
    """No charset or length is documented, so none is imposed; only twice the same id is refused."""
    assert sent(make_request(leads=[make_lead(lead_id)]))["lead_data"][0]["automation_tool_lead_id"] == lead_id
    assert read([lead(lead_id)]).leads[0].lead_id == lead_id
    with pytest.raises(UsageError, match="same id"):
        DIALECT.encode(make_request(leads=[make_lead(lead_id), make_lead(lead_id)]))


def test_row_31_types_are_sent_once_in_their_order(make_request: MakeRequest) -> None:
    """The order may matter, a repetition may cost."""
    request = make_request(message_types=("share_material", "connection_request", "share_material"))
    assert sent(request)["message_sequence"] == ["share_material", "connection_request"]


@pytest.mark.parametrize("status", [200, 201, 202])
def test_row_33_success_is_an_id(faults: StartServer, make_client: MakeClient, kit: Kit, status: int) -> None:
    """Any 2xx with an id is accepted; without one it is in doubt."""
    assert make_client(faults(kit.answer(status, {"secure_request_id": "r-1"}))).submit(b"{}") == "r-1"
    with pytest.raises(InDoubtError):
        make_client(faults(kit.answer(status, {"message": "Success"}))).submit(b"{}")


def test_row_35_content_type_even_on_get(faults: StartServer, make_client: MakeClient, kit: Kit) -> None:
    """The reference wants it on every call."""
    server = faults(kit.answer(200, {}))
    make_client(server).account()
    assert server.received[0].headers["content-type"] == "application/json"


def test_row_40_unknown_context_passes_through(make_request: MakeRequest) -> None:
    """`extra` goes to the top level, and never over a documented name."""
    description = RequestDescription("Acme", "https://acme.example", extra={"signoff_name": "Ann"})
    assert sent(make_request(description=description))["signoff_name"] == "Ann"
    for name in ("lead_data", "message_sequence", "completion_notification_url"):
        clash = RequestDescription("Acme", "https://acme.example", extra={name: "x"})
        with pytest.raises(UsageError, match=name):
            DIALECT.encode(make_request(description=clash))


def test_row_41_only_this_machine_may_be_asked_without_tls() -> None:
    """`base_url` is free, for a sandbox; the key travels by https, or not beyond loopback."""
    UpscaleClient("k", base_url="http://127.0.0.1:8080/api/v2").close()
    with pytest.raises(UsageError):
        UpscaleClient("k", base_url="http://192.0.2.1/api/v2")
