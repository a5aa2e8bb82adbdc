"""What a run says about itself: its report, its exit code, its progress."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from upscale_connect.engine import Options, pick_exit_code, run_syncs, select_syncs
from upscale_connect.engine.report import RecordCounts
from upscale_connect.errors import InvariantError

if TYPE_CHECKING:
    from tests.engine.conftest import World


def test_report_as_json(two: World) -> None:
    two.write_leads(1, two.lead(2, LinkedIn=""))
    shown = two.run(wait=True).as_json()
    assert shown["schema"] == 1
    assert list(shown) == ["schema", "run_id", "started_at", "finished_at", "syncs", "needs_person", "exit_code"]
    spring = shown["syncs"][0]
    assert list(spring) == ["name", "records", "attempts", "messages", "sinks", "credits", "error"]
    classes = ["new", "waiting", "done", "duplicate", "quarantined", "suppressed", "held", "inactive"]
    assert spring["records"] == {"read": 2} | dict.fromkeys(classes, 0) | {"new": 1, "quarantined": 1}
    assert spring["attempts"] == {"accepted": 1, "complete": 1, "in_doubt": 0, "refused": 0}
    assert spring["messages"] == {"requested": 1, "generated": 1, "failed": 0, "pending": 0}
    assert spring["credits"] == {"estimated": 1, "reserved": 0, "spent": 1}
    assert list(spring["sinks"]["back"]) == ["written", "unchanged", "skipped", "conflict", "failed", "unknown"]
    (need,) = shown["needs_person"]
    assert need == {
        "sync": "spring",
        "what": "records in quarantine",
        "count": 1,
        "command": "upscale-connect quarantine list spring",
    }
    assert shown["exit_code"] == 3


def test_quarantine_is_news_once(world: World) -> None:
    world.write_leads(1, world.lead(2, LinkedIn="not an address"))
    assert world.wait().fresh == 1
    assert world.exit_code == 3
    world.write_leads(world.lead(1, Phone="1"), world.lead(2, LinkedIn="not an address"))
    assert world.wait().records.quarantined == 1
    assert world.exit_code == 0
    world.write_leads(1, 2)
    world.wait()
    assert world.query("SELECT count(*) FROM aside") == [(0,)]


def test_last_good_run_is_remembered(world: World) -> None:
    world.write_leads(1)
    world.wait()
    query = "SELECT finished_at FROM sync"
    well = world.query(query)
    world.clock.advance(3600)
    (world.folder / "leads.csv").unlink()
    world.wait()
    assert world.query(query) == well
    assert world.query("SELECT exit_code FROM run ORDER BY started_at") == [(0,), (10,)]


@pytest.mark.parametrize(
    ("counts", "sound"),
    [
        ({"read": 2, "new": 1, "done": 1}, True),
        ({"read": 2, "new": 1}, False),
        ({"read": 1, "new": 1, "done": 1}, False),
        ({"read": 1, "new": -1, "held": 2}, False),
    ],
)
def test_law_of_conservation(counts: dict[str, int], sound: bool) -> None:
    if sound:
        RecordCounts(**counts).verify()
    else:
        with pytest.raises(InvariantError):
            RecordCounts(**counts).verify()


@pytest.mark.promise(row="C7")
@pytest.mark.parametrize(
    ("codes", "picked"),
    [({0}, 0), ({0, 4}, 4), ({3, 4, 6}, 6), ({10, 6}, 10), ({9, 10}, 9), ({7, 9}, 7), ({5, 7}, 5), ({8, 5}, 8)],
)
def test_exit_code_that_matters_most(codes: set[int], picked: int) -> None:
    assert pick_exit_code(codes) == picked
    assert pick_exit_code(codes | {2}) == 2
    assert pick_exit_code(codes | {2, 1}) == 1


def test_progress(world: World) -> None:
    seen: list[tuple[str, int, int | None]] = []

    class Watcher:
        def update(self, sync: str, stage: str, done: int, total: int | None) -> None:
            assert sync == "spring"
            seen.append((stage, done, total))

    world.sandbox.faults.set(delay=30)
    world.write_leads(1, 2)
    with world.services() as services:
        services.progress = Watcher()
        world.reports.append(run_syncs(services, select_syncs(services.config, None), Options(wait=True)))
    assert ("reading", 2, None) in seen
    assert ("buying", 2, 2) in seen
    assert ("waiting for messages", 0, 2) in seen
