"""What a run does, as it happens: bars on a terminal, nothing elsewhere."""

from __future__ import annotations

import logging
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

from .output import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.progress import Progress as Bars
    from rich.progress import TaskID


class ProgressBars:
    """A bar for each sync, as the engine tells it. rich is imported when a person watches."""

    def __init__(self, bars: Bars) -> None:
        self._bars = bars
        self._tasks: dict[str, TaskID] = {}
        self._stages: dict[str, str] = {}

    def update(self, sync: str, stage: str, done: int, total: int | None) -> None:
        if self._stages.get(sync) == stage:
            self._bars.update(self._tasks[sync], completed=done, total=total)
            return
        if sync in self._tasks:  # a bar cannot forget its total
            self._bars.remove_task(self._tasks[sync])
        description = f"{printable(sync)}: {printable(stage)}"
        self._tasks[sync] = self._bars.add_task(description, completed=done, total=total)
        self._stages[sync] = stage

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Out of the way of a question."""
        self._bars.stop()
        try:
            yield
        finally:
            self._bars.start()


@contextmanager
def show_progress() -> Iterator[ProgressBars]:
    """Bars on stderr that are gone when the block ends; what is logged meanwhile appears above them."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    bars = Progress(*columns, console=Console(stderr=True), transient=True, redirect_stdout=False)
    with bars, divert_log(sys.stderr):
        yield ProgressBars(bars)


@contextmanager
def divert_log(stream: TextIO) -> Iterator[None]:
    """Warnings go to `stream` while the block lasts."""
    handlers = [handler for handler in logging.getLogger().handlers if type(handler) is logging.StreamHandler]
    before = [(handler, handler.setStream(stream)) for handler in handlers]
    try:
        yield
    finally:
        for handler, stream_before in before:
            if stream_before is not None:
                handler.setStream(stream_before)
