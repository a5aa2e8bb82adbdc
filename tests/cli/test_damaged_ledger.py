"""A ledger with flipped bits: what was bought is not bought again, and no run ends as if it were our bug."""

from __future__ import annotations

import random
import shutil
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
