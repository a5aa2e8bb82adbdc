"""The moments of a run: there it may be killed, or something else may happen."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from upscale_connect.ledger import Ledger
from upscale_connect.ledger.database import Database
from upscale_connect.upscale import PaidSession

#: What happens before and after each of these may be a moment of a scenario.
WATCHED: tuple[tuple[type, str], ...] = (
    *(
        (Ledger, name)
        for name in (
            "prepare",
            "prepare_again",
            "mark_submitting",
            "mark_accepted",
            "mark_in_doubt",
            "complete",
            "mark_unknown",
            "store_results",
        )
    ),
    (PaidSession, "post"),
)


class Killed(BaseException):
    """The process ends here. What it unwinds through finds a ledger that takes nothing more."""


@dataclass
class Moments:
    """Passed by every run of a scene: `acts` happen once, when their moment comes. `commits` are counted."""

    acts: dict[str, Callable[[], object]] = field(default_factory=dict)
    commits: int = 0
    dead: bool = False

    def come(self, name: str) -> None:
        if self.dead:
            raise Killed
        if act := self.acts.pop(name, None):
            act()

    def kill(self) -> None:
        self.dead = True
        raise Killed

    def watch(self, patch: pytest.MonkeyPatch) -> None:
        for owner, name in WATCHED:
            patch.setattr(owner, name, self._surround(getattr(owner, name), name))
        begin = Database.transaction

        @contextmanager
        def transaction(database: Database) -> Iterator[sqlite3.Connection]:
            with begin(database) as connection:
                yield connection
                self.commits += 1
                self.come(f"commit {self.commits}")

        patch.setattr(Database, "transaction", transaction)

    def _surround(self, function: Callable[..., Any], name: str) -> Callable[..., Any]:
        def call(*args: Any, **options: Any) -> Any:
            self.come(f"before {name}")
            result = function(*args, **options)
            self.come(f"after {name}")
            return result

        return call
