"""How often something may happen that a stranger can cause."""

from __future__ import annotations

import threading

from ..clock import Clock

_MINUTE = 60.0


class Throttle:
    """Allows so many times a minute, and counts what it did not allow. Thread-safe."""

    def __init__(self, clock: Clock, per_minute: int) -> None:
        self._clock = clock
        self._limit = per_minute
        self._lock = threading.Lock()
        self._since = clock.monotonic()
        self._used = 0
        self._refused = 0

    def allow(self) -> bool:
        with self._lock:
            now = self._clock.monotonic()
            if now - self._since >= _MINUTE:
                self._since, self._used = now, 0
            if self._used >= self._limit:
                self._refused += 1
                return False
            self._used += 1
            return True

    def take_refused(self) -> int:
        """How often it said no since this was last asked."""
        with self._lock:
            refused, self._refused = self._refused, 0
            return refused
