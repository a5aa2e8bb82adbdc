"""What a retrieve answers, before and after all messages are there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests

from upscale_connect.sandbox import Sandbox

Call = Callable[..., requests.Response]
Make = Callable[..., dict[str, Any]]

NO_WEB = (
    "Some prospects do not have enough available web presence for research (including having limited information "
    "on LinkedIn, a website that blocks scrapers, and/or a website that is not indexed by search engines). For "
    "these prospects, personalisation is not possible. No credits were deducted for these prospects."
)
FIELDS = ("outreach_message", "first_follow_up_message", "share_material_message", "hiring_activity_message")
ALL_TYPES = ["connection_request", "first_follow_up", "share_material", "hiring_activity"]


def count_messages(answer: dict[str, Any]) -> int:
    return sum(bool(lead[field]) for lead in answer["campaign"]["leads_data"] for field in FIELDS)


def test_complete_answer_echoes_ids_and_has_all_fields(buy: Make) -> None:
    answer = buy(3, message_sequence=ALL_TYPES)
    assert answer["account"] == {"automation_tool_customer_id": "customer_1"}
    assert answer["campaign"]["automation_tool_campaign_id"] == "campaign_1"
    assert answer["campaign"]["message_sequence"] == ALL_TYPES
    for number, lead in enumerate(answer["campaign"]["leads_data"], start=1):
        assert lead["external_prospect_id"] == f"lead_{number:03}"
        assert lead["linkedin"] == f"https://www.linkedin.com/in/person-{number}"
        for field in FIELDS:
            assert f"Ann{number}" in lead[field]
            assert f"Company {number}" in lead[field]


def test_types_not_requested_stay_null(buy: Make) -> None:
    lead = buy(1, message_sequence=["share_material"])["campaign"]["leads_data"][0]
    assert [field for field in FIELDS if lead[field]] == ["share_material_message"]


def test_each_retrieve_has_an_id_of_its_own_and_the_same_texts(submit: Call, retrieve: Call, advance: Any) -> None:
    request_id = submit().json()["secure_request_id"]
    advance(10)
    first, second = retrieve(request_id).json(), retrieve(request_id).json()
    name = "retrieve_messages_api_request_secure_request_id"
    assert first["metadata"].pop(name) != second["metadata"].pop(name)
    assert first == second


def test_messages_appear_one_after_another(submit: Call, retrieve: Call, advance: Any) -> None:
    request_id = submit(5).json()["secure_request_id"]
    seen = []
    for _ in range(5):
        answer = retrieve(request_id)
        assert answer.status_code == 200
        body = answer.json()
        assert body["metadata"]["requested_messages_count"] == 10
        assert body["metadata"]["generated_messages_count"] == count_messages(body)
        assert body["metadata"]["failed_messages_count"] is None
        seen.append(count_messages(body))
        advance(2.5)
    assert seen == [0, 2, 5, 7, 10]


def test_never_complete_a_moment_too_early(submit: Call, retrieve: Call, advance: Any) -> None:
    request_id = submit(1, message_sequence=["connection_request"]).json()["secure_request_id"]
    advance(9.999)
    assert count_messages(retrieve(request_id).json()) == 0
    advance(0.001)
    assert count_messages(retrieve(request_id).json()) == 1


@pytest.mark.parametrize(
    ("changes", "failed"),
    [
        ({"lead_company_website_url": "https://shop.example.invalid/about"}, True),
        ({"lead_company_website_url": "https://EXAMPLE.INVALID"}, True),
        ({"lead_linkedin": "https://www.linkedin.com/in/Noweb-jane/"}, True),
        ({"lead_linkedin": "https://www.linkedin.com/in/jane?from=noweb"}, False),
        ({"lead_company_website_url": "https://example.com/a.invalid"}, False),
        ({"lead_company_website_url": "https://a.invalid", "lead_specified_url": "https://example.com"}, False),
        ({"lead_specified_url": "https://a.invalid"}, True),
        ({"lead_specified_url": "https://[1:2]/a.invalid"}, False),
        ({"lead_linkedin": "https://[1:2]/in/noweb"}, True),
    ],
)
def test_prospect_without_web_presence(buy: Make, make_lead: Make, changes: dict[str, Any], failed: bool) -> None:
    answer = buy(lead_data=[make_lead(1), make_lead(2, **changes)])
    metadata, lead = answer["metadata"], answer["campaign"]["leads_data"][1]
    assert metadata["requested_messages_count"] == 4
    if not failed:
        assert metadata["generated_messages_count"] == 4
        assert lead["linkedin"]
        return
    assert metadata["generated_messages_count"] == 2
    assert metadata["failed_messages_count"] == 2
    assert metadata["failed_messages_reason"] == NO_WEB
    assert lead == {"external_prospect_id": "lead_002", "linkedin": None, **dict.fromkeys(FIELDS)}


def test_no_jobs_fails_hiring_activity_alone(buy: Make, make_lead: Make) -> None:
    leads = [make_lead(1, lead_linkedin="https://www.linkedin.com/in/jane-nojobs")]
    answer = buy(lead_data=leads, message_sequence=ALL_TYPES)
    lead = answer["campaign"]["leads_data"][0]
    assert [field for field in FIELDS if not lead[field]] == ["hiring_activity_message"]
    assert lead["linkedin"]
    assert answer["metadata"]["failed_messages_count"] == 1
    assert "job" in answer["metadata"]["failed_messages_reason"]


def test_repeated_lead_ids_and_types_count_once_per_lead_and_type(buy: Make, make_lead: Make) -> None:
    answer = buy(lead_data=[make_lead(1), make_lead(1)], message_sequence=["connection_request", "connection_request"])
    assert answer["metadata"]["requested_messages_count"] == 2
    assert len(answer["campaign"]["leads_data"]) == 2


def test_text_with_half_a_surrogate_pair_comes_back(sandbox: Sandbox, buy: Make, make_lead: Make) -> None:
    answer = buy(lead_data=[make_lead(1, first_name="Ann\ud800", automation_tool_lead_id="\udfff")])
    assert answer["campaign"]["leads_data"][0]["external_prospect_id"] == "\udfff"


def test_early_modes(sandbox: Sandbox, submit: Call, retrieve: Call, advance: Any) -> None:
    request_id = submit(2).json()["secure_request_id"]
    advance(5)
    sandbox.faults.set(early="nulls-200")
    answer = retrieve(request_id)
    assert (answer.status_code, count_messages(answer.json())) == (200, 0)
    assert answer.json()["metadata"]["generated_messages_count"] == 0
    sandbox.faults.set(early="202")
    answer = retrieve(request_id)
    assert (answer.status_code, count_messages(answer.json())) == (202, 2)
    assert answer.json()["metadata"]["generation_status"] == "in_progress"
    sandbox.faults.set(early="404-until-ready")
    answer = retrieve(request_id)
    assert (answer.status_code, answer.json()["status"]) == (404, "error")
    advance(5)
    assert retrieve(request_id).status_code == 200
    sandbox.faults.set(early="202")
    assert retrieve(request_id).json()["metadata"]["generation_status"] == "complete"


def test_unknown_and_foreign_ids(sandbox: Sandbox, submit: Call, retrieve: Call) -> None:
    request_id = submit(1).json()["secure_request_id"]
    for answer in (retrieve("no-such-id"), retrieve(request_id, "sandbox-low-credits")):
        assert answer.status_code == 404
        assert list(answer.json()) == ["error", "status"]
    sandbox.faults.set(unknown_id_status=422)
    assert retrieve("no-such-id").status_code == 422


def test_missing_id_is_the_documented_error(sandbox: Sandbox, http: requests.Session, retrieve: Call) -> None:
    url, headers = f"{sandbox.base_url}/retrieve_messages", {"Api-Key": "sandbox-valid"}
    error = "request_message_generation_secure_request_id is required but was missing or blank"
    for answer in (
        http.get(url, headers=headers, timeout=5),
        http.request("GET", url, headers=headers, json={}, timeout=5),
        http.get(f"{url}?request_message_generation_secure_request_id=", headers=headers, timeout=5),
        retrieve("  "),
    ):
        assert (answer.status_code, answer.json()) == (422, {"error": error, "status": "error"})
    answer = http.request(
        "GET", url, headers=headers, json={"request_message_generation_secure_request_id": 7}, timeout=5
    )
    assert answer.status_code == 422


def test_id_in_the_query_is_taken_too(sandbox: Sandbox, http: requests.Session, submit: Call) -> None:
    request_id = submit(1).json()["secure_request_id"]
    answer = http.get(
        f"{sandbox.base_url}/retrieve_messages",
        params={"request_message_generation_secure_request_id": request_id},
        headers={"Api-Key": "sandbox-valid"},
        timeout=5,
    )
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/request_message_generation", 405),
        ("POST", "/retrieve_messages", 405),
        ("POST", "/account", 405),
        ("OPTIONS", "/account", 405),
        ("GET", "/account/", 404),
        ("GET", "//account", 404),
        ("GET", "/messages/retrieve_messages", 404),
        ("GET", "/", 404),
    ],
)
def test_wrong_paths_and_methods_are_json(
    sandbox: Sandbox, http: requests.Session, method: str, path: str, status: int
) -> None:
    answer = http.request(method, sandbox.base_url + path, headers={"Api-Key": "sandbox-valid"}, timeout=5)
    assert answer.status_code == status
    assert answer.json()["error"]
    assert ("Allow" in answer.headers) is (status == 405)


def test_no_admin_interface_unless_asked_for(http: requests.Session) -> None:
    with Sandbox() as plain:
        answer = http.get(plain.base_url.replace("/api/v2", "/_admin/requests"), timeout=5)
    assert answer.status_code == 404
