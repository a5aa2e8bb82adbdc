"""Any order of edits, faults and runs: nobody is bought twice, nothing is lost or stands beside somebody else."""

from __future__ import annotations

import os
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from upscale_connect.sandbox import Sandbox

if TYPE_CHECKING:
    from tests.engine.books import LeadRow
    from tests.engine.conftest import MovableClock, World

#: Where a sync of the disk costs nothing: kills are not power cuts.
MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
NUMBERS = st.integers(0, 4)
#: What an address does to its lead: a message, none, a quarantine of ours, a refusal of the API.
FLAWS: dict[str, dict[str, str]] = {
    "none": {},
    "no web presence": {"LinkedIn": "https://www.linkedin.com/in/noweb-{}"},
    "no address": {"LinkedIn": ""},
    "refused": {"Website": "https://example.com/{{}}"},
}
FAULTS: list[dict[str, Any]] = [
    {"kind": "reset"},
    {"kind": "reset", "after": True},
    {"kind": "http_error", "status": 502, "after": True},
    {"kind": "truncate"},
    {"kind": "http_error", "status": 400},
    {"kind": "rate_limit", "retry_after": 3},
    {"kind": "rate_limit", "retry_after": 600},
    {"kind": "drop_credits"},
    {"kind": "none"},
]
RETRIEVE_FAULTS = ["foreign_request", "conflicting_lead", "truncate", "extra_lead", "reorder_leads"]


