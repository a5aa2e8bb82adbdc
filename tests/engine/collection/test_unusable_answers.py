"""Answers of which nothing is used: the same request is asked for again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.engine.collection.conftest import purchases

if TYPE_CHECKING:
    from tests.engine.conftest import World


@pytest.mark.promise(row="G7")
@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "foreign_request"},
        {"kind": "conflicting_lead"},
        {"kind": "truncate"},
        {"kind": "wrong_content_type"},
    ],
    ids=lambda fault: str(fault["kind"]),
)
def test_answers_that_do_not_count(world: World, fault: dict[str, Any]) -> None:
    """Nothing of them is used, and the same request is asked for again."""
    world.write_leads(1, 2)
    world.sync()
    world.sandbox.faults.add(on="retrieve", times=5, **fault)
    world.run(buy=False)
    assert (set(purchases(world).values()), world.exit_code) == ({"pending"}, 10)
    world.sandbox.faults.clear()
    world.run(buy=False)
    assert set(purchases(world).values()) == {"ready"}
    assert world.exit_code == 0


@pytest.mark.promise(row="G7")
@pytest.mark.parametrize("name", ["customer", "campaign"])
def test_answer_for_somebody_else(world: World, name: str) -> None:
    world.write_leads(1)
    world.sync()
    (request,) = world.sandbox.state.requests_to("submit")
    generation = world.sandbox.state.find("sandbox-valid", request.accepted or "")
    assert generation is not None
    own = getattr(generation, name)
    setattr(generation, name, "somebody else")
    world.run(buy=False)
    assert (purchases(world), world.exit_code) == ({"lead_001": "pending"}, 10)
    assert "'somebody else'" in world.notes_of_run
    setattr(generation, name, own)
    world.run(buy=False)
    assert purchases(world) == {"lead_001": "ready"}


@pytest.mark.promise(row="E4")
@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_api_that_cannot_answer_now(world: World, status: int) -> None:
    world.write_leads(1)
    world.sync()
    world.sandbox.faults.add("http_error", on="retrieve", status=status, times=5)
    world.run(buy=False)
    assert (world.gets, world.exit_code) == (5, 10)
    world.wait()
    assert (purchases(world), world.exit_code) == ({"lead_001": "ready"}, 0)


@pytest.mark.promise(row="E4")
def test_request_that_cannot_be_answered_keeps_no_other_waiting(world: World) -> None:
    """A run ends its questions at the first 5xx; the next one asks for the others first."""
    world.config["accounts"]["main"]["batch_size"] = 1
    world.write_leads(1, 2, 3)
    world.sync()
    broken = world.sandbox.state.requests_to("submit")[0].accepted
    find = world.sandbox.state.find

    def break_down(key: str, request_id: str) -> Any:
        if request_id == broken:
            raise RuntimeError("which the API answers with 500")
        return find(key, request_id)

    world.replace("find", break_down)  # the answer for this request alone
    world.run(buy=False)
    assert (world.gets, world.exit_code) == (5, 10)
    world.clock.advance(60)
    world.run(buy=False)
    assert purchases(world) == {"lead_001": "pending", "lead_002": "ready", "lead_003": "ready"}
    assert (world.gets, world.exit_code) == (12, 10)


def test_api_that_cannot_be_reached_keeps_nobody_from_being_delivered(world: World) -> None:
    world.use_list()
    world.leads.items = [world.record(1)]
    world.memory.answer = lambda delivery: delivery.failed("not now", retry=True)
    world.wait()
    world.memory.answer = lambda delivery: delivery.written()
    world.sandbox.faults.set(delay=60)
    world.leads.items = [world.record(1), world.record(2)]
    world.sync()
    world.sandbox.close()
    world.run(buy=False)
    assert world.exit_code == 10
    assert [one.lead.lead_id for one in world.memory.written] == ["lead_001"]
    world.sandbox.start()


def test_key_that_was_revoked_meanwhile(world: World) -> None:
    world.write_leads(1)
    world.sync()
    world.sandbox.state.revoke("sandbox-valid")
    world.wait()
    assert (purchases(world), world.exit_code) == ({"lead_001": "pending"}, 8)
    world.sandbox.state.revoke("sandbox-valid", revoked=False)
    world.wait()
    assert purchases(world) == {"lead_001": "ready"}


@pytest.mark.parametrize("kind", ["refuse_get_body", "strip_get_body"])
def test_proxy_that_dislikes_a_get_with_a_body(world: World, kind: str) -> None:
    world.sandbox.faults.add(kind, times=None)
    world.write_leads(1)
    world.wait()
    assert purchases(world) == {"lead_001": "ready"}
    assert world.sandbox.state.requests_to("retrieve")[-1].query


def test_redirect_is_not_followed(world: World) -> None:
    world.write_leads(1)
    world.sync()
    world.sandbox.faults.add("redirect", on="retrieve", location=f"{world.sandbox.base_url}/retrieve_messages")
    world.wait()
    assert (world.gets, world.exit_code, purchases(world)) == (1, 2, {"lead_001": "pending"})
