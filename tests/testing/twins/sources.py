"""What a source reads."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import quote

from tests.testing.files import FileSource, FileSuite
from tests.testing.remote import BASE, PortalConfig, PortalSource, PortalSuite
from upscale_connect import BadRecord, Checkpoint, Context, Cursor, Finding, Record, UnreachableError

from .register import wrong


@wrong("S01", PortalSuite)
class TextFinding(PortalSource):
    def check(self) -> Iterator[Any]:
        yield "fine"


@wrong("S02", PortalSuite)
class TrustsAnyAnswer(PortalSource):
    def check(self) -> Iterator[Finding]:
        found = list(super().check())
        yield found[0] if "answered" not in found[0].message else Finding("ok", "it answers")


@wrong("S03", PortalSuite)
class PassesOn(PortalSource):
    def check(self) -> Iterator[Finding]:
        try:
            self.get("/account")
        except UnreachableError:
            raise RuntimeError("no network") from None
        yield from super().check()


@wrong("S04", PortalSuite)
class AsksAtOnce(PortalSource):
    def __init__(self, config: PortalConfig, context: Context) -> None:
        super().__init__(config, context)
        with suppress(UnreachableError):
            self.get("/account")


@wrong("S05", PortalSuite)
class LowerIds(PortalSource):
    def make_record(self, item: Any) -> Record | BadRecord:
        record = super().make_record(item)
        return Record(record.id.lower(), record.fields) if isinstance(record, Record) and record.id else record


@wrong("S05", FileSuite)
class EmptyIds(FileSource):
    def make_record(self, line: str, where: str) -> Record | BadRecord:
        record = super().make_record(line, where)
        return Record("", record.fields, where) if isinstance(record, Record) else record


@wrong("S06", PortalSuite)
class Merges(PortalSource):
    def read(self, since: Cursor | None) -> Iterator[Record | BadRecord | Checkpoint]:
        seen = set()
        for item in super().read(since):
            if not isinstance(item, Record) or item.id not in seen:
                yield item
            seen.add(getattr(item, "id", None))


@wrong("S07", PortalSuite)
class ReadsOnce(PortalSource):
    done = False

    def read(self, since: Cursor | None) -> Iterator[Record | BadRecord | Checkpoint]:
        if not self.done:
            yield from super().read(since)
        self.done = True


@wrong("S08", PortalSuite)
class OneColumnLess(PortalSource):
    def columns(self) -> list[str]:
        return [name for name in super().columns() or () if name != "email"]


@wrong("S10", PortalSuite)
class CollectsPages(PortalSource):
    def read(self, since: Cursor | None) -> Iterator[Record | BadRecord | Checkpoint]:
        yield from list(super().read(since))


@wrong("S10", FileSuite)
class CollectsLines(FileSource):
    def read(self, since: Cursor | None) -> Iterator[Record | BadRecord | Checkpoint]:
        items = list(super().read(since))
        while items:
            yield items.pop(0)


@wrong("S11", PortalSuite)
class NeedsOne(PortalSource):
    def make_record(self, item: Any) -> Record | BadRecord:
        return super().make_record(item)

    def fetch(self, start: str, after: int) -> Any:
        page = super().fetch(start, after)
        page["first"] = page["results"][0] if not start else None
        return page


@wrong("S13", PortalSuite)
class TupleCursor(PortalSource):
    def make_checkpoint(self, newest: str) -> Checkpoint:
        version: Any = (1, 0)
        return Checkpoint({"changed_at": newest, "version": version})


@wrong("S14", PortalSuite)
class EarlyCheckpoint(PortalSource):
    def read(self, since: Cursor | None) -> Iterator[Record | BadRecord | Checkpoint]:
        held: Record | BadRecord | Checkpoint | None = None
        for item in super().read(since):
            if isinstance(item, Checkpoint) and held is not None:
                yield Checkpoint({"changed_at": "2999"})
            if held is not None:
                yield held
            held = item
        if held is not None:
            yield held


@wrong("S15", PortalSuite)
class AfterTheCursor(PortalSource):
    def read(self, since: Cursor | None) -> Iterator[Record | BadRecord | Checkpoint]:
        start = self.find_start(since)
        for item in super().read(since):
            if not isinstance(item, Record) or item.fields["changed_at"] > start:
                yield item


@wrong("S16", PortalSuite)
class ReadsAllAgain(PortalSource):
    def find_start(self, since: Cursor | None) -> str:
        return ""


@wrong("S17", PortalSuite)
class TrustsCursors(PortalSource):
    def find_start(self, since: Cursor | None) -> str:
        return str(since["changed_at"]) if since is not None else ""


@wrong("P13", PortalSuite)
class NotWhole(PortalSource):
    whole = True


@wrong("S19", PortalSuite)
class LeavesOut(PortalSource):
    def read(self, since: Cursor | None) -> Iterator[Record | BadRecord | Checkpoint]:
        yield from (item for item in super().read(since) if not isinstance(item, BadRecord))


@wrong("S20", PortalSuite, safe_calls=("POST /contacts",))
class SearchesByPost(PortalSource):
    def get(self, path: str) -> Any:
        if not path.startswith("/contacts"):
            return super().get(path)
        key = {"Authorization": self.config.token.get_secret_value()}
        return self.context.http.post(BASE + path, headers=key)


@wrong("S20b", PortalSuite)
class EndsAtRefusal(PortalSource):
    def fetch(self, start: str, after: int) -> Any:
        answer = self.get(f"/contacts?after={after}&from={quote(start)}")
        return answer.json() if answer.ok else {"results": [], "next": None}


@wrong("S21", PortalSuite)
class MarksAsRead(PortalSource):
    def read(self, since: Cursor | None) -> Iterator[Record | BadRecord | Checkpoint]:
        yield from super().read(since)
        with suppress(UnreachableError):
            self.context.http.put(f"{BASE}/read")


@wrong("S21", FileSuite)
class KeepsAnIndex(FileSource):
    def check(self) -> Iterator[Finding]:
        (self.context.folder / "leads.index").write_text("3", encoding="utf-8")
        yield Finding("ok", "there it is")


@wrong("S22", PortalSuite)
class LeavesADraft(PortalSource):
    def read(self, since: Cursor | None) -> Iterator[Record | BadRecord | Checkpoint]:
        handle, name = tempfile.mkstemp(dir=self.context.folder)
        os.close(handle)
        yield from super().read(since)
        Path(name).unlink()


@wrong("S23", PortalSuite)
class Strips(PortalSource):
    def make_record(self, item: Any) -> Record | BadRecord:
        record = super().make_record(item)
        if not isinstance(record, Record):
            return record
        return Record(record.id, {**record.fields, "note": record.fields["note"].strip()}, record.where)


@wrong("S24", PortalSuite)
class SharesItsPage(PortalSource):
    page: ClassVar[int] = 0

    def fetch(self, start: str, after: int) -> Any:
        if not after:
            SharesItsPage.page = 0
        page = super().fetch(start, SharesItsPage.page)
        SharesItsPage.page = page["next"] or 0
        return page


@wrong("S25", FileSuite)
class KeepsLines(FileSource):
    def read(self, since: Cursor | None) -> Iterator[Record | BadRecord | Checkpoint]:
        kept = []
        for item in super().read(since):
            kept.append(item)
            yield item
