"""S02, S03, S20 and their like for sinks: a service that refuses, is busy, or is gone. Answers are put in its place."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from email.utils import format_datetime
from typing import Any, TypeVar

from ..contracts import Connector, Finding
from ..errors import UpscaleConnectError
from .calls import Answer
from .checks import NotApplicable
from .conformance import ALWAYS, Conformance, fail
from .wire import Fault

K = TypeVar("K", bound=Connector[Any])

#: Calls of one check() before a service that is gone.
_MOST_CALLS = 30
REFUSED = Answer(401, {"message": "not today"})


class ServiceBench(Conformance[K]):
    """What the checks of a service share."""

    def require_error_of_check(self, fault: Fault, what: str) -> None:
        """check() says that something is wrong, in a finding or by an error of ours."""
        self._require_calls_of_check()
        self.inject(fault, times=ALWAYS)
        connector = self.open_connector()
        try:
            findings = self.bench.check(connector)
        except UpscaleConnectError:
            findings = [Finding("error", "")]
        except Exception as error:
            raise fail(
                "a finding of level error",
                f"{type(error).__name__} raised",
                "catch UnreachableError, and look at the status of the answer before you use it",
            ) from error
        if not any(one.level == "error" for one in findings if isinstance(one, Finding)):
            raise fail(
                f"a finding of level error, as {what}",
                repr([getattr(one, "message", one) for one in findings]),
                "money is spent after a check that is content: say what is wrong",
            )
        if len(self.bench.wire.calls) > _MOST_CALLS:
            raise fail(
                f"up to {_MOST_CALLS} calls", f"{len(self.bench.wire.calls)}", "do not try again: context.http has done"
            )

    def _require_calls_of_check(self) -> None:
        self.bench.check(self.open_connector())
        if not self.bench.wire.calls:
            raise NotApplicable("check() makes no call")
        self.bench.wire.calls.clear()

    def busy_answers(self) -> Iterator[tuple[str, Answer, int, float]]:
        """Words for it, an answer that passes, how often it comes, and how long it asks to wait from now."""
        yield "a 429 with Retry-After: 7", Answer(429, b"", {"Retry-After": "7"}), 1, 7
        later = format_datetime(self.clock.now() + timedelta(seconds=40), usegmt=True)
        yield "a 429 with a date in 40 s", Answer(429, b"", {"Retry-After": later}), 1, 40
        yield "a 503, twice", Answer(503, b"<html>busy</html>", {"Content-Type": "text/html"}), 2, 0
