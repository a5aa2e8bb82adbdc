"""What happens to a run on purpose: a kill at a random moment, a fault of the API, or both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from random import Random
from typing import Literal, TypeAlias

from ..sandbox import Fault

#: The start of the process, the moment at which it touches its ledger, or the arrival of its n-th request at the API.
Mark: TypeAlias = Literal["start", "ledger"] | int

#: How often a kill falls behind a mark of each kind: before the ledger is touched, little can go wrong.
_WEIGHTS = {"start": 1, "ledger": 3, "request": 6}

#: The shares of disturbed runs that are killed, and of these that meet a fault as well.
_KILLED, _FAULTY = 0.9, 0.4

#: A cut wire, a slow one, a proxy with a page of its own, an API that has had enough: before it has read the request,
#: and after it has accepted it. Of what it says wrongly, only what harms nobody by itself.
FAULTS: tuple[Fault, ...] = (
    Fault("reset", "submit"),
    Fault("reset", "submit", after=True),
    Fault("reset", "retrieve"),
    Fault("timeout", "submit", seconds=0.1),
    Fault("timeout", "submit", seconds=0.1, after=True),
    Fault("timeout", "retrieve", seconds=0.1),
    Fault("http_error", "submit"),
    Fault("http_error", "submit", after=True),
    Fault("http_error", "retrieve", status=502),
    Fault("rate_limit", "submit", retry_after=0),
    Fault("rate_limit", "retrieve", retry_after=0),
    Fault("truncate", "submit"),
    Fault("truncate", "retrieve"),
    Fault("wrong_content_type", "submit"),
    Fault("slow", "submit", seconds=0.1),
    Fault("slow", "retrieve", seconds=0.1),
    Fault("missing_lead", "retrieve"),
    Fault("extra_lead", "retrieve"),
    Fault("duplicate_lead", "retrieve"),
    Fault("reorder_leads", "retrieve"),
    Fault("foreign_request", "retrieve"),
)


@dataclass(frozen=True, slots=True)
class Kill:
    """`delay`: seconds after the mark."""

    mark: Mark
    delay: float

    def __str__(self) -> str:
        behind = {"start": "the start", "ledger": "the ledger was touched"}.get(str(self.mark), f"request {self.mark}")
        return f"killed {self.delay:.3f} s after {behind}"


@dataclass(frozen=True, slots=True)
class Disturbance:
    """At least one of both."""

    kill: Kill | None
    fault: Fault | None

    def __str__(self) -> str:
        fault = self.fault
        told = fault and f"{fault.kind} of a {fault.on}" + (" that was accepted" if fault.after else "")
        return " and ".join(str(part) for part in (told, self.kill) if part)


class Timeline:
    """When a run that nobody disturbed came to each mark, and when it ended: in seconds."""

    def __init__(self, marks: Mapping[Mark, float], end: float) -> None:
        times = [*marks.values(), end]
        self._gaps = {mark: later - time for mark, (time, later) in zip(marks, pairwise(times), strict=True)}
        self._requests = [mark for mark in marks if isinstance(mark, int)]

    def draw(self, random: Random, done: int) -> Disturbance:
        """What happens to a run of a world in which `done` requests were made before."""
        kill = self._draw_kill(random, done) if random.random() < _KILLED else None
        fault = random.choice(FAULTS) if kill is None or random.random() < _FAULTY else None
        return Disturbance(kill, fault)

    def _draw_kill(self, random: Random, done: int) -> Kill:
        """A moment between two marks, most often in the busy time."""
        kind = random.choices(list(_WEIGHTS), list(_WEIGHTS.values()))[0]
        left = self._requests[: max(1, len(self._requests) - done)]
        mark: Mark = random.choice(left) if kind == "request" else "ledger" if kind == "ledger" else "start"
        return Kill(mark, random.uniform(0, self._gaps[mark]))
