"""Rows, leads and messages of invented people, as many as a check wants."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from ..contracts import Delivery
from ..models import Lead, Message, Record
from .canaries import EMAIL, NOTE, TEXT
from .clocks import START

COLUMNS = ("id", "first_name", "last_name", "company", "linkedin", "email", "note", "changed_at")
MAPPING = {
    "automation_tool_lead_id": ("id",),
    "first_name": ("first_name",),
    "last_name": ("last_name",),
    "lead_company": ("company",),
    "lead_linkedin": ("linkedin",),
}
TYPES = ("connection_request", "first_follow_up")

#: What careless code changes: spaces, letters of other scripts, marks of direction, quotes, line ends, formulas.
TRAPS = (
    " leading and trailing ",
    "00123",
    "naïve façade Ω 漢字 👩‍👩‍👧",
    "e\u0301 is not é",
    "right \u202bto\u202c left \u05d0\u05d1",
    'a "quoted", comma; semicolon | bar',
    "two\nlines",
    "a\ttab",
    "=1+1",
    "<b>&amp; 100%</b>",
    "null",
    "x" * 10_000,
)


def make_row(number: int, **changes: str) -> dict[str, str]:
    """A person; `changed_at` rises with the number, a minute each."""
    row = {
        "id": f"lead-{number:04}",
        "first_name": f"Ann{number}",
        "last_name": "Example",
        "company": f"Company {number}",
        "linkedin": f"https://www.linkedin.com/in/ann-example-{number}",
        "email": EMAIL.replace("@", f".{number}@"),
        "note": f"{NOTE} ({number})",
        "changed_at": (START + timedelta(minutes=number)).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    return {**row, **changes}


def make_rows(count: int, start: int = 1) -> list[dict[str, str]]:
    return [make_row(number) for number in range(start, start + count)]


def make_lead(row: Mapping[str, str]) -> Lead:
    slug = row["linkedin"].rsplit("/", 1)[-1]
    return Lead(
        lead_id=row["id"],
        linkedin_url=row["linkedin"],
        linkedin_key=f"li:in:{slug}",
        company=row["company"],
        first_name=row["first_name"],
        last_name=row["last_name"],
        customer="customer_1",
        campaign="campaign_1",
    )


def make_text(number: int, message_type: str, revision: int = 1) -> str:
    return f"{TEXT} {number}.{revision} ({message_type}): Hello Ann{number}"


def make_delivery(
    number: int,
    *,
    texts: Mapping[str, str] | None = None,
    types: Sequence[str] = TYPES[:1],
    revision: int = 1,
    record: Record | None = None,
) -> Delivery:
    """The messages of one invented person; of a later revision, with the texts that were ours before."""
    row = make_row(number)
    lead = make_lead(row)
    wanted = texts if texts is not None else {name: make_text(number, name, revision) for name in types}
    earlier = {name: [make_text(number, name, before) for before in range(1, revision)] for name in wanted}
    return Delivery(
        lead.key,
        record or Record(row["id"], row, f"row {number}"),
        lead,
        {name: Message(name, text, START) for name, text in wanted.items()},
        f"uc-{number:04}-{revision}" if wanted else "",
        {name: before for name, before in earlier.items() if before},
    )


def make_deliveries(count: int, start: int = 1, revision: int = 1) -> list[Delivery]:
    return [make_delivery(number, revision=revision) for number in range(start, start + count)]
