"""K31 to K34: what a sink takes away when a person must be forgotten. Left out for a sink whose erase() gives None."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from ..contracts import Delivery, WriteResult
from ..errors import UpscaleConnectError
from .calls import Answer
from .checks import NotApplicable, must
from .conformance import ALWAYS, fail
from .invented import make_deliveries
from .sink_bench import SinkBench


class ErasingChecks(SinkBench):
    """What is gone, what stays, and what is said about it."""

    @must("K31", "erase() takes away what was written for a lead, and of no other")
    def test_k31_the_texts_are_gone(self) -> None:
        deliveries = self._require_erasing(3)
        options = self.arrange(deliveries)
        self.write(self.open_connector(options), iter(deliveries))
        before, erased = self.texts(), deliveries[1]
        (outcome,) = self._erase_now(options, [erased])
        wanted = {one: count for one, count in before.items() if one[0] != erased.key}
        if self.texts() != wanted or outcome != "written":
            seen = outcome if self.texts() == wanted else f"{sorted(self.texts())!r}"
            raise fail(
                "the texts of the others, none of its own, and written",
                seen,
                "empty what you wrote for this lead, its receipt too, and say written() when that is durable",
            )

    @must("K32", "another person's place is not erased from")
    def test_k32_another_person(self) -> None:
        deliveries = self._require_erasing(2)
        options = self.arrange(deliveries)
        self.write(self.open_connector(options), iter(deliveries))
        self.put_stranger(deliveries[0])
        before = self.texts()
        (outcome,) = self._erase_now(options, deliveries[:1])
        if self.texts() != before or outcome in ("written", "unchanged"):
            raise fail(
                "conflict, and everything as it was",
                outcome if self.texts() == before else "texts are gone",
                "ask delivery.find_stranger(linkedin=…, name=…) first: a person has to look",
            )

    @must("K33", "where nothing is, erase() says unchanged")
    def test_k33_nothing_to_erase(self) -> None:
        deliveries = self._require_erasing(3)
        options = self.arrange(deliveries)
        self.write(self.open_connector(options), iter(deliveries[:1]))
        self._erase_now(options, deliveries[:1])
        outcomes = self._erase_now(options, deliveries)
        if outcomes != ["unchanged"] * 3:
            raise fail(
                "unchanged of a lead that was erased before, and of those that were never written",
                ", ".join(outcomes),
                "look what is there first; one result for each delivery",
            )

    @must("K34", "what could not be erased is not called erased")
    def test_k34_erasing_is_refused(self) -> None:
        self.require_calls()
        deliveries = self._require_erasing(2)
        options = self.arrange(deliveries)
        self.write(self.open_connector(options), iter(deliveries))
        self.inject(Answer(400, {"message": "no"}), writes=True, times=ALWAYS)
        results: list[WriteResult] = []
        with suppress(UpscaleConnectError):  # so are people told, too
            self.erase(self.open_connector(options), deliveries, results)
        lies = [one for one in results if one.outcome in ("written", "unchanged")]
        silent = [one for one in results if one.outcome == "failed" and not one.why]
        if lies or silent:
            raise fail(
                "failed, with a reason, where every call that writes is answered with 400",
                lies[0].outcome if lies else "no reason",
                "look at the status of the answer: somebody is told that the person is gone",
            )

    def _require_erasing(self, count: int) -> list[Delivery]:
        """So many deliveries, if the sink can erase at all."""
        deliveries = make_deliveries(count)
        with self.fresh_bench():
            if self.erase(self.open_connector(self.arrange(deliveries)), deliveries[:1]) is None:
                raise NotApplicable("erase() returns None: `forget` tells people to do it")
        return deliveries

    def _erase_now(self, options: Mapping[str, Any], deliveries: list[Delivery]) -> list[str]:
        """The outcomes, in the order of the deliveries."""
        results = self.erase(self.open_connector(options), deliveries)
        if results is None or sorted(id(one.delivery) for one in results) != sorted(map(id, deliveries)):
            raise fail("one result of each delivery", repr(results and len(results)), "yield one for each")
        outcomes = {id(one.delivery): one.outcome for one in results}
        return [outcomes[id(one)] for one in deliveries]
