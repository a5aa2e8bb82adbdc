"""A source and two sinks of a service that is not there, as a careful author would write them, with their suites."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar
from urllib.parse import quote, unquote

import requests
from pydantic import Field, SecretStr

from upscale_connect import (
    BadRecord,
    Checkpoint,
    Cursor,
    Delivery,
    Finding,
    Found,
    PluginConfig,
    Record,
    Sink,
    SinkError,
    Source,
    SourceError,
    UnreachableError,
    WriteResult,
)
from upscale_connect.testing import Answer, Call, MemoryPlugin, SinkConformance, SourceConformance

HOST = "api.portal.example"
BASE = f"https://{HOST}"
PAGE = 2


class PortalConfig(PluginConfig):
    token: SecretStr = Field(description="The portal's key.")
    note: str = Field("note", description="The column with the note.")


def headers(config: PortalConfig) -> dict[str, str]:
    return {"Authorization": f"Bearer {config.token.get_secret_value()}"}


# The source.


class PortalSource(Source[PortalConfig]):
    """Pages of contacts; goes by their time of change."""

    name = "portal"
    config_model = PortalConfig
    hosts: ClassVar = (HOST,)

    def check(self) -> Iterator[Finding]:
        try:
            answer = self.get("/account")
        except UnreachableError as error:
            yield Finding("error", error.message, error.hint)
            return
        if answer.ok:
            yield Finding("ok", "the portal knows the key")
        else:
            yield Finding("error", f"the portal answered {answer.status_code}", "is the key right?")

    def columns(self) -> Sequence[str] | None:
        return ("id", "first_name", "last_name", "company", "linkedin", "email", "note", "changed_at")

    def read(self, since: Cursor | None) -> Iterator[Record | BadRecord | Checkpoint]:
        start = self.find_start(since)
        newest = start
        after = 0
        while True:
            page = self.fetch(start, after)
            for item in page["results"]:
                record = self.make_record(item)
                yield record
                if isinstance(record, Record):
                    newest = max(newest, record.fields["changed_at"])
            if page["next"] is None:
                break
            after = page["next"]
        if newest:
            yield self.make_checkpoint(newest)

    def find_start(self, since: Cursor | None) -> str:
        start = (since or {}).get("changed_at", "")
        return start if isinstance(start, str) else ""

    def make_checkpoint(self, newest: str) -> Checkpoint:
        return Checkpoint({"changed_at": newest})

    def fetch(self, start: str, after: int) -> Any:
        answer = self.get(f"/contacts?after={after}&from={quote(start)}")
        if not answer.ok:
            raise SourceError(f"the portal answered {answer.status_code}", hint="run again later")
        return answer.json()

    def make_record(self, item: Any) -> Record | BadRecord:
        if not isinstance(item, dict):
            return BadRecord("contacts", "this contact has no properties")
        return Record(item["id"], dict(item), f"contact {item['id']}")

    def get(self, path: str) -> requests.Response:
        return self.context.http.get(BASE + path, headers=headers(self.config))


class Contacts:
    """The portal's server: `items` in pages."""

    def __init__(self) -> None:
        self.items: list[Any] = []

    def handle(self, call: Call) -> Answer:
        if "authorization" not in call.headers:
            return Answer(401)
        if call.route == "/account":
            return Answer(200, {})
        if call.route != "/contacts":
            return Answer(404)
        there = [item for item in self.items if not isinstance(item, dict) or item["changed_at"] >= call.query["from"]]
        after = int(call.query["after"])
        more = after + PAGE < len(there)
        found = {"results": there[after : after + PAGE], "total": len(there), "next": after + PAGE if more else None}
        return Answer(200, found)


class PortalSuite(SourceConformance):
    connector = PortalSource
    plugin = MemoryPlugin(PortalSource)
    id_column = "id"
    page_size = PAGE
    server: Contacts

    def arrange(self, rows: Sequence[Mapping[str, str]]) -> Mapping[str, Any]:
        self.server = Contacts()
        self.server.items = [dict(row) for row in rows]
        self.serve(BASE, self.server.handle)
        return {"token": self.secret}

    def spoil(self) -> None:
        self.server.items.append("nonsense")


# A sink that finds places, and may be repeated.


