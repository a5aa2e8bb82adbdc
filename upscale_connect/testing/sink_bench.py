"""What the author of a sink writes, and what the checks of a sink use."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar

from ..contracts import Delivery, Found, Sink, WriteResult
from ..errors import UpscaleConnectError
from .checks import NotApplicable
from .conformance import Conformance
from .invented import make_deliveries


class SinkBench(Conformance[Sink[Any]]):
    """`arrange` and `read_back` are needed; each of the others makes one more check possible."""

    connector: ClassVar[type[Sink[Any]]]

    # For the author.

    def arrange(self, deliveries: Sequence[Delivery]) -> Mapping[str, Any]:
        """Make an empty target, with a place for each of these leads if the sink needs one; return the options.

        Called once in a check, before anything is written.
        """
        raise NotImplementedError("define arrange(deliveries)")

    def read_back(self) -> Iterable[tuple[str, str, str]]:
        """What a person would see in the target now: a lead's key, a message type and a text, once for each text.

        Look into the target itself, not through the sink: a text that stands there twice must be yielded twice.
        """
        raise NotImplementedError("define read_back()")

    def edit(self, delivery: Delivery, message_type: str, text: str) -> None:
        """Let a person write this text in the place of a delivery's message."""
        raise NotApplicable("`edit` is not defined: it would change a text in the target")

    def put_stranger(self, delivery: Delivery) -> None:
        """Let the place of a delivery show another person's LinkedIn address and name."""
        raise NotApplicable("`put_stranger` is not defined: it would make a place another person's")

    def remove(self, delivery: Delivery) -> None:
        """Take the place of a delivery away, where a sink needs one."""
        raise NotApplicable("`remove` is not defined: it would take a place away")

    def take_away(self) -> str:
        """Take something away that the sink needs, such as a column; return its name, as check() should tell it."""
        raise NotApplicable("`take_away` is not defined: it would take away what the sink needs")

    # For the checks.

    def find_options(self) -> Mapping[str, Any]:
        return self.arrange(make_deliveries(3))

    def steps(self, connector: Sink[Any]) -> Iterator[Callable[[], object]]:
        deliveries = make_deliveries(3)
        yield lambda: self.bench.check(connector)
        yield lambda: self.find(connector, deliveries)
        yield lambda: self.write(connector, iter(deliveries))
        yield lambda: self.find(connector, deliveries)
        yield lambda: self.erase(connector, deliveries)

    def write(
        self,
        sink: Sink[Any],
        deliveries: Iterable[Delivery],
        most: int | None = None,
        results: list[WriteResult] | None = None,
    ) -> list[WriteResult]:
        """Its results, up to so many; then nobody wants more. `results` has them also after an error."""
        results = [] if results is None else results
        with self.bench.phase("write"):
            iterator = sink.write(deliveries)
            for result in iterator:
                results.append(result)
                self.bench.say("the reason of a result", getattr(result, "why", result))
                if len(results) == most:
                    break
            close = getattr(iterator, "close", None)
            if close is not None:
                close()
        return results

    def find(self, sink: Sink[Any], deliveries: Sequence[Delivery]) -> list[Found] | None:
        with self.bench.phase("find"):
            found = sink.find(iter(deliveries))
            return None if found is None else list(found)

    def erase(
        self, sink: Sink[Any], deliveries: Sequence[Delivery], results: list[WriteResult] | None = None
    ) -> list[WriteResult] | None:
        """Its results, None if it cannot erase. `results` has them also after an error."""
        results = [] if results is None else results
        with self.bench.phase("erase"):
            erased = sink.erase(iter(deliveries))
            if erased is None:
                return None
            for result in erased:
                results.append(result)
                self.bench.say("the reason of a result", getattr(result, "why", result))
        return results

    def texts(self) -> Counter[tuple[str, str, str]]:
        """How often each text stands in the target."""
        return Counter(self.read_back())

    def copies(self) -> Counter[str]:
        """Key of a lead → how many texts stand there for it."""
        return Counter(key for key, _, _ in self.read_back())


class Courier:
    """Brings deliveries to a sink as the core does, run by run, also after a run that ended in the middle."""

    def __init__(self, suite: SinkBench, options: Mapping[str, Any], deliveries: Sequence[Delivery]) -> None:
        self._suite = suite
        self._options = options
        self._due = {delivery.key: delivery for delivery in deliveries}
        self._unknown: set[str] = set()
        self.results: dict[str, WriteResult] = {}
        self.parked: set[str] = set()

    def run(self, most: int | None = None) -> None:
        """One run with a sink of its own; with `most` it is killed after so many results."""
        sink = self._suite.open_connector(self._options)
        try:
            self._settle_found(sink)
            for result in self._suite.write(sink, self._hand_out(), most):
                self._settle(result)
        except UpscaleConnectError:
            return  # the run ends, and the next one goes on

    def _hand_out(self) -> Iterator[Delivery]:
        for key, delivery in list(self._due.items()):
            self._unknown.add(key)
            yield delivery

    def _settle_found(self, sink: Sink[Any]) -> None:
        """What may be there already is asked for, if a repeat would show."""
        asked = [self._due[key] for key in self._unknown if key in self._due]
        if sink.repeatable or not asked:
            return
        found = self._suite.find(sink, asked)
        receipts = {(one.key, one.receipt) for one in found or ()}
        for delivery in asked:
            if found is None:
                self.parked.add(delivery.key)
            if found is None or (delivery.key, delivery.receipt) in receipts:
                del self._due[delivery.key]

    def _settle(self, result: WriteResult) -> None:
        key = result.delivery.key
        self._unknown.discard(key)
        self.results[key] = result
        if not (result.outcome == "failed" and result.retry):
            self._due.pop(key, None)
