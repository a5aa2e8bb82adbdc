"""The ledger in one SQLite file."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Self

from ..errors import LedgerError
from .adoptions import AdoptionTables
from .attempts import AttemptTables
from .batches import BatchTables
from .callbacks import CallbackTables
from .credits import CreditTables
from .database import Database, open_database
from .decisions import DecisionTables
from .dossier import DossierTables
from .edits import EditTables
from .erasure import ErasureTables
from .generation import Generation
from .inbox import Inbox, locate_inbox
from .leads import LeadTables
from .messages import MessageTables
from .namings import NamingTables
from .overview import Overview
from .pauses import PauseTables
from .people import PeopleTables
from .quarantine import QuarantineTables
from .retention import RetentionTables
from .reviews import ReviewTables
from .revisions import RevisionTables
from .room import Room
from .spool import Spool, SpoolTables
from .suppressions import SuppressionTables
from .verdicts import VerdictTables
from .versions import VersionTables
from .waves import Waves


class Ledger(
    LeadTables,
    PeopleTables,
    BatchTables,
    AttemptTables,
    SpoolTables,
    MessageTables,
    CallbackTables,
    DecisionTables,
    QuarantineTables,
    PauseTables,
    RevisionTables,
    ReviewTables,
    VerdictTables,
    VersionTables,
    EditTables,
    SuppressionTables,
    DossierTables,
    NamingTables,
    ErasureTables,
    RetentionTables,
    AdoptionTables,
    CreditTables,
    Overview,
    Waves,
):
    """Remembers every purchase, batch, message and delivery. It is the truth.

    Methods are safe to call from several threads; each that writes is durable when it returns. All raise
    LedgerError if the file cannot be read or written.
    """

    def __init__(self, db: Database, path: Path, generation: Generation, *, read_only: bool) -> None:
        self.db = db
        self.generation = generation
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
                if not generation.path.exists():
                    _use_callbacks_again(path, force)
                generation.begin(db)
            return cls(db, path, generation, read_only=read_only)
        except BaseException as error:
            damage = db.find_damage(error)
            db.close()
            if damage is not None:
                raise LedgerError(f"{path}: {damage.message}", hint=damage.hint) from None
            raise

    def require_sound(self) -> None:
        """To be called before each paid request. Raises LedgerError if the file is damaged; reads it whole, once."""
        self.db.require_sound()

    def find_damage(self, error: BaseException) -> LedgerError | None:
        """The damage that may be the cause of an error that nobody expects; None for any other error."""
        return self.db.find_damage(error)

    def close(self) -> None:
        self.db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Before an error is taken for a bug of ours, the file is looked at. Raises LedgerError if it is damaged."""
        damage = None if error is None else self.find_damage(error)
        self.close()
        if damage is not None:
            raise damage from None


def _use_callbacks_again(ledger: Path, force: bool) -> None:
    """A ledger that may be an old copy does not know what came of the callbacks that were used since."""
    if locate_inbox(ledger).exists():
        with Inbox.open(ledger, force=force) as inbox:
            inbox.mark_all_unread()