class PortalSink(Sink[PortalConfig]):
    """Writes each message to a property of a contact that is there already."""

    name = "portal"
    config_model = PortalConfig
    hosts: ClassVar = (HOST,)

    def check(self) -> Iterator[Finding]:
        try:
            answer = self.call("GET", "/properties")
        except UnreachableError as error:
            yield Finding("error", error.message, error.hint)
            return
        if not answer.ok:
            yield Finding("error", f"the portal answered {answer.status_code}", "is the key right?")
        elif "messages" not in answer.json():
            yield Finding("error", "there is no property 'messages'", "make it")
        else:
            yield Finding("ok", "the property is there")

    def write(self, deliveries: Iterable[Delivery]) -> Iterator[WriteResult]:
        for delivery in deliveries:
            yield self.write_one(delivery)

    def write_one(self, delivery: Delivery) -> WriteResult:
        try:
            place = self.call("GET", self.path(delivery))
            if not place.ok:
                return self.refuse(delivery, place)
            shown = place.json()
            texts = {name: message.text for name, message in delivery.messages.items()}
            if why := self.object_to(delivery, shown):
                return delivery.conflict(why)
            if shown["receipt"] == delivery.receipt and shown["messages"].items() >= texts.items():
                return delivery.unchanged()
            return self.put(delivery, {**shown["messages"], **texts})
        except UnreachableError as error:
            return delivery.failed(error.message, retry=True)

    def object_to(self, delivery: Delivery, shown: Any) -> str:
        if stranger := delivery.find_stranger(linkedin=shown["linkedin"], name=shown["name"]):
            return stranger
        edited = [name for name in delivery.messages if not delivery.may_replace(name, shown["messages"].get(name, ""))]
        return f"a person changed {edited[0]}" if edited else ""

    def put(self, delivery: Delivery, messages: Mapping[str, str]) -> WriteResult:
        answer = self.call("PUT", self.path(delivery), {"messages": messages, "receipt": delivery.receipt})
        return delivery.written() if answer.ok else self.refuse(delivery, answer)

    def refuse(self, delivery: Delivery, answer: requests.Response) -> WriteResult:
        passing = answer.status_code == 429 or answer.status_code >= 500
        return delivery.failed(f"the portal answered {answer.status_code}", retry=passing)

    def find(self, deliveries: Iterable[Delivery]) -> Iterator[Found] | None:
        return self.look(deliveries)

    def look(self, deliveries: Iterable[Delivery]) -> Iterator[Found]:
        for delivery in deliveries:
            answer = self.call("GET", self.path(delivery))
            if answer.status_code == 404:
                continue
            if not answer.ok:
                raise SinkError(f"the portal answered {answer.status_code}")
            shown = answer.json()
            stranger = delivery.find_stranger(linkedin=shown["linkedin"], name=shown["name"])
            yield Found(delivery.key, shown["receipt"] or None, shown["messages"], stranger)

    def erase(self, deliveries: Iterable[Delivery]) -> Iterator[WriteResult] | None:
        return map(self.erase_one, deliveries)

    def erase_one(self, delivery: Delivery) -> WriteResult:
        place = self.call("GET", self.path(delivery))
        if not place.ok:
            return delivery.failed(f"the portal answered {place.status_code}", retry=False)
        shown = place.json()
        if stranger := delivery.find_stranger(linkedin=shown["linkedin"], name=shown["name"]):
            return delivery.conflict(stranger)
        if not shown["receipt"]:
            return delivery.unchanged()
        answer = self.call("PUT", self.path(delivery), {"messages": {}, "receipt": ""})
        if not answer.ok:
            return delivery.failed(f"the portal answered {answer.status_code}", retry=False)
        return delivery.written()

    def path(self, delivery: Delivery) -> str:
        return f"/contacts/{quote(delivery.key, safe='')}"

    def call(self, method: str, path: str, body: Any = None) -> requests.Response:
        return self.context.http.request(
            method, BASE + path, json=body, headers=headers(self.config), repeatable=method == "PUT"
        )


class Places:
    """The portal's server: contacts by key, each with its messages."""

    def __init__(self) -> None:
        self.contacts: dict[str, Any] = {}
        self.properties = ["messages"]

    def handle(self, call: Call) -> Answer:
        if "authorization" not in call.headers:
            return Answer(401)
        if call.route == "/properties":
            return Answer(200, self.properties)
        key = unquote(call.route.removeprefix("/contacts/"))
        if key not in self.contacts:
            return Answer(404)
        if call.method == "PUT":
            self.contacts[key] |= call.json()
        return Answer(200, self.contacts[key])


