"""What an output shows as bought is not bought by a ledger that does not know it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import pytest

from tests.engine.stand_ins import make_table, untyped
from upscale_connect import Record, Shown

if TYPE_CHECKING:
    from tests.engine.adoption.conftest import Loss
    from tests.engine.conftest import World

CR = "connection_request"

Files = Callable[[], Mapping[str, tuple[bytes, int]]]


@pytest.fixture
def lost(world: World, loss: Loss) -> Loss:
    """Two leads were bought and written beside the leads; then the ledger was lost."""
    world.write_leads(1, 2)
    world.wait()
    loss.lose()
    world.forgotten = {"lead_001", "lead_002"}
    return loss


@pytest.mark.promise(row="I5")
def test_empty_ledger_buys_nothing_that_a_sink_shows(world: World, lost: Loss, files: Files) -> None:
    before = files()
    result = world.wait()
    assert (world.posts, world.exit_code, result.records.held, result.records.read) == (1, 6, 2, 2)
    assert files() == before
    assert lost.needs() == [("upscale-connect adopt spring", 2)]
    assert [(place, field) for place, field, _ in lost.held()] == [
        ("leads.csv:2", "receipt"),
        ("leads.csv:3", "receipt"),
    ]
    assert "leads.messages.csv:2 shows receipt uc-" in lost.held()[0][2]
    world.wait()
    assert (world.posts, world.exit_code) == (1, 6)


def test_plan_shows_what_is_held_and_writes_nothing(world: World, lost: Loss, files: Files) -> None:
    before = files()
    result = lost.plan()
    assert (result.records.held, result.records.new, result.credits.estimated) == (2, 0, 0)
    assert files() == before
    assert not (world.folder / "ledger.db").exists()
    world.wait()


def test_output_is_not_overwritten_by_a_run_that_reads_nothing(world: World, lost: Loss, files: Files) -> None:
    """The texts in it may be all that is left of what was paid for."""
    before = files()
    world.run(buy=False)
    assert files() == before
    assert world.exit_code == 6
    assert lost.needs() == [("upscale-connect adopt spring", 2)]


def test_only_what_is_new_is_bought(world: World, lost: Loss) -> None:
    world.write_leads(1, 2, 3, 4)
    result = world.wait()
    assert world.bought()[2:] == [("lead_003", "connection_request"), ("lead_004", "connection_request")]
    assert (result.records.held, result.records.new, world.exit_code) == (2, 2, 6)
    assert set(world.shown()) == {"lead_001", "lead_002"}
    lost.adopt()
    world.wait()
    assert (world.posts, world.exit_code) == (2, 0)
    assert [len(world.messages_of(lead_id)) for lead_id in sorted(world.shown())] == [1, 1, 1, 1]


def test_receipt_that_a_person_removes_lets_its_lead_be_bought(world: World, loss: Loss) -> None:
    """Also if the source has not changed since."""
    world.write_leads(1, 2)
    loss.forge(1, 2)
    world.wait()
    assert (world.posts, world.exit_code) == (0, 6)
    loss.forge(1, world.lead(2), receipt="")
    result = world.wait()
    assert (result.records.new, world.bought(), world.exit_code) == (2, [("lead_001", CR), ("lead_002", CR)], 0)


def test_output_of_another_ledger(world: World, loss: Loss) -> None:
    """Somebody else's receipt is as good as one of our own that is lost."""
    world.write_leads(1, 2)
    loss.forge(2)
    result = world.wait()
    assert (world.bought(), result.records.held, world.exit_code) == ([("lead_001", CR)], 1, 6)
    assert loss.held()[0][2].startswith(
        "leads.messages.csv:2 shows receipt uc-elsewhere, which this ledger did not give"
    )


def test_row_that_is_gone_from_the_source(world: World, loss: Loss) -> None:
    """Who gives it back would buy it again."""
    world.write_leads(1)
    loss.forge(2)
    world.wait()
    assert (world.bought(), world.exit_code) == ([("lead_001", CR)], 6)
    ((place, _, reason),) = loss.held()
    assert (place, reason.endswith("it is no longer in the source")) == ("leads.messages.csv:2", True)
    assert loss.adopt().leads == 1
    world.write_leads(1, 2)
    world.wait()
    assert (world.posts, world.exit_code) == (1, 0)
    assert world.messages_of("lead_002") == ["Hello Ann2"]


@pytest.mark.parametrize(
    ("status", "bought"), [("waiting", 0), ("in doubt", 0), ("held", 0), ("rejected", 0), ("failed", 1), ("", 1)]
)
def test_row_that_awaits_its_message(world: World, loss: Loss, status: str, bought: int) -> None:
    """It may have been requested when the ledger was lost."""
    world.write_leads(1)
    loss.forge(1, receipt="", status=status)
    world.wait()
    assert world.posts == bought
    assert world.exit_code == (0 if bought else 6)


