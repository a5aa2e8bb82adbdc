"""Sinks that are written whole: rewritten only when something changed, and never over what a person wrote."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import pytest

from upscale_connect import BadRecord, ConfigError, Finding, Record, SinkError

if TYPE_CHECKING:
    from tests.engine.conftest import World

Files = Callable[[], Mapping[str, tuple[bytes, int]]]


@pytest.fixture
def grid(world: World) -> World:
    """Reads from a list and writes to a table beside it."""
    world.use_grid()
    world.leads.items = [world.record(1), world.record(2)]
    return world


def statuses(world: World) -> list[tuple[str, str]]:
    """(Place, status) of every row of the table."""
    return [(row.record.where, row.status) for row in world.grid.rows or []]


def test_one_rewrite_per_change(grid: World) -> None:
    grid.wait()
    assert statuses(grid) == [("row 1", "delivered"), ("row 2", "delivered")]
    rewrites = grid.grid.rewrites
    grid.wait()
    grid.run(buy=False)
    assert grid.grid.rewrites == rewrites == 1
    grid.leads.items.append(grid.record(3))
    grid.wait()
    assert grid.grid.rewrites == 2


def test_two_syncs_of_one_table_are_told_before_anything_is_bought(world: World) -> None:
    """Each would write the table whole, without the other's messages."""
    world.config["syncs"]["autumn"] = world.describe_sync(campaign="campaign_2")
    world.write_leads(1, 2)
    report = world.run(wait=True)
    first, second = report.syncs
    assert (first.error, first.messages.generated, report.exit_code) == (None, 2, 2)
    assert isinstance(second.error, ConfigError)
    assert "'autumn' would write over the messages that 'spring' writes" in second.error.message
    assert {key[0] for key in world.bought()} == {"lead_001", "lead_002"}
    world.config["syncs"]["autumn"]["source"]["output"] = "autumn.messages.csv"
    assert world.run(wait=True).exit_code == 0
    receipts = {
        world.shown(name)["lead_001"]["upscale_receipt"] for name in ("leads.messages.csv", "autumn.messages.csv")
    }
    assert len(receipts - {""}) == 2


def test_row_is_the_very_object_that_the_source_yields(grid: World) -> None:
    grid.wait()
    assert grid.grid.rows is not None
    assert [row.record for row in grid.grid.rows] == grid.leads.items
    assert all(row.record is item for row, item in zip(grid.grid.rows, grid.leads.items, strict=True))


def test_every_status(grid: World) -> None:
    """In the order of the source, whatever became of each row."""
    grid.spring["messages"] = [{"connection_request": {"when": {"column": "Accepted", "not_equals": "no"}}}]
    grid.leads.items = [
        grid.record(1),
        grid.record(2, LinkedIn=""),
        BadRecord("row 3", "too many cells"),
        grid.record(1),
        grid.record(5, LinkedIn="https://www.linkedin.com/in/noweb-5"),
        grid.record(6, Accepted="no"),
        grid.record(7, Website="https://example.com/{x}"),
    ]
    grid.sync()
    assert [status for _, status in statuses(grid)] == [
        "waiting",
        "quarantined",
        "quarantined",
        "duplicate",
        "waiting",
        "",
        "quarantined",
    ]
    grid.wait()
    assert [status for _, status in statuses(grid)][::4] == ["delivered", "failed"]
    result = grid.reports[-1].syncs[0]
    assert result.sinks["back"].written == 1


def test_what_was_announced_is_ours_whether_it_was_written_or_not(grid: World) -> None:
    """Three rewrites end between announcement and note; which of them is there nobody knows."""
    grid.wait()
    assert grid.grid.stamps == []
    for number in (3, 4, 5):
        grid.leads.items.append(grid.record(number))
        grid.grid.fail = SinkError("the disk is full")
        grid.wait()
        grid.grid.rewrites += 1  # it is there, or somebody's is: the stamps decide
    assert grid.grid.stamps == ["1", "2", "3"]
    grid.grid.fail = None
    grid.wait()
    assert grid.grid.stamps == ["1", "2", "3", "4"]
    grid.leads.items.append(grid.record(6))
    grid.wait()
    assert grid.grid.stamps == ["5"]


