"""Taking over what the sinks show as bought and this ledger does not know: for a person, who says so."""

from __future__ import annotations

import json
import uuid
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import groupby, islice

from ..config import Sync
from ..contracts import Checkpoint, Sink, Table
from ..errors import SourceError
from ..ledger import Adoption, Known, Purchase, Scratch, pack_description
from ..lint import LintSettings, Surroundings, lint
from ..models import MESSAGE_TYPES, BadRecord, Lead, Record
from .classify import (
    Classifier,
    Verdict,
    find_other_id,
    find_other_person,
)
from .connect import Services, bind_sinks, close_run, open_run
from .digests import digest_lead
from .examine import describe, find_stranger, may_be_bought
from .locks import lock_run
from .receipts import TOGETHER, Receipts, Trace, is_read
from .run import Options, Run, check_columns
from .shield import shield, shield_iterator

#: Leads that are taken over together.
CHUNK = 500
#: Of what is not taken over, no more than this is told one by one.
LISTED = 1000


@dataclass(frozen=True, slots=True)
class Refusal:
    """A lead that is not taken over, and why: it stays held."""

    place: str
    lead_id: str
    why: str


@dataclass(slots=True)
class Findings:
    """What can be taken over. `shown`: sink → leads of which it shows the receipt. `missing`: wanted messages without
    a text, which are not bought again by themselves. `refused` counts all refusals, `refusals` lists the first.
    """

    leads: int = 0
    messages: int = 0
    missing: int = 0
    shown: dict[str, int] = field(default_factory=dict)
    refused: int = 0
    refusals: list[Refusal] = field(default_factory=list)

    def add(self, found: Takeover | Refusal) -> None:
        if isinstance(found, Refusal):
            self.refused += 1
            if len(self.refusals) < LISTED:
                self.refusals.append(found)
            return
        self.leads += 1
        self.messages += sum(text is not None for text in found.texts.values())
        self.missing += sum(text is None for text in found.texts.values())
        for name in found.sinks:
            self.shown[name] = self.shown.get(name, 0) + 1


@dataclass(frozen=True, slots=True)
class Takeover:
    """A lead that can be taken over: `texts` by type, None for a message that is wanted and not shown."""

    lead: Lead
    record: Record
    campaign_id: int | None
    receipt: str
    texts: dict[str, str | None]
    sinks: Sequence[str]


def adopt(
    services: Services,
    sync: Sync,
    actor: str,
    *,
    agree: Callable[[Findings], None] | None = None,
) -> Findings:
    """Take over what the sinks of a sync show as bought, and buy nothing.

    `agree` is called with what was found before anything is stored, and raises to prevent it; without it nothing is
    stored. What was taken over is unknown no more, so an interrupted call can be made again. Raises SinkError or
    SourceError if one cannot be read, LockHeldError if a run of the sync is under way.
    """
    run = open_run(services, sync, uuid.uuid4().hex[:12], Options(), dry=agree is None)
    try:
        if agree is None:
            return Adopter(run).look()
        lock = lock_run(services.config, run.sync_id, sync.name)
        try:
            adopter = Adopter(run)
            found = adopter.look()
            if found.leads:
                agree(found)
                adopter.store(actor)
            return found
        finally:
            lock.release()
    finally:
        close_run(run)


