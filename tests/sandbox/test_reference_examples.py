"""The API reference's own examples, as literal data: only the base URL is changed, and the key where said."""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
import requests

from upscale_connect.sandbox import Sandbox

PRODUCTION = "https://app.upscaleoutreach.com/api/v2"

SUBMIT = """curl --location 'https://app.upscaleoutreach.com/api/v2/request_message_generation' \\
--header 'Api-Key: your_api_key_here' \\
--header 'Content-Type: application/json' \\
--data '{
  "completion_notification_url": "https://your-webhook-endpoint.com/webhook",
  "automation_tool_customer_id": "customer_12345",
  "automation_tool_campaign_id": "campaign_67890",
  "proposition_company_name": "Acme Corporation",
  "proposition_company_url": "https://www.acmecorp.com",
  "message_sequence": ["connection_request", "first_follow_up"],
  "tone_preference": "casual",
  "lead_data": [
    {
      "automation_tool_lead_id": "lead_001",
      "lead_linkedin": "https://linkedin.com/in/john-doe",
      "lead_company": "Tech Solutions Inc",
      "first_name": "John",
      "last_name": "Doe",
      "lead_company_website_url": "https://www.techsolutions.com",
      "lead_specified_url": null
    },
    {
      "automation_tool_lead_id": "lead_002",
      "lead_linkedin": "https://linkedin.com/in/jane-smith",
      "lead_company": "Digital Innovations LLC",
      "first_name": "Jane",
      "last_name": "Smith",
      "lead_company_website_url": "https://www.digitalinnovations.com",
      "lead_specified_url": null
    }
  ]
}'"""

RETRIEVE = """curl --location --request GET 'https://app.upscaleoutreach.com/api/v2/retrieve_messages' \\
--header 'Api-Key: your_api_key_here' \\
--header 'Content-Type: application/json' \\
--data '{
  "request_message_generation_secure_request_id": "550e8400-e29b-41d4-a716-446655440000"
}'"""

SEQUENCES = """curl -X GET "https://app.upscaleoutreach.com/api/v2/get_sequences" \\
  -H "Api-Key: your_api_key_here" \\
  -H "Content-Type: application/json\""""

ACCOUNT = """curl -X GET "https://app.upscaleoutreach.com/api/v2/account" \\
  -H "Api-Key: your_api_key_here" \\
  -H "Content-Type: application/json\""""

EXAMPLES = {"submit": SUBMIT, "retrieve": RETRIEVE, "sequences": SEQUENCES, "account": ACCOUNT}


@dataclass
class Answer:
    status: int
    content_type: str
    body: Any


def split_words(example: str) -> list[str]:
    """As a shell does, which joins lines that end in a backslash."""
    return shlex.split(example.replace("\\\n", " "))[1:]


def run_with_requests(example: str) -> Answer:
    method, url, headers, data = "GET", "", {}, None
    words = iter(split_words(example))
    for word in words:
        if word in ("--header", "-H"):
            name, _, value = next(words).partition(": ")
            headers[name] = value
        elif word in ("--request", "-X"):
            method = next(words)
        elif word == "--data":
            method, data = "POST" if "--request" not in example else method, next(words)
        elif word != "--location":
            url = word
    answer = requests.request(method, url, headers=headers, data=data, timeout=5)
    return Answer(answer.status_code, answer.headers["Content-Type"], answer.json())


def run_with_curl(example: str) -> Answer:
    curl = shutil.which("curl")
    if curl is None:
        pytest.skip("curl is not installed here; the same example runs through requests")
    ending = "\n%{http_code}\n%{content_type}"
    command = [curl, "--silent", "--write-out", ending, *split_words(example)]
    output = subprocess.run(command, capture_output=True, check=True, timeout=10).stdout.decode("utf-8")
    body, status, content_type = output.rsplit("\n", 2)
    return Answer(int(status), content_type, json.loads(body))


@pytest.fixture(params=[run_with_requests, run_with_curl], ids=["requests", "curl"])
def run(request: pytest.FixtureRequest, sandbox: Sandbox) -> Callable[..., Answer]:
    def run_example(name: str, key: str = "your_api_key_here") -> Answer:
        example = EXAMPLES[name].replace(PRODUCTION, sandbox.base_url).replace("your_api_key_here", key)
        answer: Answer = request.param(example)
        assert answer.content_type.startswith("application/json")
        return answer

    return run_example


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("submit", {"error": "Unauthorized: Invalid API key"}),
        ("retrieve", {"error": "Unauthorized: Invalid API key", "status": "error"}),
        ("sequences", {"error": "Unauthorized: API key invalid or revoked", "status": "error"}),
        ("account", {"error": "Unauthorized: API key invalid or revoked", "status": "error"}),
    ],
)
def test_examples_as_they_are_have_an_invalid_key(run: Callable[..., Answer], name: str, body: Any) -> None:
    answer = run(name)
    assert (answer.status, answer.body) == (401, body)


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("submit", {"error": "Unauthorized: API key has been revoked"}),
        ("retrieve", {"error": "Unauthorized: API key has been revoked", "status": "error"}),
        ("sequences", {"error": "Unauthorized: API key invalid or revoked", "status": "error"}),
        ("account", {"error": "Unauthorized: API key invalid or revoked", "status": "error"}),
    ],
)
def test_examples_with_a_revoked_key(run: Callable[..., Answer], name: str, body: Any) -> None:
    answer = run(name, "sandbox-revoked")
    assert (answer.status, answer.body) == (401, body)


