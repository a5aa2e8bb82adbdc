"""The mutations of the model, made in the real code: each takes one rule of the money protocol away.

A mutation names the switch of the model that it turns, what it would do to a user, and the scenarios that catch it,
each with the property that is then broken. `REFUSED`: the program does not even start.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, get_args

import pytest
from urllib3.util.retry import Retry

from upscale_connect.engine import collect, doubts, loop, stages, submit
from upscale_connect.engine.callbacks import CallbackReader
from upscale_connect.engine.deliver import Deliverer
from upscale_connect.engine.send import make_callback_url
from upscale_connect.errors import InDoubtError, RateLimitedError
from upscale_connect.http.adapter import ExchangeAdapter
from upscale_connect.http.exchange import WatchedHTTPConnection
from upscale_connect.ledger import DeliveryResult, Inbox, Ledger, Receipt, attempts, decisions, hash_token, to_text
from upscale_connect.ledger.values import AttemptState
from upscale_connect.upscale import UpscaleClient

Patch = pytest.MonkeyPatch
#: The one callback address of a program that gives all requests the same.
ONE_ADDRESS = "A" * 43


@dataclass(frozen=True)
class Mutation:
    number: str
    switch: str
    effect: str
    caught_by: Mapping[str, str]
    apply: Callable[[Patch], None]


MUTATIONS: list[Mutation] = []
#: Where two guards stand, one of them is taken away: (mutation, scenarios that stay as they are by the other).
GUARDS: list[tuple[Callable[[Patch], None], tuple[str, ...]]] = []


def mutation(
    number: str, switch: str, effect: str, caught_by: Mapping[str, str]
) -> Callable[[Callable[[Patch], None]], Callable[[Patch], None]]:

    def register(apply: Callable[[Patch], None]) -> Callable[[Patch], None]:
        MUTATIONS.append(Mutation(number, switch, effect, caught_by, apply))
        return apply

    return register


def guard(*scenarios: str) -> Callable[[Callable[[Patch], None]], Callable[[Patch], None]]:
    def register(apply: Callable[[Patch], None]) -> Callable[[Patch], None]:
        GUARDS.append((apply, scenarios))
        return apply

    return register


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


def _give_one_address(patch: Patch) -> None:
    """token=const: a callback may be for any attempt, and is tried with each."""
    for module in (submit, doubts):
        patch.setattr(module, "make_callback_url", lambda account, _: make_callback_url(account, ONE_ADDRESS))
    find, use = Ledger.find_token, CallbackReader._use

    def list_all(ledger: Ledger) -> list[Any]:
        with ledger.db.reading() as tx:
            rows = tx.execute("SELECT token_hash FROM attempt ORDER BY id").fetchall()
        return [find(ledger, row[0]) for row in rows]

    def find_any(ledger: Ledger, token_hash: bytes) -> Any:
        one = token_hash == hash_token(ONE_ADDRESS)
        return next(iter(list_all(ledger)), None) if one else find(ledger, token_hash)

    def use_for_each(reader: CallbackReader, inbox: Inbox, callback: Any, _: Any) -> str | None:
        named = callback.secure_request_id
        found = list_all(reader._run.ledger)
        fitting = [one for one in found if one.secure_request_id in (named, None)]
        outcomes = [use(reader, inbox, callback, one) for one in sorted(fitting, key=lambda one: one.state)]
        return None if None in outcomes else "; ".join(map(str, outcomes))

    patch.setattr(Ledger, "find_token", find_any)
    patch.setattr(CallbackReader, "_use", use_for_each)


def _believe(patch: Patch) -> None:
    """wh_confirm=False: what a callback names is bound, and the API is not asked."""
    use = CallbackReader._use

    def bind(reader: CallbackReader, inbox: Inbox, callback: Any, attempt: Any) -> str | None:
        run = reader._run
        if attempt.state != "in_doubt":
            return use(reader, inbox, callback, attempt)
        run.ledger.mark_accepted(attempt.id, run.id, run.now(), callback.secure_request_id, run.now())
        return "believed"

    patch.setattr(CallbackReader, "_use", bind)


# M10: token=const, wh_confirm=False
@mutation(
    "M10",
    "token, wh_confirm",
    "anybody who guesses the one callback address binds a batch to an id of his own",
    {"callback_forged": "MISBIND"},
)
def give_one_address_and_believe(patch: Patch) -> None:
    _believe(patch)
    _give_one_address(patch)


# M11: wh_confirm=False
@mutation(
    "M11",
    "wh_confirm",
    "a leaked callback address binds a batch to the messages of another",
    {"callbacks_crossed": "MISBIND"},
)
def believe_callbacks(patch: Patch) -> None:
    _believe(patch)


# M12: token=const
@mutation("M12", "token", "nothing: the confirmation by the API keeps it right", {})
def give_one_address(patch: Patch) -> None:
    _give_one_address(patch)


# M13: token_saved=after
@mutation(
    "M13",
    "token_saved",
    "a callback that overtakes the answer is answered with 404",
    {"callback_before_the_answer_is_lost": "WASTED"},
)
def know_tokens_late(patch: Patch) -> None:
    find = Ledger.find_token

    def find_accepted(ledger: Ledger, token_hash: bytes) -> Any:
        found = find(ledger, token_hash)
        return found if found is not None and found.secure_request_id else None

    patch.setattr(Ledger, "find_token", find_accepted)


# M14: late_wh=ignore
@mutation(
    "M14",
    "late_wh",
    "paid messages are ignored, because they came after the drop",
    {"callback_after_the_drop": "SILENT_LOSS"},
)
def ignore_late_callbacks(patch: Patch) -> None:
    use = CallbackReader._use

    def use_in_time(reader: CallbackReader, inbox: Inbox, callback: Any, attempt: Any) -> str | None:
        return "too late" if attempt.state == "dropped" else use(reader, inbox, callback, attempt)

    patch.setattr(CallbackReader, "_use", use_in_time)


# M15: partial_final=True
@mutation("M15", "partial_final", "what is not ready at the first question is lost", {"unfinished": "SILENT_LOSS"})
def take_parts_as_final(patch: Patch) -> None:
    patch.setattr(collect, "is_complete", lambda *_: True)


# M16: order=mark_write
@mutation("M16", "order", "what a killed run was writing is never written", {"killed write": "SILENT_LOSS"})
def mark_before_writing(patch: Patch) -> None:
    def mark(ledger: Ledger, sink_id: int, due: Any, at: Any) -> None:
        results = [DeliveryResult(one.campaign_id, one.lead.lead_id, "written", one.receipt) for one in due]
        ledger.store_results(sink_id, results, "a run", at)

    patch.setattr(Ledger, "mark_unknown", mark)


# M17: sink=append
@mutation("M17", "sink", "a note is written twice", {"killed before store_results": "DOUBLE_WRITE"})
def append_without_looking(patch: Patch) -> None:
    patch.setattr(Deliverer, "_leave_out_found", lambda _, due: list(due))


# M18: rows=batch
@mutation(
    "M18",
    "rows",
    "the second attempt overwrites the doubt about the first, which had been paid",
    {"sent_again_and_refused": "SILENT_LOSS"},
)
def keep_one_row(patch: Patch) -> None:
    prepare = Ledger.prepare_again

    def overwrite(ledger: Ledger, attempt_id: int, *values: Any) -> tuple[int, bytes]:
        made = prepare(ledger, attempt_id, *values)
        with ledger.db.transaction() as tx:
            forget = "UPDATE attempt SET state = 'refused', token_hash = randomblob(32) WHERE id = ?"
            tx.execute(forget, (attempt_id,))
        return made

    patch.setattr(Ledger, "prepare_again", overwrite)


# The inbox is looked into once more, right before a second request is made.
@guard("decided_with_the_proof_at_hand")
def decide_without_draining(patch: Patch) -> None:
    patch.setattr(doubts, "_drain", lambda *_: None)


# M19: decide=blind
@mutation(
    "M19",
    "decide",
    "a person pays again although the proof is in the inbox",
    {"decided_with_the_proof_at_hand": "AVOIDABLE"},
)
def decide_blindly(patch: Patch) -> None:
    decide_without_draining(patch)
    patch.setattr(doubts, "_require_no_news", lambda *_: None)


# on_timeout=drop, on_5xx=drop, recover=drop: the model's variant `at-most-once`
@mutation(
    "at-most-once",
    "on_timeout, recover",
    "what is unclear is forgotten",
    {"answer_lost_after_acceptance": "SILENT_LOSS", "answer_lost_before_acceptance": "SILENT_SKIP"},
)
def forget_doubts(patch: Patch) -> None:
    mark = Ledger.mark_in_doubt

    def drop(ledger: Ledger, attempt_id: int, *values: Any, **details: Any) -> None:
        mark(ledger, attempt_id, *values, **details)
        with ledger.db.transaction() as tx:
            tx.execute("UPDATE attempt SET state = 'dropped' WHERE id = ?", (attempt_id,))

    patch.setattr(Ledger, "mark_in_doubt", drop)
