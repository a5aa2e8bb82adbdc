"""Changes of contacts, a hundred in a call. One that HubSpot does not take keeps no other from being made.

A 2xx is no success: 207 lists what was done and what was not. And without an id of its own for each change, one
bad one has HubSpot refuse them all.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from upscale_connect import Delivery, SinkError

from .answers import BatchAnswer, ErrorAnswer
from .client import Client
from .errors import RefusalError
from .places import GONE
from .refusals import describe, find_codes, refused

#: The fault is in what is written to all contacts, not in one of them.
_EVERYWHERE = frozenset({"PROPERTY_DOESNT_EXIST", "READ_ONLY_VALUE"})
#: So many refusals in a row, without a success in between, and the fault is not in the contacts.
_MOST_REFUSALS = 10
_FOR_GOOD = ("VALIDATION_ERROR", "OBJECT_NOT_FOUND")


@dataclass(slots=True)
class Update:
    """What is written to one contact, for these deliveries."""

    id: str
    properties: dict[str, str] = field(default_factory=dict)
    deliveries: list[Delivery] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Failure:
    """`retry`: it may work later."""

    why: str
    retry: bool


class Updater:
    """Raises `SinkError` where no contact could be written, and what `Client` raises."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._refusals = 0

    def send(self, updates: Sequence[Update]) -> Iterator[tuple[Update, Failure | None]]:
        """Make up to a hundred changes of different contacts; None stands for success."""
        if not updates:
            return
        body = {
            "inputs": [{"id": one.id, "objectWriteTraceId": one.id, "properties": one.properties} for one in updates]
        }
        try:
            answer = self._client.post(BatchAnswer, "objects", "contacts/batch/update", body)
        except RefusalError as refusal:
            yield from self._split(updates, refusal)
        else:
            self._refusals = 0
            yield from _settle(updates, answer)

    def _split(self, updates: Sequence[Update], refusal: RefusalError) -> Iterator[tuple[Update, Failure | None]]:
        """Halve what was refused as a whole, down to the guilty one."""
        if refusal.codes & _EVERYWHERE or self._refusals >= _MOST_REFUSALS:
            hint = "`upscale-connect check` shows what is wrong with the properties; the messages are kept"
            raise SinkError(refused("to write to contacts", refusal).message, hint=hint)
        if len(updates) == 1:
            self._refusals += 1
            yield updates[0], _explain(refusal.category, refusal.reason, refusal.status)
            return
        half = len(updates) // 2
        yield from self.send(updates[:half])
        yield from self.send(updates[half:])


def _settle(updates: Sequence[Update], answer: BatchAnswer) -> Iterator[tuple[Update, Failure | None]]:
    """What the answer says of each change. It names the changes in any order, and merged contacts by their new id."""
    done = {name for one in answer.results for name in (one.id, one.trace) if name}
    failures = list_failures(answer.errors)
    everywhere = next((error for error in answer.errors if find_codes(error) & _EVERYWHERE), None)
    for one in updates:
        if one.id in failures and everywhere is None:
            yield one, failures[one.id]
        elif one.id in done:
            yield one, None
        elif everywhere is None:
            yield one, Failure("HubSpot did not say what became of it", retry=True)
    if everywhere is not None:
        raise SinkError(
            f"HubSpot refused to write to contacts: {describe(everywhere)}",
            hint="`upscale-connect check` shows what is wrong with the properties; the messages are kept",
        )


def list_failures(errors: Sequence[ErrorAnswer]) -> dict[str, Failure]:
    """Id, or trace id, of what was not done → why."""
    return {id_: _explain(error.category, describe(error)) for error in errors for id_ in _named_ids(error)}


def _named_ids(error: ErrorAnswer) -> list[str]:
    """The contacts that an error is about."""
    named = [error.context.get(name) for name in ("objectWriteTraceId", "ids", "id")]
    lists = [value if isinstance(value, list) else [value] for value in named]
    return [str(id_) for ids in lists for id_ in ids if id_ is not None]


def _explain(category: str, reason: str, status: int = 0) -> Failure:
    if category == "OBJECT_NOT_FOUND" or status == 404:
        return Failure(GONE, retry=False)
    return Failure(f"HubSpot refused: {reason}", retry=category not in _FOR_GOOD and not 400 <= status < 500)
