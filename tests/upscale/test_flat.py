"""The flat dialect: building requests and reading answers."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upscale_connect.errors import UsageError
from upscale_connect.models import ANNOUNCED_TYPES, MESSAGE_TYPES, Lead, RequestDescription
from upscale_connect.upscale import GenerationRequest, Retrieved
from upscale_connect.upscale.dialects import ShapeError
from upscale_connect.upscale.dialects.flat import FlatDialect, field_of, type_of

if TYPE_CHECKING:
    from tests.upscale.conftest import Kit

    Body = Callable[..., dict[str, Any]]
    MakeRequest = Callable[..., GenerationRequest]

DIALECT = FlatDialect()
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


def describe(**extra: Any) -> RequestDescription:
    return RequestDescription("Acme", "https://acme.example", "casual", extra)


def read(body: object, kit: Kit, status: int = 200) -> Retrieved:
    return DIALECT.parse_retrieved(body, kit.request_id, status, ())


def test_request_of_the_reference(make_request: MakeRequest, make_lead: Callable[..., Lead]) -> None:
    leads = [
        make_lead("lead_001", website_url="https://www.techsolutions.com"),
        make_lead("lead_002", specified_url="https://news.example/x", website_url=""),
    ]
    body = json.loads(DIALECT.encode(make_request(leads=leads)))
    assert body == {
        "completion_notification_url": "https://callback.invalid/token",
        "automation_tool_customer_id": "customer_12345",
        "automation_tool_campaign_id": "campaign_67890",
        "proposition_company_name": "Acme Corporation",
        "proposition_company_url": "https://www.acmecorp.com",
        "message_sequence": ["connection_request", "first_follow_up"],
        "tone_preference": "formal",
        "lead_data": [
            {
                "automation_tool_lead_id": "lead_001",
                "lead_linkedin": "https://www.linkedin.com/in/lead_001",
                "lead_company": "Tech Solutions Inc",
                "first_name": "John",
                "last_name": "Doe",
                "lead_company_website_url": "https://www.techsolutions.com",
            },
            {
                "automation_tool_lead_id": "lead_002",
                "lead_linkedin": "https://www.linkedin.com/in/lead_002",
                "lead_company": "Tech Solutions Inc",
                "first_name": "John",
                "last_name": "Doe",
                "lead_specified_url": "https://news.example/x",
            },
        ],
    }


def test_the_same_request_gives_the_same_bytes(make_request: MakeRequest) -> None:
    assert DIALECT.encode(make_request()) == DIALECT.encode(make_request())


@given(text=st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(str.strip))
def test_text_is_sent_exactly_as_it_is(text: str) -> None:
    lead = Lead(text, "https://linkedin.com/in/x", "x", text, text, text)
    request = GenerationRequest("https://c.invalid/", text, text, describe(), ("a",), [lead])
    body = json.loads(DIALECT.encode(request))
    assert body["automation_tool_customer_id"] == body["automation_tool_campaign_id"] == text
    assert set(body["lead_data"][0].values()) == {text, "https://linkedin.com/in/x"}


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"leads": []}, "it has no lead"),
        ({"message_types": ()}, "message_sequence of request is empty"),
        ({"message_types": ("",)}, "message_sequence.0 of request is blank"),
        ({"customer": " "}, "automation_tool_customer_id of request is blank"),
        ({"callback_url": "ftp://x"}, "completion_notification_url of request is not an http or https URL"),
        ({"description": RequestDescription("", "https://a.de")}, "proposition_company_name of request is blank"),
        ({"description": RequestDescription("A", "a.de")}, "proposition_company_url of request is not an http"),
        ({"description": RequestDescription("A", "https://a.de", "rude")}, "tone_preference of request is none of"),
        ({"description": describe(lead_data=[])}, "extra must not set lead_data"),
        ({"description": describe(tone_preference="x")}, "extra must not set tone_preference"),
        ({"description": describe(n=float("nan"))}, "extra holds a value that JSON cannot express"),
        ({"description": describe(n={1, 2})}, "extra holds a value that JSON cannot express"),
        ({"description": describe(n="\ud800")}, "half a character"),
    ],
)
def test_a_request_that_cannot_be_sent(make_request: MakeRequest, changes: dict[str, Any], problem: str) -> None:
    with pytest.raises(UsageError) as caught:
        DIALECT.encode(make_request(**changes))
    assert problem in caught.value.message


def test_a_request_lists_the_problems_of_all_leads(make_request: MakeRequest, make_lead: Callable[..., Lead]) -> None:
    leads = [
        make_lead(),
        make_lead(first_name=" ", linkedin_url="linkedin.com/in/secret-name"),
        make_lead("3", company="a\ud800b", specified_url="javascript:alert(1)"),
    ]
    with pytest.raises(UsageError) as caught:
        DIALECT.encode(make_request(leads=leads))
    assert caught.value.message == (
        "the request cannot be sent: lead_linkedin of lead 2 is not an http or https URL; "
        "first_name of lead 2 is blank; lead_company of lead 3 holds half a character (an unpaired "
        "surrogate); "
        "lead_specified_url of lead 3 is not an http or https URL; two of its leads have the same id"
    )


def test_extra_goes_to_the_top_level(make_request: MakeRequest) -> None:
    body = json.loads(DIALECT.encode(make_request(description=describe(material_link="https://m", nested={"a": 1}))))
    assert (body["material_link"], body["nested"]) == ("https://m", {"a": 1})


@pytest.mark.parametrize("known", MESSAGE_TYPES + ANNOUNCED_TYPES)
def test_types_and_fields_go_both_ways(known: str) -> None:
    assert type_of(field_of(known)) == known
    assert type_of(known) == known


def test_fields_of_the_reference() -> None:
    fields = ["outreach_message", "first_follow_up_message", "share_material_message", "hiring_activity_message"]
    assert [field_of(known) for known in MESSAGE_TYPES] == fields
    assert field_of("re-engagement") == "re_engagement_message"


@given(JSON, st.sampled_from([200, 202]))
def test_any_json_is_understood_or_refused(answer: object, status: int) -> None:
    for parse in (
        lambda: DIALECT.parse_retrieved(answer, "abc", status, ()),
        lambda: DIALECT.parse_sequences(answer),
        lambda: DIALECT.parse_account(answer),
    ):
        with contextlib.suppress(ShapeError):
            parse()
    assert DIALECT.parse_receipt(answer) is None
    DIALECT.parse_error(answer)


@given(st.lists(st.tuples(st.sampled_from(["a", "b", "c"]), JSON)), JSON)
def test_any_lead_is_understood_or_refused(leads: list[tuple[str, object]], value: object) -> None:
    metadata = {"request_message_generation_api_request_secure_request_id": "abc", "requested_messages_count": value}
    entries = [{"external_prospect_id": name, "outreach_message": text, "new_message": text} for name, text in leads]
    body = {"metadata": metadata, "campaign": {"leads_data": entries, "message_sequence": value}}
    try:
        retrieved = DIALECT.parse_retrieved(body, "abc", 200, ())
    except ShapeError:
        return
    for lead in retrieved.leads:
        assert all(text.strip() for text in (*lead.messages.values(), *lead.unknown.values()))


@pytest.mark.parametrize(
    ("leads", "problem"),
    [
        ([{"outreach_message": "Hi"}], "a lead without 'external_prospect_id'"),
        ([{"external_prospect_id": " "}], "a lead without 'external_prospect_id'"),
        ([{"external_prospect_id": 7}], "a lead without 'external_prospect_id'"),
        (["lead_001"], "something else than an object for every lead"),
        ([{"external_prospect_id": "a", "outreach_message": 7}], "something else than text as outreach_message"),
        ([{"external_prospect_id": "a", "outreach_message": {"text": "Hi"}}], "of lead 'a'"),
        ([{"external_prospect_id": "a", "re_engagement_message": False}], "of lead 'a'"),
    ],
)
def test_leads_that_cannot_be_trusted(
    retrieved_body: Body, kit: Kit, leads: list[dict[str, Any]], problem: str
) -> None:
    with pytest.raises(ShapeError, match=problem):
        read(retrieved_body(leads), kit)


@pytest.mark.parametrize("part", ["metadata", "campaign"])
@pytest.mark.parametrize("value", [None, [], "x", 7])
def test_parts_that_must_be_there(retrieved_body: Body, kit: Kit, part: str, value: object) -> None:
    with pytest.raises(ShapeError, match=f"no '{part}'"):
        read({**retrieved_body(), part: value}, kit)


def test_digest_forgets_the_call_and_the_order_and_nothing_else(retrieved_body: Body, kit: Kit) -> None:
    lead = {"external_prospect_id": "a", "outreach_message": "Hi"}
    other = {"external_prospect_id": "b", "outreach_message": None}
    digest = read(retrieved_body([lead, other]), kit).digest
    again = retrieved_body([other, lead], retrieve_messages_api_request_secure_request_id="x", asked_at="now")
    assert read(again, kit).digest == digest
    changed = [
        retrieved_body([lead]),
        retrieved_body([{**lead, "outreach_message": "Ho"}, other]),
        retrieved_body([{**lead, "new_message": "x"}, other]),
        retrieved_body([lead, other], failed_messages_count=1),
        retrieved_body([lead, other], generation_status="complete"),
    ]
    assert len({digest, *(read(body, kit).digest for body in changed)}) == 6
