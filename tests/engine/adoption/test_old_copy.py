"""An old copy of the ledger, accepted by a person, asks the sinks what was bought since."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from upscale_connect.engine.adopt import Findings
from upscale_connect.ledger import Ledger

if TYPE_CHECKING:
    from tests.engine.adoption.conftest import Loss
    from tests.engine.conftest import World

CR, FF = "connection_request", "first_follow_up"


@pytest.mark.promise(row="B4")
def test_what_was_bought_since_is_held_and_adopted(world: World, loss: Loss) -> None:
    world.write_leads(1)
    world.wait()
    loss.save()
    world.write_leads(1, 2)
    world.wait()
    loss.restore()
    world.wait()
    assert (world.posts, world.exit_code) == (2, 6)
    assert [place for place, _, _ in loss.held()] == ["leads.csv:3"]
    loss.adopt()
    world.wait()
    assert (world.posts, world.exit_code) == (2, 0)
    assert [len(world.messages_of(name)) for name in ("lead_001", "lead_002")] == [1, 1]


@pytest.mark.promise(row="B4")
def test_queue_of_the_copy_was_bought_since(world: World, loss: Loss) -> None:
    """The source has not changed since the copy, and would not be read; yet its queue must not be bought."""
    world.spring["limits"] = {"messages_per_run": 1}
    world.write_leads(1, 2)
    world.wait()
    loss.save()
    world.wait()
    assert world.bought() == [("lead_001", CR), ("lead_002", CR)]
    loss.restore()
    result = world.wait()
    assert (world.posts, result.records.held, world.exit_code) == (2, 1, 6)
    loss.adopt()
    world.wait()
    assert (world.posts, world.exit_code) == (2, 0)


def test_second_type_was_bought_since(world: World, loss: Loss) -> None:
    world.use_list("memory")
    world.leads.items = [world.record(1)]
    world.wait()
    loss.save()
    world.spring["messages"] = [CR, FF]
    world.wait()
    loss.restore()
    world.wait()
    assert (world.posts, world.exit_code) == (2, 6)
    found = loss.adopt()
    assert (found.leads, found.messages) == (1, 1)
    written = len(world.memory.written)
    world.wait()
    assert (world.posts, world.exit_code, len(world.memory.written)) == (2, 0, written)


def test_sink_that_lacks_the_second_type_gets_it(world: World, loss: Loss) -> None:
    world.use_list("memory", "other")
    world.leads.items = [world.record(1)]
    world.wait()
    loss.save()
    world.spring["messages"] = [CR, FF]
    world.other.answer = lambda delivery: delivery.failed("not now", retry=True)
    world.wait()
    loss.restore()
    loss.adopt()
    world.other.answer = lambda delivery: delivery.written()
    world.wait()
    assert (world.posts, world.exit_code) == (2, 0)
    assert [sorted(one.messages) for one in world.other.written] == [[CR], [CR, FF]]
    assert len(world.memory.written) == 2


def test_revision_was_bought_since(world: World, loss: Loss) -> None:
    """Its text is the newest one; what the copy has is kept as the one before."""
    world.write_leads(1)
    world.wait()
    loss.save()
    loss.edit("[sandbox]", "Newer:")
    loss.edit("uc-", "uc-2")
    loss.restore()
    assert loss.adopt() == Findings(leads=1, messages=1, shown={"back": 1})
    world.wait()
    (text,) = world.messages_of("lead_001")
    assert (text.startswith("Newer:"), world.posts, world.exit_code) == (True, 1, 0)
    assert world.query("SELECT revision, state FROM purchase ORDER BY revision") == [(1, "ready"), (2, "ready")]


def test_doubt_about_a_message_that_is_shown(world: World, loss: Loss, monkeypatch: pytest.MonkeyPatch) -> None:
    """The copy takes the attempt for unsent; the table shows its message, which is taken. The doubt stays."""
    mark = Ledger.mark_submitting

    def save_first(self: Ledger, attempt_id: int, run_id: str, at: object, size: int) -> None:
        with self.db.reading() as connection:
            connection.execute("VACUUM INTO ?", (str(loss.saved),))
        mark(self, attempt_id, run_id, world.clock.now(), size)

    world.write_leads(1)
    with monkeypatch.context() as patch:
        patch.setattr(Ledger, "mark_submitting", save_first)
        world.wait()
    text = world.messages_of("lead_001")
    loss.restore()
    world.wait()
    assert (world.attempts(), world.posts, world.exit_code) == (["in_doubt"], 1, 5)
    assert world.messages_of("lead_001") == text
    assert loss.adopt().messages == 1
    world.wait()
    assert (world.attempts(), world.states(), world.posts, world.exit_code) == (["in_doubt"], {"ready": 1}, 1, 5)
    assert world.messages_of("lead_001") == text


def test_sinks_are_asked_anew(world: World, loss: Loss) -> None:
    world.use_list("memory")
    world.leads.items = [world.record(1)]
    world.wait()
    loss.save()
    world.leads.items.append(world.record(2))
    world.wait()
    loss.restore()
    world.wait()
    assert (world.posts, world.exit_code) == (2, 6)
    loss.adopt()
    world.wait()
    assert (world.posts, world.exit_code) == (2, 0)
