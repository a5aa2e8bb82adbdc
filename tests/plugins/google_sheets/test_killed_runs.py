"""`kill -9` at a request to Google, before or after it was done: the next run ends with the same sheet."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable

import pytest

from tests.plugins.google_sheets.fake import Fault, Seen
from tests.plugins.google_sheets.office import LEADS, RECEIPT, STATUS, TEXT, Office

COLUMNS = 4


class Killer:
    """Ends a process at its request of this kind and number, from 1. `is_done`: the request is served all the same."""

    def __init__(self, kind: str, number: int, *, is_done: bool) -> None:
        self._kind, self._left, self._is_done = kind, number, is_done
        self.victim: subprocess.Popen[str] | None = None
        self.has_killed = threading.Event()

    def __call__(self, seen: Seen) -> Fault | None:
        self._left -= seen.kind == self._kind
        if self._left or self.victim is None or self.has_killed.is_set():
            return None
        self.victim.kill()
        self.victim.wait(10)
        self.has_killed.set()
        return None if self._is_done else Fault(drop="before")


#: The first write only asks whether we may, the second adds our columns, the third brings the messages.
@pytest.mark.parametrize(
    ("kind", "number", "is_done"),
    [("Write", 2, True), ("Write", 3, False), ("Write", 3, True), ("Read", 19, False)],
)
def test_the_next_run_goes_on(
    office: Office, start: Callable[..., subprocess.Popen[str]], kind: str, number: int, is_done: bool
) -> None:
    killer = Killer(kind, number, is_done=is_done)
    office.google.on_request = killer
    killer.victim = start("sync", "--wait")
    killer.victim.wait(30)
    assert killer.has_killed.wait(1), "there were not so many requests"
    check_recovery(office)


def check_recovery(office: Office) -> None:
    """Everybody has what is theirs, once, and was bought for once; the columns of the user are as they were."""
    before = {name: list(row.values())[:COLUMNS] for name, row in office.rows().items()}
    office.google.on_request = lambda seen: None
    done = office.sync()
    assert (done["exit_code"], office.posts) == (0, 1)
    rows = office.rows()
    assert {name: list(row.values())[:COLUMNS] for name, row in rows.items()} == before
    assert len(rows) == LEADS
    for name, row in rows.items():
        assert (name in row[TEXT], row[STATUS], row[RECEIPT][:3]) == (True, "delivered", "uc-")
    header = office.tab.texts()[0]
    assert len(header) == len(set(header)) == COLUMNS + 6
    office.sync()
    assert (office.rows(), office.posts) == (rows, 1)
