"""What holds for every record, however strange its text."""

from __future__ import annotations

import re
from unicodedata import category

from hypothesis import given
from hypothesis import strategies as st

from upscale_connect.mapping import LEAD_FIELDS, Column, Mapping, Template, Unmapped
from upscale_connect.models import Lead, Record

FIELDS = {name: Column(name) for name in LEAD_FIELDS}
PLAIN = Mapping(FIELDS, customer=None, campaign=None, messages=[("connection_request", None)])
OWN_ID = Mapping(
    {name: FIELDS[name] for name in ("first_name", "last_name", "lead_company", "lead_linkedin")}
    | {"lead_specified_url": Template("https://{lead_company}/{first_name}")},
    customer="customer",
    campaign="campaign",
    messages=[("connection_request", None)],
)

CELLS = st.text(max_size=12) | st.sampled_from(
    ["", " ", "N/A", "#REF!", "Jane", " Jane\n", "a\tb", "a\x00", "acme.com", "https://acme.com/x", "\ud800", "\u200b"]
)
PROFILES = CELLS | st.sampled_from(["linkedin.com/in/jane", "https://de.linkedin.com/in/J%C3%B6rg?x=y\n"])
ROWS = st.fixed_dictionaries(
    {}, optional={name: PROFILES if name == "lead_linkedin" else CELLS for name in LEAD_FIELDS}
)
GOOD_ROWS = st.fixed_dictionaries(
    {
        name: st.just("linkedin.com/in/jane") if name == "lead_linkedin" else CELLS
        for name in LEAD_FIELDS
        if not name.endswith("_url")
    }
)
IDS = st.none() | CELLS


def is_sendable(text: str) -> bool:
    return all(c in "\t\r\n" or category(c) not in ("Cc", "Cs") for c in text)


def check(found: Lead | Unmapped) -> None:
    if isinstance(found, Unmapped):
        assert found.field in LEAD_FIELDS
        assert len(found.value) <= 60
        assert found.value.isprintable()
        assert found.reason.endswith(".")
        return
    assert found.lead_id.strip()
    assert found.customer.strip()
    assert found.campaign.strip()
    for name in (found.first_name, found.last_name, found.company):
        assert name
        assert name == name.strip()
        assert not re.search(r"[\t\r\n]", name)
        assert name not in ("N/A", "#REF!")
    for url in (found.website_url, found.specified_url):
        assert url is None or re.match(r"https?://[^/]", url, re.IGNORECASE)
    assert found.linkedin_url.startswith("https://www.linkedin.com/")
    assert found.linkedin_key.startswith("li:")
    values = (found.lead_id, found.customer, found.campaign, found.company, found.first_name, found.last_name)
    assert all(map(is_sendable, values))


@given(ROWS | GOOD_ROWS, IDS)
def test_any_record_gives_a_lead_or_the_reason_why_not(row: dict[str, str], record_id: str | None) -> None:
    check(PLAIN.lead(Record(record_id, row)))
    check(OWN_ID.lead(Record(record_id, row)))


@given(GOOD_ROWS, IDS)
def test_ids_are_the_very_texts_of_the_record(row: dict[str, str], record_id: str | None) -> None:
    found = PLAIN.lead(Record(record_id, row))
    if isinstance(found, Lead):
        assert found.lead_id == row["automation_tool_lead_id"]
        assert found.customer == row["automation_tool_customer_id"]
        assert found.campaign == row["automation_tool_campaign_id"]


@given(st.text(min_size=1, max_size=30).filter(lambda text: text.strip() and text.isprintable()))
def test_any_readable_lead_id_is_taken_as_it_is(lead_id: str) -> None:
    row = {
        "automation_tool_lead_id": lead_id,
        "first_name": "Jane",
        "last_name": "Doe",
        "lead_company": "Acme",
        "lead_linkedin": "in/jane",
        "automation_tool_customer_id": "c",
        "automation_tool_campaign_id": "d",
    }
    found = PLAIN.lead(Record("other", row))
    assert isinstance(found, Lead)
    assert found.lead_id == lead_id


@given(GOOD_ROWS, IDS)
def test_the_same_record_gives_the_same_lead(row: dict[str, str], record_id: str | None) -> None:
    assert OWN_ID.lead(Record(record_id, row)) == OWN_ID.lead(Record(record_id, dict(row), where="elsewhere"))
