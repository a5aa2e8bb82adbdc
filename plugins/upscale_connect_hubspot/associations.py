"""The company of a contact that has no primary one: another that it is associated with.

The list of all contacts gives associations with each contact, for no call. Lists and searches do not, so there a
thousand contacts are asked about in one call.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from .answers import CrmObject, NeighbourAnswer
from .client import Client
from .columns import PRIMARY_COMPANY

#: The most that HubSpot takes at a time. Source: its changelog of 2025-02-10.
TOGETHER = 1_000
#: Contacts that wait at most until so many of them have come together that must be asked about.
_WAITING = 5_000
#: What HubSpot calls the association with the primary company: in a list, and by number elsewhere.
_PRIMARY, _PRIMARY_TYPE = "contact_to_company", "1"


class CompanyFinder:
    """Knows the id of each contact's company. `asks`: pages come without associations, so they are asked for."""

    def __init__(self, client: Client, *, asks: bool) -> None:
        self._client = client
        self._asks = asks
        self._found: dict[str, str] = {}

    def find(self, contact: CrmObject) -> str:
        """The id of the company, "" if there is none. A contact that is asked about has gone through `look_up`."""
        if primary := contact.properties.get(PRIMARY_COMPANY, ""):
            return primary
        return self._found.get(contact.id) or _choose((one.id, one.type == _PRIMARY) for one in contact.companies)

    def look_up(self, pages: Iterator[list[CrmObject]]) -> Iterator[list[CrmObject]]:
        """The same pages, once it is known where their contacts are. The first comes at once."""
        if not self._asks:
            yield from pages
            return
        waiting: list[list[CrmObject]] = []
        missing: list[str] = []
        is_first = True
        for page in pages:
            waiting.append(page)
            missing += [contact.id for contact in page if not contact.properties.get(PRIMARY_COMPANY, "")]
            if is_first or len(missing) >= TOGETHER or sum(map(len, waiting)) >= _WAITING:
                is_first = False
                self._ask(missing)
                yield from waiting
                waiting, missing = [], []
        self._ask(missing)
        yield from waiting

    def _ask(self, ids: Sequence[str]) -> None:
        """What was known before is needed no more."""
        self._found = {}
        remaining = iter(ids)
        while some := list(islice(remaining, TOGETHER)):
            body = {"inputs": [{"id": id_} for id_ in some]}
            answer = self._client.post(NeighbourAnswer, "associations", "contacts/companies/batch/read", body)
            for one in answer.results:
                self._found[one.origin.id] = _choose((there.id, there.is_of_type(_PRIMARY_TYPE)) for there in one.to)


def _choose(companies: Iterable[tuple[str, bool]]) -> str:
    """The primary one, else the one with the lowest id, so that it is the same in each run; "" if there is none."""
    numbers = [(not is_primary, int(id_), id_) for id_, is_primary in companies if id_.isascii() and id_.isdigit()]
    return min(numbers)[2] if numbers else ""
