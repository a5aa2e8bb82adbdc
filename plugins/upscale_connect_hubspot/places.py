"""The contact that a delivery belongs to, and what it shows now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from upscale_connect import Delivery, WriteResult

from .answers import CrmObject
from .catalog import Catalog
from .contacts import ContactReader
from .errors import RefusalError
from .options import Match, Person

NAME = ("firstname", "lastname")
GONE = "the contact is no longer in HubSpot"


@dataclass(slots=True)
class Place:
    """A contact as it is. `texts`: property → text, for those that we write."""

    id: str
    linkedin: str
    name: str
    texts: dict[str, str]

    def find_stranger(self, delivery: Delivery) -> str:
        """Why this is another person than the delivery's; "" if it is not."""
        return delivery.find_stranger(linkedin=self.linkedin, name=self.name)


#: A place, or why there is none.
Located: TypeAlias = "Place | str"


class Finder:
    """Finds contacts by a unique property."""

    def __init__(self, reader: ContactReader, catalog: Catalog, config: Person, match: Match) -> None:
        self._reader = reader
        self._match = match
        self._candidates = config.linkedin
        self._catalog = catalog

    def locate(self, deliveries: Sequence[Delivery], texts: Sequence[str]) -> list[Located]:
        """One answer per delivery, in their order; deliveries to the same contact share their place.

        `texts`: the properties that are shown besides the person.
        """
        values = [self._read_value(delivery) for delivery in deliveries]
        wanted = list(dict.fromkeys(value for value, why in values if not why))
        candidates = self._catalog.choose(self._candidates)
        properties = (*NAME, *candidates, *texts)
        key = None if self._match.property == "hs_object_id" else self._match.property
        found, refused = read_places(self._reader, wanted, properties, key)
        places: dict[str, Place] = {}
        located: list[Located] = []
        for value, why in values:
            contact = found.get(value)
            if why or contact is None:
                located.append(why or refused.get(value) or self._miss())
            else:
                located.append(places.setdefault(contact.id, show_place(contact, candidates, texts)))
        return located

    def _read_value(self, delivery: Delivery) -> tuple[str, str]:
        """The value that the record has for the property, and why it has none."""
        column = self._match.column
        if column and column not in delivery.record.fields:
            return "", f"the record has no column {column!r}"
        value = delivery.record.fields[column].strip() if column else delivery.record.id or ""
        if self._match.property == "hs_object_id" and value and not (value.isascii() and value.isdigit()):
            return "", f"{f'column {column!r}' if column else 'the record'} has no id of HubSpot"
        if not value:
            return "", f"column {column!r} is empty" if column else "the record has no id of its own"
        return value, ""

    def _miss(self) -> str:
        return GONE if not self._match.column else f"HubSpot has no contact with this {self._match.property}"


def part(
    deliveries: Sequence[Delivery], located: Sequence[Located]
) -> tuple[list[tuple[Delivery, Place]], list[WriteResult]]:
    """Those that have a place of their own person, and what becomes of the others."""
    pairs: list[tuple[Delivery, Place]] = []
    others: list[WriteResult] = []
    for delivery, place in zip(deliveries, located, strict=True):
        if isinstance(place, str):
            others.append(delivery.failed(place, retry=False))
        elif stranger := place.find_stranger(delivery):
            others.append(delivery.conflict(f"contact {place.id}: {stranger}"))
        else:
            pairs.append((delivery, place))
    return pairs, others


def read_places(
    reader: ContactReader, values: Sequence[str], properties: Sequence[str], key: str | None
) -> tuple[dict[str, CrmObject], dict[str, str]]:
    """Value → contact, and value → why HubSpot does not take it. One bad value spoils no other."""
    if not values:
        return {}, {}
    try:
        return reader.batch(values, properties, key), {}
    except RefusalError as refusal:
        if len(values) == 1:
            return {}, {values[0]: f"HubSpot does not take its {key or 'id'}: {refusal.reason}"}
    half = len(values) // 2
    found, refused = read_places(reader, values[:half], properties, key)
    more, also = read_places(reader, values[half:], properties, key)
    return found | more, refused | also


def show_place(contact: CrmObject, linkedin: Sequence[str], texts: Sequence[str]) -> Place:
    """The place of a contact of which these properties were read."""
    shown = contact.properties
    address = next((shown[name] for name in linkedin if shown.get(name, "").strip()), "")
    name = " ".join(filter(None, (shown.get(part, "").strip() for part in NAME)))
    return Place(contact.id, address, name, {one: shown.get(one, "") for one in texts})
