"""Every command, on leads with names that could fake a line: what is logged holds ids only.

What a command prints for the person who asked is another thing: `explain` tells names, and escapes what a terminal
would obey.
"""

from __future__ import annotations

import csv
import logging
import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from tests.cli.test_canary import ARGUMENTS, ENDLESS
from upscale_connect.cli.commands import COMMANDS

if TYPE_CHECKING:
    from tests.cli.conftest import Result, Workspace

FIRST, LAST, COMPANY = "Zo\u00eb", "O'Canary", "Canary & S\u00f6hne \u202eGmbH"
#: Names that would fake a line or an order to the terminal; nothing is bought for them.
FAKE_FIRST, FAKE_LAST = "Zo\u00eb\nERROR:root:paid", "Canary \x1b[31m"
EMAIL, SLUG = "canary@hostile.example", "canary-77b1"
#: Any of these in a log is a person in it.
NEEDLES = ("Zo\u00eb", "Zoe", "Canary", "S\u00f6hne", EMAIL, SLUG)

#: What is done beside the one call of each command that `ARGUMENTS` has, with the exit code.
ACTS: tuple[tuple[int, tuple[str, ...]], ...] = (
    (0, ("review", "show", "1")),
    (0, ("review", "approve", "1")),
    (0, ("review", "edit", "3", "--text", "Zo\u00eb O'Canary, a text by hand.")),
    (0, ("review", "reject", "5", "--reason", f"Canary is {EMAIL}")),
    (0, ("review", "list", "--rejected")),
    (6, ("collect",)),
    (0, ("suppress", "add", f"linkedin.com/in/{SLUG}-2", "bob@hostile.example", "--reason", "Canary asked")),
    (0, ("suppress", "add", "Canary S\u00f6hne", "--kind", "company", "--customer", "another")),
    (3, ("suppress", "import", "list.csv", "--skip-bad-rows")),
    (0, ("suppress", "export")),
    (6, ("sync", "--no-wait")),
    (0, ("explain", "leads.csv:2")),
    (0, ("ledger", "backup", "copy.db")),
    (0, ("quarantine", "drop", "1")),
    (0, ("regenerate", "4", "--yes")),
    (0, ("export", f"linkedin.com/in/{SLUG}-3", "--output", "held.json")),
    (0, ("forget", f"linkedin.com/in/{SLUG}-3", "--yes", "--copy", "copy.db")),
    (2, ("forget", "Canary", "--yes")),
    (2, ("explain", "Canary")),
    (0, ("suppress", "remove", "bob@hostile.example")),
    (2, ("review", "show", "999")),
    (0, ("pause",)),
    (2, ("forget", EMAIL, "--yes")),
    (0, ("forget", "1", "--yes")),
    (6, ("sync", "--no-wait")),
)


@pytest.fixture
def hostile(workspace: Workspace) -> Workspace:
    """Five leads that are bought for; one repeats, one cannot be bought for. A person has written into the output."""
    workspace.write_config(
        sinks='{back: source, out: {plugin: csv, path: "all.csv"}}', account="suppression: [no-contact.csv]"
    )
    path = workspace.folder / "upscale-connect.yaml"
    text = path.read_text(encoding="utf-8").replace("    limits:", "    review: required\n    limits:")
    path.write_text(text, encoding="utf-8")
    rows = [
        [str(number), FIRST, f"{LAST}{number}", COMPANY, f"https://www.linkedin.com/in/{SLUG}-{number}", EMAIL]
        for number in range(1, 5)
    ]
    rows += [
        ["5", FIRST, LAST, COMPANY, f"https://lnkd.in/{SLUG}", EMAIL],
        ["6", FAKE_FIRST, FAKE_LAST, COMPANY, f"https://www.linkedin.com/in/{SLUG}-6", EMAIL],
        ["7", "Z.", LAST, COMPANY, f"https://www.linkedin.com/in/{SLUG}-7", EMAIL],
        rows[0],
    ]
    with (workspace.folder / "leads.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["ID", "First name", "Last name", "Company", "LinkedIn", "Mail"], *rows])
    (workspace.folder / "no-contact.csv").write_text("email,reason\nnobody@hostile.example,Canary\n", encoding="utf-8")
    (workspace.folder / "list.csv").write_text("email\nthird@hostile.example\nCanary\n", encoding="utf-8")
    return workspace


def lines_of(caplog: pytest.LogCaptureFixture) -> Iterator[str]:
    for record in caplog.records:
        yield record.getMessage() + (record.exc_text or "")


@pytest.mark.promise(row="L3")
def test_no_command_logs_a_person(
    hostile: Workspace, call: Callable[..., Result], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    assert ARGUMENTS.keys() | ENDLESS == COMMANDS.keys()
    hostile.sandbox.faults.add("swap_messages", on="retrieve")
    for arguments in [(name, *more) for name, more in ARGUMENTS.items() if name not in ("forget", "pause")]:
        assert "Traceback" not in call(*arguments).stderr, arguments
    _write_into_the_output(hostile)
    for code, arguments in ACTS:
        result = call(*arguments)
        assert result.exit_code == code, (arguments, result)
        assert not re.search("[\x1b\u202e]|^ERROR:root", result.stdout + result.stderr, re.MULTILINE), arguments
    logged = list(lines_of(caplog))
    assert any("changed by somebody else" in line for line in logged), "something was logged at all"
    assert [(word, line) for line in logged for word in NEEDLES if word.casefold() in line.casefold()] == []


def _write_into_the_output(workspace: Workspace) -> None:
    text = workspace.output.read_text(encoding="utf-8")
    workspace.output.write_text(text.replace(LAST, f"{LAST}!"), encoding="utf-8")
