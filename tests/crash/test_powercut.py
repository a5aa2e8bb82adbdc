"""Power cuts of a real run; `python -m tests.crash.powercut` makes more of them."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.crash.kills import explain_missing
from tests.crash.powercut import Change, Disk, Event, Sync, cut, judge, record, replay
from tests.crash.scenario import Scenario

MISSING = explain_missing()
EVENTS: list[Event] = []


@pytest.fixture
def events(tmp_path: Path) -> list[Event]:
    """Those of one run, recorded once for all tests."""
    if MISSING is not None:
        pytest.skip(MISSING)
    if not EVENTS:
        with Scenario(tmp_path / "run") as scenario:
            EVENTS.extend(record(scenario))
    return EVENTS


@pytest.mark.promise(row="B1")
def test_what_the_world_has_seen_is_on_every_disk(events: list[Event], tmp_path: Path) -> None:
    """Each request's intent before it leaves, its id before it is used, the messages before they are shown."""
    verdict = judge(events, tmp_path, images=2)
    assert verdict.disks > 60
    assert verdict.wrong == []


def test_a_run_that_syncs_nothing_is_seen(events: list[Event], tmp_path: Path) -> None:
    careless = [event for event in events if not isinstance(event, Sync)]
    wrong = "\n".join(judge(careless, tmp_path, images=1).wrong)
    assert "requests have left, the ledger knows of" in wrong
    assert "the ledger is refused" in wrong


def test_replay() -> None:
    """A file's sync keeps its content and that it was made; a new name needs the folder's."""
    steps: list[Event] = [
        Change("create", 1, "new"),
        Change("write", 1, offset=0, data=b"one"),
        Sync(1),
        Change("write", 1, offset=3, data=b" two"),
        Change("rename", 1, "old"),
        Sync(None),
        Change("truncate", 1, offset=5),
        Change("unlink", 1, "old"),
        Sync(1),
        Sync(None),
    ]
    seen = [(dict(disk.names), disk.contents.get(1, b""), len(pending)) for _, disk, pending in replay(steps)]
    assert seen == [
        ({}, b"", 0),
        ({}, b"", 1),
        ({}, b"", 2),
        ({"new": 1}, b"one", 0),
        ({"new": 1}, b"one", 1),
        ({"new": 1}, b"one", 2),
        ({"old": 1}, b"one", 1),
        ({"old": 1}, b"one", 2),
        ({"old": 1}, b"one", 3),
        ({"old": 1}, b"one t", 1),
    ]


def test_cut() -> None:
    """Names in their order, sectors in none."""
    disk = Disk({"log": 1}, {1: b"."})
    pending = [
        Change("write", 1, offset=0, data=b"a" * 512 + b"b" * 512),
        Change("rename", 1, "first"),
        Change("rename", 1, "second"),
    ]
    chance = random.Random(1)
    left = [cut(disk, pending, chance) for _ in range(200)]
    assert {next(iter(one.names)) for one in left} == {"log", "first", "second"}
    found = {(one.contents[1][:1], one.contents[1][512:513]) for one in left}
    assert found == {(b".", b""), (b"a", b""), (b".", b"b"), (b"a", b"b")}
    assert disk == Disk({"log": 1}, {1: b"."})