class History(RuleBasedStateMachine):
    """A person edits the file, the wire misbehaves, cron runs."""

    world_of: ClassVar[type[World]]
    clock_of: ClassVar[type[MovableClock]]

    @initialize()
    def begin(self) -> None:
        self.stack = ExitStack()
        folder = Path(self.stack.enter_context(tempfile.TemporaryDirectory(dir=MEMORY)))
        self.world = self.world_of(folder, self.stack.enter_context(Sandbox(delay=0)), self.clock_of())
        self.world.config["accounts"]["main"]["batch_size"] = 2
        self.world.spring["sinks"] = {"back": "source", "memory": {"plugin": "memory"}}
        self.rows: list[LeadRow] = [self.world.lead(number) for number in range(3)]
        self.world.write_leads(*self.rows)

    def teardown(self) -> None:
        with self.stack:
            self.end()

    # What a person does.

    @rule(number=NUMBERS, flaw=st.sampled_from(sorted(FLAWS)), place=NUMBERS)
    def insert(self, number: int, flaw: str, place: int) -> None:
        changes = {name: value.format(number) for name, value in FLAWS[flaw].items()}
        self.rows.insert(place, self.world.lead(number, **changes))
        self.world.write_leads(*self.rows)

    @rule(number=NUMBERS, person=NUMBERS, place=NUMBERS)
    def insert_under_another_id(self, number: int, person: int, place: int) -> None:
        row = self.world.lead(number) | {name: self.world.lead(person)[name] for name in ("LinkedIn", "First")}
        self.rows.insert(place, row)
        self.world.write_leads(*self.rows)

    @rule(place=NUMBERS)
    def delete(self, place: int) -> None:
        del self.rows[place : place + 1]
        self.world.write_leads(*self.rows)

    @rule(place=NUMBERS, text=st.sampled_from(["", "1", "2"]))
    def write_down_a_phone_number(self, place: int, text: str) -> None:
        for row in self.rows[place : place + 1]:
            row["Phone"] = text
        self.world.write_leads(*self.rows)

    @rule()
    def reverse(self) -> None:
        self.rows.reverse()
        self.world.write_leads(*self.rows)

    @rule(
        types=st.sampled_from([["connection_request"], ["connection_request", "first_follow_up"], ["hiring_activity"]])
    )
    def want(self, types: list[str]) -> None:
        self.world.spring["messages"] = types

    @rule(limit=st.sampled_from([0, 1, 3, 5000]), doubt=st.sampled_from([0, 0, 9]))
    def limit(self, limit: int, doubt: int) -> None:
        self.world.spring["limits"] = {"messages_per_run": limit, "max_in_doubt": doubt}

    # What the world does.

    @rule(fault=st.sampled_from(FAULTS))
    def disturb_the_next_purchase(self, fault: dict[str, Any]) -> None:
        self.world.sandbox.faults.add(on="submit", **fault)

    @rule(kind=st.sampled_from(RETRIEVE_FAULTS))
    def disturb_the_next_answer(self, kind: str) -> None:
        self.world.sandbox.faults.add(kind, on="retrieve", times=1)

    @rule(hours=st.sampled_from([0, 1, 30]))
    def let_time_pass(self, hours: int) -> None:
        self.world.clock.advance(hours * 3600)

    @rule(works=st.booleans())
    def plug_the_sink_in_or_out(self, works: bool) -> None:
        def fail(delivery: Any) -> Any:
            raise OSError("unplugged")

        self.world.memory.answer = (lambda delivery: delivery.written()) if works else fail

    # What cron does.

    @rule()
    def sync(self) -> None:
        self.world.sync()

    @rule()
    def sync_and_wait(self) -> None:
        self.world.wait(timeout=7200)

    @rule()
    def collect(self) -> None:
        self.world.run(buy=False)

    # What must hold.

    @invariant()
    def books_are_sound(self) -> None:
        self.world.check_books()

    @invariant()
    def each_person_is_bought_once(self) -> None:
        """Whatever ids it had: no message type of this campaign twice for one person, unless the first failed."""
        if (self.world.folder / "ledger.db").exists():
            assert not self.world.query(
                "SELECT person, type FROM purchase WHERE state IN ('pending', 'ready')"
                " GROUP BY campaign_id, person, type HAVING count(DISTINCT lead_id) > 1"
            )

    @invariant()
    def deliveries_are_for_their_person(self) -> None:
        for one in self.world.memory.written:
            assert one.lead.first_name == one.record.fields["First"]
            assert all(one.lead.first_name in message.text for message in one.messages.values())

    def end(self) -> None:
        """Everything works again: then each row is served, or it is said why not."""
        world = self.world
        world.sandbox.faults.clear()
        world.sandbox.state.set_credits("sandbox-valid", None)
        world.spring["limits"] = {"max_in_doubt": 99}
        self.plug_the_sink_in_or_out(True)
        world.clock.advance(8 * 86400)
        world.wait(timeout=86400 * 3)
        world.wait(timeout=86400 * 3)
        world.check_books()
        assert world.query("SELECT count(*) FROM purchase WHERE state = 'queued'") == [(0,)]
        assert set(world.attempts()) <= {"complete", "in_doubt", "refused", "dropped"}
        if self.rows:
            self.check_rows()
        posts, gets = world.posts, world.gets
        world.wait()
        assert (world.posts, world.gets) == (posts, gets)

    def check_rows(self) -> None:
        shown = self.world.shown()
        assert [row["ID"] for row in shown.values()] == [row["ID"] for row in self.rows]
        wanted = self.world.spring["messages"]
        for key, row in shown.items():
            status = row["upscale_status"]
            assert status in ("delivered", "failed", "quarantined", "duplicate", "held", "in doubt"), (key, status)
        ready = self.world.query("SELECT lead_id, person, type, text FROM purchase WHERE state = 'ready'")
        for lead_id, person, kind, text in ready:
            rows = [
                row for row in shown.values() if row["ID"] == lead_id and person.rpartition(":")[2] in row["LinkedIn"]
            ]
            column = "outreach_message" if kind == "connection_request" else f"{kind}_message"
            if rows and kind in wanted:
                assert any(row[column] == text for row in rows), f"{lead_id}: a paid message is not shown"


@pytest.mark.promise(row="A3")
def test_any_history(world: World) -> None:
    class ThisHistory(History):
        world_of = type(world)
        clock_of = type(world.clock)

    run_state_machine_as_test(
        ThisHistory,
        settings=settings(
            max_examples=12,
            stateful_step_count=12,
            deadline=None,
            database=None,
            derandomize=True,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
