"""One prepared attempt on its way to the API: tried until the ledger knows its outcome."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Literal, TypeAlias

from ..config import Account
from ..errors import ApiError, InDoubtError, LedgerError, NotSentError, RateLimitedError
from .run import Upkeep

if TYPE_CHECKING:
    from ..upscale import UpscaleClient

#: Where a callback goes that nobody listens to: a reserved name (RFC 2606) that reaches no host.
NOWHERE = "https://callback.invalid"
#: How often a batch is tried that certainly was not sent.
TRIES = 5

Sent: TypeAlias = Literal["accepted", "given back"]


def make_callback_url(account: Account, token: str) -> str:
    return f"{account.callback_url}/callbacks/{token}" if account.callback_url else f"{NOWHERE}/{token}"


def send(upkeep: Upkeep, client: UpscaleClient, attempt: int, body: bytes, longest_wait: float) -> Sent:
    """Send a prepared attempt; what certainly was not sent is tried again, up to `longest_wait` seconds later.

    "given back": it was not sent, because the run shall end. Raises NotSentError and RateLimitedError for an attempt
    that was given back after all tries, and what else `UpscaleClient.submit` raises: then the ledger still has it
    as `submitting`.
    """
    ledger = upkeep.ledger
    last: ApiError
    for number in range(TRIES):
        try:
            request_id = client.submit(
                body, before_send=lambda: ledger.mark_submitting(attempt, upkeep.id, upkeep.now(), len(body))
            )
        except NotSentError as error:
            pause, last = (0.5 + upkeep.jitter()) * 2**number, error
        except RateLimitedError as error:
            ledger.mark_unsent(attempt, upkeep.id, upkeep.now(), "rate limited")
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
    """Patiently: if this id is lost, what was paid for it cannot be fetched."""
    for number in range(TRIES):
        now = upkeep.now()
        first_poll = now + timedelta(seconds=upkeep.account.poll.first_seconds)
        try:
            return upkeep.ledger.mark_accepted(attempt, upkeep.id, now, request_id, first_poll)
        except LedgerError as error:
            reason = error.message
        upkeep.stop.wait(2**number)
    raise LedgerError(
        f"request {request_id} was accepted and paid, but its id could not be stored: {reason}",
        hint="keep this id: the messages can be fetched with it; the next run shows the attempt as in doubt",
    )


def store_doubt(upkeep: Upkeep, attempt: int, error: InDoubtError) -> None:
    """The attempt may have been accepted (write W4)."""
    upkeep.ledger.mark_in_doubt(
        attempt,
        upkeep.id,
        upkeep.now(),
        cause=error.cause,
        detail=error.message,
        status=error.status,
        bytes_sent=error.bytes_sent,
    )
