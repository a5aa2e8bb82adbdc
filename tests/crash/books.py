"""What must be true after a kill and the runs that follow it."""

from __future__ import annotations

import csv
import os
import shutil
import sqlite3
import time
import zlib
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from tests.crash.scenario import COLUMNS, LEADS, PROGRAM, Scenario, make_lead
from upscale_connect.proof.books import find_damage, find_held_locks, open_ledger

TYPE = "connection_request"
#: After so many runs something still changes.
RUNS = 4


@dataclass(slots=True)
class Verdict:
    """What a kill did. `in_doubt`: leads; `wrong` has a sentence for each invariant that does not hold."""

    in_doubt: int = 0
    paid_twice: int = 0
    lost: int = 0
    wrong: list[str] = field(default_factory=list)

    @property
    def is_fine(self) -> bool:
        return not (self.paid_twice or self.lost or self.wrong)


def settle(scenario: Scenario, usual: set[str]) -> Verdict:
    """Add a lead, run the program until it is idle, then read the books. `usual`: the files of an undisturbed run.

    With one lead more the next table differs from the one that the killed run may have written.
    """
    verdict = Verdict()
    open_before = _count_open(scenario)
    scenario.repair()
    scenario.write_leads(LEADS + 1)
    code = _run_until_idle(scenario, verdict)
    if not verdict.wrong:
        check_ledger(scenario, verdict, LEADS + 1, open_before, code)
        check_rows(scenario, verdict, LEADS + 1)
        check_files(scenario, verdict, usual)
    return verdict


def _count_open(scenario: Scenario) -> int:
    """How many attempts the killed run left that may have been accepted: read from a copy, as SQLite repairs."""
    copy = scenario.scratch.with_suffix(".copy")
    copy.mkdir()
    for path in scenario.folder.glob("ledger.db*"):
        shutil.copy(path, copy)
    if not (copy / "ledger.db").exists():
        return 0
    with open_ledger(copy / "ledger.db") as db:
        if not db.execute("SELECT 1 FROM sqlite_schema WHERE name = 'attempt'").fetchone():
            return 0
        where = "state = 'in_doubt' OR state = 'submitting'"
        return int(db.execute(f"SELECT count(*) FROM attempt WHERE {where}").fetchone()[0])


def _run_until_idle(scenario: Scenario, verdict: Verdict) -> int:
    """Plain runs until one buys nothing and leaves all CSV files as they are; the last exit code."""
    before: object = None
    for _ in range(RUNS):
        code, out, err = scenario.run()
        if code not in (0, 5) and not (code == 6 and find_held(scenario)):
            verdict.wrong.append(f"the next run ended with {code}: {out} {err}")
        contents = {path.name: path.read_bytes() for path in scenario.folder.glob("*.csv")}
        after = (len(scenario.state.requests), contents)
        if verdict.wrong or after == before:
            return code
        before = after
    verdict.wrong.append(f"still at work after {RUNS} runs")
    return code


def find_held(scenario: Scenario) -> set[str]:
    """Leads whose messages wait for a person: with some faults of the sandbox they are odd, and stand nowhere yet."""
    with open_ledger(scenario.ledger) as db:
        return {
            lead for (lead,) in db.execute("SELECT lead_id FROM purchase WHERE state = 'ready' AND review = 'held'")
        }


def check_ledger(scenario: Scenario, verdict: Verdict, leads: int, open_before: int, code: int) -> None:
    """Whole, each lead ready, waiting or in doubt, nothing asked for twice, nothing that was made unknown.

    `open_before`: the attempts that had begun when the run was killed. Only they may be in doubt; the spool may know
    better.
    """
    verdict.wrong += find_damage(scenario.ledger)
    with open_ledger(scenario.ledger) as db:
        ask = _asker(db)
        attempts = Counter(state for (state,) in ask("SELECT state FROM attempt"))
        doubtful = "FROM purchase JOIN attempt USING (batch_id) WHERE attempt.state = 'in_doubt'"
        in_doubt = {lead for (lead,) in ask(f"SELECT lead_id {doubtful}")}
        verdict.in_doubt = len(in_doubt)
        ready = {lead for (lead,) in ask("SELECT lead_id FROM purchase WHERE state = 'ready'")}
        waiting = {lead for (lead,) in ask("SELECT lead_id FROM purchase WHERE state = 'queued'")}
    if attempts["in_doubt"] > open_before or (code == 5) != bool(attempts["in_doubt"]):
        verdict.wrong.append(f"{open_before} requests had begun, {dict(attempts)} after, exit code {code}")
    everybody = {make_lead(number)[0] for number in range(1, leads + 1)}
    if (left := everybody - ready - in_doubt) and not (in_doubt and left <= waiting):
        verdict.wrong.append(f"nobody cares for {sorted(left)}")
    submitted, generated = scenario.state.submitted(), scenario.state.generated()
    verdict.paid_twice = sum(count > 1 for count in submitted.values())
    verdict.lost = len({lead for _, lead, _ in generated} - ready - in_doubt)


