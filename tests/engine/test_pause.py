"""A paused sync buys nothing, from this moment on; all else goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from upscale_connect.engine import Options, doubts, run_syncs, select_syncs
from upscale_connect.errors import UsageError

if TYPE_CHECKING:
    from tests.engine.conftest import World


def pause(world: World) -> bool:
    with world.ledger() as ledger:
        return ledger.pause(1, "alice", world.clock.now())


def resume(world: World) -> bool:
    with world.ledger() as ledger:
        return ledger.resume(1, "bob", world.clock.now())


def test_collects_and_delivers_and_buys_nothing(world: World) -> None:
    world.sandbox.faults.set(delay=60)
    world.write_leads(1)
    world.sync()
    assert pause(world)
    world.write_leads(1, 2)
    world.wait()
    assert (world.posts, world.exit_code, world.states()) == (1, 0, {"ready": 1, "queued": 1})
    assert world.messages_of("lead_001")
    assert "alice has paused 'spring'" in world.notes_of_run
    assert resume(world)
    world.wait()
    assert (world.posts, world.states()) == (2, {"ready": 2})
    assert world.query("SELECT kind, actor FROM event WHERE kind IN ('paused', 'resumed') ORDER BY id") == [
        ("paused", "alice"), ("resumed", "bob"),
    ]  # fmt: skip


def test_twice_changes_nothing(world: World) -> None:
    world.write_leads(1)
    world.sync()
    assert not resume(world)
    assert pause(world)
    world.clock.advance(60)
    assert not pause(world)
    with world.ledger() as ledger:
        found = ledger.find_pause(1)
    assert found is not None
    assert found.at.startswith("2026-03-04T05:06:0")
    assert resume(world)
    assert not resume(world)


def test_nobody_is_asked_to_approve_what_is_not_bought(world: World) -> None:
    world.spring["limits"] = {"hold_above": 1}
    world.write_leads(1)
    world.sync()
    pause(world)
    world.write_leads(1, 2, 3)
    world.sync()
    assert (world.exit_code, world.posts) == (0, 1)


def test_holds_for_a_run_that_works_at_this_moment(world: World) -> None:
    """What is on its way is brought to its end; no further request is made."""
    world.config["accounts"]["main"]["batch_size"] = 1
    world.write_leads(1, 2, 3)
    receive = world.sandbox.state.receive

    def receive_and_pause(request: Any) -> None:
        if request.endpoint == "submit":
            pause(world)
        receive(request)

    world.replace("receive", receive_and_pause)  # in that very moment
    world.sync()
    world.replace("receive", receive)  # as it was
    assert (world.posts, world.exit_code) == (1, 0)
    world.wait()
    assert world.states() == {"ready": 1, "queued": 2}


def test_holds_between_connection_and_first_byte(world: World) -> None:
    world.write_leads(1, 2)
    with world.services() as services:
        client = services.client(services.config.accounts["main"])
        submit = client.submit

        def pause_first(body: bytes, *, before_send: Any) -> str:
            def start() -> None:
                pause(world)
                before_send()

            return submit(body, before_send=start)

        vars(client)["submit"] = pause_first
        world.reports.append(run_syncs(services, select_syncs(services.config, None), Options()))
    assert (world.posts, world.exit_code) == (0, 0)
    assert (world.attempts(), world.states()) == (["dropped"], {"queued": 2})
    resume(world)
    world.wait()
    assert world.states() == {"ready": 2}


def test_holds_for_what_is_sent_again(world: World) -> None:
    world.write_leads(1)
    world.sandbox.faults.add("reset", on="submit")
    world.sync()
    pause(world)
    with world.services() as services, pytest.raises(UsageError, match="alice has paused 'spring'"):
        doubts.resend(services, 1, "alice")
    assert (world.posts, world.attempts()) == (1, ["in_doubt"])
