"""A small world: a sandbox, a ledger, a file of leads, plugins of the test's own, and time that a test moves.

After every test its books are checked: what the sandbox sold against what the ledger has.
"""

from __future__ import annotations

import contextlib
import csv
import re
import sqlite3
import zlib
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
import yaml
from filelock import FileLock

import upscale_connect_csv
from upscale_connect import Delivery, Finding, Found, PluginConfig, Record, Row, Sink, Source, Table, WriteResult
from upscale_connect.config import Account, Config, load_config
from upscale_connect.engine import Options, SyncReport, SyncResult, open_services, run_syncs, select_syncs
from upscale_connect.engine.connect import Services
from upscale_connect.hookspecs import hookimpl
from upscale_connect.http import Limits, repeatable_session
from upscale_connect.ledger import Ledger, verify
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


#: Leads and message types that a person agreed to pay once more, once for each time.
CONSENTS = (
    "SELECT p.lead_id, p.type FROM event e JOIN attempt a ON a.id = e.attempt_id JOIN purchase p USING (batch_id)"
    " WHERE e.kind = 'resent' UNION ALL SELECT lead_id, type FROM purchase WHERE revision > 1 AND state <> 'refused'"
)

LeadRow = dict[str, str]


def untyped(kind: Callable[..., Any], *arguments: object) -> Any:
    """What a plugin whose types nobody checks may make."""
    return kind(*arguments)


class MovableClock(FakeClock):
    """Time moves when something waits, or a test says so. `skew`: how far somebody has put the clock forward."""

    def __init__(self) -> None:
        super().__init__(START)
        self.skew = timedelta()

    def now(self) -> datetime:
        return super().now() + self.skew


class MovingStop(FakeStop):
    """Waiting takes no time of ours."""


class NoOptions(PluginConfig):
    """A connector without options."""


class Plugin:
    """What a plugin's module would be."""

    def __init__(self, sources: Sequence[type[Source[Any]]], sinks: Sequence[type[Sink[Any]]]) -> None:
        self._sources = list(sources)
        self._sinks = list(sinks)

    @hookimpl
    def lead_sources(self) -> list[type[Source[Any]]]:
        return self._sources

    @hookimpl
    def message_sinks(self) -> list[type[Sink[Any]]]:
        return self._sinks


class Memory:
    """A sink's target, and what it is told to do. `found`: what somebody else made of a place, by key.

    `asked`: the keys of deliveries that may have been written; `examined`: those asked about before a purchase.
    """

    def __init__(self) -> None:
        self.written: list[Delivery] = []
        self.shown: dict[str, str] = {}
        self.asked: list[str] = []
        self.examined: list[str] = []
        self.closed = 0
        self.knows = True
        self.found: dict[str, Found] = {}
        self.on_find: Callable[[list[Delivery]], None] = lambda deliveries: None
        self.answer: Callable[[Delivery], object] = lambda delivery: delivery.written()
        self.fault: Callable[[str], Any] = lambda text: ""

    def places(self) -> dict[str, Found]:
        texts = {one.key: {kind: message.text for kind, message in one.messages.items()} for one in self.written}
        return {key: Found(key, receipt, texts.get(key, {})) for key, receipt in self.shown.items()} | self.found

    @property
    def texts(self) -> Counter[tuple[str, str]]:
        """(Key, text) → how often it was written."""
        return Counter((one.key, message.text) for one in self.written for message in one.messages.values())


def make_sink(memory: Memory, name: str = "memory", *, repeatable: bool = True) -> type[Sink[Any]]:
    asks = repeatable

    class MemorySink(Sink[NoOptions]):
        config_model = NoOptions
        repeatable = asks

        def write(self, deliveries: Iterable[Delivery]) -> Iterator[WriteResult]:
            for delivery in deliveries:
                result: Any = memory.answer(delivery)
                if isinstance(result, WriteResult) and result.outcome == "written":
                    memory.written.append(delivery)
                    memory.shown[delivery.key] = delivery.receipt
                yield result

        def find(self, deliveries: Iterable[Delivery]) -> Iterator[Found] | None:
            asked = list(deliveries)
            memory.on_find(asked)
            memory.asked += [one.key for one in asked if one.receipt]
            memory.examined += [one.key for one in asked if not one.receipt]
            places = memory.places()
            return (places[one.key] for one in asked if one.key in places) if memory.knows else None

        def find_fault(self, message_type: str, text: str) -> str:
            return cast("str", memory.fault(text))

        def close(self) -> None:
            memory.closed += 1

    MemorySink.name = name
    return MemorySink


