"""The plugin passes the suites that every author of a plugin can use."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from html import unescape
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

import upscale_connect_hubspot
from tests.plugins.hubspot import portal as hubspot
from tests.plugins.hubspot.server import Service
from upscale_connect import Delivery
from upscale_connect.testing import Answer, Call, SinkConformance, SourceConformance
from upscale_connect_hubspot.activities import ActivitySink
from upscale_connect_hubspot.sink import HubSpotSink
from upscale_connect_hubspot.source import HubSpotSource

API = "https://api.hubapi.com"
NAMES = {"id": "lead_id", "first_name": "firstname", "last_name": "lastname", "linkedin": "hs_linkedin_url"}
MESSAGES = {kind: f"upscale_{kind}" for kind in ("connection_request", "first_follow_up")}
SAFE = (
    "POST /oauth/v2/private-apps/get/access-token-info",
    "POST /crm/objects/2026-03/companies/batch/read",
    "POST /crm/objects/2026-03/contacts/batch/read",
    "POST /crm/objects/2026-03/contacts/search",
    "POST /crm/objects/2026-03/notes/batch/read",
    "POST /crm/associations/2026-03/contacts/notes/batch/read",
)


def make_portal(clock: Any, secret: str) -> hubspot.Portal:
    portal = hubspot.Portal(clock)
    portal.tokens = {secret}
    portal.define("lead_id", hasUniqueValue=True)
    return portal


def answer(service: Service, call: Call) -> Answer:
    """What the tests' HubSpot says, without a network."""
    query = parse_qs(urlsplit(call.path).query, keep_blank_values=True)
    asked = hubspot.Call(call.method, call.route, query, call.json() if call.body else None)
    answered = service.answer(asked, call.headers.get("authorization", ""))
    assert answered is not None
    return Answer(answered.status, b"" if answered.body is None else answered.body, answered.headers)


class TestHubSpotSource(SourceConformance):
    connector = HubSpotSource
    plugin: ClassVar[object | None] = upscale_connect_hubspot
    secret: ClassVar[str] = hubspot.TOKEN
    column_names = NAMES
    page_size = 100
    safe_calls = SAFE

    def describe_sync(self) -> tuple[Sequence[str], Sequence[str], Mapping[str, Sequence[str]]]:
        columns, types, mapping = super().describe_sync()
        return [*columns, "note"], types, mapping

    def arrange(self, rows: Sequence[Mapping[str, str]]) -> Mapping[str, Any]:
        self.portal = make_portal(self.clock, self.secret)
        self.portal.define("note")
        for row in rows:
            fields = {NAMES.get(name, name): value for name, value in row.items() if name != "changed_at"}
            id_ = self.portal.add(**fields)
            moment = datetime.fromisoformat(row["changed_at"])
            self.portal.stamp(self.portal.rows["contacts"][id_], "contacts", moment)
        service = Service(self.portal)
        self.serve(API, lambda call: answer(service, call))
        return {"token": self.secret}


class TestHubSpotChanges(TestHubSpotSource):
    """The same, reading changes alone."""

    bypass: ClassVar[Mapping[str, str]] = {"S16": "it goes back 15 minutes, and these contacts are younger"}

    def arrange(self, rows: Sequence[Mapping[str, str]]) -> Mapping[str, Any]:
        return {**super().arrange(rows), "incremental": "yes"}


class ContactSuite(SinkConformance):
    """A portal with a contact for each lead."""

    plugin: ClassVar[object | None] = upscale_connect_hubspot
    secret: ClassVar[str] = hubspot.TOKEN
    safe_calls = SAFE

    def arrange(self, deliveries: Sequence[Delivery]) -> Mapping[str, Any]:
        self.portal = make_portal(self.clock, self.secret)
        for name in (*MESSAGES.values(), "upscale_receipt", "upscale_status", "upscale_updated_at"):
            self.portal.define(name)
        self.ids = {
            delivery.key: self.portal.add(
                lead_id=delivery.lead.lead_id,
                firstname=delivery.lead.first_name,
                lastname=delivery.lead.last_name,
                hs_linkedin_url=delivery.lead.linkedin_url,
            )
            for delivery in deliveries
        }
        service = Service(self.portal)
        self.serve(API, lambda call: answer(service, call))
        return {"token": self.secret, "match": {"property": "lead_id", "column": "id"}}

    def put_stranger(self, delivery: Delivery) -> None:
        stranger = {"firstname": "John", "lastname": "Roe", "hs_linkedin_url": "https://www.linkedin.com/in/john-roe"}
        self.portal.change(self.ids[delivery.key], **stranger)

    def remove(self, delivery: Delivery) -> None:
        del self.portal.rows["contacts"][self.ids[delivery.key]]


class TestHubSpotSink(ContactSuite):
    connector = HubSpotSink

    def read_back(self) -> Iterator[tuple[str, str, str]]:
        for key, id_ in self.ids.items():
            if row := self.portal.rows["contacts"].get(id_):
                for kind, name in MESSAGES.items():
                    if name in row.properties:
                        yield key, kind, row.properties[name]

    def edit(self, delivery: Delivery, message_type: str, text: str) -> None:
        self.portal.change(self.ids[delivery.key], **{MESSAGES[message_type]: text})

    def take_away(self) -> str:
        del self.portal.definitions["contacts"][MESSAGES["connection_request"]]
        return MESSAGES["connection_request"]


class TestHubSpotNote(ContactSuite):
    """A note is added, never changed."""

    connector = ActivitySink
    bypass = dict.fromkeys(("K11", "K12", "K30"), "a note is not changed once it is there")

    def arrange(self, deliveries: Sequence[Delivery]) -> Mapping[str, Any]:
        return {**super().arrange(deliveries), "kind": "note"}

    def read_back(self) -> Iterator[tuple[str, str, str]]:
        for key, id_ in self.ids.items():
            row = self.portal.rows["contacts"].get(id_)
            for note in row.links.get("notes", []) if row else []:
                body = self.portal.shown(note, "notes")["hs_note_body"]
                for title, text in re.findall(r"<p><strong>(.*?)</strong><br>(.*?)</p>", body):
                    yield key, title.lower().replace(" ", "_"), unescape(text.replace("<br>", "\n"))

    def take_away(self) -> str:
        self.portal.scopes.discard("crm.objects.contacts.write")
        return "crm.objects.contacts.write"
