"""The engine: state transitions over the ledger, and the loop that drives them in one process."""

from .loop import open_services, plan_syncs, run_syncs, select_syncs, sync
from .people import find_needs
from .plan import PlanSummary, first_records
from .report import NeedsPerson, SyncReport, SyncResult, describe_error, pick_exit_code
from .run import NoProgress, Options, Progress

__all__ = [
    "NeedsPerson",
    "NoProgress",
    "Options",
    "PlanSummary",
    "Progress",
    "SyncReport",
    "SyncResult",
    "describe_error",
    "find_needs",
    "first_records",
    "open_services",
    "pick_exit_code",
    "plan_syncs",
    "run_syncs",
    "select_syncs",
    "sync",
]
