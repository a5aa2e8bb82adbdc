"""Which syncs a command line or a call means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import zip_longest

from ..config import Config, Sync, list_names, suggest
from ..errors import UsageError
from ..ledger import Ledger


def select_syncs(config: Config, names: Sequence[str] | None, *, everything: bool = False) -> list[Sync]:
    """The syncs that these names or globs mean, clients taking turns.

    Without a name: the only sync. Raises UsageError for a name that fits none, or no name where there are several.
    """
    known = list(config.syncs)
    if everything and names:
        raise UsageError("give names or --all, not both")
    if not names:
        if len(known) != 1 and not everything:
            hint = f"give a name, a pattern such as 'acme/*', or --all; there are: {list_names(known)}"
            raise UsageError("which sync?", hint=hint)
        return _take_turns(list(config.syncs.values()))
    chosen: dict[str, Sync] = {}
    for pattern in names:
        found = [name for name in known if fnmatchcase(name, pattern)]
        if not found:
            raise UsageError(f"no sync is called {pattern!r}", hint=suggest(pattern, known))
        chosen.update((name, config.syncs[name]) for name in found)
    return _take_turns(list(chosen.values()))


@dataclass(frozen=True, slots=True)
class KnownSync:
    """A sync of the configuration, of the ledger, or of both."""

    name: str
    sync: Sync | None
    sync_id: int | None


def select_known(config: Config, ledger: Ledger, names: Sequence[str]) -> list[KnownSync]:
    """The syncs that these names or globs mean, also those that only the ledger remembers. Without a name: all.

    Raises UsageError for a name that fits none.
    """
    known = [KnownSync(name, one, ledger.find_sync(name, one.formerly)) for name, one in config.syncs.items()]
    placed = {one.sync_id for one in known}
    remembered = [KnownSync(name, None, ledger.find_sync(name)) for name in ledger.sync_names()]
    known += [one for one in remembered if one.sync_id not in placed]
    for pattern in names:
        if not any(fnmatchcase(one.name, pattern) for one in known):
            raise UsageError(f"no sync is called {pattern!r}", hint=suggest(pattern, [one.name for one in known]))
    return [one for one in known if not names or any(fnmatchcase(one.name, pattern) for pattern in names)]


def _take_turns(syncs: Sequence[Sync]) -> list[Sync]:
    """Round-robin by client, so that one client's many syncs do not keep the others waiting."""
    groups: dict[str, list[Sync]] = {}
    for sync in syncs:
        groups.setdefault(sync.group, []).append(sync)
    return [sync for turn in zip_longest(*groups.values()) for sync in turn if sync is not None]
