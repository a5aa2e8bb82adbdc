"""What `pause` and `resume` share."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from .options import read_config
from .output import emit_json, printable, say
from .person import name_user

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def change(config_file: Path, names: Sequence[str], *, every: bool, paused: bool, as_json: bool) -> int:
    """Pause the syncs that are meant, or let them buy again. What is so already stays as it is."""
    from ..engine import select_syncs
    from ..ledger import Ledger

    config = read_config(config_file)
    changed: dict[str, bool] = {}
    with Ledger.open(config.ledger.path, force=config.ledger.force) as ledger:
        act = ledger.pause if paused else ledger.resume
        for sync in select_syncs(config, names, everything=every):
            sync_id = ledger.bind_sync(sync.name, sync.formerly)
            changed[sync.name] = act(sync_id, name_user(), datetime.now(UTC))
    if as_json:
        return emit_json({"syncs": [{"name": name, "paused": paused, "changed": new} for name, new in changed.items()]})
    for name, new in changed.items():
        say(printable(f"{name}: {_tell(paused, new)}"))
    return 0


def _tell(paused: bool, new: bool) -> str:
    if paused:
        return "buys nothing new; what was bought is still collected and delivered" if new else "was paused before"
    return "may buy again, with the next run" if new else "was not paused"
