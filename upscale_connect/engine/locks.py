"""The lock of a sync: held by one run for as long as it works, and by `serve` for the moments of a visit."""

from __future__ import annotations

from pathlib import Path

from filelock import FileLock, Timeout

from ..clock import Stop
from ..config import Config
from ..errors import LedgerError, LockHeldError

#: A visit is waited for, and looked at so often, in seconds. Most take a tenth of a second; a large table takes longer.
PATIENCE = 120.0
PAUSE = 0.05


class SyncLock:
    """Files that are locked, until `release` or the end of the process, however it ends."""

    def __init__(self, *locks: FileLock) -> None:
        self._locks = locks

    def release(self) -> None:
        for lock in self._locks:
            lock.release()


def lock_run(config: Config, sync_id: int, name: str, stop: Stop | None = None, *, is_visit: bool = False) -> SyncLock:
    """Take the lock of a sync.

    It lies beside the ledger and goes by the sync's id, so that it follows a renamed sync. A visit holds a second
    one, by which others know that it ends soon: with a `stop`, they wait for it. Raises LockHeldError, LedgerError.
    """
    path = config.ledger.path
    main = _make_lock(path, f"{sync_id}.lock")
    visit = _make_lock(path, f"{sync_id}.visit.lock")
    if is_visit:
        _acquire(visit, name)
        try:
            _acquire(main, name)
        except BaseException:
            visit.release()
            raise
        return SyncLock(main, visit)
    _acquire_patiently(main, visit, name, stop)
    return SyncLock(main)


def _acquire_patiently(main: FileLock, visit: FileLock, name: str, stop: Stop | None) -> None:
    for _ in range(int(PATIENCE / PAUSE)):
        # In this order: a visit that ends in between has freed both.
        is_visited = stop is not None and _is_held(visit)
        try:
            return _acquire(main, name)
        except LockHeldError:
            if stop is None or not is_visited or stop.wait(PAUSE):
                raise
    raise LockHeldError(name)


def _make_lock(ledger: Path, end: str) -> FileLock:
    return FileLock(ledger.with_name(f"{ledger.name}.{end}"), timeout=0, mode=0o600)


def _is_held(lock: FileLock) -> bool:
    if not Path(lock.lock_file).exists():
        return False
    try:
        with lock:
            return False
    except (Timeout, OSError):
        return True


def _acquire(lock: FileLock, name: str) -> None:
    try:
        lock.acquire()
    except Timeout:
        raise LockHeldError(name) from None
    except OSError as error:
        raise LedgerError(
            f"{lock.lock_file}: the lock of {name!r} cannot be taken ({error.strerror})",
            hint="give this user the right to write there; without the lock nothing is bought",
        ) from None