class PortalSinkSuite(SinkConformance):
    connector = PortalSink
    plugin = MemoryPlugin(PortalSink)
    server: Places

    def arrange(self, deliveries: Sequence[Delivery]) -> Mapping[str, Any]:
        self.server = self.make_server()
        for one in deliveries:
            name = f"{one.lead.first_name} {one.lead.last_name}"
            place = {"linkedin": one.lead.linkedin_url, "name": name, "messages": {}, "receipt": ""}
            self.server.contacts[one.key] = place
        self.serve(BASE, self.server.handle)
        return {"token": self.secret}

    def make_server(self) -> Places:
        return Places()

    def read_back(self) -> Iterator[tuple[str, str, str]]:
        for key, place in self.server.contacts.items():
            for message_type, text in place["messages"].items():
                yield key, message_type, text

    def edit(self, delivery: Delivery, message_type: str, text: str) -> None:
        self.server.contacts[delivery.key]["messages"][message_type] = text

    def put_stranger(self, delivery: Delivery) -> None:
        self.server.contacts[delivery.key] |= {"linkedin": "https://www.linkedin.com/in/john-roe", "name": "John Roe"}

    def remove(self, delivery: Delivery) -> None:
        del self.server.contacts[delivery.key]

    def take_away(self) -> str:
        self.server.properties = []
        return "messages"


# A sink that only adds: a repeat would show.


class NotesSink(Sink[PortalConfig]):
    """Adds a note for each message."""

    name = "notes"
    config_model = PortalConfig
    repeatable = False
    hosts: ClassVar = (HOST,)

    def check(self) -> Iterator[Finding]:
        try:
            answer = self.call("GET", "/notes")
        except UnreachableError as error:
            yield Finding("error", error.message, error.hint)
            return
        yield Finding("ok" if answer.ok else "error", f"the portal answered {answer.status_code}")

    def write(self, deliveries: Iterable[Delivery]) -> Iterator[WriteResult]:
        for delivery in deliveries:
            texts = {name: message.text for name, message in delivery.messages.items()}
            yield self.add(delivery, {"key": delivery.key, "receipt": delivery.receipt, "messages": texts})

    def add(self, delivery: Delivery, note: Any) -> WriteResult:
        """An answer that is lost is no failure: what is raised leaves the delivery unknown."""
        answer = self.call("POST", "/notes", note)
        if answer.ok:
            return delivery.written()
        passing = answer.status_code == 429 or answer.status_code >= 500
        return delivery.failed(f"the portal answered {answer.status_code}", retry=passing)

    def find(self, deliveries: Iterable[Delivery]) -> Iterator[Found] | None:
        return self.look({delivery.key for delivery in deliveries})

    def look(self, keys: set[str]) -> Iterator[Found]:
        answer = self.call("GET", "/notes")
        if not answer.ok:
            raise SinkError(f"the portal answered {answer.status_code}")
        for note in answer.json():
            if note["key"] in keys:
                yield Found(note["key"], note["receipt"], note["messages"])

    def call(self, method: str, path: str, body: Any = None) -> requests.Response:
        return self.context.http.request(method, BASE + path, json=body, headers=headers(self.config))


class Notes:
    """The portal's server: notes in their order."""

    def __init__(self) -> None:
        self.notes: list[Any] = []

    def handle(self, call: Call) -> Answer:
        if "authorization" not in call.headers:
            return Answer(401)
        if call.method == "POST":
            self.notes.append(json.loads(call.body))
        return Answer(200, self.notes)


class NotesSuite(SinkConformance):
    connector = NotesSink
    plugin = MemoryPlugin(NotesSink)
    server: Notes

    def arrange(self, deliveries: Sequence[Delivery]) -> Mapping[str, Any]:
        self.server = Notes()
        self.serve(BASE, self.server.handle)
        return {"token": self.secret}

    def read_back(self) -> Iterator[tuple[str, str, str]]:
        for note in self.server.notes:
            for message_type, text in note["messages"].items():
                yield note["key"], message_type, text
