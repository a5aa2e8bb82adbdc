"""The request of the API reference's retrieve example, so that the example gets its documented answer.

It belongs to `sandbox-valid`, is complete, costs nothing and appears in no observation.
"""

from __future__ import annotations

from datetime import UTC, datetime

from .generation import Generation, pack

EXAMPLE_ID = "550e8400-e29b-41d4-a716-446655440000"

_PEOPLE = (
    ("lead_001", "John", "john-doe", "Tech Solutions Inc"),
    ("lead_002", "Jane", "jane-smith", "Digital Innovations LLC"),
    ("lead_003", "Bob", "bob-johnson", "Example Company"),
)


def make_example() -> Generation:
    packed, outcomes = pack(
        [
            {
                "automation_tool_lead_id": lead_id,
                "lead_linkedin": f"https://linkedin.com/in/{slug}",
                "first_name": first_name,
                "lead_company": company,
            }
            for lead_id, first_name, slug, company in _PEOPLE
        ]
    )
    messages = 2 * len(outcomes)
    return Generation(
        id=EXAMPLE_ID,
        key="sandbox-valid",
        customer="customer_12345",
        campaign="campaign_67890",
        sequence=("connection_request", "first_follow_up"),
        tone="normal",
        notification_url="https://your-webhook-endpoint.com/webhook",
        packed=packed,
        leads=len(outcomes),
        generatable=messages,
        allowed=messages,
        started_at=0.0,
        ready_at=0.0,
        completed_at=datetime(2024, 2, 8, 11, 30, 45, tzinfo=UTC),
        complete=True,
    )
