"""Mutations of callbacks: their addresses, and what is believed of them."""

from __future__ import annotations

from typing import Any

from tests.protocol.mutation import Patch, mutation
from upscale_connect.engine import doubts, submit
from upscale_connect.engine.callbacks import CallbackReader
from upscale_connect.engine.send import make_callback_url
from upscale_connect.ledger import Inbox, Ledger, hash_token

#: The one callback address of a program that gives all requests the same.
ONE_ADDRESS = "A" * 43


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
