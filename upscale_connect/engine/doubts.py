"""The acts of a person upon an attempt in doubt: attach, send again, drop.

Each takes the lock of the attempt's sync and uses the callbacks that came in first: who decides must not decide
against a proof that is here already. Each is refused if the attempt is no longer in doubt.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from ..config import Account
from ..errors import (
    ConfigError,
    InDoubtError,
    InvalidKeyError,
    LedgerError,
    NotSentError,
    Problem,
    RateLimitedError,
    RefusedError,
    RevokedKeyError,
    UsageError,
)
from ..ledger import Case, Inbox, Ledger, locate_inbox
from ..models import Lead
from ..upscale import GenerationRequest
from .callbacks import CallbackReader, find_difference
from .collect import Collector
from .connect import Services, compile_mapping
from .locks import lock_run
from .recover import recover
from .report import SyncResult
from .run import Upkeep
from .send import make_callback_url, send, store_doubt, store_refusal
from .suppression import open_gate

if TYPE_CHECKING:
    from ..upscale import Retrieved, UpscaleClient

#: A person watches: no longer pause than this for a `Retry-After`, in seconds.
LONGEST_WAIT = 30.0


@dataclass(slots=True)
class Decision:
    """What came of an act. `attempt_id` is the attempt that was acted on or, after `resend`, the new one."""

    attempt_id: int
    sync: str
    notes: list[str] = field(default_factory=list)


def find_case(ledger: Ledger, attempt_id: int) -> Case:
    """Raises UsageError if there is no such attempt."""
    case = ledger.find_case(attempt_id)
    if case is None:
        raise UsageError(f"there is no attempt {attempt_id}", hint="see `upscale-connect doubts list --dropped`")
    return case


def attach(services: Services, attempt_id: int, secure_request_id: str, actor: str) -> Decision:
    """Bind an attempt to the request that a person knows it became, after the API has confirmed it.

    Costs nothing. The API must show our customer, our campaign and exactly the leads of the batch, else nothing
    changes. Raises UsageError if it does not, ApiError if it cannot be asked.
    """
    with _take_up(services, attempt_id) as (upkeep, client, collector):
        case = _require_open(upkeep.ledger, attempt_id)
        owner = upkeep.ledger.find_owner(secure_request_id)
        if owner is not None:
            raise UsageError(f"request {secure_request_id} belongs to attempt {owner}", hint="nothing was changed")
        retrieved = client.retrieve_messages(secure_request_id, case.types)
        _verify(upkeep, case, secure_request_id, retrieved)
        now = upkeep.now()
        next_poll_at = now + timedelta(seconds=upkeep.account.poll.first_seconds)
        upkeep.ledger.attach(attempt_id, actor, now, secure_request_id, next_poll_at)
        for twin in upkeep.ledger.twins(attempt_id):
            upkeep.note(f"attempt {twin} for the same leads was accepted, too: they were paid twice")
        opened = next(one for one in upkeep.ledger.open_attempts(case.sync_id) if one.id == attempt_id)
        collector.take(opened, retrieved)
        return Decision(attempt_id, case.sync, upkeep.result.notes)


def drop(services: Services, attempt_id: int, actor: str) -> Decision:
    """Give an attempt up: its leads are not bought again, its campaign may buy. A late proof still counts."""
    with _take_up(services, attempt_id) as (upkeep, _, _):
        case = _require_open(upkeep.ledger, attempt_id)
        upkeep.ledger.drop(attempt_id, actor, upkeep.now())
        return Decision(attempt_id, case.sync, upkeep.result.notes)


def resend(services: Services, attempt_id: int, actor: str) -> Decision:
    """Send the batch of an attempt once more, at the price of perhaps paying it twice: a person has agreed to that.

    The old attempt stays as it is. Raises InDoubtError if the new one is in doubt, too, and another ApiError if
    it was not accepted: then nothing was bought by it.
    """
    with _take_up(services, attempt_id) as (upkeep, client, _):
        case = _require_open(upkeep.ledger, attempt_id)
        _require_no_news(upkeep, case)
        if pause := upkeep.ledger.find_pause(case.sync_id):
            hint = f"nothing was sent; see `upscale-connect resume {case.sync}`"
            raise UsageError(f"{pause.by} has paused {case.sync!r} at {pause.at}", hint=hint)
        _require_allowed(upkeep, case)
        token = upkeep.make_token()
        callback = make_callback_url(upkeep.account, token)

        def encode(leads: Sequence[Lead]) -> bytes:
            return client.encode(
                GenerationRequest(callback, case.customer, case.campaign, case.description, case.types, leads)
            )

        number, body = upkeep.ledger.prepare_again(attempt_id, actor, upkeep.id, upkeep.now(), token, encode)
        _send(upkeep, client, number, body)
        return Decision(number, case.sync, upkeep.result.notes)


def _require_allowed(upkeep: Upkeep, case: Case) -> None:
    """Nothing is bought for whom somebody has put on a list, or who opted out, since the first attempt."""
    sync = upkeep.config.syncs.get(case.sync)
    gate = open_gate(upkeep.config, sync, upkeep.ledger, compile_mapping(sync) if sync else None)
    for lead, record in upkeep.ledger.case_records(case):
        if why := gate.find(lead, record):
            hint = f"nothing was sent; give the attempt up: `upscale-connect doubts drop {case.attempt_id}`"
            raise UsageError(f"lead {lead.lead_id!r} must get no message: {why}", hint=hint)


def _send(upkeep: Upkeep, client: UpscaleClient, attempt_id: int, body: bytes) -> None:
    try:
        sent = send(upkeep, client, attempt_id, body, LONGEST_WAIT)
        if sent != "accepted":
            upkeep.note(f"it was not sent: {'the command was interrupted' if sent == 'given back' else 'paused'}")
    except InDoubtError as error:
        store_doubt(upkeep, attempt_id, error)
        told = f"attempt {attempt_id} is in doubt as well: {error.message}"
        raise InDoubtError(told, cause=error.cause, status=error.status, bytes_sent=error.bytes_sent) from None
    except (NotSentError, RateLimitedError):
        raise  # given back already
    except RefusedError as error:
        # Nobody is set aside: another attempt may have bought these leads.
        store_refusal(upkeep, attempt_id, error, {})
        raise


@contextmanager
def _take_up(services: Services, attempt_id: int) -> Iterator[tuple[Upkeep, UpscaleClient, Collector]]:
    """Lock the attempt's sync, settle what a killed run left, and use the callbacks that came in."""
    case = find_case(services.ledger, attempt_id)
    account, client = services.config.accounts.get(case.account), services.client_of(case.account)
    if account is None or client is None:
        raise _miss_account(services, case)
    lock = lock_run(services.config, case.sync_id, case.sync, services.stop)
    try:
        upkeep = _make_upkeep(services, case, account)
        recover(upkeep, case.sync_id)
        collector = Collector(upkeep)
        _drain(upkeep, collector)
        yield upkeep, client, collector
    finally:
        lock.release()


