"""A sink that only adds, so that a repeat would show; and its suite."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar

import requests

from tests.testing.remote import BASE, HOST, PortalConfig, headers
from upscale_connect import Delivery, Finding, Found, Sink, SinkError, UnreachableError, WriteResult
from upscale_connect.testing import Answer, Call, MemoryPlugin, SinkConformance


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
