"""Between collecting and delivering: which messages a person should see first. Never buys.

The only text that it makes is the beginning of one that is too long, and that only if the configuration says so.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial

from ..contracts import Sink
from ..errors import SinkError, UsageError
from ..ledger import Draft, Held, Judgement
from ..lint import Surroundings, cut, lint, measure
from .run import Run
from .shield import describe_reason, shield
from .suppression import LIST, SUPPRESSED


class Reviewer:
    """Looks at the messages that a sync bought, once each."""

    def __init__(self, run: Run, sink_ids: Mapping[str, int]) -> None:
        self._run = run
        self._places = [sink_ids[name] for name in run.sync.review.where if name in sink_ids]
        self._settings = run.sync.lint.settings()
        self._surroundings: dict[int, Surroundings] = {}
        self._count = 0

    def judge(self) -> None:
        """Each new message becomes clear, or is held with the reasons."""
        run = self._run
        sync_ids = {run.sync_id, *run.gone}
        self._count = 0
        self._follow_suppressions()
        while drafts := run.ledger.drafts(sync_ids):
            judgements = [self._judge(draft) for draft in drafts]
            run.ledger.store_judgements(judgements, run.id, run.now(), self._places)
        if self._count:
            run.note(
                f"{self._count} messages were too long, and were cut behind a sentence (on_too_long: cut);"
                " `upscale-connect explain LEAD` shows them as they came"
            )

    def _follow_suppressions(self) -> None:
        """About who gets no message nobody needs to say a word. Once that is over, what waited waits again."""
        run = self._run
        for one in self._list_waiting() if run.gate.digest or run.sync.opt_out else ():
            if run.gate.find(one.lead, one.record):
                with suppress(UsageError):  # somebody writes another text at this very moment
                    run.ledger.decide(one.id, "rejected", one.hash, LIST, run.now(), SUPPRESSED)
        for number in run.ledger.rejected_because(SUPPRESSED):
            with suppress(UsageError):  # its lead is not kept any more
                one = run.ledger.find_message(number)
                if one.sync == run.sync.name and not run.gate.find(one.lead, one.record):
                    run.ledger.hold_again(number, run.id, run.now())

    def _list_waiting(self) -> Iterator[Held]:
        after = 0
        while held := self._run.ledger.held_messages([self._run.sync_id], after=after):
            yield from held
            after = held[-1].id

    def _judge(self, draft: Draft) -> Judgement:
        is_off = self._run.sync.review.mode == "off"
        if is_off and self._settings.on_too_long == "hold":
            return Judgement(draft.purchase_id)
        findings = self._lint(draft, draft.text)
        shorter, told = self._shorten(draft, findings)
        if shorter:
            findings = []
        elif told:
            findings = [("too_long", told)]
        elif is_off:
            return Judgement(draft.purchase_id)
        refused = () if is_off else self._ask_sinks(draft.type, shorter or draft.text)
        return Judgement(draft.purchase_id, [*findings, *refused, *self._want_a_look(draft)], shorter, told)

    def _lint(self, draft: Draft, text: str) -> list[tuple[str, str]]:
        found = lint(text, draft.type, draft.lead, self._find_surroundings(draft.campaign_id), self._settings)
        return [(one.rule, one.message) for one in found]

    def _shorten(self, draft: Draft, findings: Sequence[tuple[str, str]]) -> tuple[str, str]:
        """The text as it may be cut, "" if it is left to a person, and what the person is told of that.

        Only where its length is all that is odd about it, and nothing is odd about what is left.
        """
        if self._settings.on_too_long == "hold" or [rule for rule, _ in findings] != ["too_long"]:
            return "", ""
        limit = self._settings.limit(draft.type)
        shorter = cut(draft.text, limit)
        if not shorter or self._lint(draft, shorter):
            return "", f"{findings[0][1]}; it cannot be cut: no sentence ends where what is left could stand alone"
        self._count += 1
        before, after = measure(draft.text), measure(shorter)
        return shorter, f"it had {before} characters, {limit} are allowed: it was cut to {after}, behind a sentence"

    def _ask_sinks(self, message_type: str, text: str) -> Iterator[tuple[str, str]]:
        """What a sink cannot take. No rule of ours, so that none can be switched off."""
        run = self._run
        for name, sink in run.sinks.items():
            if not isinstance(sink, Sink):
                continue
            with shield(partial(_failure, run, name), run.config.secrets):
                fault = sink.find_fault(message_type, text)
            if fault:
                yield "sink", f"the sink {name!r} cannot take it: {describe_reason(fault, run.config.secrets)}"

    def _want_a_look(self, draft: Draft) -> Iterator[tuple[str, str]]:
        review = self._run.sync.review
        if review.mode == "required":
            yield "required", "every message of this sync is looked at (review: required)"
        elif review.mode == "sample" and is_sampled(draft.purchase_id, review.percent):
            yield "sample", f"one of the {review.percent} % that are looked at (review: {{sample: {review.percent}}})"

    def _find_surroundings(self, campaign_id: int) -> Surroundings:
        if campaign_id not in self._surroundings:
            built = Surroundings(self._run.sync.request.proposition_company_name)
            for lead in self._run.ledger.leads_of_campaign(campaign_id):
                built.add(lead)
            self._surroundings = {campaign_id: built}  # one at a time: a campaign may have a million leads
        return self._surroundings[campaign_id]


def _failure(run: Run, sink: str, failure: str) -> SinkError:
    return SinkError(
        f"the sink {sink!r} of {run.sync.name!r} failed: {failure}",
        hint="the messages are safe in the ledger; tell the author of the plugin",
    )


def is_sampled(number: int, percent: int) -> bool:
    """The same answer for the same message, and no pattern that follows the order of the leads."""
    return int.from_bytes(hashlib.sha256(str(number).encode()).digest()[:4]) % 100 < percent
