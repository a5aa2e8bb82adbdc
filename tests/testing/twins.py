"""Plugins that are wrong in exactly one way, and the number of the check that must say so."""

from __future__ import annotations

import html
import os
import tempfile
import time
import urllib.request
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, ClassVar, TypeAlias, TypeVar
from urllib.parse import quote

from pydantic import ConfigDict, Field, model_validator

from tests.testing.files import (
    FileSink,
    FileSinkSuite,
    FileSource,
    FileSuite,
    FileTable,
    FileTableSuite,
)
from tests.testing.remote import (
    BASE,
    NotesSink,
    NotesSuite,
    PortalConfig,
    PortalSink,
    PortalSinkSuite,
    PortalSource,
    PortalSuite,
)
from upscale_connect import (
    BadRecord,
    Checkpoint,
    Context,
    Cursor,
    Delivery,
    Finding,
    Found,
    Record,
    Row,
    Shown,
    UnreachableError,
    WriteResult,
    hookimpl,
)
from upscale_connect.testing import MemoryPlugin
from upscale_connect.testing.import_checks import ImportWatch

K = TypeVar("K", bound=type[Any])

#: Number of the check, the twin, its suite.
Stamps: TypeAlias = Collection[str]
Announce: TypeAlias = Callable[[str], None]

TWINS: list[tuple[str, str, type[Any]]] = []


def wrong(number: str, suite: type[Any], **attributes: object) -> Callable[[K], K]:
    """Put a connector under test in `suite`; exactly the check `number` must fail."""

    def register(connector: K) -> K:
        # The import of this module is the same for all of them, and looked at elsewhere.
        own = {"connector": connector, "plugin": MemoryPlugin(connector), "_watch": ImportWatch(), **attributes}
        TWINS.append((number, connector.__name__, type(f"{connector.__name__}Suite", (suite,), own)))
        return connector

    return register


# How it is offered, and its options.


class MisspeltPlugin(MemoryPlugin):
    @hookimpl
    def lead_source(self) -> list[Any]:
        return []


@wrong("P01", PortalSuite, plugin=MemoryPlugin(PortalSource))
class NotOffered(PortalSource):
    pass


@wrong("P01", PortalSuite)
class CapitalName(PortalSource):
    name = "Portal Contacts"


class Offered(PortalSource):
    pass


wrong("P03", PortalSuite, plugin=MisspeltPlugin(Offered))(Offered)


class ForgivingConfig(PortalConfig):
    model_config = ConfigDict(extra="ignore")


@wrong("P05", PortalSuite)
class Forgiving(PortalSource):
    config_model = ForgivingConfig


class CallableConfig(PortalConfig):
    hook: Callable[[], None] | None = Field(None, description="What nobody can write in YAML.")


@wrong("P05b", PortalSuite)
class WithoutSchema(PortalSource):
    config_model = CallableConfig


class MuteConfig(PortalConfig):
    page: int = 100


@wrong("P05c", PortalSuite)
class Mute(PortalSource):
    config_model = MuteConfig


@wrong("P12", PortalSuite, earlier_options=[{"key": "the name of the token in version 1"}])
class Forgetful(PortalSource):
    pass


class StrictConfig(PortalConfig):
    tries: int = Field(3, strict=True, description="How often.")


class StrictSuite(PortalSuite):
    def arrange(self, rows: Any) -> Mapping[str, Any]:
        return {**super().arrange(rows), "tries": 5}


@wrong("P06", StrictSuite)
class Strict(PortalSource):
    config_model = StrictConfig


class GuessingConfig(PortalConfig):
    @model_validator(mode="before")
    @classmethod
    def _guess(cls, data: Any) -> Any:
        return {"token": "anonymous", **data}


@wrong("P07", PortalSuite)
class Guessing(PortalSource):
    config_model = GuessingConfig


class OpenConfig(PortalConfig):
    api_key: str = Field("", description="The portal's second key.")


