"""The checks that every plugin must pass."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from upscale_connect_jsonl.outbox import JsonlSink
from upscale_connect_jsonl.source import JsonlSource
from upscale_connect_jsonl.web import WebSink

from upscale_connect import Delivery
from upscale_connect.testing import Answer, Call, SinkConformance, SourceConformance


class TestJsonlSource(SourceConformance):
    connector = JsonlSource
    id_column = "id"

    def arrange(self, rows: Sequence[Mapping[str, str]]) -> Mapping[str, Any]:
        lines = [json.dumps(row) + "\n" for row in rows]
        (self.folder / "leads.jsonl").write_text("".join(lines), encoding="utf-8")
        return {"path": "leads.jsonl", "id": "id"}

    def spoil(self) -> None:
        with (self.folder / "leads.jsonl").open("a", encoding="utf-8") as file:
            file.write("this line is broken\n")


class TestJsonlSink(SinkConformance):
    connector = JsonlSink

    def arrange(self, deliveries: Sequence[Delivery]) -> Mapping[str, Any]:
        return {"path": "messages.jsonl"}

    def read_back(self) -> Iterator[tuple[str, str, str]]:
        for entry in read_entries(self.folder / "messages.jsonl"):
            for message_type, text in entry["messages"].items():
                yield entry["key"], message_type, text


class TestWebSink(SinkConformance):
    connector = WebSink

    def arrange(self, deliveries: Sequence[Delivery]) -> Mapping[str, Any]:
        self.stored: dict[str, Any] = {}
        self.serve("https://leads.example", self.answer)
        return {"url": "https://leads.example/leads", "token": self.secret}

    def answer(self, call: Call) -> Answer:
        """A server that keeps what is PUT to it."""
        if call.headers.get("authorization") != f"Bearer {self.secret}":
            return Answer(401)
        known = self.stored.setdefault(unquote(call.route.removeprefix("/leads/")), {})
        known.update(call.json()["messages"])
        return Answer(204)

    def read_back(self) -> Iterator[tuple[str, str, str]]:
        for key, messages in self.stored.items():
            for message_type, text in messages.items():
                yield key, message_type, text


def read_entries(path: Path) -> list[Any]:
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
