"""Time and interruption, as objects that are handed in: no test waits, no code asks for the hour by itself."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    def now(self) -> datetime:
        """The present, in UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds that never go back; for deadlines."""
        ...


class Stop(Protocol):
    """Set when the run should end soon: finish what is in hand, then return."""

    def is_set(self) -> bool: ...

    def wait(self, timeout: float) -> bool:
        """Sleep up to `timeout` seconds; True as soon as the run should end.

        `threading.Event` is one.
        """
        ...


class SystemClock:
    """The machine's own time."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()
