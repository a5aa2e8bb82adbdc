"""The books of a world that has come to rest: what the API made, what the ledger says, and what stands in the sinks."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from filelock import FileLock, Timeout

from ..models import BadRecord, Lead, Record
from ..sandbox.generation import Generation
from ..sandbox.text import compose
from .configuration import name_notebook
from .recorder import parse_record, read_lines
from .recording import Recording
from .world import Ending, World

#: Account, customer, campaign, lead id, message type: the purchase key of a first revision.
Purchase: TypeAlias = tuple[str, str, str, str, str]

#: The same without the type.
LeadName: TypeAlias = tuple[str, str, str, str]

#: Deliveries of these states are shown to a person, by `todo` and `explain`.
_SHOWN = ("parked", "skipped", "conflict", "failed")

_CAMPAIGN = "JOIN campaign c ON c.id = x.campaign_id JOIN account a ON a.id = c.account_id"


@dataclass(slots=True)
class Verdict:
    """`in_doubt`: requests. `paid_twice`, `lost`, `wrong_row`: messages. `damages`: a sentence for all else."""

    in_doubt: int = 0
    paid_twice: int = 0
    lost: int = 0
    wrong_row: int = 0
    damages: list[str] = field(default_factory=list)

    @property
    def is_fine(self) -> bool:
        return not self.explain()

    def explain(self) -> list[str]:
        """A sentence for each invariant that does not hold."""
        counts = ((self.paid_twice, "paid twice"), (self.lost, "lost"), (self.wrong_row, "beside the wrong row"))
        return [f"{number} messages {what}" for number, what in counts if number] + self.damages


@dataclass(frozen=True, slots=True)
class Made:
    """A message that was asked for, as the API made it for this person; not `paid` if it could not be made."""

    text: str
    linkedin: str
    paid: bool


@dataclass(frozen=True, slots=True)
class Entries:
    """The ledger. `purchases`: whether each is in doubt. `holders`: lead → the syncs that have it."""

    purchases: dict[Purchase, bool]
    in_doubt: int
    holders: dict[LeadName, set[str]]
    shown: set[tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Note:
    """What a stand-in has of one lead: its record, and message type → text."""

    record: Record | BadRecord
    texts: Mapping[str, str]


def check_books(world: World, ending: Ending, expected: Collection[Purchase] = ()) -> Verdict:
    """Read everything after the last run, which ended so. `expected`: the purchases of an undisturbed world."""
    verdict = Verdict()
    verdict.damages += [*find_damage(world.ledger), *find_held_locks(world.folder)]
    if verdict.damages:
        return verdict
    entries = read_ledger(world.ledger)
    made = read_api(world.sandbox.state.accepted, {key: account for account, key in world.keys.items()})
    verdict.in_doubt = entries.in_doubt
    verdict.paid_twice = sum(len(one) - 1 for one in made.values())
    if forgotten := len(set(expected) - entries.purchases.keys()):
        verdict.damages.append(f"{forgotten} messages are neither bought nor waiting to be")
    verdict.damages += _check_report(entries, ending)
    found: dict[tuple[str, str], dict[LeadName, Note]] = {}
    for number, recording in enumerate(world.recordings, start=1):
        for sink in recording.sinks:
            path = world.folder / name_notebook(number, sink)
            found[recording.sync.name, sink] = _check_sink(recording, sink, read_lines(path), made, verdict)
    verdict.lost = sum(_is_lost(purchase, one, entries, found) for purchase, one in made.items())
    return verdict


def find_damage(ledger: Path) -> list[str]:
    """What is wrong with the file; nothing if all is well."""
    if not ledger.exists():
        return ["there is no ledger"]
    with open_ledger(ledger) as db, contextlib.suppress(sqlite3.DatabaseError):
        whole = db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        if whole and not db.execute("PRAGMA foreign_key_check").fetchall():
            return []
    return ["the ledger is damaged"]


def find_held_locks(folder: Path) -> list[str]:
    """The locks that nobody gave back."""
    held = []
    for path in sorted(folder.glob("*.lock")):
        try:
            FileLock(path, timeout=0).acquire().lock.release()
        except Timeout:
            held.append(f"{path.name} is still held")
    return held


@contextlib.contextmanager
def open_ledger(path: Path) -> Iterator[sqlite3.Connection]:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        yield connection


def read_ledger(path: Path) -> Entries:
    with open_ledger(path) as db:
        purchases = db.execute(
            "SELECT a.name, c.customer, c.campaign, x.lead_id, x.type, EXISTS (SELECT 1 FROM attempt"
            f" WHERE attempt.batch_id = x.batch_id AND attempt.state = 'in_doubt') FROM purchase x {_CAMPAIGN}"
        ).fetchall()
        (in_doubt,) = db.execute("SELECT count(*) FROM attempt WHERE state = 'in_doubt'").fetchone()
        leads = db.execute(
            "SELECT a.name, c.customer, c.campaign, x.lead_id, sync.name FROM lead x"
            f" JOIN sync ON sync.id = x.sync_id {_CAMPAIGN}"
        ).fetchall()
        shown = db.execute(
            "SELECT sync.name, sink.name, a.name, c.customer, c.campaign, x.lead_id FROM delivery x"
            f" JOIN sink ON sink.id = x.sink_id JOIN sync ON sync.id = sink.sync_id {_CAMPAIGN}"
            f" WHERE x.state IN ({', '.join('?' * len(_SHOWN))})",
            _SHOWN,
        ).fetchall()
    holders: dict[LeadName, set[str]] = {}
    for *lead, sync in leads:
        holders.setdefault((lead[0], lead[1], lead[2], lead[3]), set()).add(sync)
    return Entries({tuple(key): bool(doubt) for *key, doubt in purchases}, in_doubt, holders, set(shown))


def read_api(generations: Iterable[Generation], accounts: Mapping[str, str]) -> dict[Purchase, list[Made]]:
    """Every message that was asked for, each time that it was. `accounts`: key → account."""
    made: dict[Purchase, list[Made]] = {}
    for one in generations:
        for (lead_id, linkedin, first_name, company, _), granted in one.results():
            for kind in one.types:
                text = compose(kind, one.tone, lead_id, first_name, company)
                purchase = (accounts[one.key], one.customer, one.campaign, lead_id, kind)
                made.setdefault(purchase, []).append(Made(text, linkedin, kind in granted))
    return made


def _check_report(entries: Entries, ending: Ending) -> Iterator[str]:
    """A doubt is told to whoever looks at the exit code, and to whoever reads the report."""
    told = sum(sync["attempts"]["in_doubt"] for sync in ending.report.get("syncs", []))
    if told != entries.in_doubt or (ending.exit_code == 5) != bool(entries.in_doubt):
        yield f"{entries.in_doubt} requests are in doubt, but the report has {told} (exit code {ending.exit_code})"


def _check_sink(
    recording: Recording, sink: str, lines: list[Any], made: Mapping[Purchase, list[Made]], verdict: Verdict
) -> dict[LeadName, Note]:
    """Judge what one sink has, and return it by lead."""
    kind, name = recording.sinks[sink].kind, recording.sync.name
    notes = [Note(parse_record(line["record"]), line["messages"]) for line in lines]
    if kind == "table" and [note.record for note in notes] != recording.records:
        verdict.damages.append(f"{sink} of {name} has not the rows of the source as they were")
    if kind == "notes" and len({(line["key"], line["receipt"]) for line in lines}) < len(lines):
        verdict.damages.append(f"{sink} of {name} got a delivery twice, and shows both")
    leads, found = _list_leads(recording), {}
    for note in notes:
        lead = _find_lead(recording, leads, note.record)
        if lead is not None and note.texts:
            found[_name_lead(recording, lead)] = note
        verdict.wrong_row += sum(
            lead is None or not _is_of(lead, text, made.get((*_name_lead(recording, lead), kind), ()))
            for kind, text in note.texts.items()
        )
    return found


def _list_leads(recording: Recording) -> dict[str, Record]:
    """Lead → the record that it was made of: the first one, as others repeat it."""
    leads: dict[str, Record] = {}
    for record in recording.records:
        if isinstance(record, Record) and isinstance(lead := recording.mapping.lead(record), Lead):
            leads.setdefault(lead.key, record)
    return leads


def _find_lead(recording: Recording, leads: Mapping[str, Record], record: Record | BadRecord) -> Lead | None:
    """The lead that a record of the source is; None for another's record, and for one that is no lead."""
    lead = recording.mapping.lead(record) if isinstance(record, Record) else None
    return lead if isinstance(lead, Lead) and leads.get(lead.key) == record else None


def _name_lead(recording: Recording, lead: Lead) -> LeadName:
    return (recording.sync.account, lead.customer, lead.campaign, lead.lead_id)


def _is_of(lead: Lead, text: str, made: Iterable[Made]) -> bool:
    """Whether the API made this text for this very person."""
    return any(one.text == text and one.linkedin == lead.linkedin_url for one in made)


def _is_lost(
    purchase: Purchase,
    made: Collection[Made],
    entries: Entries,
    found: Mapping[tuple[str, str], Mapping[LeadName, Note]],
) -> bool:
    """Whether a message was paid, and is neither in doubt, nor in each sink, nor shown as one that a sink lacks."""
    account, customer, campaign, lead_id, kind = purchase
    key = (account, customer, campaign, lead_id)
    texts = {one.text for one in made if one.paid}
    if not texts or entries.purchases.get(purchase):
        return False
    holders = entries.holders.get(key, set())
    for (sync, sink), notes in found.items():
        if sync not in holders or (sync, sink, *key) in entries.shown:
            continue
        if key not in notes or notes[key].texts.get(kind) not in texts:
            return True
    return not holders
