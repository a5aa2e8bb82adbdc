"""A ledger that is lost, or replaced by an old copy, buys nothing again."""

from __future__ import annotations

import shutil
from datetime import datetime
from typing import TYPE_CHECKING

import pytest

from upscale_connect.errors import LedgerError
from upscale_connect.ledger import Ledger, back_up

if TYPE_CHECKING:
    from tests.engine.conftest import World


@pytest.mark.promise(row="B4")
def test_old_copy_buys_nothing(world: World) -> None:
    """The copy was made before the last purchase; with the newest ledger back, all goes on."""
    ledger, saved = world.folder / "ledger.db", world.folder / "saved.db"
    world.write_leads(1)
    world.wait()
    shutil.copy(ledger, saved)
    world.write_leads(1, 2)
    world.wait()
    newest = ledger.read_bytes()
    shutil.copy(saved, ledger)
    with pytest.raises(LedgerError, match="old copy") as caught:
        world.sync()
    assert caught.value.exit_code == 2
    assert world.posts == 2
    ledger.write_bytes(newest)
    world.wait()
    assert (world.posts, world.exit_code) == (2, 0)


@pytest.mark.promise(row="I5")
def test_deleted_ledger_buys_nothing(world: World) -> None:
    ledger = world.folder / "ledger.db"
    world.write_leads(1)
    world.wait()
    kept = ledger.rename(world.folder / "kept.db")
    with pytest.raises(LedgerError, match="an empty one would buy everything again"):
        world.sync()
    assert not ledger.exists()
    assert world.posts == 1
    kept.rename(ledger)
    world.wait()
    assert world.posts == 1


@pytest.mark.promise(row="B4")
@pytest.mark.parametrize("restored", ["at once", "after another run"])
def test_copy_made_while_a_run_was_buying(world: World, monkeypatch: pytest.MonkeyPatch, restored: str) -> None:
    """It was made between two requests of a run, and put back before or after the next run."""
    ledger, saved = world.folder / "ledger.db", world.folder / "saved.db"
    mark = Ledger.mark_submitting

    def save_first(self: Ledger, attempt_id: int, run_id: str, at: datetime, size: int) -> None:
        if attempt_id == 1:
            back_up(ledger, saved)
        mark(self, attempt_id, run_id, at, size)

    world.write_leads(1)
    with monkeypatch.context() as patch:
        patch.setattr(Ledger, "mark_submitting", save_first)
        world.sync()
    if restored == "after another run":
        world.wait()
    saved.replace(ledger)
    with pytest.raises(LedgerError, match="old copy"):
        world.sync()
    assert world.posts == 1


@pytest.mark.promise(row="B4")
def test_copy_from_before_the_request_left(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The copy takes the attempt for unsent. Once a person accepts it, it is in doubt and not sent again."""
    ledger, saved = world.folder / "ledger.db", world.folder / "saved.db"
    mark = Ledger.mark_submitting

    def save_first(self: Ledger, attempt_id: int, run_id: str, at: object, size: int) -> None:
        with self.db.reading() as connection:
            connection.execute("VACUUM INTO ?", (str(saved),))
        mark(self, attempt_id, run_id, world.clock.now(), size)

    world.write_leads(1)
    with monkeypatch.context() as patch:
        patch.setattr(Ledger, "mark_submitting", save_first)
        world.sync()
    world.wait()
    ledger.unlink()
    saved.rename(ledger)
    with pytest.raises(LedgerError, match="old copy"):
        world.sync()
    (world.folder / "ledger.db.generation").unlink()
    (world.folder / "ledger.db.spool").unlink(missing_ok=True)
    world.sync()
    assert (world.attempts(), world.posts, world.exit_code) == (["in_doubt"], 1, 5)
