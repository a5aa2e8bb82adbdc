"""A run that tells what it takes for stored. Started as `python recorded_run.py ACKS SYNCHRONOUS ARGUMENT…`.

After each commit of the ledger a line is written to the file ACKS: a hash of all that the ledger holds then; and
after each sync of a file one with its time of change, which a log of system calls does not show.
SYNCHRONOUS is FULL for the program as it is; with another setting of SQLite it only believes that it is durable.
"""

from __future__ import annotations

import os
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.crash.contents import hash_contents
from upscale_connect.cli import run
from upscale_connect.ledger import database
from upscale_connect.ledger.database import Database


def main() -> None:
    acks = os.open(sys.argv[1], os.O_CREAT | os.O_WRONLY | os.O_APPEND)
    begin = Database.transaction

    @contextmanager
    def transaction(self: Database) -> Iterator[sqlite3.Connection]:
        with self._lock:
            with begin(self) as connection:
                yield connection
            if connection.execute("PRAGMA database_list").fetchone()[2]:
                os.write(acks, f"{hash_contents(connection)}\n".encode())

    def weaken(connection: sqlite3.Connection) -> None:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(f"PRAGMA synchronous = {sys.argv[2]}")

    sync = os.fsync

    def fsync(descriptor: Any) -> None:
        sync(descriptor)
        path = Path(f"/proc/self/fd/{descriptor}").readlink()
        os.write(acks, f"changed {os.fstat(descriptor).st_mtime_ns} {path}\n".encode())

    vars(os)["fsync"] = fsync
    type.__setattr__(Database, "transaction", transaction)
    if sys.argv[2] != "FULL":
        database._make_durable = weaken
    sys.exit(run(sys.argv[3:]))


if __name__ == "__main__":
    main()
