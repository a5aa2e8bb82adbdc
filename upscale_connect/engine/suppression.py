"""The gates of a run: at reading, right before each batch, and at delivery.

Lists and the ledger's own entries are loaded once. A change of the ledger's entries while a run works is noticed
before each batch and each page of deliveries.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from ..config import Config, Sync
from ..ledger import Ledger
from ..mapping import Mapping
from ..models import Lead, Record
from ..suppression import Entry, Suppressions, read_list

_LINKEDIN = "lead_linkedin"
#: Why a message that waited is rejected when its person gets none any more, and who says so if nobody did by hand.
SUPPRESSED, LIST = "suppressed", "the do-not-contact list"


class Gate:
    """Whom a sync must not buy for, and to whose places it delivers nothing."""

    def __init__(self, ledger: Ledger, lists: list[Entry], mapping: Mapping | None = None) -> None:
        self._ledger = ledger
        self._lists = lists
        self._mapping = mapping
        self._columns = mapping.sources.get(_LINKEDIN, ()) if mapping else ()
        self._people: dict[str, str] = {}
        self._mark = ""
        self._suppressions = Suppressions()
        self._load()

    @property
    def digest(self) -> str:
        """Changes with the entries; "" if there are none."""
        return self._suppressions.digest

    def refresh(self) -> None:
        """Take over what somebody has changed in the ledger since it was last read."""
        if self._ledger.suppression_mark() != self._mark:
            self._load()

    def find(self, lead: Lead, record: Record) -> str:
        """Why a lead gets no message, for people; "" if nothing is against it."""
        opted_out = self._mapping.opted_out(record) if self._mapping else ""
        return opted_out or self._suppressions.find(lead, record) or self._recall(lead)

    def remember(self, keys: Iterable[str], why: str) -> None:
        """A record says so that repeats an earlier one: it holds for the person, in whatever row."""
        for key in keys:
            self._people.setdefault(key, why)

    def _recall(self, lead: Lead) -> str:
        if not self._people:
            return ""
        return next((self._people[key] for key in (lead.linkedin_key, *lead.aliases) if key in self._people), "")

    def _load(self) -> None:
        self._mark = self._ledger.suppression_mark()
        entries, hashed = self._ledger.read_suppressions()
        hasher = self._ledger.suppression_hasher() if hashed else None
        self._suppressions = Suppressions([*self._lists, *entries], hashed, hasher, self._columns)


def open_gate(config: Config, sync: Sync | None, ledger: Ledger, mapping: Mapping | None) -> Gate:
    """`sync` is None for one that only the ledger remembers.

    Raises ConfigError if a list cannot be read: nobody knows then who must not be contacted.
    """
    return Gate(ledger, list(read_lists(config, sync)), mapping)


def suppress_person(ledger: Ledger, lead: Lead, reason: str, actor: str, at: datetime) -> set[int]:
    """Never contact the person of a lead again, under whatever address. What waits for a person's word is rejected.

    Returns the ids of these messages.
    """
    people = ledger.find_people(lead.key, [lead.linkedin_key])
    keys = {key for known in people if lead.linkedin_key in known for key in known} | {lead.linkedin_key}
    entries = [Entry("linkedin", key, None, reason) for key in sorted(keys)]
    ledger.suppress(entries, actor, at)
    syncs = [number for name in ledger.sync_names() if (number := ledger.find_sync(name)) is not None]
    waiting = [one for one in ledger.held_messages(syncs) if one.lead.linkedin_key in keys]
    for one in waiting:
        ledger.decide(one.id, "rejected", one.hash, actor, at, SUPPRESSED)
    return {one.id for one in waiting}


def read_lists(config: Config, sync: Sync | None) -> Iterator[Entry]:
    """The entries of all list files that hold for a sync."""
    for one in config.privacy.suppression:
        yield from read_list(one.path, one.customer, where=config.where("suppression"))
    if sync is not None:
        where = config.where("syncs", sync.name, "suppression")
        for one in sync.suppression:
            yield from read_list(sync.folder / one.path.expanduser(), one.customer, where=where)
