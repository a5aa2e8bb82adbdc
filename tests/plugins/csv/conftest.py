"""A source, table or sink in the test's own folder, with a clock that stands still."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.plugins.csv.folder import Folder
from upscale_connect import Context
from upscale_connect.http import repeatable_session

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


class StillClock:
    def now(self) -> datetime:
        return NOW

    def monotonic(self) -> float:
        return 0.0


class Patience:
    """Never stops, never sleeps; counts how often it was asked to."""

    def __init__(self) -> None:
        self.waits = 0

    def is_set(self) -> bool:
        return False

    def wait(self, timeout: float) -> bool:
        self.waits += 1
        return False


MakeContext = Callable[..., Context]


@pytest.fixture
def make_context(tmp_path: Path) -> Iterator[MakeContext]:
    """`make_context(columns, types)`: what the core would hand to a connector in `tmp_path`."""
    with repeatable_session() as session:

        def make(columns: Sequence[str] = (), types: Sequence[str] = ("connection_request",)) -> Context:
            return Context(
                folder=tmp_path,
                http=session,
                clock=StillClock(),
                stop=Patience(),
                log=logging.getLogger("test.csv"),
                columns=columns,
                message_types=types,
            )

        yield make


@pytest.fixture
def folder(tmp_path: Path, make_context: MakeContext) -> Folder:
    return Folder(tmp_path, make_context)
