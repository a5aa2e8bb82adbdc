"""Small private files beside the ledger: on the disk before anything rests on them."""

from __future__ import annotations

import errno
import os
import sqlite3
import sys
from pathlib import Path

from filelock import FileLock

#: A change of such a file takes milliseconds; who waits longer meets a process that hangs.
LOCK_SECONDS = 30

#: Windows would translate line ends without it.
_BINARY = getattr(os, "O_BINARY", 0)


def lock_beside(path: Path) -> FileLock:
    """A lock for one file, among threads and processes: not yet taken, and new with each call."""
    return FileLock(path.with_name(f"{path.name}.lock"), timeout=LOCK_SECONDS, mode=0o600)


def is_full(error: OSError | sqlite3.Error) -> bool:
    """Also where SQLite has no room for the file that its connections share (SHMSIZE): it needs that even to read."""
    if isinstance(error, OSError):
        return error.errno in (errno.ENOSPC, errno.EDQUOT)
    return getattr(error, "sqlite_errorname", "").startswith(("SQLITE_FULL", "SQLITE_IOERR_SHMSIZE"))


def append(path: Path, data: bytes) -> None:
    """Write at the end, all or nothing as far as the disk lets us; durable on return. Raises OSError."""
    is_new = not path.exists()
    file = os.open(path, os.O_CREAT | os.O_RDWR | os.O_APPEND | _BINARY, 0o600)
    try:
        size = os.fstat(file).st_size
        try:
            _write(file, data)
        except OSError:
            os.ftruncate(file, size)
            raise
    finally:
        os.close(file)
    if is_new:
        sync_folder(path.parent)


def empty(path: Path) -> None:
    """Durable on return. Raises OSError."""
    file = os.open(path, os.O_RDWR | _BINARY)
    try:
        os.ftruncate(file, 0)
        os.fsync(file)
    finally:
        os.close(file)


def replace(path: Path, data: bytes) -> None:
    """The old content or the new one, never a part; durable on return. Raises OSError."""
    put(draft(path, data), path)


def draft(path: Path, data: bytes) -> Path:
    """The new content of a file, beside it: what is left is one rename. Durable on return. Raises OSError."""
    copy = path.with_name(f"{path.name}.new")
    file = os.open(copy, os.O_CREAT | os.O_RDWR | os.O_TRUNC | _BINARY, 0o600)
    try:
        _write(file, data)
    finally:
        os.close(file)
    return copy


def put(copy: Path, path: Path) -> None:
    """Give a draft its name, in place of what has it. Durable on return. Raises OSError."""
    copy.replace(path)
    sync_folder(path.parent)


def _write(file: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(file, view) :]
    os.fsync(file)


def sync(path: Path) -> None:
    """Make a file that somebody else has written durable, and its name. Raises OSError."""
    file = os.open(path, os.O_RDWR | _BINARY)
    try:
        os.fsync(file)
    finally:
        os.close(file)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make names durable, too. Windows does that with the file itself."""
    if sys.platform == "win32":
        return
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
