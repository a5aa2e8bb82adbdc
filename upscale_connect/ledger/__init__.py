"""The ledger: what was bought, for whom, and what became of it. The truth of every run."""

from .batches import hash_token, pack_description
from .deliveries import MAX_ATTEMPTS, make_receipt
from .messages import OVERDUE_AFTER
from .overview import AsideRow, LeadMatch, Line, StuckDelivery
from .scratch import Scratch
from .sqlite import Ledger
from .syncs import ReadState
from .times import from_text, to_text
from .values import (
    Aside,
    Batch,
    Counts,
    DeliveryResult,
    DeliveryState,
    Doubt,
    DueDelivery,
    Known,
    OpenAttempt,
    Purchase,
    Queue,
    Standing,
    Wish,
)

__all__ = [
    "MAX_ATTEMPTS",
    "OVERDUE_AFTER",
    "Aside",
    "AsideRow",
    "Batch",
    "Counts",
    "DeliveryResult",
    "DeliveryState",
    "Doubt",
    "DueDelivery",
    "Known",
    "LeadMatch",
    "Ledger",
    "Line",
    "OpenAttempt",
    "Purchase",
    "Queue",
    "ReadState",
    "Scratch",
    "Standing",
    "StuckDelivery",
    "Wish",
    "from_text",
    "hash_token",
    "make_receipt",
    "pack_description",
    "to_text",
]
