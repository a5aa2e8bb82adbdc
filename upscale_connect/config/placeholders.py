"""What `init` cannot see and writes for somebody to replace."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .syncs import Sync

CUSTOMER = "my-company"
COMPANY_NAME = "My Company"
COMPANY_URL = "https://www.example.com"


def find_placeholders(sync: Sync) -> list[str]:
    """The keys of a sync that still have the value that `init` wrote: messages bought so would be worth nothing."""
    values = {
        "customer": (sync.customer, CUSTOMER),
        "request.proposition_company_name": (sync.request.proposition_company_name, COMPANY_NAME),
        "request.proposition_company_url": (sync.request.proposition_company_url.rstrip("/"), COMPANY_URL),
    }
    return [key for key, (value, placeholder) in values.items() if value == placeholder]
