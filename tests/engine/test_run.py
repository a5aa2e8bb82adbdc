"""A whole run: several syncs, an early end, time that is up."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from filelock import FileLock

import upscale_connect
from upscale_connect.engine import Options, run_syncs, select_syncs
from upscale_connect.engine.connect import make_client
from upscale_connect.sandbox import Sandbox

if TYPE_CHECKING:
    from tests.engine.conftest import World


def interrupt() -> object:
    raise KeyboardInterrupt


# Several syncs.


def test_each_sync_has_its_result(two: World) -> None:
    report = two.run(wait=True)
    assert [(result.name, result.messages.generated) for result in report.syncs] == [("spring", 2), ("autumn", 1)]
    assert report.exit_code == 0
    assert report.finished_at >= report.started_at
    assert len(two.query("SELECT id FROM run")) == 2


def test_one_that_fails_stops_no_other(two: World) -> None:
    (two.folder / "leads.csv").unlink()
    report = two.run(wait=True)
    assert [result.error is None for result in report.syncs] == [False, True]
    assert (report.exit_code, two.bought()) == (10, [("lead_003", "connection_request")])
    two.write_leads(1, 2)
    two.config["syncs"]["spring"]["source"] = {"plugin": "unheard-of"}
    report = two.run(wait=True)
    assert [result.error is None for result in report.syncs] == [False, True]
    assert report.exit_code == 2


def test_waiting_for_both_at_once(two: World) -> None:
    """Not one after the other: the second is bought before the first is waited for."""
    two.sandbox.faults.set(delay=100)
    two.run(wait=True)
    assert sum(two.stop.waits) < 250
    endpoints = [request.endpoint for request in two.sandbox.state.requests]
    assert endpoints[:2] == ["submit", "submit"]


def test_limits_are_each_syncs_own(two: World) -> None:
    two.config["defaults"] = {"limits": {"messages_per_run": 1}}
    two.run(wait=True)
    assert len(two.bought()) == 2


def test_interruption_frees_every_lock(two: World) -> None:
    """Ctrl-C in the second sync, while the first one only waits."""
    two.config["syncs"]["autumn"] |= {"source": {"plugin": "list"}, "sinks": {"memory": {"plugin": "memory"}}}
    two.leads.items = [interrupt]
    with two.services() as services:
        with pytest.raises(KeyboardInterrupt):
            run_syncs(services, select_syncs(services.config, None, everything=True), Options(wait=True))
        locks = sorted(two.folder.glob("ledger.db.[0-9]*.lock"))
        assert len(locks) == 2
        for lock in locks:
            with FileLock(lock, timeout=0):
                pass
    assert two.memory.closed == two.leads.closed == 1
    two.leads.items = [two.record(3)]
    assert two.run(wait=True).exit_code == 0


# An early end.


def test_stop_while_reading_stores_no_cursor(world: World) -> None:
    world.use_list()

    def stop() -> object:
        world.stop.set()
        return world.record(1000)

    world.leads.items = [*(world.record(n) for n in range(1000)), stop, world.record(1001)]
    world.spring["limits"] = {"hold_above": 5000}
    world.sync()
    assert world.posts == 0
    world.stop.clear()
    world.leads.items[1000] = world.record(1000)
    world.wait()
    assert len(world.bought()) == 1002


def test_a_source_that_ends_early_has_lost_nobody(world: World) -> None:
    class Interrupted(list[object]):
        def __iter__(self) -> Iterator[object]:
            world.stop.set()
            return iter(())

    world.use_list()
    world.spring["limits"] = {"messages_per_run": 1}
    world.leads.items = [world.record(1), world.record(2)]
    world.wait()
    world.leads.items = Interrupted()
    world.sync()
    assert world.states() == {"ready": 1, "queued": 1}


def test_stop_between_two_requests_leaves_the_rest_queued(world: World) -> None:
    world.config["accounts"]["main"]["batch_size"] = 1
    world.write_leads(1, 2, 3)
    receive = world.sandbox.state.receive

    def stop(request: Any) -> None:
        world.stop.set()
        receive(request)

    world.replace("receive", stop)  # as a signal would, while it is sent
    world.sync()
    assert (world.attempts(), world.states()) == (["accepted"], {"pending": 1, "queued": 2})
    assert world.query("SELECT finished_at FROM sync") == [(None,)]  # it has not come to its end
    world.replace("receive", receive)  # as it was
    world.stop.clear()
    world.wait()
    assert world.query("SELECT finished_at IS NOT NULL FROM sync") == [(1,)]
    assert [lead_id for lead_id, _ in world.bought()] == ["lead_001", "lead_002", "lead_003"]


def test_stop_while_waiting_keeps_what_is_there(world: World) -> None:
    world.sandbox.faults.set(delay=1000)
    world.write_leads(1)

    def stop() -> None:
        if len(world.stop.waits) == 3:
            world.stop.set()

    world.stop.on_wait = stop
    result = world.wait()
    assert (len(world.stop.waits), result.messages.pending, world.exit_code) == (3, 1, 0)
    assert world.shown()["lead_001"]["upscale_status"] == "waiting"


def test_stop_ends_the_pause_before_a_question_is_repeated(world: World) -> None:
    """With the client that a run makes by itself: a signal must not wait for an API that is down."""
    world.write_leads(1)
    world.sync()
    world.sandbox.faults.add("http_error", on="retrieve", status=503, times=None)
    world.stop.on_wait = world.stop.set
    with world.services() as services:
        services.new_client = make_client
        world.reports.append(run_syncs(services, select_syncs(services.config, None), Options(), buy=False))
    assert (world.gets, len(world.stop.waits)) == (1, 1)


def test_time_that_is_up(world: World) -> None:
    world.sandbox.faults.set(delay=1000)
    world.write_leads(1)
    result = world.wait(timeout=90)
    assert sum(world.stop.waits) == pytest.approx(90)
    assert (world.exit_code, result.messages.pending) == (0, 1)
    world.wait()
    assert world.states() == {"ready": 1}


def test_run_that_does_not_wait(world: World) -> None:
    world.write_leads(1)
    result = world.sync()
    assert (world.gets, world.stop.waits, world.exit_code) == (0, [], 0)
    assert (result.messages.requested, result.messages.pending, result.credits.reserved) == (1, 1, 1)
    result = world.sync()
    assert (result.messages.requested, result.messages.generated, result.credits.spent) == (0, 1, 1)


# The account.


def test_account_belongs_to_its_first_service(world: World) -> None:
    """A trial on the sandbox cannot be taken for the real thing: nothing is bought, nothing is asked."""
    world.write_leads(1)
    world.wait()
    with Sandbox(delay=0, clock=world.clock) as other:
        world.config["accounts"]["main"]["base_url"] = other.base_url
        world.write_leads(1, 2)
        result = world.wait()
        assert other.state.requests == []
    assert result.error is not None
    assert (world.exit_code, world.posts) == (2, 1)
    assert "'main' belongs to http://127.0.0.1:" in result.error.message


def test_key_may_change(world: World) -> None:
    world.write_leads(1)
    world.wait()
    world.config["accounts"]["main"]["api_key"] = "sandbox-low-credits"
    assert world.wait().records.read == 0
    world.write_leads(1, 2)
    assert world.wait().records.done == 1


def test_library(world: World) -> None:
    """`sync(config)`, as an example in the documentation would call it: in real time."""
    world.config["accounts"]["main"]["poll"] = {"first_seconds": "0.05"}
    world.write_leads(1, 2)
    report = upscale_connect.sync(world.load(), wait=True)
    assert (report.exit_code, report.syncs[0].messages.generated) == (0, 2)
    assert len(world.messages_of("lead_001")) == 1
    assert report.finished_at - report.started_at < timedelta(seconds=30)
