"""What a person does with a ledger that was lost: words for that."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.engine.conftest import COLUMNS
from upscale_connect.engine import plan_syncs, select_syncs
from upscale_connect.engine.adopt import Findings, adopt

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.engine.books import LeadRow
    from tests.engine.conftest import World
    from upscale_connect.engine import SyncResult


class Loss:
    """A world whose ledger gets lost."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.saved = world.folder / "saved.db"

    def lose(self) -> None:
        """The ledger is gone with all files beside it; what it wrote elsewhere is there."""
        for path in self.world.folder.glob("ledger.db*"):
            path.unlink()

    def save(self) -> None:
        shutil.copy(self.world.folder / "ledger.db", self.saved)

    def restore(self) -> None:
        """The saved copy takes the place of the ledger, and a person accepts that."""
        self.lose()
        shutil.copy(self.saved, self.world.folder / "ledger.db")

    def adopt(self, name: str = "spring", agree: Callable[[Findings], None] = lambda _: None) -> Findings:
        with self.world.services() as services:
            return adopt(services, services.config.syncs[name], "ann", agree=agree)

    def look(self, name: str = "spring") -> Findings:
        """`adopt --dry-run`."""
        with self.world.services(read_only=True) as services:
            return adopt(services, services.config.syncs[name], "ann")

    def plan(self) -> SyncResult:
        with self.world.services(read_only=True) as services:
            report, _ = plan_syncs(services, select_syncs(services.config, None))
        return report.syncs[0]

    @property
    def output(self) -> Path:
        return self.world.folder / "leads.messages.csv"

    def forge(self, *rows: LeadRow | int, receipt: str = "uc-elsewhere", status: str = "delivered") -> None:
        """An output that another ledger has written: nothing of it was bought from this sandbox."""
        found = [self.world.lead(row) if isinstance(row, int) else row for row in rows]
        with self.output.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow([*COLUMNS, "outreach_message", "upscale_status", "upscale_updated_at", "upscale_receipt"])
            for row in found:
                text = f"Hello {row['First']}" if receipt else ""
                writer.writerow([*row.values(), text, status, "2026-01-01T00:00:00Z", receipt])

    def edit(self, old: str, new: str) -> None:
        """A person edits the output."""
        text = self.output.read_text(encoding="utf-8")
        assert old in text
        self.output.write_text(text.replace(old, new), encoding="utf-8")

    def held(self) -> list[tuple[str, str, str]]:
        """Place, field and reason of what is held."""
        return self.world.query("SELECT place, field, reason FROM aside WHERE kind = 'held' ORDER BY id")

    def needs(self) -> list[tuple[str, int]]:
        return [(need.command, need.count) for need in self.world.reports[-1].needs_person]


@pytest.fixture
def loss(world: World) -> Loss:
    return Loss(world)