@wrong("P08", PortalSuite)
class OpenSecret(PortalSource):
    config_model = OpenConfig


# Its manners.


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


# What a source reads.


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
        return Checkpoint({"changed_at": newest, "version": (1, 0)})  # type: ignore[dict-item]  # that is the point


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


# What a sink writes.


@wrong("K01", PortalSinkSuite, take_away=FileSinkSuite.take_away)
class SinkTextFinding(PortalSink):
    def check(self) -> Iterator[Any]:
        yield "fine"


@wrong("K02", PortalSinkSuite)
class SinkTrustsAnyAnswer(PortalSink):
    def check(self) -> Iterator[Finding]:
        found = list(super().check())
        yield found[0] if "answered" not in found[0].message else Finding("ok", "it answers")


@wrong("K03", PortalSinkSuite)
class SinkPassesOn(PortalSink):
    def check(self) -> Iterator[Finding]:
        try:
            self.call("GET", "/properties")
        except UnreachableError:
            raise RuntimeError("no network") from None
        yield from super().check()


@wrong("K04", PortalSinkSuite)
class SinkAsksAtOnce(PortalSink):
    def __init__(self, config: PortalConfig, context: Context) -> None:
        super().__init__(config, context)
        with suppress(UnreachableError):
            self.call("GET", "/properties")


@wrong("K05", PortalSinkSuite)
class OverlooksProperties(PortalSink):
    def check(self) -> Iterator[Finding]:
        found = list(super().check())
        yield found[0] if "property" not in found[0].message else Finding("ok", "the key is right")


@wrong("K06", PortalSinkSuite)
class StampsWhatItFinds(PortalSink):
    def find(self, deliveries: Iterable[Delivery]) -> Iterator[Found] | None:
        with suppress(UnreachableError):
            self.call("PUT", "/looked")
        return super().find(deliveries)


@wrong("K07", PortalSinkSuite)
class OpensABatch(PortalSink):
    def write(self, deliveries: Iterable[Delivery]) -> Iterator[WriteResult]:
        with suppress(UnreachableError):
            self.call("PUT", "/batch")
        yield from super().write(deliveries)


@wrong("K08", PortalSinkSuite)
class ForgetsTheFifth(PortalSink):
    def write(self, deliveries: Iterable[Delivery]) -> Iterator[WriteResult]:
        for number, result in enumerate(super().write(deliveries), 1):
            if number != 5:
                yield result


@wrong("K09", PortalSinkSuite)
class MixesUpABatch(PortalSink):
    def write(self, deliveries: Iterable[Delivery]) -> Iterator[WriteResult]:
        batch = list(deliveries)
        if len(batch) == 5:
            batch[3].messages, batch[4].messages = batch[4].messages, batch[3].messages
        return super().write(batch)


@wrong("K10", PortalSinkSuite)
class AddsToWhatIsThere(PortalSink):
    def write_one(self, delivery: Delivery) -> WriteResult:
        result = super().write_one(delivery)
        if result.outcome == "unchanged":
            texts = {name: f"{message.text}\n(again)" for name, message in delivery.messages.items()}
            self.put(delivery, texts)
        return result


@wrong("K10b", PortalSinkSuite)
class WritesAgain(PortalSink):
    def write_one(self, delivery: Delivery) -> WriteResult:
        result = super().write_one(delivery)
        return delivery.written() if result.outcome == "unchanged" else result


@wrong("K11", PortalSinkSuite)
class ChangesTheNeighbour(PortalSink):
    def put(self, delivery: Delivery, messages: Mapping[str, str]) -> WriteResult:
        if delivery.earlier:
            neighbour = quote(delivery.key.replace("0002", "0001"), safe="")
            self.call("PUT", f"/contacts/{neighbour}", {"messages": messages, "receipt": delivery.receipt})
        return super().put(delivery, messages)


