"""The ledger: what was bought, for whom, and what became of it. The truth of every run."""

from .adoptions import Adoption, SinkState
from .backup import back_up, find_backups, name_backup
from .batches import hash_token, pack_description
from .callbacks import Alarm, CalledAttempt
from .credits import AccountCredits
from .decisions import Case, CaseLead
from .deliveries import MAX_ATTEMPTS, NOTHING_SHOWN
from .dossier import Mention
from .edits import Edit, EditedText
from .erasure import Erased
from .events import Line
from .folder import check_place
from .inbox import Callback, Inbox, Receipt, locate_inbox
from .messages import OVERDUE_AFTER
from .namings import OtherMessage
from .overview import AsideRow, LastRun, LeadMatch, StuckDelivery
from .pauses import Pause, SyncPaused
from .quarantine import Entry
from .receipts import ShownReceipt, choose_receipt, make_receipt
from .reviews import Draft, Held, Judgement, hash_text
from .revisions import Bought, Failure
from .room import require_free
from .scratch import Scratch
from .sqlite import Ledger
from .suppressions import SuppressionRow
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
    OpenPoints,
    Purchase,
    Queue,
    Standing,
    Wish,
    Withdrawal,
)
from .verdicts import Said
from .verification import LedgerFinding, verify
from .waves import Funnel, Wave

__all__ = [
    "MAX_ATTEMPTS",
    "NOTHING_SHOWN",
    "OVERDUE_AFTER",
    "AccountCredits",
    "Adoption",
    "Alarm",
    "Aside",
    "AsideRow",
    "Batch",
    "Bought",
    "Callback",
    "CalledAttempt",
    "Case",
    "CaseLead",
    "Counts",
    "DeliveryResult",
    "DeliveryState",
    "Doubt",
    "Draft",
    "DueDelivery",
    "Edit",
    "EditedText",
    "Entry",
    "Erased",
    "Failure",
    "Funnel",
    "Held",
    "Inbox",
    "Judgement",
    "Known",
    "LastRun",
    "LeadMatch",
    "Ledger",
    "LedgerFinding",
    "Line",
    "Mention",
    "OpenAttempt",
    "OpenPoints",
    "OtherMessage",
    "Pause",
    "Purchase",
    "Queue",
    "ReadState",
    "Receipt",
    "Said",
    "Scratch",
    "ShownReceipt",
    "SinkState",
    "Standing",
    "StuckDelivery",
    "SuppressionRow",
    "SyncPaused",
    "Wave",
    "Wish",
    "Withdrawal",
    "back_up",
    "check_place",
    "choose_receipt",
    "find_backups",
    "from_text",
    "hash_text",
    "hash_token",
    "locate_inbox",
    "make_receipt",
    "name_backup",
    "pack_description",
    "require_free",
    "to_text",
    "verify",
]
