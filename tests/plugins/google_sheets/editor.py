"""A person who sorts, inserts and deletes rows while we work, and what must hold afterwards."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from tests.plugins.google_sheets.conftest import HEADER, person
from tests.plugins.google_sheets.fake import Seen, Tab
from tests.plugins.google_sheets.fake.book import show
from upscale_connect import WriteResult

NOTE = len(HEADER)
#: Our columns begin here: behind the user's, with a column of notes.
OURS = NOTE + 1
EARLIER = "An earlier message for {}"


@dataclass(frozen=True)
class Act:
    """What is done, with two numbers that say where."""

    kind: str
    one: int = 0
    two: int = 0


def fill(tab: Tab, leads: int, earlier: Iterable[int] = (), edited: Iterable[int] = ()) -> None:
    """Leads with notes of the user, some with a message of an earlier run, some with a text that a person wrote."""
    old, own = set(earlier), set(edited)
    ours = ["outreach_message", "upscale_status", "upscale_approved", "upscale_notes", "upscale_updated_at"]
    rows = [[*HEADER, "Note", *ours, "upscale_receipt"]]
    for number in range(leads):
        row = [*person(number), f"note {number}"]
        if number in old:
            row += [EARLIER.format(number), "delivered", "yes", f"n{number}", "2026-01-01T00:00:00Z", f"old-{number}"]
        elif number in own:
            row += [f"A person wrote this for {number}", "", "", f"n{number}"]
        rows.append(row)
    tab.fill(rows)


@dataclass
class Editor:
    """Acts before each of our requests, by a script; remembers what was deleted."""

    tab: Tab
    script: list[Act]
    deleted: set[str] = field(default_factory=set)
    inserted: int = 0

    def __call__(self, seen: Seen) -> None:
        if seen.kind != "Token" and self.script:
            self.act(self.script.pop(0))

    def act(self, act: Act) -> None:
        cells = self.tab.cells
        top = next(row for row, line in enumerate(cells) if line[:1] == ["First"]) + 1
        row = top + act.one % (len(cells) - top + 1)
        if act.kind == "sort":
            column = act.two % OURS
            self.tab.sort(top, lambda line: show(line[column]) if column < len(line) else "", reverse=bool(act.one % 2))
        elif act.kind == "insert":
            self.tab.insert_rows(row)
            self.inserted += 1
        elif act.kind == "insert above":
            self.tab.insert_rows(act.one % top)
        elif act.kind == "delete" and row < len(cells):
            if len(cells[row]) > 3:
                self.deleted.add(show(cells[row][3]))
            self.tab.delete_rows(row)

    def leads(self) -> dict[str, list[str]]:
        """LinkedIn address → the row of each lead that is still there."""
        return {line[3]: line for line in self.tab.texts() if len(line) > 3 and line[3].startswith("https://")}

    def check(self, before: dict[str, list[str]], results: Iterable[WriteResult]) -> None:
        """Everybody has what is theirs, and nothing else."""
        now = self.leads()
        assert before.keys() - self.deleted == now.keys()
        assert {url: row[:OURS] for url, row in now.items()} == {url: before[url][:OURS] for url in now}
        delivered = {}
        for result in results:
            url = result.delivery.lead.linkedin_url
            if result.outcome == "conflict" and "no row" in result.why:
                assert url in self.deleted
            elif result.outcome in ("written", "unchanged"):
                delivered[url] = result.delivery
        for url, row in now.items():
            if url in delivered:
                shown = (row[OURS], row[OURS + 1], row[-1])
                text = delivered[url].messages["connection_request"].text
                assert shown == (text, "delivered", delivered[url].receipt), url
            else:
                assert _stripped(row[OURS:]) == _stripped(before[url][OURS:]), (url, row, before[url])
        self._check_others()

    def _check_others(self) -> None:
        """No text of ours stands in a row without a lead."""
        for line in self.tab.texts():
            if len(line) > OURS and not line[3]:
                assert not any(line[OURS:]), line
        receipts = Counter(line[-1] for line in self.tab.texts() if line and line[-1].startswith(("uc-", "old-")))
        assert set(receipts.values()) <= {1}


def _stripped(cells: list[str]) -> list[str]:
    while cells and not cells[-1]:
        cells = cells[:-1]
    return cells
