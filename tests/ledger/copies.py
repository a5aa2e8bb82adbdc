"""Ledgers that are run, copied and refused."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from upscale_connect.errors import LedgerError
from upscale_connect.ledger import Ledger


def beside(path: Path) -> Path:
    return path.with_name(f"{path.name}.generation")


def run(path: Path) -> None:
    """What every run does with its ledger."""
    with Ledger.open(path) as ledger:
        ledger.bind_sync("spring")


def copy(path: Path) -> Path:
    return Path(shutil.copy(path, path.with_name("copy")))


def refuse(path: Path, told: str) -> None:
    """Opening it for writing must fail, every time, and change nothing."""
    for _ in range(2):
        before = {file.name: file.read_bytes() for file in path.parent.iterdir()}
        with pytest.raises(LedgerError, match=told) as caught:
            run(path)
        assert str(beside(path)) in caught.value.hint
        assert {file.name: file.read_bytes() for file in path.parent.iterdir()} == before
