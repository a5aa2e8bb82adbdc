"""A small world: a sandbox, a ledger, a file of leads, plugins of the test's own, and time that a test moves.

After every test its books are checked: what the sandbox sold against what the ledger has.
"""

from __future__ import annotations

import contextlib
import csv
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

import upscale_connect_csv
from tests.engine.books import Books, LeadRow
from tests.engine.stand_ins import Grid, Leads, Memory, Plugin, make_sink, make_source, make_table
from upscale_connect import Record, Sink
from upscale_connect.config import Account, Config, load_config
from upscale_connect.engine import Options, SyncReport, SyncResult, open_services, run_syncs, select_syncs
from upscale_connect.engine.connect import Services
from upscale_connect.http import Limits, repeatable_session
from upscale_connect.registry import Registry
from upscale_connect.sandbox import Sandbox
from upscale_connect.testing import FakeClock, FakeStop
from upscale_connect.upscale import PaidSession, UpscaleClient

START = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
LIMITS = Limits(connect_seconds=2, read_seconds=0.6, total_seconds=5)
COLUMNS = ("ID", "First", "Last", "Company", "LinkedIn", "Phone", "Customer", "Campaign", "Accepted", "Website")
MAP: dict[str, Any] = {
    "automation_tool_lead_id": "ID",
    "first_name": "First",
    "last_name": "Last",
    "lead_company": "Company",
    "lead_linkedin": "LinkedIn",
    "lead_company_website_url": "Website",
}


class MovableClock(FakeClock):
    """Time moves when something waits, or a test says so. `skew`: how far somebody has put the clock forward."""

    def __init__(self) -> None:
        super().__init__(START)
        self.skew = timedelta()

    def now(self) -> datetime:
        return super().now() + self.skew


class MovingStop(FakeStop):
    """Waiting takes no time of ours."""


