"""Room on the disk for what must be written after a request was paid."""

from __future__ import annotations

import os
import shutil
import threading
from pathlib import Path

from ..errors import DiskFullError, LedgerError
from . import disk

#: Free bytes without which nothing is sent.
MINIMUM = 64 * 1024 * 1024
#: Bytes that the reserve holds: dozens of commits.
RESERVE = 256 * 1024


class Room:
    """Keeps a reserve file beside the ledger, and gives it back to the disk when an answer needs it.

    `minimum`: bytes that must be free besides. Safe to use from several threads; processes share the file.
    """

    def __init__(self, ledger: Path) -> None:
        self.path = ledger.with_name(f"{ledger.name}.reserve")
        self.minimum = MINIMUM
        self._lock = threading.Lock()

    def require(self) -> None:
        """To be called before each paid request. Raises LedgerError if its answer might find no room."""
        with self._lock:
            try:
                require_free(self.path.parent, self.minimum)
                self._fill()
            except OSError as error:
                raise LedgerError(
                    f"{self.path}: no room can be kept for an answer ({error.strerror}): nothing was sent",
                    hint="free some space there, or see its rights; then run again; what is queued is kept",
                ) from None

    def release(self) -> bool:
        """Give the reserve back; whether there was one."""
        with self._lock:
            try:
                if self.path.stat().st_size == 0:
                    return False
                disk.empty(self.path)
            except OSError:
                return False
            return True

    def _fill(self) -> None:
        if self.path.exists() and self.path.stat().st_size >= RESERVE:
            return
        # Random, because a file system may store zeros without using room for them.
        disk.replace(self.path, os.urandom(RESERVE))


def require_free(folder: Path, minimum: int | None = None) -> None:
    """Raises DiskFullError if the disk has not so many bytes free, OSError if it cannot tell."""
    needed = MINIMUM if minimum is None else minimum
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise DiskFullError(
            f"the disk is nearly full ({free / 2**20:.1f} MiB free beside the ledger,"
            f" {needed / 2**20:.1f} MiB needed): nothing is sent",
            hint="free some space, then run again; what is queued is kept",
        )
