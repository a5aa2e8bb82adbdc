"""Notices a plugin that does not come back. Nothing can end it from outside, but it is said which one it is."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from ..clock import Clock

#: A plugin that gives nothing for so long is spoken of, once.
PATIENCE = 120.0

log = logging.getLogger(__name__)


class Watch:
    """Looks at the plugin that works at this moment. `seconds`: after so long it is spoken of."""

    def __init__(self, clock: Clock, seconds: float = PATIENCE) -> None:
        self.seconds = seconds
        self._clock = clock
        self._at_work: list[str] = []
        self._since = 0.0
        self._is_told = False

    @contextmanager
    def over(self, what: str) -> Iterator[None]:
        """Until the end of the block, `what` is at work; within it there may be another."""
        self._at_work.append(what)
        self.tick()
        try:
            yield
        finally:
            self._at_work.pop()
            self.tick()

    def tick(self) -> None:
        """It gave something: its time begins anew."""
        self._since, self._is_told = self._clock.monotonic(), False

    def look(self) -> None:
        """Warn of a plugin that has taken too long."""
        at_work = self._at_work[-1:]
        if at_work and not self._is_told and self._clock.monotonic() - self._since >= self.seconds:
            self._is_told = True
            log.warning(
                "%s has given nothing for %.0f s, and is waited for; if it hangs, end the program (Ctrl-C twice):"
                " nothing that was bought is lost",
                at_work[0],
                self.seconds,
            )

    @contextmanager
    def running(self) -> Iterator[None]:
        """Look now and then, in a thread, until the end of the block."""
        over = threading.Event()

        def keep_looking() -> None:
            while not over.wait(min(self.seconds / 4, 1.0)):
                self.look()

        thread = threading.Thread(target=keep_looking, name="watch", daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()
