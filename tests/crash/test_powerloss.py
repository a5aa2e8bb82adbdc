"""The power is cut: what was taken for stored is on the disk, and the next run goes on from whatever is left."""

from __future__ import annotations

import random

import pytest

from tests.crash.disk import Cache, Disk, Event
from tests.crash.kills import explain_missing
from tests.crash.powerloss import record_run

MISSING = explain_missing()
needs_strace = pytest.mark.skipif(MISSING is not None, reason=str(MISSING))


@pytest.mark.promise(row="B1")
@needs_strace
def test_nothing_that_was_stored_is_lost() -> None:
    """Some 200 disks. `python -m tests.crash.powerloss` looks at thousands."""
    with record_run() as cuts:
        tally = cuts.judge(random.Random(7), 0.4)
    assert tally.wrong == []
    assert tally.images > 100
    assert tally.settled > 10
    assert {event.path for event in cuts.events if event.kind == "create"} >= {
        "ledger.db",
        "ledger.db-wal",
        "ledger.db.spool",
        "ledger.db.generation.new",
        "ledger.db.reserve.new",
    }


@pytest.mark.promise(row="B1")
@needs_strace
def test_a_weaker_setting_is_seen() -> None:
    """With `synchronous=NORMAL`, SQLite syncs only now and then: commits are gone."""
    with record_run("NORMAL") as cuts:
        tally = cuts.judge(random.Random(7), 0.4, settles=False)
    assert tally.lost_commits > 20
    assert tally.damaged == 0


# The disk.


def events(*more: Event) -> list[Event]:
    return [Event("create", 1, "a"), Event("write", 1, data=b"x" * 1024), *more]


def cut(is_strict: bool, *done: Event) -> set[tuple[tuple[str, bytes], ...]]:
    """Every disk that a few hundred cuts leave."""
    cache = Cache(Disk(), is_strict)
    for event in done:
        cache.take(event)
    left = [cache.cut(random.Random(seed)) for seed in range(300)]
    return {tuple(sorted((name, bytes(disk.files[file])) for name, file in disk.names.items())) for disk in left}


def test_what_was_not_synced_may_be_there_or_not() -> None:
    whole, none, first, last = b"x" * 1024, b"", b"x" * 512, bytes(512) + b"x" * 512
    assert cut(False, *events()) == {(), *((("a", content),) for content in (whole, none, first, last))}


@pytest.mark.parametrize("is_strict", [False, True])
def test_what_was_synced_is_there(is_strict: bool) -> None:
    done = events(Event("sync", 1), Event("sync folder", path="."))
    assert cut(is_strict, *done) == {(("a", b"x" * 1024),)}


def test_a_name_may_need_its_folder() -> None:
    done = events(Event("sync", 1))
    assert cut(False, *done) == {(("a", b"x" * 1024),)}
    assert cut(True, *done) == {(), (("a", b"x" * 1024),)}


def test_a_rename_is_there_or_not() -> None:
    done = events(Event("sync", 1), Event("sync folder", path="."), Event("rename", 1, "a", "b"))
    assert {disk[0][0] for disk in cut(True, *done)} == {"a", "b"}
