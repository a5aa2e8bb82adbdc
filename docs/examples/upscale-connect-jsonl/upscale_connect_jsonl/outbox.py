"""Messages to a file that only grows: one JSON object per delivery."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from pydantic import Field

from upscale_connect import Context, Delivery, Finding, Found, PluginConfig, Sink, SinkError, WriteResult

#: Deliveries that are made durable together.
TOGETHER = 100


class OutboxConfig(PluginConfig):
    path: Path = Field(description="The file that messages are added to.")


class JsonlSink(Sink[OutboxConfig]):
    """Appends. A second line for the same receipt would be a second message, so this is not repeatable."""

    name = "jsonl"
    config_model = OutboxConfig
    repeatable = False

    def __init__(self, config: OutboxConfig, context: Context) -> None:
        super().__init__(config, context)
        self._path = context.folder / config.path

    def write(self, deliveries: Iterable[Delivery]) -> Iterator[WriteResult]:
        remaining = iter(deliveries)
        while some := list(islice(remaining, TOGETHER)):
            self._append([self._line(delivery) for delivery in some])
            for delivery in some:
                yield delivery.written()

    def find(self, deliveries: Iterable[Delivery]) -> Iterator[Found]:
        wanted = {delivery.key: delivery for delivery in deliveries}
        for entry in self._entries():
            if delivery := wanted.get(entry["key"]):
                stranger = delivery.find_stranger(linkedin=entry["linkedin"])
                yield Found(entry["key"], entry["receipt"], entry["messages"], stranger)

    def check(self) -> Iterator[Finding]:
        folder = self._path.parent
        if os.access(folder, os.W_OK):
            yield Finding("ok", f"{self._path.name} can be written")
        else:
            yield Finding("error", f"{folder}: not a folder that can be written", "correct `path:`")

    def _line(self, delivery: Delivery) -> str:
        entry = {
            "key": delivery.key,
            "receipt": delivery.receipt,
            "linkedin": delivery.lead.linkedin_url,
            "messages": {kind: message.text for kind, message in delivery.messages.items()},
            "written_at": self.context.clock.now().isoformat(),
        }
        return json.dumps(entry, ensure_ascii=False) + "\n"

    def _append(self, lines: list[str]) -> None:
        """All lines are on the disk when this returns."""
        try:
            with self._path.open("ab") as file:
                if file.tell() and not self._ends_with_newline():
                    file.write(b"\n")
                file.write("".join(lines).encode())
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise SinkError(f"{self._path}: {error.strerror}", hint="correct it, then run again") from None

    def _ends_with_newline(self) -> bool:
        """False after a crash in the middle of a line."""
        with self._path.open("rb") as file:
            file.seek(-1, os.SEEK_END)
            return file.read() == b"\n"

    def _entries(self) -> Iterator[dict[str, Any]]:
        if not self._path.exists():
            return
        with self._path.open(encoding="utf-8") as file:
            for line in file:
                try:
                    yield json.loads(line)
                except ValueError:
                    continue  # a line that a crash cut off was not written
