"""What a sink writes."""

from __future__ import annotations

import html
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import quote

from tests.testing.files import FileSinkSuite
from tests.testing.notes import NotesSink, NotesSuite
from tests.testing.portal_sink import PortalSink, PortalSinkSuite
from tests.testing.remote import BASE, PortalConfig
from upscale_connect import Context, Delivery, Finding, Found, UnreachableError, WriteResult

from .register import wrong


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


@wrong("K20", PortalSinkSuite)
class GivesUpWhenBusy(PortalSink):
    def call(self, method: str, path: str, body: Any = None) -> Any:
        key = {"Authorization": self.config.token.get_secret_value()}
        return self.context.http.request(method, BASE + path, json=body, headers=key)

    def refuse(self, delivery: Delivery, answer: Any) -> WriteResult:
        return delivery.failed(f"the portal answered {answer.status_code}", retry=False)


@wrong("K24", PortalSinkSuite)
class Escapes(PortalSink):
    def put(self, delivery: Delivery, messages: Mapping[str, str]) -> WriteResult:
        return super().put(delivery, {name: html.escape(text, quote=False) for name, text in messages.items()})


@wrong("K25", PortalSinkSuite)
class MixesTypes(PortalSink):
    def put(self, delivery: Delivery, messages: Mapping[str, str]) -> WriteResult:
        if len(delivery.messages) == 2:
            messages = dict(zip(messages, reversed(list(messages.values())), strict=True))
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
