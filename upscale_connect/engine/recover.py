"""What a killed run left is settled before anything else: by what it spooled, then by doubt."""

from __future__ import annotations

from .run import Upkeep


def recover(upkeep: Upkeep, sync_id: int) -> int:
    """Settle the attempts of a sync whose lock is held. Returns how many were put in doubt."""
    ledger = upkeep.ledger
    spooled = ledger.import_spool(sync_id, upkeep.id, upkeep.now())
    if spooled.unknown:
        upkeep.note(
            f"{ledger.spool.path.name} names {len(spooled.unknown)} paid requests that fit no attempt of this ledger,"
            f" such as {spooled.unknown[0]}: was the ledger restored from an old copy?"
        )
    return ledger.recover(sync_id, upkeep.id, upkeep.now())
