"""The suite for a sink."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from ..contracts import Delivery, Sink, WriteResult
from ..errors import UpscaleConnectError
from .calls import Answer
from .checks import must, should
from .conformance import ALWAYS, fail
from .invented import TYPES, make_deliveries, make_delivery, make_text
from .plugin_checks import PluginChecks
from .service_checks import REFUSED, ServiceBench
from .sink_bench import Courier
from .sink_erasing import ErasingChecks
from .sink_writing import WritingChecks

_FIRST = TYPES[0]


class Interruption(BaseException):
    """Ends a run in the middle, as Ctrl-C does."""


class SinkConformance(WritingChecks, ErasingChecks, ServiceBench[Sink[Any]], PluginChecks[Sink[Any]]):
    """Derive from it, name the class under test, and say where its texts are seen.

    class TestJsonlSink(SinkConformance):
        connector = JsonlSink

        def arrange(self, deliveries):
            return {"path": "messages.jsonl"}

        def read_back(self):
            for line in (self.folder / "messages.jsonl").read_text(encoding="utf-8").splitlines():
                entry = json.loads(line)
                for message_type, text in entry["messages"].items():
                    yield entry["key"], message_type, text
    """

    @must("K02", "check() tells of credentials that are refused")
    def test_k02_refused_credentials(self) -> None:
        self.require_error_of_check(REFUSED, "every call is answered with 401")

    @must("K03", "check() tells of a service that is gone")
    def test_k03_a_service_that_is_gone(self) -> None:
        self.require_error_of_check("down", "no connection can be made")

    @must("K13", "one delivery that is refused stops no other")
    def test_k13_one_is_refused(self) -> None:
        deliveries = self._require_writes(5)
        courier = self._courier(deliveries)
        self.inject(Answer(400, {"message": "not this one"}), writes=True, skip=1)
        courier.run()
        landed = sum(one.key in self.copies() for one in deliveries)
        if landed < 4:
            raise fail("4 of 5 leads with their text", f"{landed}", "yield failed(…) for the one, and go on")

    @must("K14", "what was refused is not called written")
    def test_k14_all_are_refused(self) -> None:
        deliveries = self._require_writes(3)
        self.inject(Answer(400, {"message": "no"}), writes=True, times=ALWAYS)
        courier = self._courier(deliveries)
        courier.run()
        claimed = [one for one in courier.results.values() if one.outcome in ("written", "unchanged")]
        silent = [one for one in courier.results.values() if one.outcome == "failed" and not one.why]
        if claimed or silent:
            raise fail(
                "failed, with a reason",
                f"{(claimed or silent)[0].outcome} without one" if silent else claimed[0].outcome,
                "look at the status of every answer, and at each item of a batch's answer",
            )

    @must("K16", "a place that is gone is not made again")
    def test_k16_the_place_is_gone(self) -> None:
        deliveries = make_deliveries(2)
        options = self.arrange(deliveries)
        self.remove(deliveries[0])
        courier = Courier(self, options, deliveries)
        courier.run()
        result = courier.results.get(deliveries[0].key)
        if deliveries[0].key in self.copies() or result is None or result.outcome in ("written", "unchanged"):
            raise fail(
                "failed, skipped or conflict, and no new place",
                result.outcome if result else "no result",
                "somebody has removed that person on purpose: say so, and make nothing",
            )

    @must("K18", "a lost answer leaves one copy")
    def test_k18_a_lost_answer(self) -> None:
        deliveries = self._require_writes(3)
        courier = self._courier(deliveries)
        self.inject("lost", writes=True)
        courier.run()
        self.heal()
        courier.run()
        self._require_one_copy(
            deliveries,
            courier,
            "after the answer to a call that was done is lost",
            "a lost answer is not `failed`: with repeatable = False let UnreachableError through, and the core asks"
            " find(); mark no call as repeatable that adds something",
        )

    @must("K18b", "a delivery that fails halfway leaves one copy of each text")
    def test_k18b_half_a_delivery(self) -> None:
        self._require_writes(1)
        both = make_delivery(1, types=TYPES)
        courier = self._courier([both])
        self.inject(Answer(503, b"<html>busy</html>"), writes=True, skip=1)
        courier.run()
        self.heal()
        courier.run()
        there = Counter(text for _, _, text in self.read_back())
        if there != dict.fromkeys((make_text(1, name) for name in TYPES), 1) and both.key not in courier.parked:
            raise fail(
                "both texts once, after the second call of a delivery was answered with 503",
                repr(dict(there)),
                "write all messages of a delivery by one call, or look what is there before you write the rest",
            )

    @must("K19", "what has its result is there, and a run that was killed is continued")
    def test_k19_a_killed_run(self) -> None:
        deliveries = make_deliveries(4)
        courier = self._courier(deliveries)
        courier.run(most=2)
        there = self.copies()
        lost = [key for key, one in courier.results.items() if one.outcome == "written" and key not in there]
        if lost:
            raise fail(
                "the texts of every result that was yielded",
                f"none of {lost[0]}",
                "yield a result after fsync, or after the server has confirmed it",
            )
        courier.run()
        self._require_one_copy(
            deliveries,
            courier,
            "after a run that was killed and one that went on",
            "what has no result may be there: write so that a repeat shows nothing, or say repeatable = False",
        )

    @must("K20", "a service that is busy costs no message")
    def test_k20_busy_services(self) -> None:
        deliveries = self._require_writes(3)
        for words, answer, times, _ in self.busy_answers():
            with self.fresh_bench():
                courier = self._courier(deliveries)
                self.inject(answer, writes=True, times=times)
                courier.run()
            lost = [one for one in courier.results.values() if one.outcome in ("failed", "skipped") and not one.retry]
            if lost:
                raise fail(
                    f"written, or failed(…, retry=True), after {words}",
                    f"{lost[0].outcome}: {lost[0].why}",
                    "429 and 5xx pass: let the next run try again",
                )

    @should("K22", "two writers do not undo each other")
    def test_k22_two_writers(self) -> None:
        deliveries = make_deliveries(4)
        options = self.arrange(deliveries)
        first = self.open_connector(options).write(iter(deliveries[:2]))
        with self.bench.phase("write"):
            next(first, None)
            self.write(self.open_connector(options), iter(deliveries[2:]))
            for _ in first:
                pass
        missing = [one.key for one in deliveries if one.key not in self.copies()]
        if missing:
            raise fail("the texts of both", f"none of {missing[0]}", "read what is there right before you replace it")

    @must("K23", "a run that is interrupted leaves a whole target")
    def test_k23_an_interrupted_run(self) -> None:
        early, late = make_deliveries(2), make_deliveries(2, start=3)
        options = self.arrange([*early, *late])
        self.write(self.open_connector(options), iter(early))
        before, files = self.texts(), self.bench.snapshot()

        def break_off() -> Iterator[Delivery]:
            yield from late
            raise Interruption

        sink = self.open_connector(options)
        try:
            self.write(sink, break_off())
        except Interruption:
            sink.close()
        left = self.bench.snapshot().keys() - files.keys()
        if left or before - self.texts():
            raise fail(
                "the target with all that was in it, and no other file",
                ", ".join(sorted(left)) or "texts are missing",
                "write to a temporary file, replace the target by it, and remove it in a `finally`",
            )

    @must("K28", "a stop is no reason to say what is not so")
    def test_k28_a_stop(self) -> None:
        deliveries = make_deliveries(4)
        sink = self.open_connector(self.arrange(deliveries))

        def stop_after_two() -> Iterator[Delivery]:
            yield from deliveries[:2]
            self.stop.set()
            yield from deliveries[2:]

        results: list[WriteResult] = []
        with suppress(UpscaleConnectError):  # to end so is allowed
            self.write(sink, stop_after_two(), results=results)
        there = self.copies()
        lies = [one for one in results if one.outcome in ("written", "unchanged") and one.delivery.key not in there]
        if lies:
            raise fail(
                "results of what was written",
                f"{lies[0].outcome} without a text",
                "finish what is in hand, then return",
            )

    @must("K29", "another person's place is not written to")
    def test_k29_another_person(self) -> None:
        deliveries = make_deliveries(2)
        options = self.arrange(deliveries)
        self.put_stranger(deliveries[0])
        courier = Courier(self, options, deliveries)
        courier.run()
        result = courier.results.get(deliveries[0].key)
        if deliveries[0].key in self.copies() or result is None or result.outcome != "conflict":
            raise fail(
                "conflict, and nothing written",
                result.outcome if result else "no result",
                "ask delivery.find_stranger(linkedin=…, name=…) with what the place shows, before each write",
            )

    @must("K30", "what a person wrote is not overwritten")
    def test_k30_a_persons_edit(self) -> None:
        delivery = make_delivery(1)
        options = self.arrange([delivery])
        self.write(self.open_connector(options), iter([delivery]))
        self.edit(delivery, _FIRST, "what a person made of it")
        courier = Courier(self, options, [make_delivery(1, revision=2)])
        courier.run()
        result = courier.results.get(delivery.key)
        if (delivery.key, _FIRST, "what a person made of it") not in self.texts() or not result:
            raise fail(
                "the person's text, and a conflict", "another text", "ask delivery.may_replace(type, shown) first"
            )
        if result.outcome != "conflict":
            raise fail("conflict", result.outcome, "say conflict(why), so that a person decides")

    def _courier(self, deliveries: list[Delivery]) -> Courier:
        return Courier(self, self.arrange(deliveries), deliveries)

    def _require_writes(self, count: int) -> list[Delivery]:
        """Leave a check out that is about HTTP, for a sink that makes no call."""
        self.require_calls()
        return make_deliveries(count)

    def _require_one_copy(self, deliveries: list[Delivery], courier: Courier, when: str, advice: str) -> None:
        there = self.copies()
        for delivery in deliveries:
            if there[delivery.key] > 1 or (not there[delivery.key] and delivery.key not in courier.parked):
                raise fail(f"one text of each lead {when}", f"{there[delivery.key]} of {delivery.key}", advice)
