"""A mapping and a row that fits it."""

from __future__ import annotations

from upscale_connect.hygiene import RULES, HygieneSettings
from upscale_connect.mapping import Condition, Mapping, Unmapped, parse_expression
from upscale_connect.models import Lead, Record

MAP: dict[str, object] = {
    "automation_tool_lead_id": "ID",
    "first_name": "First",
    "last_name": "Last",
    "lead_company": "Company",
    "lead_linkedin": "LinkedIn",
    "lead_company_website_url": "Website",
}
ROW = {
    "ID": "0012",
    "First": "Jane",
    "Last": "Doe",
    "Company": "Acme Corp",
    "LinkedIn": "linkedin.com/in/Jane-Doe/",
    "Website": "https://acme.com",
}


#: What the rules of hygiene do has tests of its own.
AS_IT_IS = HygieneSettings(dict.fromkeys(RULES, "off"))


def make(
    *,
    customer: str | None = "customer",
    campaign: str | None = "campaign",
    messages: tuple[tuple[str, Condition | None], ...] = (("connection_request", None),),
    leave_out: tuple[str, ...] = (),
    **changed: object,
) -> Mapping:
    fields = {name: value for name, value in {**MAP, **changed}.items() if name not in leave_out}
    return Mapping(
        {name: parse_expression(value) for name, value in fields.items()},
        customer=customer,
        campaign=campaign,
        messages=messages,
        hygiene=AS_IT_IS,
    )


def lead(mapping: Mapping, record_id: str | None = None, **cells: str) -> Lead:
    found = mapping.lead(Record(record_id, {**ROW, **cells}))
    assert isinstance(found, Lead), found
    return found


def unmapped(mapping: Mapping, record_id: str | None = None, **cells: str) -> Unmapped:
    found = mapping.lead(Record(record_id, {**ROW, **cells}))
    assert isinstance(found, Unmapped), found
    return found