def _drain(upkeep: Upkeep, collector: Collector) -> None:
    reader = CallbackReader(upkeep, collector)
    try:
        reader.drain()
    except (InvalidKeyError, RevokedKeyError) as error:
        upkeep.note(f"callbacks could not be used: {error.message}")
    finally:
        reader.close()


def _make_upkeep(services: Services, case: Case, account: Account) -> Upkeep:
    return Upkeep(
        id=uuid.uuid4().hex[:12],
        config=services.config,
        account=account,
        ledger=services.ledger,
        sync_id=case.sync_id,
        client_of=services.client_of,
        clock=services.clock,
        stop=services.stop,
        result=SyncResult(case.sync),
        progress=services.progress,
    )


def _miss_account(services: Services, case: Case) -> ConfigError:
    found = services.ledger.find_account(case.account)
    origin = found[1] if found else "its old address"
    message = f"attempt {case.attempt_id} was sent with account {case.account!r} of {origin}, which is not configured"
    return ConfigError([Problem("", message, "name that account under `accounts:` again, with that base_url")])


def _require_open(ledger: Ledger, attempt_id: int) -> Case:
    case = find_case(ledger, attempt_id)
    if not case.is_open:
        hint = f"nothing was changed; go on with `upscale-connect collect {case.sync}`"
        raise UsageError(f"attempt {attempt_id} is not in doubt: it is {case.tell_state()}", hint=hint)
    return case


def _require_no_news(upkeep: Upkeep, case: Case) -> None:
    """Nobody pays again while a callback that may be the proof waits for the API to confirm it."""
    config = upkeep.config.ledger
    if not locate_inbox(config.path).exists():
        return
    with Inbox.open(config.path, force=config.force) as inbox:
        waiting = [one.secure_request_id for one in inbox.unread() if one.token_hash == case.token_hash]
    if waiting:
        raise UsageError(
            f"a callback names request {waiting[0]} for attempt {case.attempt_id};"
            " the API has neither confirmed nor denied it yet",
            hint=f"nothing was sent; run `upscale-connect collect {case.sync}` in a minute, then decide",
        )


def _verify(upkeep: Upkeep, case: Case, secure_request_id: str, retrieved: Retrieved) -> None:
    """Raises UsageError with what the API shows instead."""
    attempt = upkeep.ledger.find_token(case.token_hash)
    if attempt is None:
        raise LedgerError(f"attempt {case.attempt_id} has vanished from the ledger")
    shown = {lead.lead_id for lead in retrieved.leads}
    wanted, forgotten = upkeep.ledger.leave_out_forgotten(upkeep.ledger.leads_of(case.batch_id), shown)
    if retrieved.in_progress or not retrieved.leads:
        difference = "the API shows no leads for it yet"
    else:
        difference = find_difference(attempt, wanted, forgotten, retrieved)
    if not difference:
        return
    parts = [f"customer {retrieved.customer!r}, campaign {retrieved.campaign!r}, {len(shown)} leads"]
    parts += [
        f"{len(ids)} {what}, such as {min(ids)!r}" for what, ids in _compare(set(wanted), shown - forgotten) if ids
    ]
    raise UsageError(
        f"request {secure_request_id} is not attempt {case.attempt_id}: {difference} ({'; '.join(parts)})",
        hint="nothing was changed; look for the request whose callback address ends in " + case.token_tail,
    )


def _compare(wanted: set[str], shown: set[str]) -> list[tuple[str, set[str]]]:
    return [("missing", wanted - shown), ("not of this batch", shown - wanted)]
