"""The leads that are in a campaign or list already, by the person."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from upscale_connect import read_linkedin_keys


@dataclass(frozen=True, slots=True)
class Place:
    """A lead as HeyReach shows it. `fields`: custom field → text, where HeyReach gives them.

    `error`: why HeyReach does not work on the lead, in its words.
    """

    name: str = ""
    status: str = ""
    connection: str = ""
    message: str = ""
    error: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_accepted(self) -> bool:
        return self.connection == "ConnectionAccepted"


def read_places(rows: Iterable[Mapping[str, Any]]) -> dict[str, Place]:
    """LinkedIn key → place; every alias of an address leads to it. Rows without an address are left out."""
    places: dict[str, Place] = {}
    for row in rows:
        profile = row.get("linkedInUserProfile")
        found: Mapping[str, Any] = profile if isinstance(profile, dict) else row
        place = Place(
            " ".join(filter(None, (_text(found, "firstName"), _text(found, "lastName")))),
            _text(row, "leadCampaignStatus"),
            _text(row, "leadConnectionStatus"),
            _text(row, "leadMessageStatus"),
            _text(row, "leadCampaignStatusMessage") or _text(row, "errorCode"),
            _read_fields(row, found),
        )
        for key in read_linkedin_keys(_text(found, "profileUrl")):
            places.setdefault(key, place)
    return places


def _read_fields(*rows: Mapping[str, Any]) -> dict[str, str]:
    """The custom fields, under either of the names that HeyReach has for them."""
    fields: dict[str, str] = {}
    for row in rows:
        for name in ("customUserFields", "customFields"):
            given = row.get(name)
            for one in given if isinstance(given, list) else ():
                if isinstance(one, dict) and isinstance(one.get("name"), str):
                    fields[one["name"]] = str(one.get("value") or "")
    return fields


def _text(row: Mapping[str, Any], name: str) -> str:
    value = row.get(name)
    return "" if value is None else str(value).strip()
