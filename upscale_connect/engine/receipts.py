"""What the sinks show and this ledger did not buy: by receipts that it did not give. Writes nothing."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import compress, islice
from typing import Any

from ..contracts import Delivery, Found, Shown, Sink, Table
from ..errors import SinkError, UpscaleConnectError
from ..ledger import Scratch, ShownReceipt, SinkState
from ..mapping import Unmapped
from ..models import Lead, Record
from .claims import HELD, LEAD_ID, claim_key
from .classify import Verdict
from .run import Run
from .shield import shield, shield_iterator

#: Leads that a sink is asked about at once: some read a whole file for each question.
TOGETHER = 10_000
#: The status of rows whose messages may have been requested, and are not shown.
AWAITED = frozenset(("waiting", "in doubt", "held", "rejected"))


@dataclass(frozen=True, slots=True)
class Trace:
    """A receipt that this ledger did not give, as a sink shows it; "" where a table shows that one was awaited.

    `texts`: what stands there by name, such as message type → text. `lead_id` and `person` (a LinkedIn key): for whom,
    as the sink shows it, `aliases`: further keys of that person. `stranger`: why that is not the lead that the sink was
    asked about. `fields` are those of a table's row.
    """

    sink: str
    place: str
    receipt: str
    texts: Mapping[str, str]
    lead_id: str
    person: str
    stranger: str = ""
    fields: Mapping[str, str] | None = None
    aliases: Sequence[str] = ()

    @property
    def record(self) -> Record:
        """The row of a table, as the source would give it."""
        return Record(None, self.fields or {}, self.place)

    def pack(self) -> str:
        return json.dumps([getattr(self, name) for name in self.__slots__])


def unpack_trace(body: str) -> Trace:
    return Trace(*json.loads(body))


class Receipts:
    """Reads tables back and asks sinks, for one run. What tables show is kept in `scratch`."""

    def __init__(self, run: Run, scratch: Scratch) -> None:
        self._run = run
        self._scratch = scratch
        self._kept = 0

    def read_table(self, name: str, table: Table[Any], state: SinkState) -> int:
        """Read a table back and keep what is unknown. Returns how many of its leads that are. Raises SinkError.

        If this ledger has never written it, a lead that waits there may have been paid for, too.
        """
        error, secrets = self.errors(name), self._run.config.secrets
        before, count = self._kept, 0
        with self._run.watch.over(f"the sink {name!r} of {self._run.sync.name!r}"):
            with shield(error, secrets):
                rows = table.shown()
            items = shield_iterator(iter(rows or ()), error, secrets, self._run.watch.tick)
            while chunk := list(islice(items, TOGETHER)):
                self._keep(name, chunk, state)
                count += len(chunk)
                self._run.progress.update(self._run.sync.name, f"looking into {name}", count, None)
        return self._kept - before

    def ask(self, name: str, sink: Sink[Any], verdicts: Iterable[Verdict]) -> list[tuple[Verdict, Trace]]:
        """Ask a sink about leads. Returns those of which it shows something unknown. Raises SinkError."""
        places: dict[str, list[tuple[Verdict, Lead]]] = defaultdict(list)
        for verdict in verdicts:
            if verdict.lead is not None:
                places[verdict.lead.key].append((verdict, verdict.lead))
        error = self.errors(name)
        shown: list[tuple[Verdict, Lead, Trace]] = []
        # A sink that shows several receipts of a lead tells of the newest one last.
        for key, found in {found.key: found for found in self._find(name, sink, places.values())}.items():
            if key not in places:
                raise error("it told of a lead that it was not asked about")
            texts = _read_texts(found.fields, error)
            for verdict, lead in places[key]:
                place, receipt = f"sink {name!r}", found.receipt or ""
                trace = Trace(name, place, receipt, texts, lead.lead_id, lead.linkedin_key, found.stranger)
                shown.append((verdict, lead, trace))
        unknown = self._are_unknown([(lead, trace.receipt) for _, lead, trace in shown])
        return self._leave_out_strangers([(verdict, trace) for verdict, _, trace in compress(shown, unknown)])

    def match(self, verdicts: Iterable[Verdict]) -> list[tuple[Verdict, Trace]]:
        """What the tables that were read show of these leads, or of their persons under another id."""
        if not self._kept:
            return []
        return [
            (verdict, unpack_trace(body))
            for verdict in verdicts
            if verdict.lead is not None
            for body in self._scratch.find_traces(verdict.lead, verdict.people)
        ]

    def kept(self) -> Iterator[tuple[Trace, Lead]]:
        """Everything unknown that the tables show, lead by lead."""
        for body in self._scratch.traces():
            trace = unpack_trace(body)
            lead = self._run.mapping.lead(trace.record)
            if isinstance(lead, Lead):
                yield trace, lead

    def errors(self, name: str) -> Callable[[str], SinkError]:
        """What a failure of a sink becomes."""
        return lambda failure: SinkError(
            f"the sink {name!r} of {self._run.sync.name!r} cannot tell what was bought before: {failure}",
            hint="nothing was bought; correct it and run again",
        )

    def _leave_out_strangers(self, found: Sequence[tuple[Verdict, Trace]]) -> list[tuple[Verdict, Trace]]:
        """What stands beside another person may be ours, for that person."""
        theirs = {trace.receipt for _, trace in found if trace.stranger}
        ours = self._run.ledger.find_given(theirs) if theirs else set()
        return [(verdict, trace) for verdict, trace in found if not trace.stranger or trace.receipt not in ours]

    def _find(self, name: str, sink: Sink[Any], places: Iterable[Sequence[tuple[Verdict, Lead]]]) -> Iterator[Found]:
        """The places with a receipt, one after the other."""
        error, secrets = self.errors(name), self._run.config.secrets
        deliveries = (
            Delivery(lead.key, verdict.record, lead, {}, "")
            for members in places
            for verdict, lead in members
            if isinstance(verdict.record, Record)
        )
        with self._run.watch.over(f"the sink {name!r} of {self._run.sync.name!r}"):
            with shield(error, secrets):
                answers = sink.find(deliveries)
            for found in shield_iterator(iter(answers or ()), error, secrets, self._run.watch.tick):
                if not isinstance(found, Found):
                    raise error(f"it yielded {type(found).__name__}, not Found")
                if found.receipt:
                    yield found

    def _keep(self, name: str, rows: Iterable[object], state: SinkState) -> None:
        error = self.errors(name)
        shown: list[tuple[Lead, Trace]] = []
        unreadable: dict[str, tuple[str, str]] = {}
        for row in rows:
            if not isinstance(row, Shown) or not isinstance(row.record, Record):
                raise error(f"it yielded {type(row).__name__}, not Shown")
            record, receipt = row.record, row.receipt or ""
            if not receipt and (state.stamps or row.fields.get("status") not in AWAITED):
                continue
            try:
                lead = self._run.mapping.lead(record)
            except (AttributeError, TypeError):
                raise error(f"{record.where}: not every cell of this row is text") from None
            if isinstance(lead, Unmapped):
                unreadable[receipt] = (record.where, lead.reason)
                continue
            if self._run.gate.find(lead, record):
                continue  # nothing is bought for whom nothing may be sent to, nor kept of whom was forgotten
            texts = _read_texts(row.fields, error)
            trace = Trace(name, record.where, receipt, texts, lead.lead_id, lead.linkedin_key)
            trace = replace(trace, fields=dict(record.fields), aliases=lead.aliases)
            shown.append((lead, trace))
        if unreadable:
            self._refuse_unreadable(unreadable)
        unknown = self._are_unknown([(lead, trace.receipt) for lead, trace in shown])
        for lead, trace in compress(shown, unknown):
            self._kept += self._scratch.note_trace(name, lead, trace.pack())

    def _refuse_unreadable(self, rows: Mapping[str, tuple[str, str]]) -> None:
        """Whom a receipt belongs to cannot be told: unless it is one of ours, nobody may be bought for."""
        known = self._run.ledger.find_given(rows)
        for receipt, (where, reason) in rows.items():
            if receipt not in known:
                raise SinkError(
                    f"{where}: this row shows {f'receipt {receipt}' if receipt else 'that messages were requested'},"
                    f" of which this ledger knows nothing, but it is no lead: {reason}",
                    hint="correct that row, or remove receipt and status if nothing was bought for it; then run again",
                )

    def _are_unknown(self, receipts: Sequence[tuple[Lead, str]]) -> list[bool]:
        """Which of these receipts this ledger did not give to the lead beside which they stand."""
        shown = [(lead, ShownReceipt(lead.lead_id, lead.linkedin_key, receipt)) for lead, receipt in receipts]
        groups: dict[tuple[str, str], set[ShownReceipt]] = defaultdict(set)
        for lead, one in shown:
            groups[lead.customer, lead.campaign].add(one)
        ledger = self._run.ledger
        unknown = {name: ledger.find_unknown(*name, members) for name, members in groups.items()}
        return [one in unknown[lead.customer, lead.campaign] for lead, one in shown]


def is_read(scratch: Scratch, lead: Lead) -> bool:
    """Whether a record of this lead id was classified, with whatever outcome."""
    names = (LEAD_ID, f"{HELD}{LEAD_ID}")
    return any(scratch.has(claim_key(lead.customer, lead.campaign, name, lead.lead_id)) for name in names)


def _read_texts(fields: Mapping[str, str], error: Callable[[str], UpscaleConnectError]) -> dict[str, str]:
    """What a place shows, without what is empty."""
    if not all(isinstance(part, str) for pair in fields.items() for part in pair):
        raise error("it gave something as text that is none")
    return {name: text for name, text in fields.items() if text}
