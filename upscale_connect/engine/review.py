"""Between collecting and delivering: which messages a person should see first. Never buys, never changes a text."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from functools import partial

from ..config import Sync
from ..contracts import Sink
from ..errors import SinkError
from ..ledger import Draft, Judgement
from ..lint import LintSettings, Surroundings, lint
from .run import Run
from .shield import describe_reason, shield


class Reviewer:
    """Looks at the messages that a sync bought, once each."""

    def __init__(self, run: Run, sink_ids: Mapping[str, int]) -> None:
        self._run = run
        self._places = [sink_ids[name] for name in run.sync.review.where if name in sink_ids]
        self._settings = make_settings(run.sync)
        self._surroundings: dict[int, Surroundings] = {}

    def judge(self) -> None:
        """Each new message becomes clear, or is held with the reasons."""
        run = self._run
        sync_ids = {run.sync_id, *run.gone}
        while drafts := run.ledger.drafts(sync_ids):
            judgements = [self._judge(draft) for draft in drafts]
            run.ledger.store_judgements(judgements, run.id, run.now(), self._places)

    def _judge(self, draft: Draft) -> Judgement:
        review = self._run.sync.review
        if review.mode == "off":
            return Judgement(draft.purchase_id)
        surroundings = self._find_surroundings(draft.campaign_id)
        found = lint(draft.text, draft.type, draft.lead, surroundings, self._settings)
        findings = [(one.rule, one.message) for one in found]
        return Judgement(draft.purchase_id, [*findings, *self._ask_sinks(draft), *self._want_a_look(draft)])

    def _ask_sinks(self, draft: Draft) -> Iterator[tuple[str, str]]:
        """What a sink cannot take. No rule of ours, so that none can be switched off."""
        run = self._run
        for name, sink in run.sinks.items():
            if not isinstance(sink, Sink):
                continue
            with shield(partial(_failure, run, name), run.config.secrets):
                fault = sink.find_fault(draft.type, draft.text)
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


def make_settings(sync: Sync) -> LintSettings:
    return LintSettings(sync.lint.rules, sync.lint.sender, sync.lint.limits)


def is_sampled(number: int, percent: int) -> bool:
    """The same answer for the same message, and no pattern that follows the order of the leads."""
    return int.from_bytes(hashlib.sha256(str(number).encode()).digest()[:4]) % 100 < percent
