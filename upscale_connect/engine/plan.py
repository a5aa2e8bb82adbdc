"""From records to the queue: read, map, classify, and store what may be bought. Buys nothing."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from typing import TypeAlias

from ..config import find_placeholders
from ..contracts import Checkpoint, Cursor
from ..errors import SourceError
from ..http.json_body import mend
from ..identity import fold_words
from ..ledger import ReadState, Scratch, Wish, pack_description
from ..models import BadRecord, Record
from .claims import LEAD_ID, claim_key
from .classify import Classifier, Verdict, settle
from .examine import Examiner
from .joins import Joins
from .retention import purge_leads
from .run import Run, check_columns
from .shield import shield, shield_iterator
from .summary import PlanSummary

Item: TypeAlias = Record | BadRecord | Checkpoint


class Planner:
    """Reads the source of a sync once. `dry`: nothing is stored, neither in the ledger nor elsewhere."""

    def __init__(self, run: Run, scratch: Scratch, examiner: Examiner, *, dry: bool = False) -> None:
        self._run = run
        self._scratch = scratch
        self._examiner = examiner
        self._dry = dry
        self._whole = True
        self._requests: dict[tuple[str, ...], int] = {}
        self._classifier = Classifier(
            run.mapping,
            run.ledger,
            run.sync_id,
            run.account_id,
            scratch,
            run.gate,
            make=not dry,
            gone=run.gone,
            read_back=run.read_back,
        )
        self._joins = Joins(scratch)
        self._near: Counter[tuple[str, str, str]] = Counter()
        self.summary = PlanSummary()

    def plan(self) -> None:
        """Read everything that is new since the last complete read.

        Everything also while a lead is held for what a sink shows: that may have changed. Raises SourceError if the
        source fails, SinkError if a sink cannot tell what was bought before, ConfigError if a mapped column is missing.
        """
        run = self._run
        with shield(self._error, run.config.secrets):
            columns = run.source.columns()
            available = None if columns is None else tuple(columns)
        if available is not None and not all(isinstance(column, str) for column in available):
            raise self._error("its columns are not all text")
        check_columns(run.sync, run.mapping, available, run.config)
        state = ReadState("", None, "") if self._dry else run.ledger.read_state(run.sync_id)
        fingerprint = run.fingerprint()
        # What a sink knows, and what it shows as bought, changes without the source: then everything is read.
        is_known = state.fingerprint == fingerprint and not run.sync.read_back
        since = state.cursor if is_known and not run.ledger.has_shown(run.sync_id) else None
        self._whole = since is None or run.source.whole
        rolling = hashlib.blake2b(b"" if self._whole else state.digest.encode(), digest_size=16)
        if self._whole:  # a table shows the columns' names, also of those that nothing is mapped from
            rolling.update("\x1f".join(available or ()).encode("utf-8", "replace"))
        cursor, read = since, 0
        for chunk, checkpoint in self._chunks(since):
            read += self._plan_chunk(chunk, rolling)
            if checkpoint is not None:
                cursor = checkpoint.cursor
            if run.stop.is_set():
                break
        if run.stop.is_set():
            return  # a source that ends early has not given everything
        self._retract()
        for (kind, column, text), count in self._near.items():
            run.note(
                f"{count} records have {text!r} in column {column!r}: {kind} is not bought for them, because the"
                " condition under `when` has it in other upper and lower case"
            )
        if not read and since is None:
            run.note("the source gave no records")
        if self.summary.leads and (left := find_placeholders(run.sync)):
            run.note(f"still as `init` wrote it, and the messages would say so: {', '.join(left)}")
        if not self._dry:
            everything = self._whole and (since is None or bool(read) or cursor != since)
            digest = rolling.hexdigest() if read or everything else state.digest
            self._finish(fingerprint, cursor, digest, everything=everything)

    def _finish(self, fingerprint: str, cursor: Cursor | None, digest: str, *, everything: bool) -> None:
        run = self._run
        if everything:
            names = run.ledger.campaign_names(run.account_id)

            def is_seen(campaign_id: int, lead_id: str) -> bool:
                name = names.get(campaign_id)
                return name is not None and self._scratch.has(claim_key(*name, LEAD_ID, lead_id))

            gone = run.ledger.finish_read(run.sync_id, run.id, run.now(), is_seen)
            purge_leads(run, is_seen)
            if gone:
                run.note(f"{gone} leads that waited to be bought are no longer in the source, and are not bought")
        self._examiner.finish(complete=everything)
        run.ledger.store_read(run.sync_id, fingerprint, cursor, digest)
        run.is_planned = True

    def _error(self, failure: str) -> SourceError:
        run = self._run
        return SourceError(
            f"the source {run.sync.source.plugin!r} of {run.sync.name!r} failed after"
            f" {run.result.records.read} records: {failure}",
            hint="nothing is lost; correct it and run again",
        )

    def _chunks(self, since: Cursor | None) -> Iterator[tuple[list[Record | BadRecord], Checkpoint | None]]:
        """Lists of records to plan and store together, each with the checkpoint that covers it, if one does."""
        run, size = self._run, self._examiner.chunk
        with shield(self._error, run.config.secrets):
            items = iter(run.source.read(since))
        chunk: list[Record | BadRecord] = []
        for item in shield_iterator(items, self._error, run.config.secrets, run.watch.tick):
            if isinstance(item, Checkpoint):
                with shield(self._error, run.config.secrets):
                    json.dumps(item.cursor)
                yield chunk, item
                chunk = []
            elif isinstance(item, (Record, BadRecord)):
                chunk.append(item)
                if len(chunk) == size:
                    yield chunk, None
                    chunk = []
            else:
                raise self._error(f"it yielded {type(item).__name__}, not Record, BadRecord or Checkpoint")
        if chunk:
            yield chunk, None

    def _plan_chunk(self, chunk: list[Record | BadRecord], rolling: hashlib.blake2b) -> int:
        run = self._run
        verdicts = self._classifier.classify(chunk)
        self._examiner.examine(verdicts)
        self._joins.note(verdicts)
        wishes, asides, pairs = [], [], []
        for verdict in verdicts:
            run.result.records.count(verdict.kind)
            self.summary.add(verdict)
            rolling.update(verdict.digest or (verdict.why + verdict.record.where).encode("utf-8", "replace"))
            if verdict.aside is not None:
                asides.append(verdict.aside)
            if verdict.kind == "duplicate" and verdict.lead and not verdict.suppressed:
                pairs += [(verdict.lead.linkedin_key, alias) for alias in verdict.lead.aliases]
            self._note_near(verdict)
            if self._dry:
                self._note_alike(verdict)
            elif (wish := self._wish(verdict)) is not None:
                wishes.append(wish)
        run.result.records.read += len(chunk)
        if not self._dry and (wishes or asides):
            settled = [] if self._whole else [key for verdict in verdicts for key in settle(verdict)]
            fresh = run.ledger.store_plan(run.sync_id, run.id, run.now(), wishes, asides, settled, run.gone, pairs)
            run.result.fresh += fresh.get("quarantined", 0)
        run.progress.update(run.sync.name, "reading", run.result.records.read, None)
        return len(chunk)

    def _note_near(self, verdict: Verdict) -> None:
        """A condition that fails only for upper and lower case, of a message that was not bought before."""
        if verdict.known is None or verdict.lead is None or not isinstance(verdict.record, Record):
            return
        bought = {purchase.type for purchase in verdict.known.purchases if purchase.state != "queued"}
        missed = self._run.mapping.near_misses(verdict.record, self._run.read_back.columns_of(verdict.lead))
        self._near.update(miss for miss in missed if miss[0] not in bought)

    def _retract(self) -> None:
        """Put right what a later record has shown to be one person."""
        run, retractions = self._run, list(self._joins.retract())
        for one in retractions:
            run.result.records.move(one.member.kind, one.kind)
            self.summary.retract(one)
        if retractions and not self._dry:
            run.ledger.withdraw(
                run.sync_id,
                run.id,
                run.now(),
                [(one.member.campaign_id, one.member.lead_id) for one in retractions],
                [one.aside for one in retractions if one.aside],
                run.gone,
                [
                    (one.member.keys[0], key)
                    for one in retractions
                    if one.kind == "duplicate"
                    for key in one.member.keys[1:]
                ],
            )

    def _note_alike(self, verdict: Verdict) -> None:
        """One person may have two addresses, and two people one name: it is told to people, and changes nothing."""
        lead = verdict.lead
        if lead is None or verdict.kind not in ("new", "waiting", "done"):
            return
        name, company = sorted(fold_words(f"{lead.first_name} {lead.last_name}")), fold_words(lead.company)
        if not name or not company:
            return
        key = claim_key(lead.customer, lead.campaign, "name", " ".join((*name, "\x1f", *company)))
        first = self._scratch.claim(key, mend(verdict.record.where))
        if first is not None and verdict.kind == "new":
            self.summary.note_alike(verdict.record.where, first)

    def _wish(self, verdict: Verdict) -> Wish | None:
        """What to store of a lead; None if the ledger has it so already.

        Of one that gets no message nothing is stored that was not before.
        """
        lead, known = verdict.lead, verdict.known
        if lead is None or known is None or verdict.campaign_id is None or not isinstance(verdict.record, Record):
            return None
        sync_id = self._run.sync_id
        is_wanted = verdict.kind != "suppressed" or known.digest is not None
        store = is_wanted and known.digest != verdict.digest
        wish = Wish(lead, verdict.record, verdict.digest, verdict.campaign_id, store)
        if verdict.buy:
            wish.request_id = self._request(verdict.buy)
            key = (sync_id, wish.request_id, lead.linkedin_key)
            queued = {
                p.type for p in known.purchases if p.state == "queued" and (p.sync_id, p.request_id, p.person) == key
            }
            if not queued.issuperset(verdict.buy):
                wish.queue = verdict.buy
        owners = {sync_id, *self._run.gone}
        wish.withdraw = [
            p.type for p in known.purchases if p.state == "queued" and p.sync_id in owners and p.type not in verdict.buy
        ]
        return wish if wish.store or wish.queue or wish.withdraw else None

    def _request(self, types: tuple[str, ...]) -> int:
        if types not in self._requests:
            description = pack_description(self._run.sync.request.describe())
            self._requests[types] = self._run.ledger.bind_request(description, json.dumps(types))
        return self._requests[types]
