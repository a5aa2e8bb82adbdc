"""The 422 of the submit endpoint: documented sentences to the letter, the invented ones in the same form."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Callable
from typing import Any

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from upscale_connect.sandbox import Sandbox
from upscale_connect.sandbox.validation import BodyError, check_url, find_problems, parse_object

REQUIRED = "is required but was missing or blank"
NOT_HTTP = "must be a valid HTTP or HTTPS URL"
NOT_URL = "must be a valid URL"

Submit = Callable[..., requests.Response]


def test_several_problems_are_joined_as_documented(submit: Submit, make_lead: Callable[..., Any]) -> None:
    answer = submit(
        automation_tool_customer_id="",
        proposition_company_url="acmecorp.com",
        lead_data=[make_lead(1, first_name=...), make_lead(2, lead_company=" \t")],
    )
    assert answer.status_code == 422
    assert answer.json() == {
        "error": "automation_tool_customer_id is required but was missing or blank "
        "proposition_company_url must be a valid HTTP or HTTPS URL "
        "lead_data[0].first_name is required but was missing or blank "
        "lead_data[1].lead_company is required but was missing or blank"
    }


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"message_sequence": "connection_request"}, "message_sequence must be an array"),
        ({"lead_data": []}, "lead_data must contain at least one lead"),
        ({"proposition_company_url": "http://"}, f"proposition_company_url {NOT_URL}"),
        ({"message_sequence": ...}, f"message_sequence {REQUIRED}"),
        ({"message_sequence": []}, f"message_sequence {REQUIRED}"),
        ({"message_sequence": {"a": 1}}, "message_sequence must be an array"),
        ({"message_sequence": ["connection_request", "poem"]}, "message_sequence[1] must be one of: "),
        ({"message_sequence": ["breakup"]}, "message_sequence[0] must be available today"),
        ({"message_sequence": [["breakup"]]}, "message_sequence[0] must be one of: "),
        ({"tone_preference": "rude"}, "tone_preference must be one of: formal, normal, casual"),
        ({"tone_preference": ""}, "tone_preference must be one of: formal, normal, casual"),
        ({"lead_data": ...}, f"lead_data {REQUIRED}"),
        ({"lead_data": {}}, "lead_data must be an array"),
        ({"lead_data": ["lead"]}, "lead_data[0] must be an object"),
        ({"automation_tool_campaign_id": 7}, "automation_tool_campaign_id must be a string"),
        ({"completion_notification_url": None}, f"completion_notification_url {REQUIRED}"),
        ({"completion_notification_url": "later"}, f"completion_notification_url {NOT_HTTP}"),
    ],
)
def test_one_problem(submit: Submit, changes: dict[str, Any], error: str) -> None:
    answer = submit(**changes)
    assert answer.status_code == 422
    assert list(answer.json()) == ["error"]
    assert answer.json()["error"].startswith(error)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"automation_tool_lead_id": None}, f"automation_tool_lead_id {REQUIRED}"),
        ({"lead_linkedin": "john-doe"}, f"lead_linkedin {NOT_HTTP}"),
        ({"lead_linkedin": ""}, f"lead_linkedin {REQUIRED}"),
        ({"last_name": 3}, "last_name must be a string"),
        ({"lead_company_website_url": ""}, f"lead_company_website_url {NOT_HTTP}"),
        ({"lead_company_website_url": 5}, f"lead_company_website_url {NOT_HTTP}"),
        ({"lead_specified_url": "https://exa mple.com"}, f"lead_specified_url {NOT_URL}"),
    ],
)
def test_problem_of_a_lead_names_its_index(
    submit: Submit, make_lead: Callable[..., Any], changes: dict[str, Any], error: str
) -> None:
    answer = submit(lead_data=[make_lead(1), make_lead(2, **changes)])
    assert (answer.status_code, answer.json()["error"]) == (422, f"lead_data[1].{error}")


def test_optional_fields_may_be_null_or_left_out(submit: Submit, make_lead: Callable[..., Any]) -> None:
    leads = [
        make_lead(1, lead_company_website_url=None, lead_specified_url="https://example.com/about"),
        make_lead(2, lead_company_website_url=..., lead_specified_url=...),
    ]
    assert submit(lead_data=leads, tone_preference=...).status_code == 200
    assert submit(lead_data=leads, tone_preference=None).status_code == 200


def test_unknown_fields_and_repeated_lead_ids_are_accepted(submit: Submit, make_lead: Callable[..., Any]) -> None:
    answer = submit(lead_data=[make_lead(1), make_lead(1, phone="1")], signoff_name="Ann")
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("https://www.acmecorp.com", None),
        ("HTTP://localhost:8080/path?q=1#end", None),
        ("http://[::1]:80/", None),
        ("https://user:word@example.com", None),
        ("https://m\u00fcnchen.de", None),
        ("https://callback.invalid/token", None),
        ("ftp://example.com", NOT_HTTP),
        ("www.example.com", NOT_HTTP),
        ("not a url", NOT_HTTP),
        ("mailto:a@example.com", NOT_HTTP),
        ("//example.com", NOT_HTTP),
        ("http://", NOT_URL),
        ("https:///path", NOT_URL),
        ("http:example.com", NOT_URL),
        ("https://exa mple.com", NOT_URL),
        (" https://example.com", NOT_URL),
        ("https://example.com:99999", NOT_URL),
        ("https://example.com:port", NOT_URL),
        ("https://.", NOT_URL),
        ("https://<host>", NOT_URL),
        (None, REQUIRED),
        ("  ", REQUIRED),
        (12, NOT_HTTP),
    ],
)
def test_wording_for_urls(url: Any, problem: str | None) -> None:
    assert check_url(url) == problem


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"{", "application/json", 400),
        (b"", "application/json", 400),
        (b'{"a": NaN}', "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (b"[" * 100_000, "application/json", 400),
        (b"[]", "application/json", 422),
        (b'"text"', "application/json; charset=utf-8", 422),
        (b"{}", "application/x-www-form-urlencoded", 415),
        (b"{}", "", 415),
    ],
)
def test_body_that_is_no_json_object(
    sandbox: Sandbox, http: requests.Session, body: bytes, content_type: str, status: int
) -> None:
    for method, path in (("POST", "request_message_generation"), ("GET", "retrieve_messages")):
        if method == "GET" and not body:
            continue
        answer = http.request(
            method,
            f"{sandbox.base_url}/{path}",
            data=body,
            headers={"Api-Key": "sandbox-valid", "Content-Type": content_type},
            timeout=5,
        )
        assert answer.status_code == status
        assert ("status" in answer.json()) is (method == "GET")


def test_key_is_checked_before_the_body(submit: Submit) -> None:
    assert submit(key="nobody", json=[]).status_code == 401
    assert submit(key="sandbox-no-credits", lead_data=[]).status_code == 422


@pytest.mark.parametrize(
    ("refusals", "bad", "told"),
    [
        ("vague", 2, "One or more prospects could not be processed"),
        ("mixed", 1, "lead_data[0].first_name is required but was missing or blank"),
        (
            "mixed",
            2,
            "lead_data[0].first_name is required but was missing or blank One or more prospects could not be processed",
        ),
    ],
)
def test_refusals_may_be_less_than_clear(
    sandbox: Sandbox, submit: Submit, make_lead: Callable[..., Any], refusals: str, bad: int, told: str
) -> None:
    sandbox.faults.set(refusals=refusals)
    answer = submit(lead_data=[make_lead(number, first_name="") for number in range(bad)])
    assert (answer.status_code, answer.json()) == (422, {"error": told})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
FIELDS = (
    "completion_notification_url",
    "automation_tool_customer_id",
    "automation_tool_campaign_id",
    "proposition_company_name",
    "proposition_company_url",
    "message_sequence",
    "tone_preference",
    "lead_data",
)
LEAD_FIELDS = ("automation_tool_lead_id", "lead_linkedin", "lead_company", "first_name", "last_name")
LEADS = st.lists(st.fixed_dictionaries({}, optional=dict.fromkeys(LEAD_FIELDS, JSON)), max_size=3)
BODIES = st.fixed_dictionaries({}, optional={**dict.fromkeys(FIELDS, JSON), "lead_data": LEADS | JSON})
SENTENCE = re.compile(r"([a-z_]+)(\[\d+\])?(\.[a-z_]+)? (is required but was missing or blank|must .+)", re.DOTALL)


@given(BODIES)
def test_every_problem_names_a_path_and_says_what_must_be(body: dict[str, Any]) -> None:
    problems = find_problems(body)
    paths = [found[1] for problem in problems if (found := SENTENCE.fullmatch(problem))]
    assert len(paths) == len(problems)
    assert paths == sorted(paths, key=FIELDS.index)
    for name in FIELDS[:5]:
        if not body.get(name):
            assert name in paths


@given(st.binary(max_size=40) | JSON.map(lambda value: json.dumps(value).encode()))
def test_parsing_gives_an_object_or_says_no(body: bytes) -> None:
    with contextlib.suppress(BodyError):
        assert isinstance(parse_object(body), dict)
