"""K01 to K13, K15, K17, K24 to K26: what a sink writes where nothing goes wrong."""

from __future__ import annotations

from typing import Any, get_args

from ..contracts import Outcome, WriteResult
from .bench import compare
from .checks import NotApplicable, must, should
from .conformance import fail
from .invented import TRAPS, TYPES, make_deliveries, make_delivery, make_text
from .sink_bench import SinkBench

FIRST, SECOND = TYPES


class WritingChecks(SinkBench):
    """What is written, and what is said about it."""

    @must("K01", "check() finds nothing wrong where nothing is")
    def test_k01_check_is_content(self) -> None:
        self.require_no_error(self.open_connector())

    @must("K04", "the constructor does nothing, and close() may come at any time")
    def test_k04_constructor_and_close(self) -> None:
        self.require_quiet_start(self.open_connector, "write")

    @must("K05", "check() names what is missing")
    def test_k05_check_names_what_is_missing(self) -> None:
        options = self.find_options()
        name = self.take_away()
        findings = self.bench.check(self.open_connector(options))
        if not any(one.level == "error" and name in f"{one.message} {one.hint}" for one in findings):
            raise fail(
                f"a finding of level error with {name!r}",
                repr([one.message for one in findings]),
                "look in check() for all that write() needs: money is spent after it",
            )

    @must("K06", "check() and find() change nothing")
    def test_k06_looking_changes_nothing(self) -> None:
        options = self.find_options()
        sink = self.open_connector(options)
        self.write(sink, make_deliveries(2))
        before = self.bench.snapshot()
        texts = self.texts()
        self.bench.check(sink)
        self.find(sink, make_deliveries(3))
        if self.bench.wire.writes:
            raise fail(
                "calls that only read",
                ", ".join(map(str, self.bench.wire.writes)),
                "write in write() alone; name a search or a login in `safe_calls` of the test",
            )
        if (changed := compare(before, self.bench.snapshot())) or texts != self.texts():
            raise fail("everything as it was", changed or "other texts", "make nothing and stamp nothing to look")

    @must("K07", "without deliveries nothing happens")
    def test_k07_nothing_to_write(self) -> None:
        options = self.find_options()
        before = self.bench.snapshot()
        results = self.write(self.open_connector(options), iter(()))
        writes = [str(sent) for sent in self.bench.wire.calls if self.bench.wire.is_write(sent)]
        seen = [repr(one) for one in results] + writes + list(filter(None, [compare(before, self.bench.snapshot())]))
        if seen:
            raise fail("no result, no call that writes, no new file", seen[0], "begin with the first delivery")

    @must("K08", "each delivery gets one result, made of it")
    def test_k08_one_result_each(self) -> None:
        deliveries = make_deliveries(5)
        results = self.write(self.open_connector(self.arrange(deliveries)), iter(deliveries))
        wrong = [one for one in results if not isinstance(one, WriteResult) or one.outcome not in get_args(Outcome)]
        if wrong:
            raise fail(
                "what delivery.written() and its like return", repr(wrong[0]), "make results by these methods only"
            )
        if sorted(id(one.delivery) for one in results) != sorted(map(id, deliveries)):
            raise fail("5 results, one of each delivery", f"{len(results)}", "yield one for each, of the very object")

    @must("K09", "each lead gets its own text")
    def test_k09_the_texts_are_there(self) -> None:
        deliveries = make_deliveries(5)
        wanted = {(one.key, name, message.text): 1 for one in deliveries for name, message in one.messages.items()}
        self.write(self.open_connector(self.arrange(deliveries)), iter(deliveries))
        if self.texts() != wanted:
            raise fail(*_differ(wanted, self.texts()), "look into the target: what is said to be written must be there")

    @must("K10", "the same delivery once more changes nothing")
    def test_k10_writing_again(self) -> None:
        deliveries = make_deliveries(3)
        options = self.arrange(deliveries)
        self._require_repeatable()
        self.write(self.open_connector(options), iter(deliveries))
        once = self.texts()
        self.write(self.open_connector(options), iter(deliveries))
        if self.texts() != once:
            raise fail(*_differ(once, self.texts()), "find what stands there first, or say `repeatable = False`")

    @should("K10b", "a delivery that is there already is called unchanged")
    def test_k10b_unchanged_is_said(self) -> None:
        deliveries = make_deliveries(3)
        options = self.arrange(deliveries)
        self._require_repeatable()
        self.write(self.open_connector(options), iter(deliveries))
        sink = self.open_connector(options)
        if self.find(sink, deliveries) is None:
            raise NotApplicable("find() returns None: it cannot see what is there")
        outcomes = {one.outcome for one in self.write(sink, iter(deliveries))}
        if outcomes != {"unchanged"}:
            raise fail("unchanged", ", ".join(sorted(outcomes)), "compare with what stands there, then write or not")

    @must("K11", "a new text takes the place of the old one, and of no other")
    def test_k11_a_new_text(self) -> None:
        deliveries = make_deliveries(3)
        options = self.arrange(deliveries)
        self.write(self.open_connector(options), iter(deliveries))
        before = self.texts()
        self.write(self.open_connector(options), iter([make_delivery(2, revision=2)]))
        key = deliveries[1].key
        old, new = (key, FIRST, make_text(2, FIRST, 1)), (key, FIRST, make_text(2, FIRST, 2))
        wanted = before + type(before)([new])
        if self.connector.repeatable:
            wanted -= type(before)([old])
        if self.texts() != wanted:
            raise fail(*_differ(wanted, self.texts()), "change the one place; `may_replace` knows the old text")

    @must("K12", "a type that is not delivered is not erased")
    def test_k12_other_types_stay(self) -> None:
        both = make_delivery(1, types=TYPES)
        options = self.arrange([both])
        self.write(self.open_connector(options), iter([both]))
        before = {one for one in self.texts() if one[1] == SECOND}
        self.write(self.open_connector(options), iter([make_delivery(1, revision=2)]))
        if gone := before - self.texts().keys():
            raise fail(
                f"the {SECOND} of before", f"{gone.pop()[2]!r} is gone", "leave the types alone that are not delivered"
            )

    @should("K15", "two deliveries of one lead are written in their order")
    def test_k15_the_same_lead_twice(self) -> None:
        first, second = make_delivery(1), make_delivery(1, revision=2)
        results = self.write(self.open_connector(self.arrange([first])), iter([first, second]))
        if len(results) != 2 or (second.key, FIRST, make_text(1, FIRST, 2)) not in self.texts():
            raise fail(
                "two results, and the later text", f"{len(results)} results", "go by the order of the deliveries"
            )

    @must("K17", "nothing is deleted")
    def test_k17_nothing_is_deleted(self) -> None:
        early, late = make_deliveries(2), make_deliveries(2, start=3)
        options = self.arrange([*early, *late])
        self.write(self.open_connector(options), iter(early))
        self.write(self.open_connector(options), iter(late))
        gone = [one.key for one in early if one.key not in self.copies()]
        deleted = [str(sent) for sent in self.bench.wire.calls if sent.call.method == "DELETE"]
        if gone or deleted:
            raise fail("all that was there before", (deleted or gone)[0], "a sink adds and changes; it never deletes")

    @must("K24", "a text is written as it is, or refused")
    def test_k24_text_survives(self) -> None:
        deliveries = [make_delivery(number, texts={FIRST: trap}) for number, trap in enumerate(TRAPS, 1)]
        results = self.write(self.open_connector(self.arrange(deliveries)), iter(deliveries))
        refused = {one.delivery.key for one in results if one.outcome in ("failed", "skipped", "conflict") and one.why}
        there = self.texts()
        for delivery, trap in zip(deliveries, TRAPS, strict=True):
            if delivery.key not in refused and (delivery.key, FIRST, trap) not in there:
                seen = next((text for key, _, text in there if key == delivery.key), "nothing")
                raise fail(
                    f"{trap[:60]!r}, or a result that says why not",
                    repr(seen[:80]),
                    "change, cut and escape nothing; a text that does not fit is failed(why, retry=False)",
                )

    @must("K25", "several messages of a lead keep their types")
    def test_k25_types_are_kept(self) -> None:
        both = make_delivery(1, types=TYPES)
        self.write(self.open_connector(self.arrange([both])), iter([both]))
        wanted = {(both.key, name, make_text(1, name)): 1 for name in TYPES}
        if self.texts() != wanted:
            raise fail(*_differ(wanted, self.texts()), "write each message to the place of its type")

    @must("K26", "find() shows receipts, and only what is there")
    def test_k26_receipts_are_found(self) -> None:
        deliveries = make_deliveries(3)
        options = self.arrange(deliveries)
        self.write(self.open_connector(options), iter(deliveries[:2]))
        sink = self.open_connector(options)
        found = self.find(sink, [*deliveries, make_delivery(3, texts={})])
        if found is None:
            if self.connector.repeatable:
                raise NotApplicable("find() returns None: it cannot tell what is there")
            raise fail("what is there", "None", "without find() a person must decide about each lost answer")
        seen = sorted((one.key, one.receipt) for one in found if one.receipt)
        wanted = sorted((one.key, one.receipt) for one in deliveries[:2])
        if seen != wanted:
            raise fail(repr(wanted), repr(seen), "write `delivery.receipt` beside the messages, and read it back")

    def _require_repeatable(self) -> None:
        if not self.connector.repeatable:
            raise NotApplicable("`repeatable` is False: the core asks find() before it writes again")


def _differ(wanted: Any, seen: Any) -> tuple[str, str]:
    """What is missing, and what is too much."""
    missing = [key for key in wanted if wanted[key] > seen[key]]
    surplus = [key for key in seen if seen[key] > wanted.get(key, 0)]
    return (
        repr(missing[0]) if missing else "no other texts than were delivered",
        f"{len(missing)} missing" if not surplus else f"{surplus[0]!r}, {seen[surplus[0]]} time(s)",
    )
