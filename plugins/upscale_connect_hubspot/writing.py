"""Messages to contacts, whichever way the contacts are found."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC
from itertools import islice
from typing import TypeVar

from upscale_connect import Context, Delivery, Found, Sink, SinkError, SourceError, WriteResult

from .allowances import Limited
from .catalog import Catalog
from .client import Client
from .contacts import BATCH
from .erasing import Erasure, plan_erasure
from .errors import RefusalError, StoppedError
from .layout import APPROVED, DELIVERED, HELD, NOTES, STATUS, make_layout
from .options import Access, Writing
from .places import Located, Place, part
from .preparation import Preparation
from .refusals import refused
from .updates import Update, Updater

A = TypeVar("A", bound=Access)
W = TypeVar("W", bound=Writing)


class BatchSink(Limited, Sink[A]):
    """Takes as many deliveries as go into one call."""

    def __init__(self, config: A, context: Context, client: Client) -> None:
        super().__init__(config, context)
        self._client = client

    @abstractmethod
    def _write_chunk(self, chunk: Sequence[Delivery]) -> Iterator[WriteResult]:
        """Write up to a hundred."""

    @abstractmethod
    def _erase_chunk(self, chunk: Sequence[Delivery]) -> Iterator[WriteResult]:
        """Take away what is ours of up to a hundred. What a person wrote stays, and is told."""

    def _prepare(self) -> None:
        """Make what the first delivery needs."""

    def write(self, deliveries: Iterable[Delivery]) -> Iterator[WriteResult]:
        remaining = iter(deliveries)
        with translate_errors():
            self._prepare()
            while not self.context.stop.is_set():
                self._client.require_calls()  # before more is taken that then could not be written
                if not (chunk := list(islice(remaining, BATCH))):
                    return
                yield from self._write_chunk(chunk)

    def erase(self, deliveries: Iterable[Delivery]) -> Iterator[WriteResult]:
        remaining = iter(deliveries)
        with translate_errors():
            while chunk := list(islice(remaining, BATCH)):
                yield from self._erase_chunk(chunk)


class ContactSink(BatchSink[W]):
    """Writes messages to properties. A person's edits are kept, and the person is compared before."""

    def __init__(self, config: W, context: Context, client: Client, catalog: Catalog) -> None:
        super().__init__(config, context, client)
        self._catalog = catalog
        self._layout = make_layout(config, context.message_types)
        self._preparation = Preparation(client, catalog, config, self._layout)
        self._updater = Updater(client)
        self._is_prepared = False
        self._erased: list[str] = []

    @abstractmethod
    def _read(self, deliveries: Sequence[Delivery], texts: Sequence[str]) -> list[Located]:
        """The place of each delivery as HubSpot shows it now, with these properties, or why there is none.

        The same contact has the same place.
        """

    def _locate(self, deliveries: Sequence[Delivery]) -> list[Located]:
        """The same with what we write, perhaps as it was read just before."""
        return self._read(deliveries, self._layout.texts)

    def _note_written(self, id_: str) -> None:
        """A contact has our messages now."""

    def _prepare(self) -> None:
        if not self._is_prepared:
            self._preparation.make_missing()
            self._is_prepared = True

    def find(self, deliveries: Iterable[Delivery]) -> Iterator[Found]:
        remaining = iter(deliveries)
        with translate_errors():
            if self._layout.receipt not in self._catalog.contacts():
                return  # nothing was ever written
            while chunk := list(islice(remaining, BATCH)):
                for delivery, place in zip(chunk, self._locate(chunk), strict=True):
                    if isinstance(place, Place) and (receipt := place.texts.get(self._layout.receipt, "")):
                        yield Found(delivery.key, receipt, self._show(place), place.find_stranger(delivery))

    def leftovers(self) -> Iterator[str]:
        """HubSpot shows what a property held before."""
        for id_ in self._erased:
            yield f"the history of the properties of contact {id_}, which HubSpot keeps as long as the contact"

    def _erase_chunk(self, chunk: Sequence[Delivery]) -> Iterator[WriteResult]:
        types = [kind for delivery in chunk for kind in (*delivery.messages, *delivery.earlier)]
        layout = make_layout(self.config, list(dict.fromkeys([*self.context.message_types, *types])))
        if layout.receipt not in self._catalog.contacts():
            yield from (delivery.unchanged() for delivery in chunk)  # nothing was ever written
            return
        pairs, others = part(chunk, self._read(chunk, self._catalog.choose(layout.texts)))
        yield from others
        places: dict[str, tuple[Place, list[Delivery]]] = {}
        for delivery, place in pairs:
            places.setdefault(place.id, (place, []))[1].append(delivery)
        present = self._catalog.choose(layout.all)
        erasures = {id_: plan_erasure(*found, layout, present) for id_, found in places.items()}
        yield from self._empty(erasures)

    def _empty(self, erasures: Mapping[str, Erasure]) -> Iterator[WriteResult]:
        for erasure in erasures.values():
            if not erasure.emptied:
                yield from erasure.conclude()
        for update, failure in self._updater.send([one.describe() for one in erasures.values() if one.emptied]):
            if failure is None:
                self._erased.append(update.id)
            yield from erasures[update.id].conclude(failure)

    def _show(self, place: Place) -> dict[str, str]:
        layout = self._layout
        names = {**layout.messages, STATUS: layout.status, APPROVED: layout.approved, NOTES: layout.notes}
        return {part: text for part, name in names.items() if (text := place.texts.get(name, ""))}

    def _write_chunk(self, chunk: Sequence[Delivery]) -> Iterator[WriteResult]:
        updates: dict[str, Update] = {}
        for delivery, place in zip(chunk, self._locate(chunk), strict=True):
            if isinstance(place, str):
                yield delivery.failed(place, retry=False)
            elif (result := self._plan(delivery, place, updates)) is not None:
                yield result
        for update, failure in self._updater.send(list(updates.values())):
            self._note_written(update.id)
            for delivery in update.deliveries:
                yield delivery.failed(failure.why, retry=failure.retry) if failure else delivery.written()

    def _plan(self, delivery: Delivery, place: Place, updates: dict[str, Update]) -> WriteResult | None:
        """Add what has to be written to the updates, or say why nothing has."""
        if stranger := place.find_stranger(delivery):
            return delivery.conflict(f"contact {place.id}: {stranger}")
        changes: dict[str, str] = {}
        for kind, name in self._layout.messages.items():
            if (message := delivery.messages.get(kind)) is not None:
                shown = place.texts.get(name, "")
                if not self._may_write(delivery, kind, shown):
                    return delivery.conflict(f"contact {place.id}: the property {name!r} holds a text that is not ours")
                if not _is_same(message.text, shown):
                    changes[name] = message.text
        if changes and self._layout.approved:
            changes[self._layout.approved] = ""  # said of another text, also if it came since the contact was read
        if not _is_same(delivery.receipt, place.texts.get(self._layout.receipt, "")):
            changes[self._layout.receipt] = delivery.receipt
        status, stands = HELD if delivery.is_draft else DELIVERED, place.texts.get(self._layout.status, "").strip()
        if self._layout.status and stands != status and (stands in (HELD, DELIVERED) or (changes and not stands)):
            changes[self._layout.status] = status
        update = updates.get(place.id)
        if not changes and update is None:
            return delivery.unchanged()
        update = updates.setdefault(place.id, Update(place.id))
        place.texts |= changes  # what a second delivery to the same contact will find
        if self._layout.updated_at:
            changes[self._layout.updated_at] = f"{self.context.clock.now().astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
        update.properties |= changes
        update.deliveries.append(delivery)
        return None

    def _may_write(self, delivery: Delivery, kind: str, shown: str) -> bool:
        if self.config.overwrite == "always":
            return True
        if self.config.overwrite == "never":
            return not shown.strip() or _is_same(shown, delivery.messages[kind].text)
        return delivery.may_replace(kind, shown)


@contextmanager
def translate_errors() -> Iterator[None]:
    """What a sink says of what `Client` raises. A stop ends it without a word."""
    try:
        yield
    except StoppedError:
        return
    except SourceError as error:
        raise SinkError(error.message, hint=error.hint) from None
    except RefusalError as refusal:
        told = refused("what was asked", refusal)
        raise SinkError(told.message, hint=told.hint) from None


def _is_same(text: str, shown: str) -> bool:
    """Line ends and blanks at the edges make no difference, as HubSpot may change them."""
    return "\n".join(text.splitlines()).strip() == "\n".join(shown.splitlines()).strip()
