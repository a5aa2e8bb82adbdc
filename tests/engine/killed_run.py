"""A run that kills itself at a given moment. Started by a test as `python killed_run.py CONFIG MOMENT NUMBER`.

MOMENT is where the `NUMBER`-th passing is the last one; with NUMBER 0 the run ends well and prints how often each
moment was passed.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import upscale_connect_csv
from upscale_connect.config import load_config
from upscale_connect.engine import Options, open_services, run_syncs, select_syncs
from upscale_connect.ledger import Ledger
from upscale_connect.ledger.database import Database
from upscale_connect.ledger.spool import Spool
from upscale_connect.registry import Registry
from upscale_connect.upscale import UpscaleClient
from upscale_connect_csv.table import CsvTable
from upscale_connect_csv.target import Target

passed: Counter[str] = Counter()
last = (sys.argv[2], int(sys.argv[3]))


def come_to(moment: str) -> None:
    passed[moment] += 1
    if (moment, passed[moment]) == last:
        os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))
        threading.Event().wait()


def watch(owner: Any, name: str, moment: str) -> None:
    """Come to `before …` and `after …` around each call."""
    original: Callable[..., Any] = getattr(owner, name)

    def call(*args: Any, **options: Any) -> Any:
        come_to(f"before {moment}")
        result = original(*args, **options)
        come_to(f"after {moment}")
        return result

    setattr(owner, name, call)


class Time:
    """Clock and stop in one: waiting takes no time."""

    def __init__(self) -> None:
        self._seconds = 0.0

    def now(self) -> datetime:
        return datetime(2026, 3, 4, tzinfo=UTC) + timedelta(seconds=self._seconds)

    def monotonic(self) -> float:
        return self._seconds

    def is_set(self) -> bool:
        return False

    def wait(self, timeout: float) -> bool:
        self._seconds += timeout
        return False


def main() -> None:
    begin = Database.transaction

    @contextmanager
    def transaction(self: Database) -> Iterator[Any]:
        with begin(self) as connection:
            yield connection
            come_to("before commit")
        come_to("after commit")

    vars(sys.modules[Database.__module__])["Database"].transaction = transaction
    watch(UpscaleClient, "submit", "post")
    watch(UpscaleClient, "retrieve_messages", "get")
    watch(Spool, "append", "spool")
    watch(Ledger, "mark_accepted", "receipt")
    watch(os, "fsync", "fsync")
    watch(CsvTable, "rewrite", "rewrite")
    watch(Ledger, "announce_stamp", "announcement")
    watch(Target, "_replace_patiently", "replacement")
    registry, time = Registry(), Time()
    registry.register(upscale_connect_csv, name="csv")
    config = load_config(sys.argv[1], environ={})
    with open_services(config, registry=registry, clock=time, stop=time) as services:
        run_syncs(services, select_syncs(config, None), Options(wait=True))
    sys.stdout.write(json.dumps(passed))


if __name__ == "__main__":
    main()
