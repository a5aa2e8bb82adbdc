"""What a run lets go of: texts that every sink has had for so many days, and leads that no source has any more."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from ..contracts import Table
from ..errors import SinkError
from .run import Run
from .shield import shield


def purge_texts(run: Run) -> None:
    """Also those of syncs that the configuration has no more: nobody else would.

    Not while a table of the sync cannot be read back: it is written whole, and shows what only the ledger has.
    """
    if not all(_can_be_read_back(run, name, sink) for name, sink in run.sinks.items() if isinstance(sink, Table)):
        return
    used = run.ledger.find_sinks(_list_names(run))
    for sync_id in (run.sync_id, *run.gone):
        sinks = {*used, *(run.ledger.sinks_of(sync_id) if sync_id in run.gone else ())}
        run.ledger.purge_texts(sync_id, sinks, _find_limit(run), run.id, run.now())


def purge_leads(run: Run, is_seen: Callable[[int, str], bool]) -> None:
    """After a read of everything."""
    run.ledger.purge_leads(run.sync_id, _find_limit(run), is_seen, run.id, run.now())


def _find_limit(run: Run) -> datetime:
    return run.now() - timedelta(days=run.config.privacy.retention_days)


def _list_names(run: Run) -> Iterator[tuple[int, str]]:
    """Sync id and name of every sink of the configuration, former names too."""
    for sync in run.config.syncs.values():
        sync_id = run.ledger.find_sync(sync.name, sync.formerly)
        for name, options in sync.sinks.items() if sync_id is not None else ():
            yield from ((sync_id, one) for one in (name, getattr(options, "formerly", None)) if one and sync_id)


def _can_be_read_back(run: Run, name: str, table: Table[Any]) -> bool:
    with shield(lambda why: SinkError(f"the sink {name!r} of {run.sync.name!r} failed: {why}"), run.config.secrets):
        return table.shown() is not None
