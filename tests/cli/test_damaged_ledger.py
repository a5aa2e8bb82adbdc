"""A ledger with flipped bits: what was bought is not bought again, and no run ends as if it were our bug."""

from __future__ import annotations

import contextlib
import random
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Result, Workspace

LEADS = 40


@pytest.fixture
def whole(workspace: Workspace, call: Callable[..., Result], rows: Callable[..., list[str]]) -> Path:
    """A folder with the ledger's files after 40 leads were bought; one more waits in the source."""
    workspace.write_config(hold_above=10_000)
    workspace.write_leads(*rows(LEADS))
    assert call("sync", "--wait").exit_code == 0
    workspace.write_leads(*rows(LEADS + 1))
    folder = workspace.folder / "whole"
    folder.mkdir()
    for path in workspace.folder.glob("upscale-connect.db*"):
        shutil.copy(path, folder)
    return folder


def flip(workspace: Workspace, whole: Path, bits: int, seed: int) -> None:
    """The whole ledger, but for so many bits."""
    for path in workspace.folder.glob("upscale-connect.db*"):
        path.unlink()
    for path in whole.iterdir():
        shutil.copy(path, workspace.folder)
    content, chance = bytearray(workspace.ledger.read_bytes()), random.Random(seed)
    for _ in range(bits):
        content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    workspace.ledger.write_bytes(content)


@pytest.mark.promise(row="I4")
def test_1000_flipped_bits(workspace: Workspace, call: Callable[..., Result], whole: Path) -> None:
    """Nothing is sent, one line says what to do."""
    posts = len(workspace.sandbox.state.requests_to("submit"))
    for seed in range(12):
        flip(workspace, whole, 1000, seed)
        result = call("sync", "--wait")
        assert result.exit_code == 2
        error, hint = result.stderr.splitlines()
        assert error.startswith("Error: ")
        assert "the ledger is damaged" in error
        assert hint == "Hint: restore it from a backup; an empty one would buy everything again"
    assert len(workspace.sandbox.state.requests_to("submit")) == posts


@pytest.mark.promise(row="I4")
def test_a_few_flipped_bits(workspace: Workspace, call: Callable[..., Result], whole: Path) -> None:
    """Most of them make the file unsound, and the rest lies in texts: neither lets a lead be bought twice."""
    codes = []
    for seed in range(30):
        flip(workspace, whole, 15, seed)
        result = call("sync", "--wait")
        assert "internal error" not in result.stderr
        codes.append(result.exit_code)
        bought = workspace.sandbox.state.submitted()
        assert {lead for (_, lead, _), count in bought.items() if count > 1} <= {f"{LEADS + 1}"}
    assert codes.count(2) > 15


def other_database(path: Path, version: int) -> None:
    """A ledger of a newer version, or a file of another program: version 0."""
    if not version:
        path.unlink()
    with contextlib.closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE places (url TEXT)" if not version else f"PRAGMA user_version = {version}")


def make_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


NO_LEDGERS: dict[str, Callable[[Path], object]] = {
    "text": lambda path: path.write_text("ID,First name\n1,Ann\n" * 99, encoding="utf-8"),
    "zeros": lambda path: path.write_bytes(bytes(8192)),
    "cut": lambda path: path.write_bytes(path.read_bytes()[:5000]),
    "newer": lambda path: other_database(path, 99),
    "of another program": lambda path: other_database(path, 0),
    "a folder": make_folder,
}


@pytest.mark.promise(row="I2")
@pytest.mark.parametrize("kind", NO_LEDGERS)
def test_what_is_no_ledger(workspace: Workspace, call: Callable[..., Result], kind: str) -> None:
    """One line that names the file, before anything is asked or sent."""
    assert call("sync", "--wait").exit_code == 0
    requests = len(workspace.sandbox.state.requests)
    NO_LEDGERS[kind](workspace.ledger)
    result = call("sync", "--wait")
    assert result.exit_code == 2
    error, hint = result.stderr.splitlines()
    assert "upscale-connect.db: " in error
    assert hint.startswith("Hint: ")
    assert len(workspace.sandbox.state.requests) == requests
