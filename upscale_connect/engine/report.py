"""What a run did: counts that add up, and what a person has to do. The shape of `--json`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Literal, TypeAlias

from ..errors import InvariantError, UpscaleConnectError
from ..ledger import OpenPoints
from ..models import TIME_FORMAT

#: Which exit code wins where several apply.
EXIT_ORDER = (1, 2, 8, 5, 7, 9, 10, 6, 3, 4, 0)

#: The class of a record; the first that matches, in this order.
RecordClass: TypeAlias = Literal["quarantined", "duplicate", "suppressed", "held", "inactive", "new", "waiting", "done"]


@dataclass(slots=True)
class RecordCounts:
    read: int = 0
    new: int = 0
    waiting: int = 0
    done: int = 0
    duplicate: int = 0
    quarantined: int = 0
    suppressed: int = 0
    held: int = 0
    inactive: int = 0

    def count(self, kind: RecordClass, number: int = 1) -> None:
        setattr(self, kind, getattr(self, kind) + number)

    def move(self, before: RecordClass, after: RecordClass, number: int = 1) -> None:
        self.count(before, -number)
        self.count(after, number)

    def verify(self) -> None:
        """The law of conservation: every record read is in exactly one class. Raises InvariantError."""
        classes = asdict(self)
        read = classes.pop("read")
        if read != sum(classes.values()) or min(classes.values()) < 0:
            raise InvariantError(f"{read} records were read, but their classes are {classes}")


@dataclass(slots=True)
class AttemptCounts:
    accepted: int = 0
    complete: int = 0
    in_doubt: int = 0
    refused: int = 0


@dataclass(slots=True)
class MessageCounts:
    requested: int = 0
    generated: int = 0
    failed: int = 0
    pending: int = 0


@dataclass(slots=True)
class SinkCounts:
    written: int = 0
    unchanged: int = 0
    skipped: int = 0
    conflict: int = 0
    failed: int = 0
    unknown: int = 0


@dataclass(slots=True)
class CreditCounts:
    estimated: int = 0
    reserved: int = 0
    spent: int = 0


@dataclass(slots=True)
class SyncResult:
    """What a run did for one sync.

    Counts are of this run; only `attempts.in_doubt`, `messages.pending` and `credits.reserved` say what stands
    at its end, and `held`: the leads that a person has to decide. `fresh` are the records that this run
    quarantined for the first time, `alarms` the callbacks that named a second request; `unadopted` the leads of which a
    table shows messages that the ledger does not know; `notes` are sentences for people. `planned`: nothing was run, so
    that what stands open is shown and has no exit code. `interrupted`: somebody stopped the run before it had read and
    bought everything.
    """

    name: str
    records: RecordCounts = field(default_factory=RecordCounts)
    attempts: AttemptCounts = field(default_factory=AttemptCounts)
    messages: MessageCounts = field(default_factory=MessageCounts)
    sinks: dict[str, SinkCounts] = field(default_factory=dict)
    credits: CreditCounts = field(default_factory=CreditCounts)
    error: UpscaleConnectError | None = None
    fresh: int = 0
    held: int = 0
    held_for_size: bool = False
    alarms: int = 0
    unadopted: int = 0
    unreachable: bool = False
    planned: bool = False
    interrupted: bool = False
    notes: list[str] = field(default_factory=list)

    def fail(self, error: UpscaleConnectError) -> None:
        """Keep the first error: it is the cause, later ones follow from it."""
        self.error = self.error or error

    def note_open(self, points: OpenPoints) -> None:
        """What stands open now."""
        self.attempts.in_doubt = points.attempts_in_doubt
        self.messages.pending = self.credits.reserved = points.pending + points.in_doubt

    def exit_codes(self) -> set[int]:
        codes = {0}
        if self.error:
            codes.add(self.error.exit_code)
        if self.attempts.in_doubt and not self.planned:
            codes.add(5)
        if any(counts.failed or counts.conflict or counts.unknown for counts in self.sinks.values()):
            codes.add(9)
        if self.unreachable:
            codes.add(10)
        if self.held_for_size or self.held or self.alarms or self.unadopted:
            codes.add(6)
        if self.fresh:
            codes.add(3)
        return codes

    def as_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "records": asdict(self.records),
            "attempts": asdict(self.attempts),
            "messages": asdict(self.messages),
            "sinks": {name: asdict(counts) for name, counts in self.sinks.items()},
            "credits": asdict(self.credits),
            "error": describe_error(self.error),
        }


@dataclass(frozen=True, slots=True)
class NeedsPerson:
    """Something that waits for a person, with the command that goes on."""

    sync: str
    what: str
    count: int
    command: str


@dataclass(slots=True)
class SyncReport:
    """What a run did for all its syncs. `error` is set if nothing could start."""

    run_id: str
    started_at: datetime
    finished_at: datetime
    syncs: list[SyncResult] = field(default_factory=list)
    needs_person: list[NeedsPerson] = field(default_factory=list)
    error: UpscaleConnectError | None = None

    @property
    def exit_code(self) -> int:
        codes = {code for result in self.syncs for code in result.exit_codes()} or {0}
        if self.error:
            codes.add(self.error.exit_code)
        return pick_exit_code(codes)

    def as_json(self) -> dict[str, Any]:
        """The object of `--json`, version 1."""
        report: dict[str, Any] = {
            "schema": 1,
            "run_id": self.run_id,
            "started_at": self.started_at.strftime(TIME_FORMAT),
            "finished_at": self.finished_at.strftime(TIME_FORMAT),
            "syncs": [result.as_json() for result in self.syncs],
            "needs_person": [asdict(need) for need in self.needs_person],
            "exit_code": self.exit_code,
        }
        if self.error:
            report["error"] = describe_error(self.error)
        return report


def pick_exit_code(codes: Iterable[int]) -> int:
    found = set(codes)
    return next(code for code in EXIT_ORDER if code in found)


def describe_error(error: UpscaleConnectError | None) -> dict[str, str] | None:
    if error is None:
        return None
    return {"type": type(error).__name__, "message": error.message, "hint": error.hint}
