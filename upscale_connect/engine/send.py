"""One prepared attempt on its way to the API: tried until the ledger knows its outcome."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Literal, TypeAlias

from ..config import Account
from ..errors import (
    ApiError,
    DiskFullError,
    InDoubtError,
    LedgerError,
    NotSentError,
    RateLimitedError,
    RefusedError,
)
from ..ledger import Aside, Ledger, SyncPaused
from .run import Upkeep

if TYPE_CHECKING:
    from ..upscale import UpscaleClient

#: Where a callback goes that nobody listens to: a reserved name (RFC 2606) that reaches no host.
NOWHERE = "https://callback.invalid"
#: How often a batch is tried that certainly was not sent.
TRIES = 5

Sent: TypeAlias = Literal["accepted", "given back", "paused"]


def make_callback_url(account: Account, token: str) -> str:
    return f"{account.callback_url}/callbacks/{token}" if account.callback_url else f"{NOWHERE}/{token}"


def find_pause(upkeep: Upkeep) -> bool:
    """Whether a person said that the sync buys nothing; then that is noted."""
    pause = upkeep.ledger.find_pause(upkeep.sync_id)
    if pause is not None:
        name = upkeep.result.name
        upkeep.note(
            f"nothing new is bought: {pause.by} has paused {name!r} at {pause.at};"
            f" `upscale-connect resume {name}` lets it go on"
        )
    return pause is not None


def send(upkeep: Upkeep, client: UpscaleClient, attempt: int, body: bytes, longest_wait: float) -> Sent:
    """Send a prepared attempt; what certainly was not sent is tried again, up to `longest_wait` seconds later.

    "given back": it was not sent, because the run shall end; "paused": because a person said so, and that is looked
    up in the very transaction before the first byte leaves. Raises NotSentError and RateLimitedError for an attempt
    that was given back after all tries, and what else `UpscaleClient.submit` raises: then the ledger still has it
    as `submitting`.
    """
    ledger = upkeep.ledger
    last: ApiError

    def start() -> None:
        ledger.mark_submitting(attempt, upkeep.id, upkeep.now(), len(body))

    for number in range(TRIES):
        _require_ledger(upkeep, attempt)
        try:
            request_id = client.submit(body, before_send=start)
        except SyncPaused:
            ledger.give_back(attempt, upkeep.id, upkeep.now(), "paused")
            return "paused"
        except NotSentError as error:
            pause, last = (0.5 + upkeep.jitter()) * 2**number, error
        except RateLimitedError as error:
            store_outcome(ledger, partial(ledger.mark_unsent, attempt, upkeep.id, upkeep.now(), "rate limited"))
            pause, last = error.retry_after if error.retry_after is not None else 5.0 * 2**number, error
        else:
            _store_receipt(upkeep, attempt, request_id)
            return "accepted"
        if pause > longest_wait or number == TRIES - 1 or upkeep.stop.wait(pause):
            break
    ledger.give_back(attempt, upkeep.id, upkeep.now(), type(last).__name__)
    if upkeep.stop.is_set():
        return "given back"
    raise last


def _store_receipt(upkeep: Upkeep, attempt: int, request_id: str) -> None:
    """First to the spool, then patiently to the ledger: if this id is lost, what was paid cannot be fetched."""
    hint = "keep this id: the messages can be fetched with it; the next run shows the attempt as in doubt"
    ledger = upkeep.ledger
    try:
        store_outcome(ledger, partial(ledger.spool.append, attempt, upkeep.id, request_id, upkeep.now()))
        hint = f"it is kept in {ledger.spool.path}: once the ledger can be written, the next run goes on with it"
    except LedgerError as error:
        upkeep.note(error.message)
    for number in range(TRIES):
        now = upkeep.now()
        first_poll = now + timedelta(seconds=upkeep.account.poll.first_seconds)
        try:
            return store_outcome(ledger, partial(ledger.mark_accepted, attempt, upkeep.id, now, request_id, first_poll))
        except LedgerError as error:
            reason = error.message
        upkeep.stop.wait(2**number)
    raise LedgerError(
        f"request {request_id} was accepted and paid, but its id could not be stored: {reason}",
        hint=hint,
    )


def store_doubt(upkeep: Upkeep, attempt: int, error: InDoubtError) -> None:
    """The attempt may have been accepted (write W4)."""
    store = partial(
        upkeep.ledger.mark_in_doubt,
        attempt,
        upkeep.id,
        upkeep.now(),
        cause=error.cause,
        detail=error.message,
        status=error.status,
        bytes_sent=error.bytes_sent,
    )
    store_outcome(upkeep.ledger, store)


def store_refusal(upkeep: Upkeep, attempt: int, error: RefusedError, leads: Mapping[str, Aside]) -> None:
    """Nothing was bought by the attempt; `leads` are those that the API named."""
    store = partial(
        upkeep.ledger.mark_refused,
        attempt,
        upkeep.id,
        upkeep.now(),
        cause=type(error).__name__,
        detail=error.message,
        status=error.status,
        leads=leads,
    )
    store_outcome(upkeep.ledger, store)


def store_outcome(ledger: Ledger, store: Callable[[], None]) -> None:
    """A write after a request has left: where the disk is full, it gets the room that was kept for it."""
    try:
        store()
    except DiskFullError:
        if not ledger.room.release():
            raise
        store()


def _require_ledger(upkeep: Upkeep, attempt: int) -> None:
    """On a damaged ledger, or without room for an answer, nothing is sent.

    The attempt is given back, or stays prepared, which is never sent by a later run.
    """
    try:
        upkeep.ledger.require_sound()
        upkeep.ledger.room.require()
    except LedgerError as error:
        with suppress(LedgerError):
            upkeep.ledger.give_back(attempt, upkeep.id, upkeep.now(), type(error).__name__)
        raise
