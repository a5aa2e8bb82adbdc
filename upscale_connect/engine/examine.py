"""Before anything is bought: does a sink show that it was bought already, with a ledger that is not this one?

The ledger may have been lost, be an old copy, or not be the only one that writes there. A lead beside which a sink
shows a receipt that this ledger did not give is held, until a person adopts the purchase or removes the receipt. So is
one that a table shows as waiting or held, if this ledger has never written that table: it may have been requested.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from ..contracts import Sink, Table
from ..errors import SinkError
from ..ledger import Aside, Scratch
from ..models import Lead
from .classify import Verdict, hold
from .receipts import TOGETHER, Receipts, Trace, is_read
from .run import Run
from .shield import shield

#: Records that are classified together where no sink is asked.
CHUNK = 1000


def may_be_bought(verdict: Verdict) -> bool:
    """Whether a message may be bought for the record, now or once its conditions or its values allow it."""
    if verdict.kind == "inactive":
        return verdict.known is not None and not verdict.known.purchases
    return bool(verdict.buy or verdict.would_buy)


class Examiner:
    """Holds what the sinks of one run show as bought.

    A table is read back if its target is not what this ledger wrote last. A sink is asked about the leads that would be
    bought, until it was asked about all of them and showed nothing unknown. If it ever shows something, other ledgers
    write to it, and it is asked in every run.
    """

    def __init__(self, run: Run, scratch: Scratch) -> None:
        self._run = run
        self._scratch = scratch
        self._receipts = Receipts(run, scratch)
        self._states = {
            name: run.ledger.find_sink(run.sync_id, name, getattr(run.sync.sinks[name], "formerly", None))
            for name in run.sinks
        }
        self._tables = {name: sink for name, sink in run.sinks.items() if isinstance(sink, Table)}
        self._asked = {
            name: sink for name, sink in run.sinks.items() if isinstance(sink, Sink) and self._must_ask(name, sink)
        }
        self._unknown: dict[str, int] = {}
        self._shared: set[str] = set()

    @property
    def chunk(self) -> int:
        """How many records are best examined together."""
        return TOGETHER if self._asked else CHUNK

    def examine(self, verdicts: Sequence[Verdict]) -> None:
        """Hold the leads that a sink shows as bought. Raises SinkError if a sink cannot be asked."""
        candidates = [verdict for verdict in verdicts if may_be_bought(verdict)]
        if not candidates:
            return
        for name in self._tables:
            self.count_unknown(name)
        found = self._receipts.match(candidates)
        for name, sink in self._asked.items():
            shown = self._receipts.ask(name, sink, candidates)
            if shown:
                self._shared.add(name)
            found += shown
        held: set[int] = set()
        for verdict, trace in found:
            if id(verdict) not in held and verdict.lead is not None:
                held.add(id(verdict))
                verdict.kind, verdict.buy, verdict.why = "held", (), describe(trace, verdict.lead)
                verdict.aside = _hold(trace, verdict.lead, verdict.campaign_id, verdict.record.where, verdict.why)

    def count_unknown(self, name: str) -> int:
        """How many leads a table shows as bought and this ledger does not know. Its target must not be lost then."""
        if name not in self._unknown:
            self._unknown[name] = self._read_table(name, self._tables[name])
        return self._unknown[name]

    def finish(self, *, complete: bool) -> None:
        """Remember which sinks were asked about every lead, and hold what tables show of leads that are gone.

        `complete`: every record of the source was read.
        """
        run = self._run
        for name, sink in self._asked.items():
            sink_id = self._states[name].id
            if sink_id is not None and (complete or name in self._shared):
                examined = None if name in self._shared else _fingerprint(sink)
                run.ledger.store_examined(sink_id, examined, shared=name in self._shared)
        if complete:
            self._hold_gone()

    def _must_ask(self, name: str, sink: Sink[Any]) -> bool:
        state = self._states[name]
        return state.shared or state.examined != _fingerprint(sink)

    def _read_table(self, name: str, table: Table[Any]) -> int:
        state = self._states[name]
        with shield(self._receipts.errors(name), self._run.config.secrets):
            stamp = table.stamp()
        if stamp in state.stamps:
            return 0
        try:
            return self._receipts.read_table(name, table, state)
        except SinkError as error:
            if not state.stamps:
                raise
            # This ledger has written it: what was bought is known, and what a person made of the file is set aside.
            self._run.note(f"{name}: {error.message}")
            return 0

    def _hold_gone(self) -> None:
        """A purchase of a lead that is not in the source any more: the next one who gives it back would buy again."""
        run, asides = self._run, []
        for trace, lead in self._receipts.kept():
            if not is_read(self._scratch, lead):
                why = f"{describe(trace, lead)}; it is no longer in the source"
                asides.append(_hold(trace, lead, None, trace.place, why))
            if len(asides) == CHUNK:
                run.ledger.store_plan(run.sync_id, run.id, run.now(), [], asides)
                asides = []
        if asides:
            run.ledger.store_plan(run.sync_id, run.id, run.now(), [], asides)


def find_stranger(trace: Trace, lead: Lead) -> str:
    """Why what a sink shows was bought for somebody else; "" if it was not."""
    if trace.stranger or {trace.person, *trace.aliases} & {lead.linkedin_key, *lead.aliases}:
        return trace.stranger
    return f"it was bought for {trace.person}, but the row now names {lead.linkedin_key}"


def describe(trace: Trace, lead: Lead) -> str:
    """Why a lead is held, for people."""
    if not trace.receipt:
        status = trace.texts.get("status", "")
        return f"{trace.place} shows it as {status!r}: perhaps requested with another ledger, or one that was lost"
    shown = f"{trace.place} shows receipt {trace.receipt}, which this ledger did not give: "
    if stranger := find_stranger(trace, lead):
        return f"{shown}{stranger}"
    if trace.lead_id != lead.lead_id:
        return f"{shown}messages for this person were bought before, as lead id {trace.lead_id!r}"
    return f"{shown}its messages were bought before, with another ledger or one that was lost"


def _hold(trace: Trace, lead: Lead, campaign_id: int | None, place: str, why: str) -> Aside:
    aside = hold(lead, campaign_id, place, why)
    aside.field, aside.value = "stranger" if find_stranger(trace, lead) else "receipt", trace.receipt
    return aside


def _fingerprint(sink: Sink[Any]) -> str:
    """What a sink was when it was asked: other options may lead to another place."""
    return hashlib.sha256(json.dumps([sink.name, repr(sink.config)]).encode()).hexdigest()
