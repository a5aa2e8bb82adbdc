"""A ledger in a file, before and after something is done to it."""

from __future__ import annotations

from pathlib import Path

from upscale_connect.ledger import Ledger


def make_ledger(path: Path) -> bytes:
    with Ledger.open(path) as ledger:
        ledger.bind_sync("spring")
    return path.read_bytes()


def files(folder: Path) -> dict[str, tuple[bytes, int]]:
    return {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.iterdir()}