def test_submit_example_is_accepted(run: Callable[..., Answer]) -> None:
    answer = run("submit", "sandbox-valid")
    assert answer.status == 200
    assert list(answer.body) == ["message", "secure_request_id"]
    assert answer.body["message"] == "Success"
    assert uuid.UUID(answer.body["secure_request_id"]).version == 4


def test_submit_example_without_credits(run: Callable[..., Answer]) -> None:
    answer = run("submit", "sandbox-no-credits")
    assert answer.status == 402
    assert answer.body == {
        "error": "Not enough credits remaining to complete this request. Please upgrade your plan or purchase a bundle."
    }


def test_retrieve_example_has_the_documented_shape(run: Callable[..., Answer]) -> None:
    answer = run("retrieve", "sandbox-valid")
    assert answer.status == 200
    assert list(answer.body) == ["metadata", "account", "campaign"]
    metadata = answer.body["metadata"]
    assert metadata.pop("retrieve_messages_api_request_secure_request_id")
    assert metadata == {
        "request_message_generation_api_request_secure_request_id": "550e8400-e29b-41d4-a716-446655440000",
        "requested_messages_count": 6,
        "generated_messages_count": 6,
        "failed_messages_count": None,
        "failed_messages_reason": None,
    }
    assert answer.body["account"] == {"automation_tool_customer_id": "customer_12345"}
    campaign = answer.body["campaign"]
    assert campaign["automation_tool_campaign_id"] == "campaign_67890"
    assert campaign["message_sequence"] == ["connection_request", "first_follow_up"]
    assert [lead["external_prospect_id"] for lead in campaign["leads_data"]] == [
        "lead_001",
        "lead_002",
        "lead_003",
    ]
    john = campaign["leads_data"][0]
    assert list(john) == [
        "external_prospect_id",
        "linkedin",
        "outreach_message",
        "first_follow_up_message",
        "share_material_message",
        "hiring_activity_message",
    ]
    assert john["linkedin"] == "https://linkedin.com/in/john-doe"
    assert "John" in john["outreach_message"]
    assert john["share_material_message"] is None


def test_sequences_example(run: Callable[..., Answer]) -> None:
    answer = run("sequences", "sandbox-valid")
    assert answer.status == 200
    assert answer.body == {
        "sequences": [
            {
                "id": "placeholder",
                "name": "Placeholder sequence",
                "message_types": ["connection_request", "first_follow_up"],
                "role": "sales",
                "industry": "technology",
                "geography": "north_america",
                "objective": "demonstrate expertise",
            }
        ]
    }


def test_account_example(run: Callable[..., Answer]) -> None:
    answer = run("account", "sandbox-valid")
    assert answer.status == 200
    assert list(answer.body) == ["created_at", "plan_name", "monthly_credits", "monthly_allowance"]
    assert answer.body["created_at"] == "2024-01-15T10:00:00Z"
    assert answer.body["monthly_credits"] == 0


def test_the_example_request_is_in_no_observation(run: Callable[..., Answer], sandbox: Sandbox) -> None:
    run("retrieve", "sandbox-valid")
    assert not sandbox.state.submitted()
    assert not sandbox.state.generated()
    assert run("retrieve", "sandbox-low-credits").status == 404


def test_quirks_give_the_counts_of_both_samples(
    sandbox: Sandbox, run: Callable[..., Answer], buy: Callable[..., Any], make_lead: Callable[..., Any]
) -> None:
    sandbox.faults.set(quirks="docs")
    success = run("retrieve", "sandbox-valid").body["metadata"]
    assert (success["requested_messages_count"], success["generated_messages_count"]) == (5, 5)
    assert success["failed_messages_count"] is None
    failing = [make_lead(n, lead_linkedin=f"https://linkedin.com/in/noweb-{n}") for n in (3, 4, 5)]
    types = ["connection_request", "first_follow_up", "share_material"]
    partial = buy(message_sequence=types, lead_data=[make_lead(1), make_lead(2), *failing])
    metadata = partial["metadata"]
    assert metadata["requested_messages_count"] == 10
    assert metadata["generated_messages_count"] == 7
    assert metadata["failed_messages_count"] == 3
    assert partial["campaign"]["message_sequence"] == [
        "connection_request",
        "first_follow_up",
        "share_material_message",
    ]
    assert [lead["linkedin"] for lead in partial["campaign"]["leads_data"]][2:] == [None, None, None]
