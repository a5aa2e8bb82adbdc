"""Any history of one sync: a person edits, decides and orders; cron runs, twice at once, and is killed; the wire and
the API fail; callbacks come, late, twice, crossed, forged or never. Nothing is paid twice, lost or misplaced.

    python -m tests.protocol.history [--examples N] [--steps N] [--seed N]
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections import Counter
from collections.abc import Sequence
from typing import Any

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import (
    invariant,
    run_state_machine_as_test,  # type: ignore[attr-defined,unused-ignore]  # exported, by the library's documentation
)

from tests.protocol.steps import JoinedSteps


class JoinedHistory(JoinedSteps):
    """The steps, and what must hold after each of them and at the end."""

    @invariant()
    def who_decides_has_no_proof_at_hand(self) -> None:
        assert not self.scene._avoidable

    @invariant()
    def a_paused_sync_buys_nothing(self) -> None:
        assert self.paused_after is None or len(self.posts) <= self.paused_after

    @invariant()
    def every_request_is_that_of_its_attempt(self) -> None:
        """Or one for the very same leads and types, where a person confuses two: nothing tells those apart."""
        attempts = self.world.query("SELECT batch_id, secure_request_id, body_hash FROM attempt")
        batches = {body: batch for batch, _, body in attempts}
        sent = {(batches.get(hashlib.sha256(post.body).digest()), describe(post)) for post in self.posts}
        contents = {post.accepted: describe(post) for post in self.posts}
        assert all((batch, contents[request]) in sent for batch, request, _ in attempts if request)

    @invariant()
    def no_note_is_written_twice(self) -> None:
        """A delivery, which is all messages of a lead at that time; nor beside somebody else."""
        written = Counter((one.key, one.receipt) for one in self.world.notes.written)
        assert not [one for one, count in written.items() if count > 1], "written twice"
        for one in self.world.notes.written:
            assert all(one.lead.first_name in message.text for message in one.messages.values())

    def end(self) -> None:
        self.scene.moments.acts.clear()
        self.resume()
        self.scene.hang_up()
        super().end()
        self.check_deliveries()
        self.check_callbacks()

    def check_deliveries(self) -> None:
        """Each message that is there, for a lead that is still who it was, is in both sinks."""
        ready = self.world.query(
            "SELECT p.lead_id, p.text, max(p.revision) FROM purchase p JOIN lead l USING (campaign_id, lead_id)"
            " WHERE p.state = 'ready' AND p.person = l.person GROUP BY p.lead_id, p.type"
        )
        for memory in (self.world.memory, self.world.notes):
            written = Counter((one.lead.lead_id, m.text) for one in memory.written for m in one.messages.values())
            assert not [(lead, text) for lead, text, _ in ready if not written[lead, text]], "paid and not delivered"

    def check_callbacks(self) -> None:
        """What the service told, and was answered for, is no doubt any more, nor given up."""
        if self.is_blurred:
            return
        doubtful = self.world.query("SELECT body_hash FROM attempt WHERE state IN ('in_doubt', 'dropped')")
        told = self.scene.told_requests()
        assert not [body for (body,) in doubtful if told & self.scene._requests_of(body)], "told in vain"


def describe(post: Any) -> object:
    """For whom a request is, and what it asks for."""
    body = post.json()
    leads = frozenset(lead["automation_tool_lead_id"] for lead in body["lead_data"])
    return leads, frozenset(body["message_sequence"]), body["automation_tool_campaign_id"]


def try_histories(examples: int, steps: int, number: int | None = None) -> None:
    """So many histories of so many steps: always the same, or those of a number."""
    machine: Any = JoinedHistory if number is None else seed(number)(JoinedHistory)
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            database=None,
            derandomize=number is None,
            phases=[Phase.generate] if number is None else [Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
        ),
    )


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(description="Try many histories; the first that breaks a promise is shown, short.")
    parser.add_argument("--examples", type=int, default=1000)
    parser.add_argument("--steps", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args(arguments)
    try_histories(chosen.examples, chosen.steps, chosen.seed)
    sys.stdout.write(f"{chosen.examples} histories of up to {chosen.steps} steps: no promise was broken\n")


if __name__ == "__main__":
    main(sys.argv[1:])
