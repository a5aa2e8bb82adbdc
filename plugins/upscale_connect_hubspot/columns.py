"""Columns of a mapping, and the properties that they come from.

A column is a contact's property (`firstname`), a property of its primary company (`company.name`), or
`contact.linkedin`: the first property of `linkedin:` that is not empty.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

LINKEDIN_COLUMN = "contact.linkedin"
COMPANY_PREFIX = "company."

#: A contact's property with the id of its primary company.
PRIMARY_COMPANY = "associatedcompanyid"
#: Company properties that every portal has, and that leads need: they are offered without asking.
COMPANY_PROPERTIES = ("name", "domain", "website", "linkedin_company_page")


@dataclass(frozen=True, slots=True)
class Columns:
    """What the mapping reads. `linkedin`: the candidates that the portal has."""

    names: Sequence[str]
    linkedin: Sequence[str]

    @property
    def company(self) -> tuple[str, ...]:
        """Properties of the company, without the prefix."""
        return tuple(name.removeprefix(COMPANY_PREFIX) for name in self.names if name.startswith(COMPANY_PREFIX))

    @property
    def contact(self) -> tuple[str, ...]:
        """Properties of the contact, each once."""
        plain = [name for name in self.names if not name.startswith(COMPANY_PREFIX) and name != LINKEDIN_COLUMN]
        candidates = self.linkedin if LINKEDIN_COLUMN in self.names else ()
        link = (PRIMARY_COMPANY,) if self.company else ()
        return tuple(dict.fromkeys([*plain, *candidates, *link]))

    def fields(self, contact: Mapping[str, str], company: Mapping[str, str]) -> dict[str, str]:
        """Every column of a record, empty where HubSpot has nothing."""
        fields: dict[str, str] = {}
        for name in self.names:
            if name == LINKEDIN_COLUMN:
                fields[name] = next((contact[one] for one in self.linkedin if contact.get(one, "").strip()), "")
            elif name.startswith(COMPANY_PREFIX):
                fields[name] = company.get(name.removeprefix(COMPANY_PREFIX), "")
            else:
                fields[name] = contact.get(name, "")
        return fields