class Grid:
    """A table's target: `rows` as last written, None while there is nothing. `fail` is raised instead of writing.

    `stamps` are those that the last rewrite was told.
    """

    def __init__(self) -> None:
        self.rows: list[Row] | None = None
        self.stamps: list[str] = []
        self.announces = True
        self.rewrites = 0
        self.fail: BaseException | None = None


def make_table(grid: Grid) -> type[Table[Any]]:
    class GridTable(Table[NoOptions]):
        name = "grid"
        config_model = NoOptions

        def stamp(self) -> str | None:
            return None if grid.rows is None else str(grid.rewrites)

        def rewrite(self, rows: Iterable[Row], stamps: Collection[str], announce: Callable[[str], None]) -> None:
            written = list(rows)
            grid.stamps = list(stamps)
            if grid.announces:
                announce(str(grid.rewrites + 1))
            if grid.fail is not None:
                raise grid.fail
            grid.rows, grid.rewrites = written, grid.rewrites + 1

    return GridTable


class Leads:
    """A source's content. `items` may hold anything; what is callable is called when it is reached."""

    def __init__(self) -> None:
        self.items: list[object] = []
        self.available: Any = None
        self.findings: list[Finding] = []
        self.cursors: list[Any] = []
        self.beside: Any = None
        self.closed = 0


def make_source(leads: Leads, name: str = "list") -> type[Source[Any]]:
    class ListSource(Source[NoOptions]):
        config_model = NoOptions

        def read(self, since: Any) -> Iterator[Any]:
            leads.cursors.append(since)
            for item in leads.items:
                yield item() if callable(item) else item

        def columns(self) -> Any:
            return leads.available() if callable(leads.available) else leads.available

        def beside(self) -> Any:
            return leads.beside(self.config, self.context) if leads.beside else None

        def check(self) -> Iterable[Finding]:
            return leads.findings

        def close(self) -> None:
            leads.closed += 1

    ListSource.name = name
    return ListSource