def test_table_that_announces_nothing(grid: World) -> None:
    grid.grid.announces = False
    grid.wait()
    error = grid.reports[-1].syncs[0].error
    assert isinstance(error, SinkError)
    assert "without announcing its stamp" in error.message


def test_changed_cell_of_a_row_that_is_no_lead_shows(world: World) -> None:
    world.write_leads(1, world.lead(2, LinkedIn=""), world.lead(1, First="Twice"))
    world.wait()
    world.write_leads(1, world.lead(2, LinkedIn="", Phone="555"), world.lead(1, First="Twice", Phone="777"))
    world.wait()
    assert world.shown()["lead_002"]["Phone"] == "555"
    assert world.shown()["lead_001+"]["Phone"] == "777"


def test_target_that_was_deleted_is_written_again(world: World) -> None:
    world.write_leads(1)
    world.wait()
    output = world.folder / "leads.messages.csv"
    content = output.read_bytes()
    output.unlink()
    posts, gets = world.posts, world.gets
    world.wait()
    assert output.read_bytes() == content
    assert (world.posts, world.gets) == (posts, gets)


def test_type_that_is_wanted_again_is_shown_again(world: World) -> None:
    """Its messages are there already, so nothing is bought, but the output has lost their column."""
    world.write_leads(1)
    world.wait()
    world.spring["messages"] = ["first_follow_up"]
    world.wait()
    assert "outreach_message" not in world.shown()["lead_001"]
    world.spring["messages"] = ["connection_request"]
    world.wait()
    assert world.posts == 2
    assert world.shown()["lead_001"]["outreach_message"].startswith("[sandbox]")


@pytest.mark.parametrize("has_cursor", [True, False])
def test_source_that_is_as_it_was_after_the_table_showed_it_otherwise(world: World, has_cursor: bool) -> None:
    """`collect` shows the source as it is, and plans nothing: a change may be undone before the next `sync`."""
    if has_cursor:
        world.write_leads(1, 2)
    else:
        world.use_grid()
        world.leads.items = [world.record(1), world.record(2)]
    before = list(world.leads.items)
    world.sync()
    world.leads.items = before[:1]
    world.write_leads(1)
    world.run(buy=False)
    assert count_rows(world, has_cursor) == 1
    world.leads.items = before
    world.write_leads(1, 2)
    world.sync()
    assert count_rows(world, has_cursor) == 2


def count_rows(world: World, has_cursor: bool) -> int:
    return len(world.shown()) if has_cursor else len(world.grid.rows or [])


def test_what_a_person_wrote_into_the_target_is_kept(world: World, files: Files) -> None:
    world.write_leads(1)
    world.wait()
    output = world.folder / "leads.messages.csv"
    edited = output.read_bytes().replace(b"[sandbox]", b"[edited]")
    output.write_bytes(edited)
    before = files()
    world.wait()
    assert files() == before
    world.write_leads(1, 2)
    world.wait()
    assert edited in [content for content, _ in files().values()]
    assert len(world.messages_of("lead_002")) == 1


def test_failed_rewrite_leaves_everything_due(grid: World) -> None:
    grid.grid.fail = SinkError("the sheet is locked")
    grid.wait()
    assert (grid.exit_code, grid.grid.rows) == (9, None)
    assert grid.query("SELECT count(*) FROM delivery") == [(0,)]
    grid.grid.fail = None
    grid.wait()
    assert grid.exit_code == 0
    assert statuses(grid) == [("row 1", "delivered"), ("row 2", "delivered")]


@pytest.mark.parametrize("error", [OSError("unplugged"), SystemExit(3), KeyError("id")], ids=repr)
def test_table_that_breaks(grid: World, error: BaseException) -> None:
    grid.grid.fail = error
    result = grid.wait()
    assert grid.exit_code == 9
    assert result.error is not None
    assert type(error).__name__ in result.error.message
    assert grid.states() == {"ready": 2}


