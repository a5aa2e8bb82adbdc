"""The companies of contacts: each is read once in a run, a hundred at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice

from .answers import BatchAnswer, CrmObject
from .client import Client
from .contacts import BATCH

#: Contacts that wait at most until a hundred new companies have come together.
_WAITING = 5_000
#: Companies that are remembered; of more, the oldest are read again when they are needed.
_REMEMBERED = 100_000

_NONE: Mapping[str, str] = {}


class CompanyReader:
    """Gives each contact the properties of the company that `find` tells; without `properties` no call is made."""

    def __init__(self, client: Client, properties: Sequence[str], find: Callable[[CrmObject], str]) -> None:
        self._client = client
        self._find = find
        self._properties = list(properties)
        self._known: dict[str, Mapping[str, str]] = {}

    def join(self, pages: Iterator[list[CrmObject]]) -> Iterator[tuple[CrmObject, Mapping[str, str]]]:
        """Every contact with its company, in order. The first page comes at once, for those who look at few."""
        waiting: list[tuple[CrmObject, str]] = []
        missing: dict[str, None] = {}
        is_first = True
        for page in pages:
            placed = [(contact, self._find(contact) if self._properties else "") for contact in page]
            waiting += placed
            missing |= dict.fromkeys(id_ for _, id_ in placed if id_ and id_ not in self._known)
            while len(missing) >= BATCH:
                self._read(missing)
            if is_first or not missing or len(waiting) >= _WAITING:
                is_first = False
                self._read(missing)
                yield from self._give(waiting)
        while missing:
            self._read(missing)
        yield from self._give(waiting)

    def _give(self, waiting: list[tuple[CrmObject, str]]) -> Iterator[tuple[CrmObject, Mapping[str, str]]]:
        for contact, id_ in waiting:
            yield contact, self._known.get(id_, _NONE)
        waiting.clear()
        while len(self._known) > _REMEMBERED:
            del self._known[next(iter(self._known))]

    def _read(self, missing: dict[str, None]) -> None:
        """Read up to a hundred. One that is not there, or may not be seen, has no properties."""
        some = list(islice(missing, BATCH))
        for id_ in some:
            self._known[id_] = _NONE
            del missing[id_]
        if some:
            body = {
                "inputs": [{"id": id_} for id_ in some],
                "properties": self._properties,
                "propertiesWithHistory": [],
            }
            for company in self._client.post(BatchAnswer, "objects", "companies/batch/read", body).results:
                self._known[company.id] = company.properties
