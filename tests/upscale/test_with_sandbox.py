"""The client and the sandbox understand each other: both were written from the API reference alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from upscale_connect.errors import ApiError, InvalidKeyError, NoCreditsError, NotFoundError, RevokedKeyError
from upscale_connect.sandbox import Sandbox
from upscale_connect.upscale import GenerationRequest, UpscaleClient

if TYPE_CHECKING:
    from upscale_connect.models import Lead

    MakeRequest = Callable[..., GenerationRequest]


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(delay=0) as started:
        yield started


def test_messages_are_bought_and_fetched(
    sandbox: Sandbox, make_request: MakeRequest, make_lead: Callable[..., Lead]
) -> None:
    leads = [make_lead(f"lead_{number}") for number in range(3)]
    with UpscaleClient("sandbox-valid", base_url=sandbox.base_url) as client:
        request_id = client.request_message_generation(make_request(leads=leads))
        first, second = (client.retrieve_messages(request_id) for _ in range(2))
    assert {lead.lead_id for lead in first.leads} == {"lead_0", "lead_1", "lead_2"}
    assert all(set(lead.messages) == {"connection_request", "first_follow_up"} for lead in first.leads)
    assert (first.requested, first.generated) == (6, 6)
    assert (first.customer, first.campaign) == ("customer_12345", "campaign_67890")
    assert first.digest == second.digest
    assert first.retrieve_id != second.retrieve_id


@pytest.mark.parametrize(
    ("key", "kind"),
    [("sandbox-revoked", RevokedKeyError), ("sandbox-no-credits", NoCreditsError), ("another", InvalidKeyError)],
)
def test_keys(sandbox: Sandbox, make_request: MakeRequest, key: str, kind: type[ApiError]) -> None:
    with UpscaleClient(key, base_url=sandbox.base_url) as client, pytest.raises(kind):
        client.request_message_generation(make_request())


def test_placeholders_and_an_unknown_request(sandbox: Sandbox) -> None:
    with UpscaleClient("sandbox-valid", base_url=sandbox.base_url) as client:
        assert client.account().plan_name
        assert client.get_sequences()[0].message_types == ("connection_request", "first_follow_up")
        with pytest.raises(NotFoundError):
            client.retrieve_messages("00000000-0000-4000-8000-000000000000")
