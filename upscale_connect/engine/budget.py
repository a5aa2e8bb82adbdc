"""What a run may still buy, and how far that goes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ..config import Limits
from ..ledger import Batch, Ledger


@dataclass(slots=True)
class Budget:
    """What this run may still buy. `leads`: None if only messages are counted."""

    messages: int
    leads: int | None = None

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


@dataclass(frozen=True, slots=True)
class Lot:
    """Leads that want as many messages each. `blocked`: their campaign buys nothing because of a doubt."""

    leads: int
    types: int
    blocked: bool


@dataclass(slots=True)
class Estimate:
    """What a budget buys. `bought`: how many leads of each lot; `blocked`: messages that a doubt keeps back."""

    leads: int = 0
    messages: int = 0
    blocked: int = 0
    bought: list[int] = field(default_factory=list)


def start_budget(ledger: Ledger, sync_id: int, limits: Limits, now: datetime, leads: int | None = None) -> Budget:
    """The caps of a run: per run, per day (UTC), and `leads`, what the person said."""
    midnight = datetime(now.year, now.month, now.day, tzinfo=now.tzinfo)
    # What was sent up to a day later than now was sent today, before the clock was put back. Beyond that a clock was
    # wrong for long, and must not keep anybody from buying until then.
    bought = ledger.bought_between(sync_id, midnight, now + timedelta(days=1))
    return Budget(max(0, min(limits.messages_per_run, limits.messages_per_day - bought)), leads)


def estimate(budget: Budget, lots: Iterable[Lot]) -> Estimate:
    """Buy in thought, lot after lot."""
    found, left = Estimate(), Budget(budget.messages, budget.leads)
    for lot in lots:
        bought = 0 if lot.blocked else left.allow(lot.types, lot.leads)
        left.messages -= bought * lot.types
        if left.leads is not None:
            left.leads -= bought
        found.bought.append(bought)
        found.leads += bought
        found.messages += bought * lot.types
        found.blocked += lot.leads * lot.types if lot.blocked else 0
    return found


def estimate_queue(ledger: Ledger, sync_id: int, limits: Limits, budget: Budget) -> Estimate:
    """What the next run buys of what is queued."""
    return estimate(
        budget,
        [
            Lot(queue.leads, len(queue.types), ledger.doubts_of(queue.campaign_id) > limits.max_in_doubt)
            for queue in ledger.queues(sync_id)
        ],
    )