@wrong("K12", PortalSinkSuite)
class ReplacesAllTypes(PortalSink):
    def put(self, delivery: Delivery, messages: Mapping[str, str]) -> WriteResult:
        return super().put(delivery, {name: messages[name] for name in delivery.messages})


@wrong("K13", PortalSinkSuite)
class StopsAtARefusal(PortalSink):
    def write(self, deliveries: Iterable[Delivery]) -> Iterator[WriteResult]:
        stopped = False
        for delivery in deliveries:
            result = delivery.failed("not tried", retry=False) if stopped else self.write_one(delivery)
            stopped = stopped or "400" in result.why
            yield result


@wrong("K14", PortalSinkSuite)
class TakesARefusalForSuccess(PortalSink):
    def refuse(self, delivery: Delivery, answer: Any) -> WriteResult:
        return delivery.written() if answer.status_code == 400 else super().refuse(delivery, answer)


class MakesPlacesSuite(PortalSinkSuite):
    """Its server makes a contact if asked to."""

    def arrange(self, deliveries: Any) -> Mapping[str, Any]:
        options = super().arrange(deliveries)
        known = self.server.handle

        def handle(call: Any) -> Any:
            if call.method == "POST":
                place: dict[str, Any] = {"linkedin": "", "name": "", "messages": {}, "receipt": ""}
                self.server.contacts[call.json()["key"]] = place
            return known(call)

        self.serve(BASE, handle)
        return options


@wrong("K15", PortalSinkSuite)
class TakesTheFirst(PortalSink):
    def write(self, deliveries: Iterable[Delivery]) -> Iterator[WriteResult]:
        seen = set()
        for delivery in deliveries:
            yield delivery.unchanged() if delivery.key in seen else self.write_one(delivery)
            seen.add(delivery.key)


@wrong("K16", MakesPlacesSuite)
class MakesThePlaceAgain(PortalSink):
    def refuse(self, delivery: Delivery, answer: Any) -> WriteResult:
        if answer.status_code != 404:
            return super().refuse(delivery, answer)
        self.call("POST", "/contacts", {"key": delivery.key})
        return self.write_one(delivery)


@wrong("K17", PortalSinkSuite)
class DeletesFirst(PortalSink):
    def put(self, delivery: Delivery, messages: Mapping[str, str]) -> WriteResult:
        self.call("DELETE", f"{self.path(delivery)}/messages")
        return super().put(delivery, messages)


@wrong("K18", NotesSuite)
class CallsALostAnswerFailed(NotesSink):
    def add(self, delivery: Delivery, note: Any) -> WriteResult:
        try:
            return super().add(delivery, note)
        except UnreachableError as error:
            return delivery.failed(error.message, retry=True)


@wrong("K18", NotesSuite)
class RepeatsAnAddition(NotesSink):
    def call(self, method: str, path: str, body: Any = None) -> Any:
        key = {"Authorization": self.config.token.get_secret_value()}
        return self.context.http.request(method, BASE + path, json=body, headers=key, repeatable=True)


@wrong("K18b", NotesSuite)
class OneNoteForEachMessage(NotesSink):
    def add(self, delivery: Delivery, note: Any) -> WriteResult:
        for name, text in note["messages"].items():
            result = super().add(delivery, {**note, "messages": {name: text}})
            if result.outcome != "written":
                return result
        return delivery.written()


@wrong("K19", FileSinkSuite)
class PromisesBeforeItWrites(FileSink):
    def write(self, deliveries: Iterable[Delivery]) -> Iterator[WriteResult]:
        taken = []
        before = self.load()
        for delivery in deliveries:
            taken.append(delivery)
            there = before.get(delivery.key, {}).get("receipt") == delivery.receipt
            yield delivery.unchanged() if there else delivery.written()
        for _ in super().write(taken):
            pass


