"""The engine: state transitions over the ledger, and the loop that drives them in one process."""

from .check import Check, CheckFinding
from .forecast import Forecast
from .loop import open_services, plan_syncs, run_syncs, sync
from .people import find_needs, find_unapproved
from .report import NeedsPerson, SyncReport, SyncResult, describe_error, pick_exit_code
from .run import NoProgress, Options, Progress
from .selection import KnownSync, select_known, select_syncs
from .summary import PlanSummary
from .tasks import FailedLead, Task, find_failed, find_tasks

__all__ = [
    "Check",
    "CheckFinding",
    "FailedLead",
    "Forecast",
    "KnownSync",
    "NeedsPerson",
    "NoProgress",
    "Options",
    "PlanSummary",
    "Progress",
    "SyncReport",
    "SyncResult",
    "Task",
    "describe_error",
    "find_failed",
    "find_needs",
    "find_tasks",
    "find_unapproved",
    "open_services",
    "pick_exit_code",
    "plan_syncs",
    "run_syncs",
    "select_known",
    "select_syncs",
    "sync",
]
