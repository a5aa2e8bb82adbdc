"""Mutations of an attempt: how it is marked, sent, repeated and locked."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import timedelta
from typing import Any, get_args

from urllib3.util.retry import Retry

from tests.protocol.mutation import Patch, guard, mutation
from upscale_connect.engine import doubts, loop, stages
from upscale_connect.errors import InDoubtError, RateLimitedError
from upscale_connect.http.adapter import ExchangeAdapter
from upscale_connect.http.exchange import WatchedHTTPConnection
from upscale_connect.ledger import Inbox, Ledger, Receipt, attempts, decisions, to_text
from upscale_connect.ledger.values import AttemptState
from upscale_connect.upscale import UpscaleClient


# M1: intent=False
@mutation(
    "M1",
    "intent",
    "a kill after the POST is forgotten, and the batch is sent again",
    {"killed after post": "DOUBLE_PAY"},
)
def mark_no_intent(patch: Patch) -> None:
    move = attempts.move
    for module in (attempts, decisions):
        patch.setattr(
            module, "move", lambda tx, n, before, *rest, **columns: move(tx, n, (*before, "prepared"), *rest, **columns)
        )
    patch.setattr(Ledger, "mark_submitting", lambda *_: None)


# M2: wh_ack=before_commit
@mutation(
    "M2",
    "wh_ack",
    "a callback is answered with 200 before it is on the disk",
    {"listener_dies_after_its_answer": "WASTED"},
)
def answer_first(patch: Patch) -> None:
    put, held = Inbox.put, dict[Inbox, tuple[Any, ...]]()

    def hold_back(inbox: Inbox, *values: Any) -> Receipt:
        if inbox in held:
            put(inbox, *held[inbox])
        held[inbox] = values
        return Receipt("new")

    patch.setattr(Inbox, "put", hold_back)


def _retry(patch: Patch, wanted: Callable[[InDoubtError], bool]) -> None:
    real = UpscaleClient.submit

    def submit_again(client: UpscaleClient, body: bytes, **options: Any) -> str:
        try:
            return real(client, body, **options)
        except InDoubtError as error:
            raise RateLimitedError(0.0) if wanted(error) else error from None

    patch.setattr(UpscaleClient, "submit", submit_again)


# M3: on_5xx=retry
@mutation(
    "M3",
    "on_5xx",
    "a 5xx is taken for a refusal, and the batch is sent again",
    {"answer_5xx_after_acceptance": "DOUBLE_PAY"},
)
def retry_after_5xx(patch: Patch) -> None:
    _retry(patch, lambda error: (error.status or 0) >= 500)


# M4: on_timeout=retry
@mutation(
    "M4",
    "on_timeout",
    "a lost answer is taken for a lost request, which is sent again",
    {"answer_lost_after_acceptance": "DOUBLE_PAY"},
)
def retry_after_silence(patch: Patch) -> None:
    _retry(patch, lambda error: error.status is None)


def _forget(patch: Patch, which: Callable[[Ledger, int, str], list[int]]) -> None:
    """At the start of a run these attempts count as never sent."""
    recover = Ledger.recover

    def recover_more(ledger: Ledger, sync_id: int, run_id: str, at: Any) -> int:
        for number in which(ledger, sync_id, to_text(at - timedelta(days=1))):
            with ledger.db.transaction() as tx:
                tx.execute("UPDATE attempt SET state = 'prepared', sent_at = NULL WHERE id = ?", (number,))
        return recover(ledger, sync_id, run_id, at)

    patch.setattr(Ledger, "recover", recover_more)


def _read_ids(ledger: Ledger, condition: str, *values: object) -> list[int]:
    with ledger.db.reading() as tx:
        return [row[0] for row in tx.execute(f"SELECT id FROM attempt WHERE {condition}", values)]


# M5: recover=resend
@mutation("M5", "recover", "what a killed run was sending is sent again", {"killed after post": "DOUBLE_PAY"})
def resend_after_a_kill(patch: Patch) -> None:
    _forget(patch, lambda ledger, *_: _read_ids(ledger, "state = 'submitting'"))


# M6: auto_resend=True
@mutation(
    "M6",
    "auto_resend",
    "what is in doubt for a day is sent again, and nobody was asked",
    {"answer_lost_after_acceptance": "DOUBLE_PAY"},
)
def resend_after_a_day(patch: Patch) -> None:
    _forget(patch, lambda ledger, _, limit: _read_ids(ledger, "state = 'in_doubt' AND sent_at < ?", limit))


# The exchange refuses to send a second request.
@guard("answer_lost_after_acceptance", "answer_lost_before_acceptance")
def repeat_in_the_adapter(patch: Patch) -> None:
    init = ExchangeAdapter.__init__

    def init_with_retries(adapter: ExchangeAdapter, *values: Any) -> None:
        init(adapter, *values)
        adapter.max_retries = Retry(total=1, allowed_methods=None)

    patch.setattr(ExchangeAdapter, "__init__", init_with_retries)


# M7: hidden_retry=True
@mutation(
    "M7", "hidden_retry", "the HTTP library repeats the POST by itself", {"answer_lost_after_acceptance": "DOUBLE_PAY"}
)
def repeat_in_the_library(patch: Patch) -> None:
    repeat_in_the_adapter(patch)
    send = WatchedHTTPConnection.send

    def send_anew(connection: WatchedHTTPConnection, data: Any) -> None:
        if connection.sock is None and not connection._connecting:
            connection.connect()
        send(connection, data)

    patch.setattr(WatchedHTTPConnection, "send", send_anew)


# The compare-and-set lets only one of two runs send an attempt.
@guard(
    "two runs after prepare", "two runs before mark_submitting", "two runs after mark_submitting", "two runs after post"
)
def take_no_lock(patch: Patch) -> None:
    for module in (loop, stages, doubts):
        patch.setattr(module, "lock_run", lambda *_, **__: _NoLock())


class _NoLock:
    def release(self) -> None:
        pass


# M8: lock=none, cas=False
@mutation("M8", "lock, cas", "two runs send the same attempt", {"two runs before mark_submitting": "DOUBLE_PAY"})
def take_no_lock_and_compare_nothing(patch: Patch) -> None:
    take_no_lock(patch)
    move = attempts.move
    states = get_args(AttemptState)

    def move_anyhow(tx: Any, number: int, _: Any, *rest: Any, **columns: Any) -> Any:
        return move(tx, number, states, *rest, **columns)

    for module in (attempts, decisions):
        patch.setattr(module, "move", move_anyhow)


# M9: sync=normal
@mutation("M9", "sync", "a commit may be gone after a power loss", {"plain": "REFUSED"})
def sync_less(patch: Patch) -> None:
    class Connection(sqlite3.Connection):
        def execute(self, statement: str, *values: Any) -> sqlite3.Cursor:
            return super().execute(statement.replace("synchronous = FULL", "synchronous = NORMAL"), *values)

    connect = sqlite3.connect
    patch.setattr(sqlite3, "connect", lambda *args, **options: connect(*args, **options, factory=Connection))