@wrong("K20", PortalSinkSuite)
class GivesUpWhenBusy(PortalSink):
    def call(self, method: str, path: str, body: Any = None) -> Any:
        key = {"Authorization": self.config.token.get_secret_value()}
        return self.context.http.request(method, BASE + path, json=body, headers=key)

    def refuse(self, delivery: Delivery, answer: Any) -> WriteResult:
        return delivery.failed(f"the portal answered {answer.status_code}", retry=False)


@wrong("K22", FileSinkSuite)
class KnowsTheTargetByHeart(FileSink):
    known: dict[str, Any] | None = None

    def load(self) -> dict[str, Any]:
        self.known = super().load() if self.known is None else self.known
        return self.known

    def save(self, entries: Mapping[str, Any]) -> None:
        self.known = dict(entries)
        super().save(entries)


@wrong("K23", FileSinkSuite)
class LeavesALock(FileSink):
    def write(self, deliveries: Iterable[Delivery]) -> Iterator[WriteResult]:
        lock = self.path.with_suffix(".lock")
        for delivery in deliveries:
            lock.touch()
            yield from super().write([delivery])
        lock.unlink(missing_ok=True)


@wrong("K23", FileSinkSuite)
class EmptiesTheTarget(FileSink):
    def write(self, deliveries: Iterable[Delivery]) -> Iterator[WriteResult]:
        entries = None
        results = []
        for delivery in deliveries:
            if entries is None:
                entries = self.load()
                self.save({})
            texts = {name: message.text for name, message in delivery.messages.items()}
            before = entries.get(delivery.key, {"texts": {}})
            entry = {"texts": {**before["texts"], **texts}, "receipt": delivery.receipt}
            results.append(delivery.unchanged() if entry == before else delivery.written())
            entries[delivery.key] = entry
        if entries is not None:
            self.save(entries)
        yield from results


@wrong("K24", PortalSinkSuite)
class Escapes(PortalSink):
    def put(self, delivery: Delivery, messages: Mapping[str, str]) -> WriteResult:
        return super().put(delivery, {name: html.escape(text, quote=False) for name, text in messages.items()})


@wrong("K25", PortalSinkSuite)
class MixesTypes(PortalSink):
    def put(self, delivery: Delivery, messages: Mapping[str, str]) -> WriteResult:
        if len(delivery.messages) == 2:
            messages = dict(zip(messages, reversed(messages.values()), strict=True))  # type: ignore[call-overload]
        return super().put(delivery, messages)


@wrong("K26", PortalSinkSuite)
class ShowsAnotherReceipt(PortalSink):
    def look(self, deliveries: Iterable[Delivery]) -> Iterator[Found]:
        for found in super().look(deliveries):
            yield Found(found.key, found.receipt and found.receipt.upper(), found.fields, found.stranger)


@wrong("K28", PortalSinkSuite)
class HurriesToTheEnd(PortalSink):
    def write(self, deliveries: Iterable[Delivery]) -> Iterator[WriteResult]:
        for delivery in deliveries:
            yield delivery.written() if self.context.stop.is_set() else self.write_one(delivery)


@wrong("K29", PortalSinkSuite)
class AsksNobodysName(PortalSink):
    def object_to(self, delivery: Delivery, shown: Any) -> str:
        return super().object_to(delivery, {**shown, "linkedin": "", "name": ""})


@wrong("K30", PortalSinkSuite)
class WritesOverEdits(PortalSink):
    def object_to(self, delivery: Delivery, shown: Any) -> str:
        return super().object_to(delivery, {**shown, "messages": {}})


# What a table writes.


def wrong_table(number: str) -> Callable[[type[FileTable]], type[FileTable]]:
    def register(table: type[FileTable]) -> type[FileTable]:
        def beside(self: FileSource) -> FileTable:
            return table(self.config, self.context)

        source = type(f"SourceOf{table.__name__}", (FileSource,), {"beside": beside})
        suite = type(f"{table.__name__}Suite", (FileTableSuite,), {"connector": source})
        TWINS.append((number, table.__name__, suite))
        return table

    return register