def test_row_that_awaits_its_message_in_our_own_table(world: World, loss: Loss) -> None:
    """A run that only collects has shown the new row, and a person has edited the table since."""
    world.sandbox.faults.set(delay=1000)
    world.write_leads(1)
    world.sync()
    world.write_leads(1, 2)
    world.clock.advance(2000)
    world.run(buy=False)
    assert [row["upscale_status"] for row in world.shown().values()] == ["delivered", "waiting"]
    loss.edit("[sandbox]", "Edited:")
    result = world.wait()
    assert (result.records.held, world.posts, world.exit_code) == (0, 2, 0)


def test_output_of_this_ledger_that_a_person_edited(world: World, loss: Loss) -> None:
    world.write_leads(1)
    world.wait()
    loss.edit("[sandbox]", "Edited:")
    loss.edit("lead_001", "lead_one")
    world.write_leads(1, 2)
    result = world.wait()
    assert (result.records.held, world.posts, world.exit_code) == (0, 2, 0)


@pytest.mark.parametrize("content", [b"ID,upscale_receipt\n\xe9,uc-1\n", b'ID,upscale_receipt\n"a,uc-1\nb,c\n'])
def test_output_that_cannot_be_read_back(world: World, loss: Loss, content: bytes) -> None:
    """A ledger that has never written it cannot know what stands there; one that has goes on as before."""
    world.write_leads(1)
    loss.output.write_bytes(content)
    result = world.wait()
    assert (world.posts, world.exit_code) == (0, 9)
    assert result.error is not None
    assert "leads.messages.csv:2" in result.error.message
    loss.output.unlink()
    world.wait()
    loss.output.write_bytes(content)
    world.write_leads(1, 2)
    world.wait()
    assert (world.posts, world.exit_code) == (2, 0)
    assert "leads.messages.csv:2" in world.notes_of_run


def test_row_with_a_receipt_that_is_no_lead(world: World, loss: Loss) -> None:
    """Nobody can tell whom it belongs to, so nobody is bought for."""
    world.write_leads(1)
    loss.forge(world.lead(2, LinkedIn=""))
    result = world.wait()
    assert (world.posts, world.exit_code) == (0, 9)
    assert result.error is not None
    assert result.error.message.startswith("leads.messages.csv:2: this row shows receipt uc-elsewhere")
    assert "LinkedIn" in result.error.message
    loss.forge(world.lead(2, LinkedIn=""), receipt="", status="quarantined")
    world.wait()
    assert (world.posts, world.exit_code) == (1, 0)


def test_our_own_row_that_a_person_made_unreadable(world: World, loss: Loss) -> None:
    world.write_leads(1)
    world.wait()
    loss.edit("https://www.linkedin.com/in/person-1", "")
    world.write_leads(1, 2)
    world.wait()
    assert (world.posts, world.exit_code) == (2, 0)


def test_lead_whose_conditions_allow_nothing_now(world: World, loss: Loss) -> None:
    """It was bought for while they did, and is held before they do again."""
    world.spring["messages"] = [{"connection_request": {"when": {"column": "Accepted", "equals": "yes"}}}]
    world.write_leads(1)
    loss.forge(1)
    result = world.wait()
    assert (result.records.held, result.records.inactive) == (1, 0)


def test_output_that_was_moved_over_the_leads(world: World, lost: Loss) -> None:
    (world.folder / "leads.csv").write_bytes(lost.output.read_bytes())
    lost.output.unlink()
    result = world.wait()
    assert (world.posts, result.records.held, world.exit_code) == (1, 2, 6)


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (5, "it yielded int, not Shown"),
        (untyped(Shown, "row", "uc-1"), "not Shown"),
        (Shown(untyped(Record, None, {"First": 5}, "row 1"), "uc-1"), "not every cell of this row is text"),
        (OSError("unplugged"), "OSError: unplugged"),
    ],
    ids=str,
)
def test_table_that_shows_nonsense(world: World, row: Any, told: str) -> None:
    def show(self: object) -> Iterator[Any]:
        if isinstance(row, Exception):
            raise row
        yield row

    world.use_grid()
    world.leads.beside = type("OddTable", (make_table(world.grid),), {"shown": show})
    world.leads.items = [world.record(1)]
    result = world.wait()
    assert (world.posts, world.exit_code) == (0, 9)
    assert result.error is not None
    assert told in result.error.message
