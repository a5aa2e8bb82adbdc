"""Two runs at the same moment, over two syncs that share a campaign and its people."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from upscale_connect.engine import Options, SyncReport, run_syncs, select_syncs
from upscale_connect.errors import InvariantError

if TYPE_CHECKING:
    from tests.engine.conftest import World

LEADS = 12


def run_both(world: World) -> list[SyncReport]:
    """`spring` and `autumn` at once, each with a ledger connection of its own, as two processes would have."""
    reports: list[SyncReport] = []
    config = world.load()
    together = threading.Barrier(2)

    def run(name: str) -> None:
        with world.services(config) as services:
            chosen = select_syncs(services.config, [name])
            together.wait(5)
            reports.append(run_syncs(services, chosen, Options(wait=True)))

    threads = [threading.Thread(target=run, args=(name,)) for name in ("spring", "autumn")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(reports) == 2
    world.reports += reports
    return reports


@pytest.mark.parametrize("same_ids", [True, False], ids=["same ids", "other ids"])
@pytest.mark.parametrize("types", [["connection_request"], ["connection_request", "first_follow_up"]], ids=len)
def test_nobody_is_bought_twice(world: World, same_ids: bool, types: list[str]) -> None:
    """Whoever prepares a request first has its leads; the other run sees it, or says that it came too late."""
    world.config["accounts"]["main"]["batch_size"] = 2
    world.config["syncs"]["autumn"] = world.describe_sync(
        messages=types, source={"plugin": "csv", "path": "autumn.csv"}
    )
    people = [world.lead(number) for number in range(LEADS)]
    world.write_leads(*people)
    shift = 0 if same_ids else 100
    world.write_leads(*(row | {"ID": f"lead_{shift + n:03}"} for n, row in enumerate(people)), name="autumn.csv")
    for report in run_both(world):
        assert not isinstance(report.syncs[0].error, InvariantError)
    for _ in range(2):
        world.run(wait=True)
    twice = "SELECT person, type FROM purchase WHERE state = 'ready' GROUP BY person, type HAVING count(*) > 1"
    assert world.query(twice) == []
    first = "SELECT count(*) FROM purchase WHERE state = 'ready' AND type = 'connection_request'"
    assert world.query(first) == [(LEADS,)]
    assert world.query("SELECT count(*) FROM purchase WHERE state = 'queued'") == [(0,)]
    assert set(world.attempts()) <= {"complete", "dropped"}
