"""A source of a service that is not there, as a careful author would write it, with its suite."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar
from urllib.parse import quote

import requests
from pydantic import Field, SecretStr

from upscale_connect import (
    BadRecord,
    Checkpoint,
    Cursor,
    Finding,
    PluginConfig,
    Record,
    Source,
    SourceError,
    UnreachableError,
)
from upscale_connect.testing import Answer, Call, MemoryPlugin, SourceConformance

HOST = "api.portal.example"
BASE = f"https://{HOST}"
PAGE = 2


class PortalConfig(PluginConfig):
    token: SecretStr = Field(description="The portal's key.")
    note: str = Field("note", description="The column with the note.")


def headers(config: PortalConfig) -> dict[str, str]:
    return {"Authorization": f"Bearer {config.token.get_secret_value()}"}


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
