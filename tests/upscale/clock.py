"""A clock that stands still."""

from __future__ import annotations

from datetime import UTC, datetime

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


class StandingClock:
    def now(self) -> datetime:
        return NOW

    def monotonic(self) -> float:
        return 0.0