def test_table_and_sink_beside_each_other(grid: World) -> None:
    grid.spring["sinks"] = {"back": "source", "memory": {"plugin": "memory"}}
    grid.grid.fail = OSError("unplugged")
    grid.wait()
    assert len(grid.memory.written) == 2
    assert grid.exit_code == 9
    grid.grid.fail = None
    grid.wait()
    assert len(grid.memory.written) == 2
    assert grid.exit_code == 0


def test_source_that_breaks_while_the_table_is_written(grid: World) -> None:
    grid.wait()
    before = list(grid.grid.rows or [])
    grid.leads.items = [grid.record(1), grid.record(3), lambda: 1 / 0]
    grid.wait()
    assert grid.exit_code == 10
    assert grid.grid.rows == before


@pytest.mark.parametrize("item", [5, None, "a row", {"ID": "1"}], ids=repr)
def test_source_that_yields_no_records(grid: World, item: Any) -> None:
    """First the plan stumbles over it, then the table."""
    grid.leads.items = [grid.record(1), item]
    result = grid.wait()
    assert grid.exit_code == 10
    assert result.error is not None
    assert type(item).__name__ in result.error.message
    assert grid.posts == 0


def test_long_run_shows_what_it_has(grid: World) -> None:
    """A table is rewritten while the run still waits for the rest, but no more often than every 30 s."""
    grid.sandbox.faults.set(delay=100)
    grid.leads.items = [grid.record(1)]
    grid.sync()
    grid.sandbox.faults.set(delay=1000)
    grid.leads.items = [grid.record(1), grid.record(2)]
    seen: set[tuple[str, ...]] = set()
    grid.stop.on_wait = lambda: seen.add(tuple(status for _, status in statuses(grid)))
    grid.wait()
    assert ("delivered", "waiting") in seen
    assert [status for _, status in statuses(grid)] == ["delivered", "delivered"]


def test_person_sees_since_when(grid: World) -> None:
    grid.wait()
    assert grid.grid.rows is not None
    for row in grid.grid.rows:
        assert row.since is not None
        assert row.since.tzinfo is not None
        assert row.delivery is not None
        assert row.delivery.receipt.startswith("uc-")


def test_receipt_is_the_same_again_until_a_message_is_new(grid: World) -> None:
    grid.wait()
    assert grid.grid.rows is not None
    first = [row.delivery.receipt for row in grid.grid.rows if row.delivery]
    grid.leads.items.append(grid.record(3))
    grid.wait()
    again = [row.delivery.receipt for row in grid.grid.rows if row.delivery]
    assert again[:2] == first
    assert len(set(again)) == 3
    grid.spring["messages"] = ["connection_request", "first_follow_up"]
    grid.wait()
    assert not {row.delivery.receipt for row in grid.grid.rows if row.delivery} & set(again)


def test_output_that_cannot_be_written_is_noticed_before_money_is_spent(world: World) -> None:
    world.write_leads(1)
    world.spring["source"]["output"] = "no such folder/out.csv"
    world.wait()
    assert (world.posts, world.exit_code) == (0, 9)


def test_sink_that_fails_its_check_keeps_the_sync_from_buying(grid: World) -> None:
    grid.leads.findings = [Finding("warning", "it is slow"), Finding("error", "the token has expired", "renew it")]
    result = grid.wait()
    assert (grid.posts, grid.exit_code) == (0, 10)
    assert result.error is not None
    assert ("the token has expired" in result.error.message, result.error.hint) == (True, "renew it")
    grid.leads.findings = []
    grid.wait()
    assert grid.posts == 1


def test_record_may_have_any_text(grid: World) -> None:
    """Also what no encoding can hold: a file name or a cell with half a character."""
    odd = Record(None, grid.lead(1, Phone="\ud800", Company="Ödön & Söhne 💡"), "leads\udcff.csv:2")
    grid.leads.items = [odd, Record(None, dict(odd.fields), "leads\udcff.csv:3"), BadRecord("\udcff", "half \ud83d")]
    result = grid.wait()
    assert grid.exit_code == 3
    assert (result.records.new, result.records.duplicate, result.records.quarantined) == (1, 1, 1)
    assert grid.grid.rows is not None
    assert grid.grid.rows[0].delivery is not None
