"""The steps that a history may be made of: what a person, cron, the wire and the API do."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    initialize,
    rule,  # type: ignore[attr-defined,unused-ignore]  # exported, by the library's documentation
)

from tests.engine.conftest import MovableClock, World
from tests.engine.test_any_history import FAULTS, FLAWS, NUMBERS, RETRIEVE_FAULTS, History
from tests.protocol.callbacks import FORGED, GUESSED
from tests.protocol.moments import Killed
from tests.protocol.scene import PERSON, Scene
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


class JoinedSteps(History):
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
