"""Any history of one sync: a person edits, decides and orders; cron runs, twice at once, and is killed; the wire and
the API fail; callbacks come, late, twice, crossed, forged or never. Nothing is paid twice, lost or misplaced.

    python -m tests.protocol.history [--examples N] [--steps N] [--seed N]
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,  # type: ignore[attr-defined,unused-ignore]  # exported, by the library's documentation
)

from tests.engine.conftest import MovableClock, World
from tests.engine.test_any_history import FAULTS, FLAWS, NUMBERS, RETRIEVE_FAULTS, History
from tests.protocol.scenarios import FORGED, GUESSED
from tests.protocol.scene import PERSON, Killed, Scene
from upscale_connect.engine import doubts
from upscale_connect.engine.revisions import choose_types, find_failed_again, queue_again
from upscale_connect.errors import UpscaleConnectError

#: Outside of a transaction: something else may happen there, such as a second run.
MOMENTS = (
    *("before prepare", "after prepare", "before mark_submitting", "after mark_submitting", "after post"),
    *("before mark_accepted", "after mark_accepted", "before mark_in_doubt", "before complete", "after complete"),
    *("before mark_unknown", "write", "before store_results", "after store_results"),
)
#: How a run or an act goes: to its end, killed at so manieth a commit, or killed at a moment.
FATES = st.none() | st.integers(1, 40) | st.sampled_from(MOMENTS)
#: After these a request may have been paid.
LOST = [fault for fault in FAULTS if fault.get("after") or fault["kind"] in ("reset", "truncate")]
#: What is wrong with the next paid request, if anything is.
FAULT = st.none() | st.sampled_from(LOST) | st.sampled_from(FAULTS)
SOME = st.integers(0, 9)
LEAVING = "SELECT body_hash FROM attempt WHERE state = 'submitting'"
OPENINGS = (
    *("nothing", "a kill", "two doubts", "a doubt", "a paid doubt", "a paid doubt, told", "a paid doubt, dropped"),
    "a paid doubt, sent again in vain",
)
ORDERS = ("pause", "resume", "regenerate", "retry what failed", "retry deliveries", "redeliver")


class JoinedHistory(History):
    """What `History` does, with callbacks, kills, a second process and a person's commands.

    Its edits and faults are drawn by few rules, so that runs and doubts are no rare things.
    """

    world_of, clock_of = World, MovableClock

    @initialize(opening=st.sampled_from(OPENINGS))
    def begin(self, opening: str = "nothing") -> None:
        """Each history begins where it is interesting."""
        super().begin()
        patch = self.stack.enter_context(pytest.MonkeyPatch.context())
        source, sinks = self.world.spring["source"], self.world.spring["sinks"]
        self.scene = Scene(self.world, patch)
        self.stack.callback(self.scene.hang_up)
        self.world.spring.update(source=source, sinks=sinks | {"notes": {"plugin": "notes"}}, limits={})
        self.scene.listen()
        self.paused_after: int | None = None
        self.is_blurred = False
        self.open(opening)

    def open(self, opening: str) -> None:
        if opening == "a kill":
            self.go("after post", self.world.sync)
        elif opening == "two doubts":
            self.world.spring["limits"] = {"max_in_doubt": 9}
            for _ in range(2):
                self.scene.lose_answer()
            self.go(None, self.world.sync)
        elif opening != "nothing":
            self.buy(None, {"kind": "reset", "after": "paid" in opening}, self.world.sync)
        if opening == "a paid doubt, told":
            self.call_back(0, "true")
        elif opening == "a paid doubt, dropped":
            self.decide(doubts.drop, 0)
        elif opening == "a paid doubt, sent again in vain":
            self.buy(None, {"kind": "drop_credits"}, lambda: self.decide(doubts.resend, 0))

    # Runs.

    def go(self, fate: int | str | None, act: Callable[[], object]) -> None:
        """Do something that a kill may end."""
        moments = self.scene.moments
        name = f"commit {moments.commits + fate}" if isinstance(fate, int) else fate
        if name is not None:
            self.scene.kill(name)
        try:
            act()
        except (Killed, UpscaleConnectError):
            moments.dead = False
        finally:
            moments.acts.clear()

    def buy(self, fate: int | str | None, fault: dict[str, Any] | None, act: Callable[[], object]) -> None:
        if fault is not None:
            self.world.sandbox.faults.add(on="submit", **fault)
        self.go(fate, act)

    @rule(fate=FATES, fault=FAULT)
    def sync(self, fate: int | str | None, fault: dict[str, Any] | None) -> None:
        self.buy(fate, fault, self.world.sync)

    @rule(fate=FATES, fault=FAULT)
    def sync_and_wait(self, fate: int | str | None, fault: dict[str, Any] | None) -> None:
        self.buy(fate, fault, lambda: self.world.wait(timeout=7200))

    @rule(fate=FATES)
    def collect(self, fate: int | str | None) -> None:
        self.go(fate, lambda: self.world.run(buy=False))

    @rule(moment=st.sampled_from(MOMENTS), what=st.sampled_from(["sync", "collect", "drop", "resend", "pause", "call"]))
    def something_else_at_the_same_time(self, moment: str, what: str) -> None:
        acts: dict[str, Callable[[], object]] = {
            "sync": self.scene.run,
            "collect": lambda: self.scene.run(buy=False),
            "drop": lambda: self.decide(doubts.drop, 0),
            "resend": lambda: self.decide(doubts.resend, 0),
            "pause": self.pause,
            "call": lambda: self.call_back(9, "true"),
        }
        self.scene.moments.acts[moment] = acts[what]
        self.go(None, self.world.sync)

    # Callbacks.

    @property
    def posts(self) -> list[Any]:
        return self.world.sandbox.state.requests_to("submit")

    @rule(number=SOME, kind=st.sampled_from(["true", "true", "twice", "crossed", "forged", "guessed"]))
    def call_back(self, number: int, kind: str) -> None:
        """The service calls, or somebody who knows an address, or nobody that we know."""
        accepted = [place for place, post in enumerate(self.posts, 1) if post.accepted]
        if not accepted:
            return
        post, other = accepted[number % len(accepted)], accepted[(number + 1) % len(accepted)]
        if kind == "crossed":
            self.scene.notify(post, names=self.scene.request_of(other))
        elif kind == "forged":
            self.scene.notify(post, names=FORGED)
        elif kind == "guessed":
            url = self.world.config["accounts"]["main"]["callback_url"]
            self.scene.notify(post, names=FORGED, url=f"{url}/callbacks/{GUESSED}")
        else:
            for _ in range(2 if kind == "twice" else 1):
                self.scene.notify(post)

    @rule(listens=st.booleans())
    def the_listener_comes_or_goes(self, listens: bool) -> None:
        self.scene.hang_up()
        if listens:
            self.scene.listen()

    # A person decides.

    def decide(self, act: Callable[..., doubts.Decision], number: int, *details: str) -> None:
        """About the attempts in doubt first, then about any other."""
        found = [row[0] for row in self.world.query("SELECT id FROM attempt ORDER BY state <> 'in_doubt', id")]
        if found:
            self.scene.decide(act, found[number % len(found)], *details)

    @rule(number=st.integers(0, 2), fate=FATES)
    def drop(self, number: int, fate: int | str | None) -> None:
        self.go(fate, lambda: self.decide(doubts.drop, number))

    @rule(number=st.integers(0, 2), fate=FATES, fault=FAULT)
    def resend(self, number: int, fate: int | str | None, fault: dict[str, Any] | None) -> None:
        self.buy(fate, fault, lambda: self.decide(doubts.resend, number))

    @rule(number=st.integers(0, 2), other=SOME, fate=FATES)
    def attach(self, number: int, other: int, fate: int | str | None) -> None:
        """To the right request, or to another one: the person may be mistaken."""
        ids = [post.accepted for post in self.posts if post.accepted]
        if ids:
            self.go(fate, lambda: self.decide(doubts.attach, number, ids[other % len(ids)]))

    # A person orders.

    def pause(self) -> None:
        with self.world.ledger() as ledger:
            if (sync_id := ledger.find_sync("spring")) and ledger.pause(sync_id, PERSON, self.world.clock.now()):
                self.paused_after = len(self.posts) + self.count_leaving()

    def count_leaving(self) -> int:
        """Requests that are past the last look at a pause, and that the API does not have yet."""
        sent = {hashlib.sha256(post.body).digest() for post in self.posts}
        return sum(body not in sent for (body,) in self.world.query(LEAVING))

    def resume(self) -> None:
        self.paused_after = None
        with self.world.ledger() as ledger:
            if sync_id := ledger.find_sync("spring"):
                ledger.resume(sync_id, PERSON, self.world.clock.now())

    def regenerate(self, number: int) -> None:
        with self.world.services() as services:
            matches = services.ledger.find_leads(f"lead_{number % 5:03}", None)
            if len(matches) == 1:
                sync = services.config.syncs["spring"]
                queue_again(services, sync, choose_types(services.ledger, sync, matches[0], ()), PERSON)

    def retry_what_failed(self) -> None:
        with self.world.services() as services:
            sync, sync_id = services.config.syncs["spring"], services.ledger.find_sync("spring")
            if sync_id is not None:
                queue_again(services, sync, find_failed_again(services.ledger, sync, sync_id), PERSON)

    @rule(what=st.sampled_from(ORDERS), number=SOME, fate=FATES)
    def order(self, what: str, number: int, fate: int | str | None) -> None:
        acts: dict[str, Callable[[], object]] = {
            "pause": self.pause,
            "resume": self.resume,
            "regenerate": lambda: self.regenerate(number),
            "retry what failed": self.retry_what_failed,
            "retry deliveries": lambda: self.world.run(buy=False, retry=True, actor=PERSON),
            "redeliver": lambda: self.world.run(
                buy=False, redeliver=("back", "memory", "notes")[number % 3], actor=PERSON
            ),
        }
        self.go(None if what in ("pause", "resume") else fate, acts[what])

    # What `History` has rules for, each by one of two rules.

    @rule(data=st.data(), what=st.sampled_from(["insert", "insert", "as another", "delete", "phone", "reverse"]))
    def edit(self, data: st.DataObject, what: str) -> None:
        number, place = data.draw(NUMBERS), data.draw(NUMBERS)
        if what == "insert":
            super().insert(number, data.draw(st.sampled_from(sorted(FLAWS))), place)
        elif what == "as another":
            super().insert_under_another_id(number, data.draw(NUMBERS), place)
        elif what == "delete":
            super().delete(place)
        elif what == "phone":
            super().write_down_a_phone_number(place, data.draw(st.sampled_from(["", "1", "2"])))
        else:
            super().reverse()

    @rule(data=st.data(), what=st.sampled_from(["types", "limit", "answer", "time", "sink"]))
    def change(self, data: st.DataObject, what: str) -> None:
        if what == "types":
            super().want(
                data.draw(st.sampled_from([["connection_request"], ["connection_request", "first_follow_up"]]))
            )
        elif what == "limit":
            super().limit(data.draw(st.sampled_from([1, 5000])), data.draw(st.sampled_from([0, 9])))
        elif what == "answer":
            self.is_blurred = True
            super().disturb_the_next_answer(data.draw(st.sampled_from(RETRIEVE_FAULTS)))
        elif what == "time":
            super().let_time_pass(data.draw(st.sampled_from([1, 30])))
        else:
            super().plug_the_sink_in_or_out(data.draw(st.booleans()))

    # No rules any more: they are steps of the rules above.
    insert: Any = None
    insert_under_another_id: Any = None
    delete: Any = None
    reverse: Any = None
    write_down_a_phone_number: Any = None
    want: Any = None
    limit: Any = None
    disturb_the_next_purchase: Any = None
    disturb_the_next_answer: Any = None
    let_time_pass: Any = None

    # What must hold.

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