class World:
    """Everything that a run needs, and short words for what a person does between two runs."""

    def __init__(self, folder: Path, sandbox: Sandbox, clock: MovableClock) -> None:
        self.folder = folder
        self.sandbox = sandbox
        self.clock = clock
        self.stop = MovingStop(clock)
        self.leads, self.memory, self.other, self.notes, self.grid = Leads(), Memory(), Memory(), Memory(), Grid()
        self.registry = Registry()
        self.registry.register(upscale_connect_csv, name="csv")
        self.registry.register(self._plugin(), name="test")
        self.reports: list[SyncReport] = []
        self.forgotten: set[str] = set()  # leads that no books name any more: erased, or lost with a ledger
        self.withheld: set[str] = set()  # leads whose messages the API is told never to show
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

    def shown(self, name: str = "leads.messages.csv") -> dict[str, LeadRow]:
        """The rows of the output by lead id; a repeated id gets a `+`."""
        rows: dict[str, LeadRow] = {}
        with (self.folder / name).open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                key = row["ID"]
                while key in rows:
                    key += "+"
                rows[key] = row
        return rows

    def messages_of(self, lead_id: str) -> list[str]:
        row = self.shown()[lead_id]
        return [text for name, text in row.items() if name.endswith("_message") and text]

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

    # What a test looks at.

    @property
    def posts(self) -> int:
        return len(self.sandbox.state.requests_to("submit"))

    @property
    def gets(self) -> int:
        return len(self.sandbox.state.requests_to("retrieve"))

    def bought(self) -> list[tuple[str, str]]:
        return [(lead_id, kind) for _, _, _, lead_id, kind in self.sold()]

    def sold(self) -> list[tuple[str, str, str, str, str]]:
        """(API key, customer, campaign, lead id, message type) of every accepted request, in order."""
        found = []
        for request in self.sandbox.state.requests_to("submit"):
            if request.accepted is not None:
                body = request.json()
                ids = [lead["automation_tool_lead_id"] for lead in body["lead_data"]]
                where = (body["automation_tool_customer_id"], body["automation_tool_campaign_id"])
                found += [
                    (request.key or "", *where, lead_id, kind) for lead_id in ids for kind in body["message_sequence"]
                ]
        return found

    def query(self, statement: str, *values: object) -> list[Any]:
        """Ask the ledger's file."""
        with contextlib.closing(sqlite3.connect(self.folder / "ledger.db")) as connection:
            return connection.execute(statement, values).fetchall()

    def states(self) -> dict[str, int]:
        """State → number of purchases."""
        return dict(self.query("SELECT state, count(*) FROM purchase GROUP BY state"))

    def attempts(self) -> list[str]:
        """The states of all attempts, oldest first."""
        return [row[0] for row in self.query("SELECT state FROM attempt ORDER BY id")]

    @contextlib.contextmanager
    def ledger(self) -> Iterator[Ledger]:
        with Ledger.open(self.folder / "ledger.db") as ledger:
            yield ledger

    # The books.

    def check_books(self) -> None:
        for report in self.reports:
            for result in report.syncs:
                result.records.verify()
        if not (self.folder / "ledger.db").exists():
            assert not self.sold()
            return
        assert [
            finding for finding in verify(self.folder / "ledger.db", is_copy=True) if finding.level == "error"
        ] == []
        self._check_sales()
        for lock in self.folder.glob("ledger.db.*.lock"):
            with FileLock(lock, timeout=0):
                pass
        for output in self.folder.glob("*.messages.csv"):
            self._check_neighbours(output.name)

    def _check_sales(self) -> None:
        """Nothing was asked for oftener than a person agreed to, and everything that was made is known."""
        sold, consents = Counter(self.sold()), Counter(self.query(CONSENTS))
        assert not {key: count for key, count in sold.items() if count > 1 + consents[key[3:]]}, "bought twice"
        known: dict[tuple[str, str, str, str], list[str]] = {}
        for *key, state in self.query(
            "SELECT c.customer, c.campaign, p.lead_id, p.type, p.state FROM purchase p"
            " JOIN campaign c ON c.id = p.campaign_id WHERE p.state <> 'refused'"
        ):
            known.setdefault((key[0], key[1], key[2], key[3]), []).append(state)
        made = self.sandbox.state.generated()
        given_up = self.query(
            "SELECT lead_id, type FROM purchase WHERE state = 'failed' AND reason LIKE 'dropped by %'"
        )
        for api_key, customer, campaign, lead_id, kind in sold:
            if lead_id in self.forgotten:
                continue
            states = known.get((customer, campaign, lead_id, kind), [])
            shown = made[api_key, lead_id, kind] and lead_id not in self.withheld
            allowed = {"pending", "ready" if shown and (lead_id, kind) not in given_up else "failed"}
            assert set(states) & allowed, f"{lead_id} {kind}: sold, but in the ledger it is {states}"

    def _check_neighbours(self, output: str) -> None:
        """Each of the sandbox's messages carries a number made of its lead id: it must stand beside that lead."""
        for row in self.shown(output).values():
            for name, text in row.items():
                if name and name.endswith("_message") and (number := re.search(r"no\. (\d+)", text or "")):
                    kind = "connection_request" if name == "outreach_message" else name.removesuffix("_message")
                    numbers = {zlib.crc32(f"{row['ID']}\0{kind}\0{tone}".encode()) for tone in ("normal", "formal")}
                    assert int(number[1]) in numbers, f"{text!r} stands beside {row['ID']}"
                    assert row["First"] in text, f"{text!r} stands beside {row['First']}"


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
