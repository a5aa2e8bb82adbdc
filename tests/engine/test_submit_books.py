"""Buying while the ledger cannot be written: what was paid must stay known."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from upscale_connect.engine import Options, run_syncs, select_syncs
from upscale_connect.errors import LedgerError
from upscale_connect.ledger.spool import Spool

if TYPE_CHECKING:
    from tests.engine.conftest import World


@contextlib.contextmanager
def ledger_held_by_another(world: World) -> Iterator[Callable[[], None]]:
    """Another program takes the ledger's write lock whenever a paid request arrives; what is given releases it."""
    with contextlib.closing(
        sqlite3.connect(world.folder / "ledger.db", check_same_thread=False, isolation_level=None)
    ) as holder:
        receive = world.sandbox.state.receive

        def hold(request: Any) -> None:
            if request.endpoint == "submit":
                holder.execute("BEGIN IMMEDIATE")
            receive(request)

        def release() -> None:
            if holder.in_transaction:
                holder.execute("ROLLBACK")

        world.replace("receive", hold)  # takes the ledger in that very moment
        yield release
        world.replace("receive", receive)  # as it was


def run_impatiently(world: World, **options: Any) -> None:
    """A run that waits for the ledger's lock no longer than it must."""
    with world.services() as services:
        services.ledger.db.connection.execute("PRAGMA busy_timeout = 20")
        world.reports.append(run_syncs(services, select_syncs(services.config, None), Options(**options)))


def test_receipt_that_cannot_be_stored_at_once(world: World) -> None:
    """Another program holds the ledger when the answer comes: the id of a paid request must not get lost."""
    world.write_leads(1)
    with ledger_held_by_another(world) as release:
        world.stop.on_wait = release
        run_impatiently(world, wait=True)
    assert (world.attempts(), world.exit_code) == (["complete"], 0)


def test_receipt_that_cannot_be_stored_at_all(world: World) -> None:
    """The run says which request it was, and the next one goes on with it, without doubt."""
    world.write_leads(1)
    with ledger_held_by_another(world):
        run_impatiently(world)
    error = world.reports[-1].syncs[0].error
    assert error is not None
    (request,) = world.sandbox.state.requests_to("submit")
    assert request.accepted is not None
    assert request.accepted in error.message
    assert "ledger.db.spool" in error.hint
    assert (world.attempts(), world.exit_code) == (["submitting"], 2)
    world.wait()
    assert (world.attempts(), world.exit_code) == (["complete"], 0)


def fail_to_spool(*args: object) -> None:
    raise LedgerError("the spool cannot be used")


def test_receipt_that_can_be_stored_nowhere(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The id is in the run's last words, and in doubt for the next run."""
    world.write_leads(1)
    with ledger_held_by_another(world), monkeypatch.context() as patch:
        patch.setattr(Spool, "append", fail_to_spool)
        run_impatiently(world)
    (request,) = world.sandbox.state.requests_to("submit")
    error = world.reports[-1].syncs[0].error
    assert error is not None
    assert str(request.accepted) in error.message
    assert "keep this id" in error.hint
    assert "spool cannot be used" in world.notes_of_run
    world.sync()
    assert (world.attempts(), world.exit_code) == (["in_doubt"], 5)


def test_receipt_that_cannot_be_spooled(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The ledger can be written: nothing is lost, and the fault is told."""
    world.write_leads(1)
    monkeypatch.setattr(Spool, "append", fail_to_spool)
    world.wait()
    assert (world.attempts(), world.exit_code) == (["complete"], 0)
    assert "spool cannot be used" in world.notes_of_run


def test_spooled_id_of_another_ledger_is_told(world: World) -> None:
    """Such an id was paid for: it is kept, and named in every run, until a person has seen to it."""
    world.write_leads(1)
    world.wait()
    with world.ledger() as ledger:
        ledger.spool.append(7, "some other run", "request-of-a-newer-ledger", world.clock.now())
    for _ in range(2):
        world.sync()
        assert "request-of-a-newer-ledger" in world.notes_of_run
    assert b"request-of-a-newer-ledger" in (world.folder / "ledger.db.spool").read_bytes()


def test_books_that_fail_for_one_request_are_kept_for_the_others(world: World) -> None:
    """Two in the air: the first cannot be written down, the second is refused, and that is still noted."""
    world.config["accounts"]["main"] |= {"batch_size": 1, "in_flight": 2}
    del world.spring["campaign"]
    world.spring["map"]["automation_tool_campaign_id"] = "Campaign"
    world.write_leads(world.lead(1, Campaign="a"), world.lead(2, Campaign="b"), world.lead(3, Campaign="c"))
    world.sandbox.faults.add("http_error", on="submit", status=400)
    failed = threading.Event()
    receive = world.sandbox.state.receive

    def wait(request: Any) -> None:
        receive(request)
        assert failed.wait(5)

    world.replace("receive", wait)  # answers after the failure
    with world.services() as services:
        mark = services.ledger.mark_submitting

        def fail(attempt_id: int, *args: Any) -> None:
            if attempt_id == 1:
                failed.set()
                raise LedgerError("the disk is full")
            mark(attempt_id, *args)

        vars(services.ledger)["mark_submitting"] = fail
        world.reports.append(run_syncs(services, select_syncs(services.config, None), Options()))
    assert world.attempts() == ["prepared", "refused"]
    assert world.exit_code in (2, 3)  # of whichever of the two ended first
    world.replace("receive", receive)  # as it was
    world.wait()
    assert sorted([lead_id for lead_id, _ in world.bought()]) == ["lead_001", "lead_002", "lead_003"]
    assert world.exit_code == 0


def test_request_id_that_was_given_before(world: World) -> None:
    """Two paid requests with one id cannot both be fetched: buying stops, and a person hears of it."""
    world.config["accounts"]["main"]["batch_size"] = 1
    world.write_leads(1, 2, 3)
    first: list[Any] = []
    accept = world.sandbox.state.accept

    def repeat(key: str, request: dict[str, Any]) -> Any:
        first.append(accept(key, request))
        return first[0]

    world.replace("accept", repeat)  # an API that mixes up its requests
    world.sync()
    assert (world.posts, world.exit_code) == (2, 1)
    assert world.attempts() == ["accepted", "submitting"]
    world.replace("accept", accept)  # as it was
    world.sync()
    assert world.attempts() == ["complete", "in_doubt"]
    assert (world.posts, world.exit_code) == (2, 5)
