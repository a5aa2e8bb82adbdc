"""A note or a task with the messages beside each contact.

Notes cannot be written twice: a repeated call makes a second one. So each carries its receipt, and before a
repeat the notes of the contact are read; by their associations, which unlike a search are never behind.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from html import escape, unescape
from itertools import islice
from typing import Any

from upscale_connect import Context, Delivery, Finding, Found, WriteResult

from .answers import Answer, BatchAnswer, NeighbourAnswer
from .catalog import Catalog
from .client import Client
from .contacts import BATCH, ContactReader
from .errors import RefusalError
from .inspection import READ_CONTACTS, WRITE_CONTACTS, inspect_account, inspect_token
from .options import ActivityConfig
from .places import Finder, Located, Place, part
from .sink import check_match
from .updates import list_failures
from .writing import BatchSink, translate_errors

#: What stands in every note: its receipt, and whose it is. A contact may have notes of several campaigns.
_MARK = re.compile(r"upscale-connect ([^\s<]+) ([0-9a-f]{8})\b")
_OWNER = "hubspot_owner_id"


@dataclass(frozen=True, slots=True)
class Kind:
    """How HubSpot calls a kind of activity, and the type of its association with a contact."""

    plural: str
    body: str
    association: int


@dataclass(frozen=True, slots=True)
class Marked:
    """An activity that we have made, and for whom."""

    id: str
    receipt: str
    owner: str


_KINDS = {"note": Kind("notes", "hs_note_body", 202), "task": Kind("tasks", "hs_task_body", 204)}


class ActivitySink(BatchSink[ActivityConfig]):
    """Adds one activity per delivery. A task is due now, and is its contact's owner's."""

    name = "hubspot-activity"
    config_model = ActivityConfig
    repeatable = False

    def __init__(self, config: ActivityConfig, context: Context) -> None:
        super().__init__(config, context, Client(config, context))
        self._catalog = Catalog(self._client)
        self._finder = Finder(ContactReader(self._client), self._catalog, config, config.match)
        self._kind = _KINDS[config.kind]
        self._archived: list[str] = []

    def find(self, deliveries: Iterable[Delivery]) -> Iterator[Found]:
        """Every receipt that stands in an activity of the contact, the oldest first."""
        remaining = iter(deliveries)
        with translate_errors():
            while chunk := list(islice(remaining, BATCH)):
                located = zip(chunk, self._locate(chunk), strict=True)
                places = [(delivery, place) for delivery, place in located if isinstance(place, Place)]
                for (delivery, place), ours in zip(places, self._find_ours(places), strict=True):
                    for one in ours:
                        yield Found(delivery.key, one.receipt, {}, place.find_stranger(delivery))

    def leftovers(self) -> Iterator[str]:
        for id_ in self._archived:
            yield f"the {self.config.kind} {id_} in HubSpot's recycling bin"

    def check(self) -> Iterator[Finding]:
        with translate_errors():
            yield inspect_account(self._client)
            token = self.config.token.get_secret_value()
            yield from inspect_token(self._client, token, [READ_CONTACTS, WRITE_CONTACTS])
            yield from self._catalog.check_names("linkedin", self.config.linkedin)
            yield from check_match(self._catalog, self.config.match)

    def _write_chunk(self, chunk: Sequence[Delivery]) -> Iterator[WriteResult]:
        pairs, others = part(chunk, self._locate(chunk))
        yield from others
        if pairs:
            yield from self._create(pairs)

    def _erase_chunk(self, chunk: Sequence[Delivery]) -> Iterator[WriteResult]:
        """Archive every activity that was made for these leads, also what a person has changed of it."""
        pairs, others = part(chunk, self._locate(chunk))
        yield from others
        found = self._find_ours(pairs)
        ids = list(dict.fromkeys(one.id for ours in found for one in ours))
        refused = ""
        for start in range(0, len(ids), BATCH):
            some = ids[start : start + BATCH]
            try:
                body = {"inputs": [{"id": id_} for id_ in some]}
                self._client.post(Answer, "objects", f"{self._kind.plural}/batch/archive", body)
                self._archived += some
            except RefusalError as refusal:
                refused = f"HubSpot refused: {refusal.reason}"
        for (delivery, _), ours in zip(pairs, found, strict=True):
            if any(one.id not in self._archived for one in ours):
                yield delivery.failed(refused, retry=False)
            else:
                yield delivery.written() if ours else delivery.unchanged()

    def _locate(self, chunk: Sequence[Delivery]) -> list[Located]:
        return self._finder.locate(chunk, (_OWNER,))

    def _create(self, pairs: Sequence[tuple[Delivery, Place]]) -> Iterator[WriteResult]:
        """Make the activities in one call. What HubSpot refuses as a whole was not made, and is halved."""
        inputs = [self._describe(delivery, place) for delivery, place in pairs]
        rest = f"{self._kind.plural}/batch/create"
        try:
            answer = self._client.post(BatchAnswer, "objects", rest, {"inputs": inputs}, repeatable=False)
        except RefusalError as refusal:
            if len(pairs) == 1:
                yield pairs[0][0].failed(f"HubSpot refused: {refusal.reason}", retry=False)
                return
            half = len(pairs) // 2
            yield from self._create(pairs[:half])
            yield from self._create(pairs[half:])
        else:
            failures = list_failures(answer.errors)
            is_complete = len(answer.results) + len(failures) >= len(pairs)
            for delivery, _ in pairs:
                if failure := failures.get(delivery.receipt):
                    yield delivery.failed(failure.why, retry=failure.retry)
                elif is_complete or any(made.trace == delivery.receipt for made in answer.results):
                    yield delivery.written()

    def _describe(self, delivery: Delivery, place: Place) -> dict[str, Any]:
        now = f"{self.context.clock.now().astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
        properties = {"hs_timestamp": now, self._kind.body: render(delivery)}
        if self.config.kind == "task":
            who = f"{delivery.lead.first_name} {delivery.lead.last_name}"
            properties |= {
                "hs_task_subject": f"LinkedIn messages for {who}",
                "hs_task_status": "NOT_STARTED",
                "hs_task_type": "TODO",
            }
        if owner := place.texts.get(_OWNER, ""):
            properties[_OWNER] = owner
        types = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": self._kind.association}]
        return {
            "objectWriteTraceId": delivery.receipt,
            "properties": properties,
            "associations": [{"to": {"id": place.id}, "types": types}],
        }

    def _find_ours(self, pairs: Sequence[tuple[Delivery, Place]]) -> list[list[Marked]]:
        """The activities of each delivery's lead, the oldest first."""
        marked = self._read_marks(list(dict.fromkeys(place.id for _, place in pairs)))
        return [
            [one for one in marked.get(place.id, ()) if one.owner == _tell_owner(delivery)] for delivery, place in pairs
        ]

    def _read_marks(self, contacts: Sequence[str]) -> Mapping[str, list[Marked]]:
        """Contact → those of its activities that are ours."""
        beside = self._read_neighbours(contacts)
        ids = list(dict.fromkeys(id_ for neighbours in beside.values() for id_ in neighbours))
        found: dict[str, Marked] = {}
        for start in range(0, len(ids), BATCH):
            body = {
                "inputs": [{"id": id_} for id_ in ids[start : start + BATCH]],
                "properties": [self._kind.body],
                "propertiesWithHistory": [],
            }
            rest = f"{self._kind.plural}/batch/read"
            for activity in self._client.post(BatchAnswer, "objects", rest, body).results:
                if mark := _MARK.search(activity.properties.get(self._kind.body, "")):
                    found[activity.id] = Marked(activity.id, unescape(mark[1]), mark[2])
        return {
            contact: [found[id_] for id_ in sorted(neighbours, key=int) if id_ in found]
            for contact, neighbours in beside.items()
        }

    def _read_neighbours(self, contacts: Sequence[str]) -> Mapping[str, list[str]]:
        """Contact → ids of its activities. A long list comes in pages of its own."""
        beside: dict[str, list[str]] = {}
        inputs = [{"id": contact} for contact in contacts]
        while inputs:
            rest = f"contacts/{self._kind.plural}/batch/read"
            answer = self._client.post(NeighbourAnswer, "associations", rest, {"inputs": inputs})
            inputs = []
            for one in answer.results:
                beside.setdefault(one.origin.id, []).extend(neighbour.id for neighbour in one.to)
                if one.after is not None:
                    inputs.append({"id": one.origin.id, "after": one.after})
        return beside


def render(delivery: Delivery) -> str:
    """The messages as HTML, each under the name of its type, and the receipt."""
    parts = []
    for kind, message in delivery.messages.items():
        title = kind.replace("_", " ").capitalize()
        text = escape(message.text, quote=False).replace("\r\n", "\n").replace("\n", "<br>")
        parts.append(f"<p><strong>{escape(title)}</strong><br>{text}</p>")
    return "".join([*parts, f"<p>upscale-connect {escape(delivery.receipt)} {_tell_owner(delivery)}</p>"])


def _tell_owner(delivery: Delivery) -> str:
    """What is the same for all deliveries of a lead in a campaign."""
    return hashlib.sha256(delivery.key.encode()).hexdigest()[:8]