@wrong_table("T01")
class TriesToWrite(FileTable):
    def check(self) -> Iterator[Finding]:
        self.draft.write_text("?", encoding="utf-8")
        yield Finding("ok", "it can be written")


@wrong_table("T02")
class LeavesOutWhatWaits(FileTable):
    def rewrite(self, rows: Iterable[Row], stamps: Stamps, announce: Announce) -> None:
        super().rewrite((row for row in rows if row.status != "waiting"), stamps, announce)


@wrong_table("T03")
class AnotherStamp(FileTable):
    def rewrite(self, rows: Iterable[Row], stamps: Stamps, announce: Announce) -> None:
        super().rewrite(rows, stamps, lambda stamp: announce(f"size {stamp.partition('-')[0]}"))


@wrong_table("T04")
class TouchesTheTarget(FileTable):
    def rewrite(self, rows: Iterable[Row], stamps: Stamps, announce: Announce) -> None:
        if self.target.exists():
            found = self.target.stat()
            os.utime(self.target, ns=(found.st_atime_ns, found.st_mtime_ns + 1_000_000))
        super().rewrite(rows, stamps, announce)


@wrong_table("T05")
class WritesOverEveryEdit(FileTable):
    def set_aside(self) -> None:
        pass


@wrong_table("T06")
class LeavesTheDraft(FileTable):
    def rewrite(self, rows: Iterable[Row], stamps: Stamps, announce: Announce) -> None:
        begun = self.target.with_suffix(".begun")

        def begin() -> Iterator[Row]:
            begun.touch()
            yield from rows

        super().rewrite(begin(), stamps, announce)
        begun.unlink()


@wrong_table("T07")
class AnnouncesTooLate(FileTable):
    def rewrite(self, rows: Iterable[Row], stamps: Stamps, announce: Announce) -> None:
        announced: list[str] = []
        super().rewrite(rows, stamps, announced.append)
        announce(announced[0])


@wrong_table("T08")
class BeginsAtOnce(FileTable):
    def __init__(self, config: Any, context: Context) -> None:
        super().__init__(config, context)
        (context.folder / "messages.log").touch()


@wrong_table("T09")
class EscapesTexts(FileTable):
    def render(self, row: Row) -> dict[str, Any]:
        shown = super().render(row)
        return {**shown, "texts": {name: html.escape(text, quote=False) for name, text in shown["texts"].items()}}


@wrong_table("T10")
class TidiesTheSource(FileTable):
    def rewrite(self, rows: Iterable[Row], stamps: Stamps, announce: Announce) -> None:
        super().rewrite(rows, stamps, announce)
        source = self.context.folder / self.config.path
        if source.stat().st_size < 100_000:
            source.write_text(source.read_text(encoding="utf-8").replace('": "', '":"'), encoding="utf-8")


@wrong_table("T11")
class ShowsNoReceipt(FileTable):
    def shown(self) -> Iterator[Shown] | None:
        return (Shown(one.record, None, one.fields) for one in super().shown() or ())


@wrong_table("T13")
class LeavesOutBadRows(FileTable):
    def rewrite(self, rows: Iterable[Row], stamps: Stamps, announce: Announce) -> None:
        super().rewrite((row for row in rows if isinstance(row.record, Record)), stamps, announce)


@wrong_table("T14")
class NeedsARow(FileTable):
    def rewrite(self, rows: Iterable[Row], stamps: Stamps, announce: Announce) -> None:
        remaining = iter(rows)
        first = next(remaining, None)
        if first is None:
            raise IndexError("no rows")

        def again() -> Iterator[Row]:
            yield first
            yield from remaining

        super().rewrite(again(), stamps, announce)


@wrong_table("T25")
class CollectsRows(FileTable):
    def rewrite(self, rows: Iterable[Row], stamps: Stamps, announce: Announce) -> None:
        super().rewrite(list(rows), stamps, announce)