class World(Books):
    """Everything that a run needs, and short words for what a person does between two runs."""

    def __init__(self, folder: Path, sandbox: Sandbox, clock: MovableClock) -> None:
        super().__init__(folder, sandbox)
        self.clock = clock
        self.stop = MovingStop(clock)
        self.leads, self.memory, self.other, self.notes, self.grid = Leads(), Memory(), Memory(), Memory(), Grid()
        self.registry = Registry()
        self.registry.register(upscale_connect_csv, name="csv")
        self.registry.register(self._plugin(), name="test")
        self.config: dict[str, Any] = {
            "version": 1,
            "accounts": {"main": self.account()},
            "ledger": "ledger.db",
            "syncs": {"spring": self.describe_sync()},
        }

    def _plugin(self) -> Plugin:
        sinks = [make_sink(self.memory), make_sink(self.other, "other")]
        return Plugin([make_source(self.leads)], [*sinks, make_sink(self.notes, "notes", repeatable=False)])

    def replace(self, name: str, function: Callable[..., Any]) -> None:
        """Let the sandbox do this from now on, where it has a method of that name."""
        assert callable(getattr(self.sandbox.state, name))
        setattr(self.sandbox.state, name, function)

    def account(self, **changes: Any) -> dict[str, Any]:
        return {"api_key": "sandbox-valid", "base_url": self.sandbox.base_url, **changes}

    def describe_sync(self, **changes: Any) -> dict[str, Any]:
        """A sync as a person writes it."""
        described = {
            "account": "main",
            "customer": "customer_1",
            "campaign": "campaign_1",
            "source": {"plugin": "csv", "path": "leads.csv"},
            "map": dict(MAP),
            "request": {
                "proposition_company_name": "Acme Corporation",
                "proposition_company_url": "https://www.acmecorp.com",
            },
            "messages": ["connection_request"],
        }
        return {name: value for name, value in (described | changes).items() if value is not ...}

    @property
    def spring(self) -> dict[str, Any]:
        """The configuration of the sync that is there from the start."""
        found: dict[str, Any] = self.config["syncs"]["spring"]
        return found

    def use_list(self, *sinks: str) -> None:
        """Read from `leads` instead of a file, and deliver to these sinks instead of beside it."""
        self.spring["source"] = {"plugin": "list"}
        self.spring["sinks"] = {name: {"plugin": name} for name in sinks or ("memory",)}

    def use_grid(self) -> None:
        """Read from `leads`, and write to a table beside it."""
        self.spring["source"] = {"plugin": "list"}
        self.leads.beside = make_table(self.grid)

    def offer(self, sink: type[Sink[Any]]) -> None:
        """Deliver to this sink alone."""
        self.registry.register(Plugin([], [sink]), name=sink.name)
        self.spring["sinks"] = {sink.name: {"plugin": sink.name}}

    # Leads.

    def lead(self, number: int, **changes: str) -> LeadRow:
        row = {"ID": f"lead_{number:03}", "First": f"Ann{number}", "Last": "Example", "Company": f"Company {number}"}
        row["LinkedIn"] = f"https://www.linkedin.com/in/person-{number}"
        return dict.fromkeys(COLUMNS, "") | row | changes

    def record(self, number: int, **changes: str) -> Record:
        return Record(None, self.lead(number, **changes), f"row {number}")

    def write_leads(self, *rows: LeadRow | int, name: str = "leads.csv") -> Path:
        """Write the file of leads; a number stands for that lead."""
        path = self.folder / name
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS)
            writer.writeheader()
            writer.writerows(self.lead(row) if isinstance(row, int) else row for row in rows)
        return path

    # Runs.

    def load(self) -> Config:
        path = self.folder / "upscale-connect.yaml"
        path.write_text(yaml.safe_dump(self.config, sort_keys=False), encoding="utf-8")
        return load_config(path, environ={})

    @contextlib.contextmanager
    def services(self, config: Config | None = None, *, read_only: bool = False) -> Iterator[Services]:
        config = config or self.load()
        with (
            repeatable_session(
                redirects="never", limits=LIMITS, longest_wait=30, sleep=self.stop.wait, clock=self.clock
            ) as session,
            open_services(
                config, registry=self.registry, clock=self.clock, stop=self.stop, read_only=read_only
            ) as services,
        ):
            services.new_client = lambda account, _: self._client(account, session)
            yield services

    def _client(self, account: Account, session: Any) -> UpscaleClient:
        return UpscaleClient(
            account.api_key,
            base_url=account.base_url,
            retrieve_mode=account.retrieve_mode,
            session=session,
            paid=PaidSession(limits=LIMITS),
            clock=self.clock,
        )

    def run(self, *names: str, buy: bool = True, **options: Any) -> SyncReport:
        """`sync`, or `collect` without `buy`. Without names: all syncs."""
        with self.services() as services:
            chosen = select_syncs(services.config, names, everything=not names)
            report = run_syncs(services, chosen, Options(**options), buy=buy)
        self.reports.append(report)
        return report

    def sync(self, *names: str, **options: Any) -> SyncResult:
        """One run of one sync: its result, with the run's report in `reports`."""
        (result,) = self.run(*names, **options).syncs
        return result

    def wait(self, **options: Any) -> SyncResult:
        """One run that waits until nothing is open."""
        return self.sync(wait=True, **options)

    @property
    def exit_code(self) -> int:
        return self.reports[-1].exit_code

    @property
    def notes_of_run(self) -> str:
        return "\n".join(note for result in self.reports[-1].syncs for note in result.notes)


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
def sandbox(clock: MovableClock) -> Iterator[Sandbox]:
    with Sandbox(delay=0, clock=clock) as started:
        yield started


@pytest.fixture
def world(tmp_path: Path, sandbox: Sandbox, clock: MovableClock) -> Iterator[World]:
    built = World(tmp_path, sandbox, clock)
    yield built
    built.check_books()


@pytest.fixture
def files(tmp_path: Path) -> Callable[[], Mapping[str, tuple[bytes, int]]]:
    """`files()`: bytes and time of change of every CSV file."""
    return lambda: {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in tmp_path.glob("*.csv")}


@pytest.fixture
def singles(world: World) -> World:
    """Three leads in a file, each in a request of its own."""
    world.config["accounts"]["main"]["batch_size"] = 1
    world.write_leads(1, 2, 3)
    return world


@pytest.fixture
def two(world: World) -> World:
    """The syncs `spring` and `autumn`, each with a file and a campaign of its own."""
    world.config["syncs"]["autumn"] = world.describe_sync(
        campaign="campaign_2", source={"plugin": "csv", "path": "autumn.csv"}
    )
    world.write_leads(1, 2)
    world.write_leads(3, name="autumn.csv")
    return world
