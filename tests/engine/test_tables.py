"""Sinks that are written whole: rewritten only when something changed, and each row says what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from upscale_connect import BadRecord, Finding, Record, SinkError

if TYPE_CHECKING:
    from tests.engine.conftest import World


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
