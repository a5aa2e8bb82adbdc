"""Contacts that were just read and showed no receipt of ours: they need not be read again before they are written."""

from __future__ import annotations

from datetime import datetime, timedelta

from upscale_connect import Clock

from .client import Client
from .contacts import ContactReader
from .places import Place

#: Seconds that what was read counts as what is there. After that HubSpot is asked who was changed since.
_FRESH = 120.0
#: HubSpot tells its time in whole seconds.
_MARGIN = timedelta(seconds=1)
#: Contacts that are remembered, at some 300 bytes each; of more, the oldest are read again.
_MOST = 100_000
#: If more than one page of changed contacts comes for so many that are remembered, it is cheaper to read all again.
_PER_PAGE = 300

_BETWEEN = "\x1f"


class Recent:
    """What is remembered is packed into one text per contact: there may be many, and most are blank."""

    def __init__(self, client: Client, clock: Clock, receipt: str, texts: tuple[str, ...]) -> None:
        self._client = client
        self._reader = ContactReader(client)
        self._clock = clock
        self._receipt = receipt
        self._texts = texts
        self._packed: dict[str, str] = {}
        self._unchanged_since: datetime | None = None  # in HubSpot's time
        self._renewed_at = 0.0

    def note(self, place: Place) -> None:
        """Remember it as the last call has shown it, if it shows no receipt."""
        if place.texts.get(self._receipt, ""):
            return
        if not self._packed:
            self._unchanged_since, self._renewed_at = self._client.asked_at, self._clock.monotonic()
        parts = (place.linkedin, place.name, *(place.texts.get(name, "") for name in self._texts))
        self._packed[place.id] = _BETWEEN.join(parts)
        if len(self._packed) > _MOST:
            del self._packed[next(iter(self._packed))]

    def take(self, id_: str) -> Place | None:
        """What is known of a contact, None if it must be read."""
        parts = self._packed.get(id_, "").split(_BETWEEN)
        if len(parts) != 2 + len(self._texts):
            return None
        return Place(id_, parts[0], parts[1], dict(zip(self._texts, parts[2:], strict=True)))

    def forget(self, id_: str) -> None:
        """It was written to."""
        self._packed.pop(id_, None)

    def renew(self) -> None:
        """Forget who was changed since; what we have written ourselves is not remembered anyway."""
        age = self._clock.monotonic() - self._renewed_at
        if not self._packed or self._unchanged_since is None or age <= _FRESH:
            return
        started_at = self._client.now
        since = str(int((self._unchanged_since - _MARGIN).timestamp() * 1000))
        filters = [
            {"propertyName": "lastmodifieddate", "operator": "GTE", "value": since},
            {"propertyName": self._receipt, "operator": "NOT_HAS_PROPERTY"},
        ]
        most = len(self._packed) // _PER_PAGE + 1
        for number, page in enumerate(self._reader.matching(filters, ())):
            if number == most:
                self._packed.clear()
                break
            for contact in page:
                self.forget(contact.id)
        self._unchanged_since, self._renewed_at = started_at, self._clock.monotonic()
