"""Contacts by every way that HubSpot gives them, page by page.

HubSpot leaves out unknown properties without a word, gives 10 a page unless told otherwise, and ends a search
at 10,000. A page may be short although there are more: the end is where no `after` is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Any

from upscale_connect import SourceError

from .answers import BatchAnswer, CrmObject, ListAnswer, ListDescription, MemberPage, ObjectPage
from .client import Client
from .errors import RefusalError

#: The most that each endpoint gives or takes at a time.
PAGE, SEARCH_PAGE, MEMBER_PAGE, BATCH = 100, 200, 250, 100
#: Past ids of a contact that others were merged into, and its further e-mail addresses, both with `;` between.
MERGED, MORE_EMAILS = "hs_merged_object_ids", "hs_additional_emails"
_CONTACTS = "0-1"


class ContactReader:
    """Raises `SourceError` where HubSpot's pages cannot be trusted, and what `Client` raises."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def everything(self, properties: Sequence[str], *, companies: bool = False) -> Iterator[list[CrmObject]]:
        """All contacts, with their companies if wanted. Exact, whatever their number, and never behind."""
        after: str | None = None
        while True:
            params = {"limit": str(PAGE), "properties": ",".join(properties)}
            if companies:
                params["associations"] = "companies"
            if after is not None:
                params["after"] = after
            page = self._client.get(ObjectPage, "objects", "contacts", params)
            yield page.results
            if page.after is None:
                return
            after = _check_progress(after, page.after)

    def matching(self, filters: Sequence[Mapping[str, Any]], properties: Sequence[str]) -> Iterator[list[CrmObject]]:
        """All contacts that pass the filters, in the order of their ids.

        Each page is a search of its own, for ids above the last one: so there is no end at 10,000, equal times
        of change make no difference, and nothing is skipped when contacts leave the set meanwhile. What was
        changed seconds ago may be missing or show old values.
        """
        last = 0
        while True:
            above = {"propertyName": "hs_object_id", "operator": "GT", "value": str(last)}
            page = self._client.post(
                ObjectPage,
                "objects",
                "contacts/search",
                {
                    "filterGroups": [{"filters": [*filters, above]}],
                    "sorts": ["hs_object_id"],
                    "properties": list(properties),
                    "limit": SEARCH_PAGE,
                },
            )
            last = _check_order(last, page.results, more=page.after is not None)
            yield page.results
            if page.after is None:
                return

    def count(self, *groups: Sequence[Mapping[str, Any]]) -> int:
        """How many contacts pass all filters of any group."""
        filled = [{"filters": list(group)} for group in groups if group]
        body = {"filterGroups": filled, "sorts": ["hs_object_id"], "properties": [], "limit": 1}
        return self._client.post(ObjectPage, "objects", "contacts/search", body).total or 0

    def members(self, list_id: str) -> Iterator[str]:
        """The ids of a list's members, each once."""
        seen: set[str] = set()
        after: str | None = None
        while True:
            page = self.member_page(list_id, after)
            for member in page.results:
                if member.id not in seen:
                    seen.add(member.id)
                    yield member.id
            if page.after is None:
                return
            after = _check_progress(after, page.after)

    def member_page(self, list_id: str, after: str | None = None, limit: int = MEMBER_PAGE) -> MemberPage:
        params = {"limit": str(limit)} | ({"after": after} if after is not None else {})
        with _naming(list_id):
            return self._client.get(MemberPage, "lists", f"{list_id}/memberships", params)

    def describe_list(self, list_id: str) -> ListDescription:
        """Raises `SourceError` if there is no such list, or none of contacts."""
        with _naming(list_id):
            found = self._client.get(ListAnswer, "lists", list_id).list
        if found.object_type not in ("", _CONTACTS):
            raise SourceError(f"list {list_id} of HubSpot is no list of contacts", hint="choose another `list_id:`")
        return found

    def by_ids(self, ids: Iterator[str], properties: Sequence[str]) -> Iterator[list[CrmObject]]:
        """The contacts with these ids, in their order. Those that are gone are left out."""
        while some := list(islice(ids, BATCH)):
            found = self.batch(some, properties)
            yield [found[one] for one in some if one in found]

    def batch(self, values: Sequence[str], properties: Sequence[str], key: str | None = None) -> dict[str, CrmObject]:
        """Value → its contact, for up to 100 ids, or values of a unique property. Never behind.

        A contact that was merged into another is found by its old id, one with several e-mail addresses by each.
        """
        also = MERGED if key is None else MORE_EMAILS if key == "email" else key
        body: dict[str, Any] = {
            "inputs": [{"id": value} for value in dict.fromkeys(values)],
            "properties": [*dict.fromkeys([*properties, *([key] if key else []), also])],
            "propertiesWithHistory": [],
        }
        if key is not None:
            body["idProperty"] = key
        fold = str.casefold if key == "email" else str
        found: dict[str, CrmObject] = {}
        for contact in self._client.post(BatchAnswer, "objects", "contacts/batch/read", body).results:
            own = contact.id if key is None else contact.properties.get(key, "")
            for name in (*contact.properties.get(also, "").split(";"), own):
                found[fold(name.strip())] = contact
        return {value: found[fold(value)] for value in values if fold(value) in found}


@contextmanager
def _naming(list_id: str) -> Iterator[None]:
    try:
        yield
    except RefusalError as refusal:
        if refusal.status != 404:
            raise
        hint = "its number stands in its address in HubSpot"
        raise SourceError(f"HubSpot has no list {list_id}", hint=hint) from None


def _check_progress(before: str | None, after: str) -> str:
    if after == before:
        raise SourceError("HubSpot gives the same page again and again", hint="nothing is lost; run again later")
    return after


def _check_order(last: int, contacts: Sequence[CrmObject], *, more: bool) -> int:
    """The highest id. Ids must be numbers that grow, else a page could repeat or skip contacts."""
    for contact in contacts:
        number = int(contact.id) if contact.id.isascii() and contact.id.isdigit() else 0
        if number <= last:
            raise _unordered()
        last = number
    if more and not contacts:
        raise _unordered()
    return last


def _unordered() -> SourceError:
    return SourceError(
        "HubSpot's search does not give contacts in the order of their ids, so some could be missed",
        hint="read a list instead: make one with the same filters in HubSpot, and set `list_id:`",
    )
