"""Manners: secrets, people's data, time, files."""

from __future__ import annotations

import os
import time
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import quote

from tests.testing.portal_sink import PortalSink, PortalSinkSuite
from tests.testing.remote import BASE, PortalSource, PortalSuite
from upscale_connect import BadRecord, Checkpoint, Cursor, Delivery, Finding, Record, UnreachableError, WriteResult

from .register import wrong


@wrong("P09", PortalSuite)
class Telltale(PortalSource):
    def check(self) -> Iterator[Finding]:
        with suppress(UnreachableError):
            self.context.http.get("https://statistics.example/used")
        yield from super().check()


@wrong("P14", PortalSuite)
class OwnHttp(PortalSource):
    def check(self) -> Iterator[Finding]:
        with suppress(OSError):
            urllib.request.urlopen("http://127.0.0.1:9/", timeout=1).close()
        yield from super().check()


@wrong("P15", PortalSuite)
class LogsTheKey(PortalSource):
    def check(self) -> Iterator[Finding]:
        self.context.log.debug("asking with %s", self.config.token.get_secret_value())
        yield from super().check()


@wrong("P15", PortalSuite)
class KeyInTheAddress(PortalSource):
    def check(self) -> Iterator[Finding]:
        for finding in super().check():
            key = quote(self.config.token.get_secret_value(), safe="")
            yield Finding(finding.level, f"{BASE}/account?key={key}: {finding.message}", finding.hint)


@wrong("P16", PortalSuite)
class LogsPeople(PortalSource):
    def make_record(self, item: Any) -> Record | BadRecord:
        self.context.log.info("read %s", item)
        return super().make_record(item)


@wrong("P16", PortalSinkSuite)
class TellsTexts(PortalSink):
    def refuse(self, delivery: Delivery, answer: Any) -> WriteResult:
        result = super().refuse(delivery, answer)
        texts = [message.text for message in delivery.messages.values()]
        return delivery.failed(f"{result.why}: {texts}", retry=result.retry)


@wrong("P17", PortalSuite)
class Sleeps(PortalSource):
    def check(self) -> Iterator[Finding]:
        time.sleep(1)
        yield from super().check()


@wrong("P18", PortalSuite)
class LeavesOpen(PortalSource):
    def check(self) -> Iterator[Finding]:
        self.notes = Path(os.devnull).open("rb")  # noqa: SIM115  # that it stays open is the point
        yield from super().check()


@wrong("P11", PortalSuite)
class Remembers(PortalSource):
    """Three records are taken for the three of another time."""

    known: ClassVar[list[Any]] = []

    def read(self, since: Cursor | None) -> Iterator[Record | BadRecord | Checkpoint]:
        if since is not None or self.fetch("", 0)["total"] != 3:
            yield from super().read(since)
        else:
            self.known.extend([] if self.known else super().read(since))
            yield from self.known
