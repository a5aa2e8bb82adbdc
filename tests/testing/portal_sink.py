"""A sink that finds places in a service that is not there, and may be repeated; and its suite."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar
from urllib.parse import quote, unquote

import requests

from tests.testing.remote import BASE, HOST, PortalConfig, headers
from upscale_connect import Delivery, Finding, Found, Sink, SinkError, UnreachableError, WriteResult
from upscale_connect.testing import Answer, Call, MemoryPlugin, SinkConformance


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
