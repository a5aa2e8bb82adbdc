"""Mutations of what follows: what is collected and delivered, and what a person decides."""

from __future__ import annotations

from typing import Any

from tests.protocol.mutation import Patch, guard, mutation
from upscale_connect.engine import collect, doubts
from upscale_connect.engine.deliver import Deliverer
from upscale_connect.ledger import DeliveryResult, Ledger


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
