"""What waits for a person, each with the command that goes on."""

from __future__ import annotations

from datetime import datetime, timedelta

from ..config import Sync
from ..errors import ConfigError, InvalidKeyError
from ..ledger import LastRun, Ledger, from_text
from .budget import Estimate, estimate_queue, start_budget
from .report import NeedsPerson

#: A nightly sync that did not end well for longer than this is stale.
STALE_AFTER = timedelta(hours=26)
#: Characters of an error in a list; it may quote a page of HTML.
LONGEST = 120
#: What ends with one of these does not pass by itself.
LASTING = (ConfigError.exit_code, InvalidKeyError.exit_code)


def find_needs(
    ledger: Ledger,
    sync_id: int,
    at: datetime,
    *,
    held_messages: int = 0,
    unadopted: int = 0,
    limit: int | None = None,
) -> list[NeedsPerson]:
    """The open points of a sync.

    `held_messages`: a purchase that waits for approval because of its size; `limit`: leads that it was meant for.
    `unadopted`: leads of which a table shows messages that the ledger does not know.
    """
    approve = "--yes" if limit is None else f"--limit {limit} --yes"
    points = ledger.open_points(sync_id, at)
    name = points.sync
    obstacle = find_obstacle(ledger, sync_id, at)
    lines = (
        *((name_obstacle(obstacle.error), 1, f"check {name}") for obstacle in [obstacle] if obstacle),
        ("attempts in doubt: they may have been paid", points.attempts_in_doubt, "doubts list"),
        ("second requests for the same leads: perhaps paid twice", len(ledger.alarms(sync_id, at)), f"todo {name}"),
        *(
            (f"messages that wait for credits: top up account {account!r}", messages, f"sync {name}")
            for account, messages in ledger.lacking(sync_id)
        ),
        ("messages to approve before they are bought", held_messages, f"sync {name} {approve}"),
        ("leads bought with another ledger, or one that was lost", max(points.unadopted, unadopted), f"adopt {name}"),
        (
            "leads held until a person has looked at their rows",
            points.asides.get("held", 0) - points.unadopted,
            f"todo {name}",
        ),
        ("messages to look at before they are delivered", ledger.count_held(sync_id), f"review list {name}"),
        ("messages that a person's own text hides in a table", ledger.count_hidden(sync_id), f"todo {name}"),
        ("deliveries that a sink refused", points.stuck, f"retry {name}"),
        (
            "records in quarantine",
            points.asides.get("quarantined", 0) + points.asides.get("refused", 0),
            f"quarantine list {name}",
        ),
        ("requests open for more than 24 h", points.overdue, f"collect {name}"),
    )
    return [NeedsPerson(name, what, count, f"upscale-connect {command}") for what, count, command in lines if count]


def find_unapproved(ledger: Ledger, sync_id: int, sync: Sync | None, at: datetime) -> Estimate | None:
    """What the next run would not buy without a person's word, because it is so much; None if it asks for none."""
    if sync is None or ledger.find_pause(sync_id) is not None:
        return None
    planned = estimate_queue(ledger, sync_id, sync.limits, start_budget(ledger, sync_id, sync.limits, at))
    return planned if planned.messages > sync.limits.hold_above else None


def find_obstacle(ledger: Ledger, sync_id: int, at: datetime) -> LastRun | None:
    """The last run, if an error stopped it that lasts: by its kind, or as it has lasted for 26 hours."""
    last = ledger.last_run(sync_id)
    if last is None or not last.error:
        return None
    return last if last.exit_code in LASTING or is_stale(ledger, sync_id, at) else None


def is_stale(ledger: Ledger, sync_id: int, at: datetime) -> bool:
    """Whether the sync has run for more than 26 hours without ending well."""
    since = ledger.good_since(sync_id)
    return since is not None and at - from_text(since) > STALE_AFTER


def name_obstacle(error: str) -> str:
    """What a person reads who is needed because of an error: of several problems the first, of a long one its begin."""
    first = error.splitlines()[0]
    return f"runs stopped: {first if len(first) <= LONGEST else first[: LONGEST - 1] + '…'}"
