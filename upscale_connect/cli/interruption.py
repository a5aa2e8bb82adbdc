"""Signals: the first one asks a run to end in order, the second one ends the process at once."""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import socket
import sys
import threading
from types import FrameType, TracebackType
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Callable

FIRST = "Finishing what is in hand; a second signal ends at once."
SECOND = (
    "Ended at once: a request that was in flight may have been accepted."
    " The next run puts it in doubt and does not send it again; see `upscale-connect todo`."
)

#: SIGHUP comes when the terminal is closed or a connection to it breaks, SIGBREAK is Windows' Ctrl-Break.
NAMES = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")

_END = b"\0"


class Interruption:
    """Catches the signals of `NAMES` while it is open; `stop` is set by the first.

    The interpreter writes the number of each signal to a socket and a thread reads it there. So nothing depends
    on what the main thread does: it may hold the lock of an event, or wait where no signal wakes it (on Windows
    everywhere). Outside the main thread no signal can be caught, and none is. One that the caller has ignored, as
    `nohup` does, stays ignored. The second signal shows `farewell` and calls `end` with the exit code.
    """

    def __init__(self, end: Callable[[int], object] = os._exit, *, farewell: str = SECOND) -> None:
        self.stop = threading.Event()
        self._end = end
        self._farewell = farewell
        self._number: int | None = None
        self._caught: frozenset[int] = frozenset()
        self._handlers: dict[int, Callable[[int, FrameType | None], object] | int | None] = {}

    @property
    def exit_code(self) -> int | None:
        """128 + the signal's number as a shell counts it; None if there was none."""
        return None if self._number is None else _exit_code(self._number)

    def __enter__(self) -> Self:
        if threading.current_thread() is not threading.main_thread():
            return self
        known = (signal.Signals[name] for name in NAMES if name in signal.Signals.__members__)
        self._caught = frozenset(number for number in known if signal.getsignal(number) is not signal.SIG_IGN)
        if not self._caught:
            return self
        self._reader, self._writer = socket.socketpair()
        self._writer.setblocking(False)
        self._thread = threading.Thread(target=self._watch, name="signals", daemon=True)
        self._thread.start()
        self._wakeup = signal.set_wakeup_fd(self._writer.fileno(), warn_on_full_buffer=False)
        self._handlers = {number: signal.signal(number, self._handle) for number in self._caught}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self._caught:
            return
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._wakeup)
        self._writer.send(_END)
        self._thread.join()
        self._reader.close()
        self._writer.close()

    def ask(self, question: str) -> bool:
        """Yes or no on the terminal; no is the default, and what a signal means.

        The answer is read by a thread: a read that has begun would keep the main thread from a signal.
        """
        if self.stop.is_set():
            return False
        answers: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        terminal = sys.stdin.fileno()
        sys.stderr.write(f"{question} [y/N]: ")
        sys.stderr.flush()
        threading.Thread(target=lambda: answers.put(os.read(terminal, 1024)), name="answer", daemon=True).start()
        while not self.stop.is_set():
            with contextlib.suppress(queue.Empty):
                return answers.get(timeout=0.1).strip().lower() in (b"y", b"yes")
        return False

    @staticmethod
    def _handle(number: int, frame: FrameType | None) -> None:
        """Nothing: the watching thread does it all."""

    def _watch(self) -> None:
        while (received := self._reader.recv(1)) != _END:
            if received[0] not in self._caught:
                continue
            if self._number is not None:
                _tell(self._farewell)
                self._end(_exit_code(received[0]))
            self._number = received[0]
            self.stop.set()
            _tell(FIRST)


def _exit_code(number: int) -> int:
    """Ctrl-Break counts as Ctrl-C."""
    return 128 + (signal.SIGINT if number == getattr(signal, "SIGBREAK", None) else number)


def _tell(sentence: str) -> None:
    """A line of its own below whatever is shown, past all buffers: the process may end right after it."""
    try:
        os.write(sys.stderr.fileno(), f"\n{sentence}\n".encode())
    except (OSError, ValueError):
        return