def _asker(db: sqlite3.Connection) -> Any:
    return lambda statement: db.execute(statement).fetchall()


def check_rows(scenario: Scenario, verdict: Verdict, leads: int) -> None:
    """Both files: each row once, the user's bytes as they were, each delivered message beside its own person."""
    source = (scenario.folder / "leads.csv").read_bytes()
    output = (scenario.folder / "leads.messages.csv").read_bytes()
    records = [record.removesuffix(b"\r\n") for record in _split(source)]
    shown = _split(output)
    if len(shown) != leads + 1 or not all(map(bytes.startswith, shown, records)):
        verdict.wrong.append("the user's rows are not as they were")
    with (scenario.folder / "leads.messages.csv").open(encoding="utf-8", newline="") as file:
        table = [(row[COLUMNS[0]], row["outreach_message"]) for row in csv.DictReader(file)]
    sent = []
    if (scenario.folder / "sent.csv").exists():
        with (scenario.folder / "sent.csv").open(encoding="utf-8", newline="") as file:
            sent = [(row["automation_tool_lead_id"], row["outreach_message"]) for row in csv.DictReader(file)]
    written = [(lead, text) for lead, text in table if text]
    if sorted(written) != sorted(sent):
        verdict.wrong.append("the two sinks do not have the same messages")
    if any(_number(lead) not in text for lead, text in written):
        verdict.wrong.append("a message stands beside another person")
    with open_ledger(scenario.ledger) as db:
        ready = db.execute("SELECT lead_id FROM purchase WHERE state = 'ready'").fetchall()
    held, there = find_held(scenario), {lead for lead, _ in written}
    verdict.lost += len({lead for (lead,) in ready} - held - there)
    if held & there:
        verdict.wrong.append(f"a message that waits for a person was delivered: {sorted(held & there)}")


def _split(content: bytes) -> list[bytes]:
    """Records: lines that end in CR LF; a line feed alone stands within a cell."""
    return content.removesuffix(b"\r\n").split(b"\r\n")


def _number(lead: str) -> str:
    """What each of the sandbox's messages carries, made of its lead's id."""
    number = zlib.crc32("\0".join((lead, TYPE, "normal")).encode())
    return f"no. {number}"


def check_files(scenario: Scenario, verdict: Verdict, usual: set[str]) -> None:
    """The lock is free, and nothing lies about that a later run would not remove."""
    verdict.wrong += find_held_locks(scenario.folder)
    left = scenario.files() - usual
    if left and not verdict.in_doubt:
        left = _let_them_be_swept(scenario, verdict, left) - usual
    if left and not verdict.in_doubt:
        verdict.wrong.append(f"left behind for good: {sorted(left)}")


def _let_them_be_swept(scenario: Scenario, verdict: Verdict, left: set[str]) -> set[str]:
    """Drafts are removed by the next writing of the same file, an hour later: what else is there stays."""
    for path in (*scenario.folder.iterdir(), *scenario.scratch.iterdir()):
        if path.name in left:
            old = time.time() - 7200
            os.utime(path, (old, old))
    scenario.write_leads(LEADS + 2)
    code, _, err = scenario.run(PROGRAM)
    if code and not (code == 6 and find_held(scenario)):
        verdict.wrong.append(f"the run with two leads more ended with {code}: {err}")
    check_rows(scenario, verdict, LEADS + 2)
    if any(count > 1 for count in scenario.state.submitted().values()):
        verdict.wrong.append("paid twice after a lead came later")
    return scenario.files()