class Adopter:
    """Looks through the sinks of a run, once to see and once more to store: neither keeps everything in memory."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._types = dict.fromkeys([*(wanted.type for wanted in run.sync.messages), *MESSAGE_TYPES])
        self._requests: dict[tuple[str, ...], int] = {}

    def look(self) -> Findings:
        """What can be taken over. Writes nothing."""
        findings = Findings()
        for found in self._find(make=False):
            findings.add(found)
        return findings

    def store(self, actor: str) -> None:
        """Take it over, chunk by chunk, until somebody stops the run."""
        run, count = self._run, 0
        sink_ids = bind_sinks(run)
        is_first = not run.ledger.has_purchases(run.sync_id)
        shown: Counter[str] = Counter()
        with closing(self._find(make=True)) as everything:
            found = (one for one in everything if isinstance(one, Takeover))
            while not run.stop.is_set() and (chunk := list(islice(found, CHUNK))):
                run.ledger.adopt(run.sync_id, [self._make(one, sink_ids) for one in chunk], actor, run.now())
                shown.update(name for one in chunk for name in one.sinks if None not in one.texts.values())
                count += len(chunk)
                run.progress.update(run.sync.name, "adopting", count, None)
        for name, leads in shown.items():
            if isinstance(run.sinks[name], Sink):
                run.ledger.store_examined(sink_ids[name], None, shared=True)
            elif is_first and leads == count:
                run.ledger.note_shown(run.sync_id, sink_ids[name])

    def _find(self, *, make: bool) -> Generator[Takeover | Refusal]:
        """Every lead of which a sink shows something unknown. `make`: also the campaigns that the ledger lacks."""
        run, scratch = self._run, Scratch()
        try:
            receipts = Receipts(run, scratch)
            for name, sink in run.sinks.items():
                if isinstance(sink, Table):
                    receipts.read_table(name, sink, run.ledger.find_sink(run.sync_id, name))
            classifier = Classifier(
                run.mapping,
                run.ledger,
                run.sync_id,
                run.account_id,
                scratch,
                run.gate,
                make=make,
                gone=run.gone,
                texts=True,
                read_back=run.read_back,
            )
            records = self._read()
            while chunk := list(islice(records, TOGETHER)):
                yield from self._look_at(receipts, classifier.classify(chunk))
            yield from self._look_at_gone(receipts, scratch, make=make)
        finally:
            scratch.close()

    def _read(self) -> Iterator[Record | BadRecord]:
        """All records of the source. Raises SourceError, and ConfigError if it lacks a mapped column."""
        run = self._run

        def error(failure: str) -> SourceError:
            return SourceError(f"the source of {run.sync.name!r} failed: {failure}", hint="correct it, then run again")

        with shield(error, run.config.secrets):
            check_columns(run.sync, run.mapping, run.source.columns(), run.config)
            items = iter(run.source.read(None))
        return (
            item
            for item in shield_iterator(items, error, run.config.secrets, run.watch.tick)
            if not isinstance(item, Checkpoint)
        )

    def _look_at(self, receipts: Receipts, verdicts: Sequence[Verdict]) -> Iterator[Takeover | Refusal]:
        """Records of the source."""
        found = receipts.match(verdicts)
        candidates = [verdict for verdict in verdicts if may_be_bought(verdict)]
        for name, sink in self._run.sinks.items():
            if isinstance(sink, Sink):
                found += receipts.ask(name, sink, candidates)
        groups: dict[int, tuple[Verdict, list[Trace]]] = {}
        for verdict, trace in found:
            groups.setdefault(id(verdict), (verdict, []))[1].append(trace)
        for verdict, traces in groups.values():
            lead, record = verdict.lead, verdict.record
            if lead is None or not isinstance(record, Record) or verdict.kind in ("duplicate", "suppressed"):
                continue
            ours = [one for one in traces if one.lead_id == lead.lead_id]
            fits = [one for one in ours if not find_stranger(one, lead)]
            if not ours and not may_be_bought(verdict):
                continue  # what is shown of its person under another id does not touch it
            if verdict.kind == "held" and not verdict.would_buy:
                yield Refusal(record.where, lead.lead_id, verdict.why)
            elif not fits:
                yield Refusal(record.where, lead.lead_id, describe(traces[0], lead))
            else:
                yield self._take(lead, record, verdict.campaign_id, verdict.known or Known(), fits)

    def _look_at_gone(self, receipts: Receipts, scratch: Scratch, *, make: bool) -> Iterator[Takeover | Refusal]:
        """What tables show of leads that are in the source no more: else they would be bought when they come back."""
        run, ledger = self._run, self._run.ledger
        for (customer, campaign, lead_id), members in groupby(receipts.kept(), key=_name):
            traces, leads = zip(*members, strict=True)
            trace, lead = traces[0], leads[0]
            if is_read(scratch, lead):
                continue
            campaign_id, known, others = None, Known(), dict[str, str]()
            if run.account_id is not None:
                campaign_id = ledger.find_campaign(run.account_id, customer, campaign, make=make)
            if campaign_id is not None:
                known = ledger.known(run.sync_id, campaign_id, [lead_id], texts=True)[lead_id]
                keys = ledger.keys_of([lead.linkedin_key]).get(lead.linkedin_key, (lead.linkedin_key,))
                bought = ledger.bought_for(campaign_id, keys)
                others = {other: where for found in bought.values() for other, where in found.items()}
            if why := find_other_person(lead, known) or find_other_id(lead, others):
                yield Refusal(trace.place, lead_id, why)
            else:
                yield self._take(lead, trace.record, campaign_id, known, traces)

    def _take(
        self, lead: Lead, record: Record, campaign_id: int | None, known: Known, traces: Sequence[Trace]
    ) -> Takeover:
        """What the sinks show of a lead, in the words of the one that shows most."""
        best = max(traces, key=lambda trace: len(self._types.keys() & trace.texts))
        wanted = self._run.mapping.wanted(record, self._run.read_back.columns_of(lead))
        texts: dict[str, str | None] = {}
        for kind in self._types:
            bought = [one for one in known.purchases if one.type == kind and one.state != "queued"]
            text = next((one.texts[kind] for one in (best, *traces) if kind in one.texts), None)
            if (text is not None and _is_news(text, bought)) or (text is None and kind in wanted and not bought):
                texts[kind] = text
        sinks = [trace.sink for trace in traces if trace.receipt == best.receipt]
        return Takeover(lead, record, campaign_id, best.receipt, texts, sinks)

    def _make(self, one: Takeover, sink_ids: Mapping[str, int]) -> Adoption:
        assert one.campaign_id is not None
        return Adoption(
            one.campaign_id,
            one.lead,
            one.record,
            digest_lead(one.lead, one.record.fields),
            self._bind_request(tuple(one.texts)),
            one.receipt,
            one.texts,
            [sink_ids[name] for name in one.sinks if one.receipt],
            is_draft=set(one.sinks) <= set(self._run.sync.review.where) or self._is_odd(one),
        )

    def _is_odd(self, one: Takeover) -> bool:
        """Whether a text greets somebody else: a record may name another person by now than when it was bought."""
        settings = LintSettings(self._run.sync.lint.rules & {"greeting"})
        return any(text and lint(text, kind, one.lead, Surroundings(), settings) for kind, text in one.texts.items())

    def _bind_request(self, types: tuple[str, ...]) -> int:
        if types not in self._requests:
            description = pack_description(self._run.sync.request.describe())
            self._requests[types] = self._run.ledger.bind_request(description, json.dumps(types))
        return self._requests[types]


def _name(found: tuple[Trace, Lead]) -> tuple[str, str, str]:
    lead = found[1]
    return lead.customer, lead.campaign, lead.lead_id


def _is_news(text: str, bought: Sequence[Purchase]) -> bool:
    """Whether a text is none that the ledger has, nor one that an open request will bring."""
    if bought and bought[-1].state == "pending" and not bought[-1].in_doubt:
        return False
    if any(one.purged for one in bought):
        return False  # its text was removed after it had been delivered
    return text.split() not in [(one.text or "").split() for one in bought]
