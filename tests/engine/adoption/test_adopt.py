"""What a person takes over counts as bought: nothing is bought again, and nothing that was paid for is lost."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import pytest
from filelock import FileLock

from tests.engine.stand_ins import make_sink
from upscale_connect import Found
from upscale_connect.engine.adopt import Findings, Refusal
from upscale_connect.errors import LockHeldError, UsageError
from upscale_connect.ledger import Ledger

if TYPE_CHECKING:
    from tests.engine.adoption.conftest import Loss
    from tests.engine.conftest import World

Files = Callable[[], Mapping[str, tuple[bytes, int]]]
CR, FF = "connection_request", "first_follow_up"


@pytest.fixture
def lost(world: World, loss: Loss) -> Loss:
    """Two leads were bought and written beside the leads; then the ledger was lost. Another sink is new."""
    world.spring["messages"] = [CR, FF]
    world.write_leads(1, 2)
    world.wait()
    loss.lose()
    world.spring["sinks"] = {"back": "source", "memory": {"plugin": "memory"}}
    return loss


@pytest.mark.promise(row="I5")
def test_adopted_messages_are_bought_and_go_to_the_other_sinks(world: World, lost: Loss, files: Files) -> None:
    before, shown = files(), world.shown()
    world.wait()
    world.clock.advance(3600)
    assert lost.adopt() == Findings(leads=2, messages=4, shown={"back": 2})
    world.wait()
    assert (world.posts, world.exit_code, lost.needs()) == (1, 0, [])
    assert files() == before
    for delivery in world.memory.written:
        row = shown[delivery.lead.lead_id]
        texts = {kind: message.text for kind, message in delivery.messages.items()}
        assert texts == {CR: row["outreach_message"], FF: row["first_follow_up_message"]}
        assert delivery.receipt == row["upscale_receipt"]
    assert len(world.memory.written) == 2
    world.write_leads(2, 1)
    result = world.wait()
    assert (world.posts, result.records.done, world.exit_code) == (1, 2, 0)
    assert [{**row, "upscale_updated_at": ""} for row in world.shown().values()] == [
        {**shown[name], "upscale_updated_at": ""} for name in ("lead_002", "lead_001")
    ]
    assert len(world.memory.written) == 2


def test_adoption_before_the_first_run(world: World, lost: Loss) -> None:
    lost.adopt()
    result = world.wait()
    assert (world.posts, result.records.done, world.exit_code) == (1, 2, 0)
    assert len(world.memory.written) == 2


def test_look_changes_nothing(world: World, lost: Loss, files: Files) -> None:
    before = files()
    assert lost.look() == Findings(leads=2, messages=4, shown={"back": 2})
    assert not (world.folder / "ledger.db").exists()
    world.wait()
    dump = world.query("SELECT * FROM purchase")
    assert lost.look().leads == 2
    assert (files(), world.query("SELECT * FROM purchase")) == (before, dump)
    lost.adopt()


def test_who_does_not_agree_changes_nothing(world: World, lost: Loss) -> None:
    def refuse(found: Findings) -> None:
        raise UsageError(f"not these {found.leads}")

    with pytest.raises(UsageError, match="not these 2"):
        lost.adopt(agree=refuse)
    assert world.query("SELECT * FROM purchase") == []
    lost.adopt()


def test_second_time_finds_nothing(world: World, lost: Loss) -> None:
    lost.adopt()
    before = world.query("SELECT * FROM purchase")
    assert lost.adopt() == Findings()
    assert world.query("SELECT * FROM purchase") == before
    assert world.query("SELECT actor, detail FROM event WHERE kind = 'adopted'")[0][0] == "ann"


def test_killed_in_the_middle(world: World, lost: Loss, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("upscale_connect.engine.adopt.CHUNK", 1)
    whole, calls = Ledger.adopt, []

    def die(self: Ledger, *args: Any) -> None:
        calls.append(args)
        if len(calls) == 2:
            raise KeyboardInterrupt
        whole(self, *args)

    with monkeypatch.context() as patch:
        patch.setattr(Ledger, "adopt", die)
        with pytest.raises(KeyboardInterrupt):
            lost.adopt()
    assert world.states() == {"ready": 2}
    world.wait()
    assert (world.posts, world.exit_code) == (1, 6)
    assert lost.adopt().leads == 1
    world.wait()
    assert (world.posts, world.exit_code) == (1, 0)


def test_run_that_is_under_way(world: World, lost: Loss) -> None:
    with world.ledger() as ledger:
        sync_id = ledger.bind_sync("spring")
    with FileLock(world.folder / f"ledger.db.{sync_id}.lock"), pytest.raises(LockHeldError):
        lost.adopt()
    lost.adopt()


def test_edited_text_is_taken_as_it_stands(world: World, lost: Loss) -> None:
    lost.edit("[sandbox]", "Edited by hand:")
    lost.adopt()
    world.wait()
    assert all(text.startswith("Edited by hand:") for _, text in world.memory.texts)
    assert world.posts == 1


def test_message_that_is_not_shown_is_not_bought_by_itself(world: World, loss: Loss) -> None:
    """It may have been paid for, or never requested: only a person may buy it now."""
    world.write_leads(1)
    loss.forge(1)
    world.spring["messages"] = [CR, FF, {"share_material": {"when": {"column": "Accepted", "equals": "yes"}}}]
    assert loss.adopt() == Findings(leads=1, messages=1, missing=1, shown={"back": 1})
    world.wait()
    assert (world.posts, world.states(), world.exit_code) == (0, {"ready": 1, "failed": 1}, 0)
    assert world.shown()["lead_001"]["outreach_message"] == "Hello Ann1"
    with world.ledger() as ledger:
        (failure,) = ledger.failures(1)
        assert (failure.lead_id, failure.types, failure.adopted) == ("lead_001", FF, True)
        assert "perhaps it was paid" in failure.reason
        assert [one.may_be_regenerated for one in ledger.failed(1)] == [True]
    world.write_leads(world.lead(1, Accepted="yes"))
    world.wait()
    assert world.bought() == [("lead_001", "share_material")]


def test_message_that_was_awaited(world: World, loss: Loss) -> None:
    world.sandbox.faults.set(delay=1000)
    world.write_leads(1)
    world.sync()
    loss.lose()
    world.forgotten = {"lead_001"}
    world.wait()
    assert (world.posts, world.exit_code) == (1, 6)
    assert loss.adopt() == Findings(leads=1, missing=1, shown={"back": 1})
    world.wait()
    assert (world.posts, world.states(), world.exit_code) == (1, {"failed": 1}, 0)
    assert world.shown()["lead_001"]["upscale_status"] == "failed"


def test_sinks_that_show_different_messages(world: World, loss: Loss) -> None:
    """The one that shows most is believed; the others get what they lack."""
    world.use_list("memory", "other")
    world.spring["messages"] = [CR, FF]
    world.leads.items = [world.record(1)]
    key = "customer_1/campaign_1/lead_001"
    world.memory.found[key] = Found(key, "uc-old", {CR: "Hello"})
    world.other.found[key] = Found(key, "uc-new", {CR: "Hello", FF: "Hello again", "status": "open"})
    assert loss.adopt() == Findings(leads=1, messages=2, shown={"other": 1})
    world.wait()
    assert (world.posts, world.exit_code, world.other.written) == (0, 0, [])
    assert world.memory.texts == {(key, "Hello"): 1, (key, "Hello again"): 1}
    assert [one.receipt for one in world.memory.written] == ["uc-new"]


def test_note_is_not_written_twice(world: World, loss: Loss) -> None:
    world.offer(make_sink(world.notes, "slips", repeatable=False))
    world.write_leads(1)
    world.wait()
    loss.lose()
    world.wait()
    loss.adopt()
    world.wait()
    assert (world.posts, world.exit_code, len(world.notes.written)) == (1, 0, 1)


def test_what_is_another_persons_stays_held(world: World, loss: Loss) -> None:
    world.write_leads(world.lead(1, LinkedIn="https://www.linkedin.com/in/somebody-else"), 2, world.lead(3, ID="new_3"))
    loss.forge(1, 2, 3)
    found = loss.adopt()
    assert (found.leads, found.refused) == (2, 2)
    assert [(one.place, one.lead_id) for one in found.refusals] == [
        ("leads.csv:2", "lead_001"),
        ("leads.csv:4", "new_3"),
    ]
    assert "but the row now names li:in:somebody-else" in found.refusals[0].why
    result = world.wait()
    assert (world.posts, result.records.held, result.records.done, world.exit_code) == (0, 2, 1, 6)
    assert world.shown()["lead_001"]["outreach_message"] == "Hello Ann1"
    world.write_leads(world.lead(1, ID="new_1", LinkedIn="https://www.linkedin.com/in/somebody-else"), 2, 3)
    assert loss.adopt().leads == 1
    world.wait()
    assert (world.bought(), world.exit_code) == ([("new_1", CR)], 0)


def test_lead_that_is_bought_meanwhile_under_another_id(world: World, loss: Loss) -> None:
    world.write_leads(world.lead(1, ID="other_id"))
    world.wait()
    loss.forge(1)
    world.write_leads(world.lead(1, ID="other_id"), 2)
    world.wait()
    assert (world.posts, world.exit_code) == (2, 6)
    found = loss.adopt()
    assert found.refusals == [
        Refusal(
            "leads.messages.csv:2",
            "lead_001",
            "messages for this person were bought before in this campaign, as lead id 'other_id'"
            " (leads.csv:2 of 'spring'): give the row that id again, or remove it",
        )
    ]


def test_two_machines_that_write_to_one_file(world: World, loss: Loss) -> None:
    """Each adopts what the other has bought, and keeps its receipts."""
    world.write_leads(1)
    world.wait()
    world.config["ledger"] = "second.db"
    world.write_leads(1, 2)
    world.wait()
    assert (world.posts, world.exit_code) == (2, 6)
    assert loss.adopt().leads == 1
    world.wait()
    receipts = {name: row["upscale_receipt"] for name, row in world.shown().items()}
    world.config["ledger"] = "ledger.db"
    world.wait()
    assert (world.posts, world.exit_code) == (2, 6)
    assert loss.adopt().leads == 1
    world.wait()
    assert (world.posts, world.exit_code) == (2, 0)
    assert {name: row["upscale_receipt"] for name, row in world.shown().items()} == receipts
