"""From what could be bought to what a run would buy, within its limits and without what is in doubt."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from .budget import Lot, estimate, start_budget
from .run import Run
from .summary import PlanSummary


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a sync would buy now.

    `wanted`: messages without any limit. `blocked`: of these, messages of campaigns that buy nothing because
    of a doubt. `approval`: whether a person would have to approve it first.
    """

    summary: PlanSummary
    wanted: int
    leads: int
    messages: int
    requests: int
    blocked: int
    approval: bool

    @property
    def later(self) -> int:
        """Messages that are over a limit."""
        return self.wanted - self.messages - self.blocked

    def as_json(self) -> dict[str, Any]:
        """What `plan --json` tells besides the object of a run."""
        return {
            **self.summary.as_json(),
            "now": {"leads": self.leads, "messages": self.messages, "requests": self.requests},
            "later": self.later,
            "blocked": self.blocked,
            "needs_approval": self.approval,
        }


def make_forecast(run: Run, summary: PlanSummary) -> Forecast:
    """Buy in thought: group after group, as far as the caps of a run, a day and `--limit` allow."""
    limits = run.sync.limits
    budget = start_budget(run.ledger, run.sync_id, limits, run.now(), run.options.limit)
    lots = [
        Lot(leads, len(types), _doubts(run, customer, campaign) > limits.max_in_doubt)
        for (customer, campaign, types), leads in summary.groups.items()
        if leads
    ]
    found = estimate(budget, lots)
    return Forecast(
        summary=summary,
        wanted=sum(summary.messages.values()),
        leads=found.leads,
        messages=found.messages,
        requests=sum(math.ceil(leads / run.account.batch_size) for leads in found.bought),
        blocked=found.blocked,
        approval=found.messages > limits.hold_above and not run.options.yes,
    )


def _doubts(run: Run, customer: str, campaign: str) -> int:
    if run.account_id is None:
        return 0
    campaign_id = run.ledger.find_campaign(run.account_id, customer, campaign, make=False)
    return 0 if campaign_id is None else run.ledger.doubts_of(campaign_id)
