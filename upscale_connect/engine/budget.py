"""What a run may still buy."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ..ledger import Batch
from .run import Run


@dataclass(slots=True)
class Budget:
    """What this run may still buy."""

    messages: int
    leads: int | None

    def allow(self, types: int, batch_size: int) -> int:
        """How many leads the next batch may have."""
        leads = min(batch_size, self.messages // types)
        return leads if self.leads is None else min(leads, self.leads)

    def take(self, batch: Batch) -> None:
        self.messages -= batch.messages
        if self.leads is not None:
            self.leads -= len(batch.leads)

    def restore(self, batch: Batch) -> None:
        self.messages += batch.messages
        if self.leads is not None:
            self.leads += len(batch.leads)


def start_budget(run: Run) -> Budget:
    """The caps of a run: per run, per day (UTC), and what the person said."""
    limits, now = run.sync.limits, run.now()
    today = datetime(now.year, now.month, now.day, tzinfo=now.tzinfo)
    left_today = limits.messages_per_day - run.ledger.bought_since(run.sync_id, today)
    return Budget(max(0, min(limits.messages_per_run, left_today)), run.options.limit)
