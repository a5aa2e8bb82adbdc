"""`kill -9` at any moment: the next run goes on, nothing is bought twice, nothing is lost."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.engine.conftest import World

SCRIPT = Path(__file__).with_name("killed_run.py")
LEADS = 6
SENT_BY = 3


def run_and_kill(world: World, moment: str, number: int) -> None:
    """Three requests of two leads each, in a process that does not live to its end."""
    world.config["accounts"]["main"]["batch_size"] = LEADS // SENT_BY
    world.write_leads(*range(1, LEADS + 1))
    world.load()
    command = [sys.executable, str(SCRIPT), str(world.folder / "upscale-connect.yaml"), moment, str(number)]
    ended = subprocess.run(command, capture_output=True, timeout=30, cwd=world.folder)
    assert ended.returncode != 0, f"{moment} {number} never came"
    assert not ended.stdout
    assert not ended.stderr


def check_recovery(world: World) -> None:
    """The next run settles what was open; only what was being sent, without an id in the spool, is in doubt."""
    path = world.folder / "ledger.db"
    interrupted = count_lost(world) if path.exists() and has_tables(world) else 0
    assert interrupted <= 1
    world.wait()
    assert world.attempts().count("in_doubt") == interrupted
    assert world.exit_code == (5 if interrupted else 0)
    world.spring["limits"] = {"max_in_doubt": 1}  # a person says: go on with the others
    world.wait()
    in_doubt = interrupted * LEADS // SENT_BY
    assert world.states() == {"ready": LEADS - in_doubt} | ({"pending": in_doubt} if in_doubt else {})
    shown = [row["upscale_status"] for row in world.shown().values()]
    assert (shown.count("delivered"), shown.count("in doubt")) == (LEADS - in_doubt, in_doubt)
    posts = world.posts
    assert posts <= SENT_BY
    world.wait()
    assert world.posts == posts


def count_lost(world: World) -> int:
    """Attempts that were being sent, and whose id is nowhere."""
    with world.ledger() as ledger:
        spooled = {line.attempt_id for line in ledger.spool.read()}
    return sum(number not in spooled for (number,) in world.query("SELECT id FROM attempt WHERE state = 'submitting'"))


def has_tables(world: World) -> bool:
    return bool(world.query("SELECT 1 FROM sqlite_schema WHERE name = 'attempt'"))


@pytest.mark.promise(row="A1")
@pytest.mark.parametrize(
    ("moment", "number"),
    [
        ("before commit", 1),  # the ledger itself
        ("after commit", 6),
        ("before commit", 9),
        ("after commit", 9),
        ("before commit", 10),
        ("after commit", 10),
        ("before post", 2),
        ("after post", 2),
        ("before spool", 2),
        ("after spool", 2),
        ("before receipt", 1),
        ("after get", 1),
        ("before fsync", 1),
        ("after rewrite", 1),
    ],
)
def test_killed(world: World, moment: str, number: int) -> None:
    run_and_kill(world, moment, number)
    check_recovery(world)


@pytest.mark.promise(row="A1")
@pytest.mark.parametrize("moment", ["after spool", "before receipt"])
def test_killed_between_spool_and_ledger(world: World, moment: str) -> None:
    """The id is known to the spool alone: the next run goes on without doubt."""
    run_and_kill(world, moment, 2)
    assert "submitting" in world.attempts()
    world.wait()
    assert (world.attempts(), world.exit_code) == (["complete"] * SENT_BY, 0)
    assert world.posts == SENT_BY
    world.sync()
    assert (world.folder / "ledger.db.spool").read_bytes() == b""


@pytest.mark.promise(row="A1")
@pytest.mark.parametrize("moment", ["before announcement", "after announcement", "before replacement", "after rewrite"])
def test_killed_around_the_replacement_of_the_table(world: World, moment: str) -> None:
    """Its next version differs, as a lead was added: what the killed run wrote is not taken for a person's work."""
    run_and_kill(world, moment, 1)
    assert (world.folder / "leads.messages.csv").exists() == (moment == "after rewrite")
    world.write_leads(*range(1, LEADS + 2))
    world.wait()
    assert len(world.shown()) == LEADS + 1
    assert list(world.folder.glob("leads.messages.edited-*")) == []


@pytest.mark.promise(row="A6")
@pytest.mark.parametrize("moment", ["after announcement", "after rewrite"])
def test_what_a_person_wrote_after_that_kill_is_kept(world: World, moment: str) -> None:
    run_and_kill(world, moment, 1)
    (world.folder / "leads.messages.csv").write_text("mine", encoding="utf-8")
    world.write_leads(*range(1, LEADS + 2))
    world.wait()
    (kept,) = world.folder.glob("leads.messages.edited-*")
    assert kept.read_text(encoding="utf-8") == "mine"
