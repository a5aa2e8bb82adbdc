"""The ledger in one SQLite file."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Self

from .attempts import AttemptTables
from .batches import BatchTables
from .callbacks import CallbackTables
from .database import Database, open_database
from .decisions import DecisionTables
from .deliveries import DeliveryTables
from .generation import Generation
from .leads import LeadTables
from .messages import MessageTables
from .overview import Overview
from .pauses import PauseTables
from .quarantine import QuarantineTables
from .revisions import RevisionTables
from .room import Room
from .spool import Spool, SpoolTables


class Ledger(
    LeadTables,
    BatchTables,
    AttemptTables,
    SpoolTables,
    MessageTables,
    CallbackTables,
    DecisionTables,
    QuarantineTables,
    PauseTables,
    RevisionTables,
    DeliveryTables,
    Overview,
):
    """Remembers every purchase, batch, message and delivery. It is the truth.

    Methods are safe to call from several threads; each that writes is durable when it returns. All raise
    LedgerError if the file cannot be read or written.
    """

    def __init__(self, db: Database, path: Path, *, read_only: bool) -> None:
        self.db = db
        self.room = Room(path)
        # The name is asked for now: when an answer must be spooled, the ledger may be locked.
        self.spool = Spool(path, "" if read_only else self.identity())

    @classmethod
    def open(cls, path: Path, *, force: bool = False, read_only: bool = False) -> Self:
        """Open the ledger, making it if there was none. Read-only, a missing file is an empty ledger.

        Raises LedgerError if the ledger is missing or an old copy of itself; read-only, that is a warning.
        """
        generation = Generation(path)
        if not read_only:
            generation.require_ledger()
        db = open_database(path, force=force, read_only=read_only)
        try:
            if read_only:
                generation.warn(db)
            else:
                generation.begin(db)
            return cls(db, path, read_only=read_only)
        except BaseException:
            db.close()
            raise

    def close(self) -> None:
        self.db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
