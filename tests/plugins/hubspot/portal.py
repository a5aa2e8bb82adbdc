"""A HubSpot portal in memory: what it holds, and what its admin set. `server.py` answers for it."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

from upscale_connect import Clock

Json: TypeAlias = dict[str, Any]

TOKEN = "pat-na1-11111111-2222-3333-4444-555555555555"
READ = {"crm.objects.contacts.read", "crm.objects.companies.read", "crm.lists.read", "crm.schemas.contacts.read"}
WRITE = {"crm.objects.contacts.write", "crm.schemas.contacts.write"}
PRIMARY, UNLABELED, NOTE_TO_CONTACT, TASK_TO_CONTACT = 1, 279, 202, 204

#: Properties that come with every portal: name → (label, type, field type).
CONTACT_PROPERTIES = {
    "firstname": ("First name", "string", "text"),
    "lastname": ("Last name", "string", "text"),
    "email": ("Email", "string", "text"),
    "company": ("Company name", "string", "text"),
    "website": ("Website URL", "string", "text"),
    "jobtitle": ("Job title", "string", "text"),
    "lifecyclestage": ("Lifecycle stage", "enumeration", "radio"),
    "hs_linkedin_url": ("LinkedIn URL", "string", "text"),
    "hs_email_optout": ("Unsubscribed from all email", "bool", "booleancheckbox"),
    "hs_additional_emails": ("Additional email addresses", "enumeration", "checkbox"),
    "hs_merged_object_ids": ("Merged record IDs", "enumeration", "checkbox"),
    "associatedcompanyid": ("Primary associated company ID", "number", "number"),
    "hs_object_id": ("Record ID", "number", "number"),
    "createdate": ("Create date", "datetime", "date"),
    "lastmodifieddate": ("Last modified date", "datetime", "date"),
}
COMPANY_PROPERTIES = {
    "name": ("Company name", "string", "text"),
    "domain": ("Company domain name", "string", "text"),
    "website": ("Website URL", "string", "text"),
    "linkedin_company_page": ("LinkedIn company page", "string", "text"),
    "industry": ("Industry", "enumeration", "select"),
    "hs_object_id": ("Record ID", "number", "number"),
    "createdate": ("Create date", "datetime", "date"),
    "hs_lastmodifieddate": ("Last modified date", "datetime", "date"),
}
ACTIVITY_PROPERTIES = {
    name: (name, "string", "textarea")
    for name in (
        *("hs_timestamp", "hs_note_body", "hs_task_subject", "hs_task_body", "hs_task_status", "hs_task_priority"),
        *("hs_task_type", "hubspot_owner_id", "hs_object_id", "hs_createdate", "hs_lastmodifieddate"),
    )
}
READ_ONLY = {"associatedcompanyid", "hs_object_id", "createdate", "lastmodifieddate", "hs_lastmodifieddate"}
ALWAYS = {
    "contacts": ("createdate", "lastmodifieddate", "hs_object_id"),
    "companies": ("createdate", "hs_lastmodifieddate", "hs_object_id"),
    "notes": ("hs_createdate", "hs_lastmodifieddate", "hs_object_id"),
    "tasks": ("hs_createdate", "hs_lastmodifieddate", "hs_object_id"),
}


def show_time(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass
class Row:
    """A record. `indexed` is what search still sees; `links`: kind → ids of the records beside it."""

    id: int
    properties: dict[str, str]
    created: datetime
    changed: datetime
    indexed: dict[str, str] = field(default_factory=dict)
    links: dict[str, list[int]] = field(default_factory=dict)


@dataclass
class Call:
    """A request as it came in."""

    method: str
    path: str
    query: Mapping[str, list[str]]
    body: Any
    status: int = 0

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@dataclass
class Fault:
    """What happens to the next calls whose `METHOD path` holds `match`, instead of or after the real thing.

    `status` 0 cuts the wire without an answer; `also_do`: only after the call had its effect. The first `skip`
    calls are spared.
    """

    match: str
    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    times: int = 1
    skip: int = 0
    also_do: bool = False


class Portal:
    """Numbers are those of a free portal; `lag` is by how many seconds search is behind.

    `knows_partial_updates`: a batch update with distinct trace ids is answered by 207, not refused as a whole.
    """

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.tokens = {TOKEN}
        self.scopes = READ | WRITE
        self.tells_token = True
        self.burst, self.span, self.daily, self.searches, self.associations = 100, 10.0, 250_000, 5, 100
        self.search_cap, self.lag = 10_000, 0.0
        self.custom_limit = 10
        self.sends_headers = self.knows_partial_updates = True
        self.calls: list[Call] = []
        self.faults: list[Fault] = []
        self.before: Callable[[Call], object] = lambda call: None
        self.rows: dict[str, dict[int, Row]] = {kind: {} for kind in ALWAYS}
        self.forwarded: dict[int, int] = {}
        self.lists: dict[str, tuple[str, str, list[int]]] = {}
        self.groups = {"contactinformation"}
        self.rules: dict[str, list[Json]] = {}
        self.refuse: Callable[[Row, Mapping[str, str]], str] = lambda row, properties: ""
        self.definitions = {
            "contacts": _define(CONTACT_PROPERTIES),
            "companies": _define(COMPANY_PROPERTIES),
            "notes": _define(ACTIVITY_PROPERTIES),
            "tasks": _define(ACTIVITY_PROPERTIES),
        }
        self._ids = itertools.count(101)
        self._stale: set[int] = set()  # records that search may still see as they were

    # What a test puts in and looks at.

    def add(self, kind: str = "contacts", /, **properties: str) -> int:
        """A new record; returns its id."""
        row = Row(next(self._ids), {}, self.clock.now(), self.clock.now())
        self.rows[kind][row.id] = row
        self.change(row.id, kind, **properties)
        row.indexed = dict(row.properties)
        return row.id

    def change(self, id_: int, kind: str = "contacts", /, **properties: str) -> None:
        """As a person or a program would; an empty text clears a property."""
        row = self.rows[kind][id_]
        self._index(row)
        row.properties.update(properties)
        row.properties = {name: value for name, value in row.properties.items() if value != ""}
        self.stamp(row, kind, self.clock.now())
        self._stale.add(id_)

    def stamp(self, row: Row, kind: str, moment: datetime) -> None:
        row.changed = moment
        created, changed, own = ALWAYS[kind]
        row.properties |= {created: show_time(row.created), changed: show_time(moment), own: str(row.id)}

    def merge(self, loser: int, winner: int) -> None:
        """From now on the loser's id leads to the winner."""
        del self.rows["contacts"][loser]
        self.forwarded[loser] = winner
        merged = [*self.shown(winner).get("hs_merged_object_ids", "").split(";"), str(loser)]
        self.change(winner, hs_merged_object_ids=";".join(filter(None, merged)))

    def companies_of(self, row: Row) -> list[tuple[int, bool]]:
        """Ids of companies, the newest first, each with whether it is the primary one."""
        primary = int(row.properties.get("associatedcompanyid", "0"))
        return [(id_, id_ == primary) for id_ in sorted({*row.links.get("companies", []), primary} - {0}, reverse=True)]

    def archive(self, id_: int, kind: str) -> None:
        """Into the recycling bin: no longer beside anything, nor read."""
        if row := self.rows[kind].pop(id_, None):
            for contact in row.links.get("contacts", []):
                self.rows["contacts"][contact].links[kind].remove(id_)

    def define(self, name: str, kind: str = "contacts", **changes: Any) -> None:
        """A custom property."""
        self.definitions[kind] |= _define({name: (name.replace("_", " ").capitalize(), "string", "text")})
        self.definitions[kind][name].update(hubspotDefined=False, **changes)

    def shown(self, id_: int, kind: str = "contacts") -> dict[str, str]:
        return self.rows[kind][id_].properties

    def fail(self, match: str, status: int, body: Any = None, **options: Any) -> None:
        """The next calls that match end like this."""
        self.faults.append(Fault(match, status, body, **options))

    def count(self, match: str = "") -> int:
        """Calls whose `METHOD path` holds this."""
        return sum(match in str(call) for call in self.calls)

    # What the server asks.

    def find(self, kind: str, id_: str) -> Row | None:
        number = int(id_) if id_.isdigit() else 0
        return self.rows[kind].get(self.forwarded.get(number, number))

    def find_by(self, kind: str, key: str, value: str) -> Row | None:
        names = (key, "hs_additional_emails") if key == "email" else (key,)
        for row in self.rows[kind].values():
            for name in names:
                if value.casefold() in (one.casefold() for one in re.split("; *", row.properties.get(name, "")) if one):
                    return row
        return None

    def searchable(self, kind: str) -> Iterable[Row]:
        """All records in the order of their ids, with their index as it is by now."""
        rows = self.rows[kind]
        for id_ in sorted(self._stale & rows.keys()):
            self._index(rows[id_])
        return (rows[id_] for id_ in sorted(rows))

    def _index(self, row: Row) -> None:
        if self.clock.now() - row.changed >= timedelta(seconds=self.lag):
            row.indexed = dict(row.properties)
            self._stale.discard(row.id)


def _define(properties: Mapping[str, tuple[str, str, str]]) -> dict[str, Json]:
    return {
        name: {
            "name": name,
            "label": label,
            "type": type_,
            "fieldType": field_type,
            "groupName": "contactinformation",
            "description": "",
            "options": [],
            "archived": False,
            "calculated": False,
            "hubspotDefined": True,
            "hasUniqueValue": False,
            "modificationMetadata": {
                "archivable": True,
                "readOnlyDefinition": True,
                "readOnlyValue": name in READ_ONLY,
            },
        }
        for name, (label, type_, field_type) in properties.items()
    }
