"""What tells that a lead, or a row that is none, is as it was."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from ..models import Lead


def digest_lead(lead: Lead, fields: Mapping[str, str]) -> bytes:
    """16 bytes that change with anything that the lead or its record says."""
    text = "\x1f".join(
        (
            lead.lead_id,
            lead.linkedin_url,
            lead.company,
            lead.first_name,
            lead.last_name,
            lead.website_url or "",
            lead.specified_url or "",
            *fields.values(),
            *lead.aliases,
        )
    )
    return hash_text(text)


def hash_text(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
