"""Time that a test moves."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

#: When the time of a `FakeClock` begins.
START = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


class FakeClock:
    """A `Clock` that moves only if told to. Safe to use from several threads."""

    def __init__(self, start: datetime = START) -> None:
        self._start = start
        self._seconds = 0.0
        self._lock = threading.Lock()

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self._seconds)

    def monotonic(self) -> float:
        return self._seconds

    def advance(self, seconds: float) -> None:
        """Let so many seconds pass."""
        with self._lock:
            self._seconds += seconds


class FakeStop:
    """A `Stop` whose waiting moves its clock and takes no time. `waits`: the seconds that were asked for.

    `on_wait` is called before each wait: a test may call `set` there.
    """

    def __init__(self, clock: FakeClock) -> None:
        self.waits: list[float] = []
        self.on_wait: Callable[[], object] = lambda: None
        self.clock = clock
        self._event = threading.Event()

    def set(self) -> None:
        """From now on the run should end."""
        self._event.set()

    def clear(self) -> None:
        self._event.clear()

    def is_set(self) -> bool:
        return self._event.is_set()

    def wait(self, timeout: float) -> bool:
        self.waits.append(timeout)
        self.on_wait()
        self.clock.advance(timeout)
        return self._event.is_set()
