"""The lines of the spool, as they are in the file."""

from __future__ import annotations

import json
import sqlite3
import zlib
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class SpooledReceipt:
    """A line of the spool. `at`: when the answer came, UTC text."""

    attempt_id: int
    run_id: str
    secure_request_id: str
    at: str


def locate_spool(ledger: Path) -> Path:
    """Where the spool of a ledger lies: beside it."""
    return ledger.with_name(f"{ledger.name}.spool")


def parse_receipts(content: bytes) -> list[SpooledReceipt]:
    """All whole lines behind the first, in order."""
    return [receipt for line in content.split(b"\n")[1:] if (receipt := _parse(line)) is not None]


def read_spool(spool: Path) -> bytes:
    """What is in the file; nothing if it is not there. Raises OSError."""
    return spool.read_bytes() if spool.exists() else b""


def find_missing(tx: sqlite3.Connection, content: bytes) -> list[str]:
    """The request ids of a spool that the ledger does not have: a run empties its spool later."""
    known = "SELECT 1 FROM attempt WHERE secure_request_id = ?"
    ids = dict.fromkeys(receipt.secure_request_id for receipt in parse_receipts(content))
    return [one for one in ids if tx.execute(known, (one,)).fetchone() is None]


def _parse(line: bytes) -> SpooledReceipt | None:
    checksum, _, content = line.partition(b" ")
    if checksum != b"%08x" % zlib.crc32(content):
        return None
    return SpooledReceipt(*json.loads(content))
