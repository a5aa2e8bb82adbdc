"""How a row is found again: by what names its lead, never by its number."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from urllib.parse import unquote

from upscale_connect import Delivery, Lead

_ID, _CUSTOMER, _CAMPAIGN = (f"automation_tool_{name}_id" for name in ("lead", "customer", "campaign"))
_PROFILE, _NAMES = "lead_linkedin", ("first_name", "last_name")

_SCHEME = re.compile(r"[a-z]+://")
_HOST = re.compile(r"(?:[a-z0-9-]+\.)*linkedin\.com(?=/|$)")
_BETWEEN = "\x1f"


class Keys:
    """The key of a row is made of the columns that the lead's own key is read from.

    These are its id, customer and campaign, as far as they are read from columns; without a column for the id,
    the LinkedIn address takes its place. `mapping`: field of the API → columns.
    """

    def __init__(self, mapping: Mapping[str, Sequence[str]]) -> None:
        self._names = [column for field in (_ID, _CUSTOMER, _CAMPAIGN) for column in mapping.get(field, ())]
        self._ids, self._customers, self._campaigns = (mapping.get(field, ()) for field in (_ID, _CUSTOMER, _CAMPAIGN))
        self._profiles = mapping.get(_PROFILE, ())
        self._people = [column for field in _NAMES for column in mapping.get(field, ())]

    @property
    def profiles(self) -> Sequence[str]:
        """The columns with LinkedIn addresses."""
        return self._profiles

    @property
    def columns(self) -> list[str]:
        """All that a key is made of."""
        return list(dict.fromkeys([*self._names, *(() if self._ids else self._profiles)]))

    @property
    def columns_of_person(self) -> list[str]:
        """All that a person can be compared by."""
        return list(dict.fromkeys([*self._profiles, *self._people]))

    def of_row(self, fields: Mapping[str, str]) -> str:
        """The key of a row, "" if it names no lead."""
        return self._join(fields, self.linkedin(fields))

    def of_delivery(self, delivery: Delivery) -> set[str]:
        """The keys that the row of a delivery may have: with its address as it was read, or in canonical form."""
        fields = delivery.record.fields or self._restore(delivery.lead)
        return {self.of_row(fields), self._join(fields, delivery.lead.linkedin_url)} - {""}

    def _restore(self, lead: Lead) -> dict[str, str]:
        """What its record had in the columns that name it, if that is not kept any more."""
        known = ((self._ids, lead.lead_id), (self._customers, lead.customer), (self._campaigns, lead.campaign))
        return {columns[0]: text for columns, text in known if len(columns) == 1}

    def linkedin(self, fields: Mapping[str, str]) -> str:
        """The LinkedIn address that a row shows."""
        return next((text for column in self._profiles if (text := fields.get(column, "").strip())), "")

    def name(self, fields: Mapping[str, str]) -> str:
        """The full name that a row shows."""
        return " ".join(text for column in self._people if (text := fields.get(column, "").strip()))

    def shows_same(self, linkedin: str, delivery: Delivery) -> bool:
        """Whether this is the LinkedIn address of the delivery's lead, as it was read or in canonical form."""
        own = {_fold_address(self.linkedin(delivery.record.fields)), _fold_address(delivery.lead.linkedin_url)}
        return _fold_address(linkedin) in own - {""}

    def _join(self, fields: Mapping[str, str], linkedin: str) -> str:
        parts = [fields.get(column, "").strip() for column in self._names]
        if not self._ids:
            parts.append(_fold_address(linkedin))
            return _BETWEEN.join(parts) if parts[-1] else ""
        return _BETWEEN.join(parts) if any(fields.get(column, "").strip() for column in self._ids) else ""


def _fold_address(text: str) -> str:
    """What spellings of one LinkedIn address have in common. Whether two are one person is decided elsewhere."""
    folded = unicodedata.normalize("NFC", unquote(text)).strip().casefold()
    folded = _SCHEME.sub("", re.split(r"[?#]", folded, maxsplit=1)[0], count=1)
    return _HOST.sub("", folded, count=1).strip("/ ")
