"""Messages beside the leads, in the tab that they came from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial

from upscale_connect import Context, Delivery, Finding, Found, Sink, SinkError, WriteResult

from .access import require_google_auth
from .client import HOSTS, LIMITS, Client, ShrunkError
from .columns import APPROVED, NOTES, RECEIPT, STATUS, OurColumns, check_names, name_columns, read_approval
from .erasing import Eraser
from .inspection import MISSING_HINT, inspect_columns, inspect_protection, inspect_rows, tell_missing
from .judging import Writer
from .keys import Keys
from .layout import Layout, lay_out, locate
from .memory import MARK
from .new_columns import add_columns
from .options import GoogleSheetsConfig
from .places import LONG_PAGE, PAGE, MovedError, Place, PlaceReader
from .writer import TabWriter

#: Deliveries that are written, looked at and answered together: what bounds memory.
CHUNK = 2_500
#: How often it is looked again if others move the header meanwhile.
_ROUNDS = 8


class GoogleSheetsSink(Sink[GoogleSheetsConfig]):
    """Finds the row of each lead by what names it, and compares the person before it writes.

    The columns that name it must be there; ours are added behind everything where they are missing. A result is
    given when the message was seen beside its lead, and nothing of ours anywhere else.
    """

    name = "google-sheets"
    config_model = GoogleSheetsConfig
    hosts = HOSTS
    limits = LIMITS

    def __init__(self, config: GoogleSheetsConfig, context: Context) -> None:
        super().__init__(config, context)
        require_google_auth()
        self._ours = name_columns(config, context.message_types, SinkError)
        self._keys = Keys(context.mapping)
        self._needed = list(dict.fromkeys([*self._keys.columns, *self._keys.columns_of_person]))
        self._client = Client(config, context, writes=True)
        judge = Writer(self._ours, self._keys, config.overwrite, context.clock)
        self._writer = TabWriter(self._client, context, self._ours, self._keys, judge, self._locate, self._prepare)

    def write(self, deliveries: Iterable[Delivery]) -> Iterator[WriteResult]:
        for chunk in _part(deliveries):
            yield from self._writer.write(chunk)

    def find(self, deliveries: Iterable[Delivery]) -> Iterator[Found]:
        """What stands beside the leads now: receipts, texts, and a person's approval and notes."""
        places = self._read_receipts()
        for delivery in deliveries:
            found = [places[key] for key in self._keys.of_delivery(delivery) if key in places]
            if found:
                yield self._make_found(delivery, found[0])

    def erase(self, deliveries: Iterable[Delivery]) -> Iterator[WriteResult]:
        """Empties what is ours in every row of these leads; what a person wrote there stays, and is told."""
        for delivery in deliveries:
            yield from self._erase(delivery)

    def _erase(self, delivery: Delivery) -> Iterable[WriteResult]:
        types = dict.fromkeys([*self.context.message_types, *delivery.messages, *delivery.earlier])
        ours = name_columns(self.config, list(types), SinkError)
        locate = partial(self._locate, ours)
        layout = locate()
        texts = [header for header in ours.messages.values() if header in layout.ours]
        if ours.others[RECEIPT] in layout.ours:
            judge = Eraser(ours)
            writer = TabWriter(self._client, self.context, ours, self._keys, judge, locate, lambda: layout)
            return writer.write([delivery])
        if texts:
            title = layout.tab.title
            why = f"the tab {title!r} has a column {texts[0]!r}, but none with receipts: look there"
            return [delivery.conflict(why)]
        return [delivery.unchanged()]

    def check(self) -> Iterator[Finding]:
        try:
            layout = self._locate()
            self._client.require_right(layout.tab.id)
        except SinkError as error:
            yield Finding("error", error.message, error.hint)
            return
        yield from inspect_columns(layout, self._ours, creates=self.config.create_missing_columns)
        yield from inspect_protection(layout, self._ours, self._client.account)
        yield from check_names(self.config.columns, self.context.message_types)
        yield from self._inspect_rows(layout)

    def _inspect_rows(self, layout: Layout) -> Iterator[Finding]:
        receipt = self._ours.others[RECEIPT]
        pages = PlaceReader(self._client, self._keys).pages(layout, [*self._needed, receipt], LONG_PAGE)
        try:
            yield from inspect_rows(pages, layout.tab, receipt)
        except (MovedError, ShrunkError):
            yield Finding("warning", f"the tab {layout.tab.title!r} is being changed: its rows were not looked at")

    def _prepare(self) -> Layout:
        """Our columns are there afterwards. Raises `SinkError`."""
        if self.config.create_missing_columns:
            return add_columns(self._client, self._ours.headers, self._locate)
        layout = self._locate()
        if missing := [header for header in self._ours.needed if header not in layout.ours]:
            raise SinkError(tell_missing(layout.tab.title, missing), hint=MISSING_HINT)
        return layout

    def _locate(self, ours: OurColumns | None = None) -> Layout:
        """Where everything stands now; `ours`: our columns, if not those of the configuration."""
        tab, header = locate(self._client, self.config, self._needed, SinkError)
        return lay_out(tab, header, self._needed, ours or self._ours, SinkError)

    def _read_receipts(self) -> dict[str, Place]:
        """Key → its row, for the rows with a receipt."""
        columns = [*self._needed, *self._ours.headers]
        receipt = self._ours.others[RECEIPT]
        for _ in range(_ROUNDS):
            layout = self._locate()
            if receipt not in layout.ours:
                return {}
            found: dict[str, Place] = {}
            try:
                for page in PlaceReader(self._client, self._keys).pages(layout, columns, PAGE):
                    for place in page:
                        if place.key and not place.shown.get(receipt, MARK).startswith(MARK):
                            found.setdefault(place.key, place)
            except (MovedError, ShrunkError):
                continue
            return found
        raise SinkError(
            f"the columns of the tab {layout.tab.title!r} are moved all the time",
            hint="nothing is lost; run again when fewer people work on it",
        )

    def _make_found(self, delivery: Delivery, place: Place) -> Found:
        headers = dict(self._ours.messages)
        headers |= {"approved": self._ours.others[APPROVED], "notes": self._ours.others[NOTES]}
        headers |= {"status": self._ours.others[STATUS]}
        fields = {name: place.shown[header] for name, header in headers.items() if header in place.shown}
        if word := read_approval(fields.pop("approved", "")):
            fields["approved"] = word
        stranger = delivery.find_stranger(linkedin=place.linkedin, name=place.name)
        return Found(delivery.key, place.shown[self._ours.others[RECEIPT]], fields, stranger)


def _part(deliveries: Iterable[Delivery]) -> Iterator[list[Delivery]]:
    """So many at a time, and no lead twice: one that comes again is written after the first."""
    chunk: dict[str, Delivery] = {}
    for delivery in deliveries:
        if delivery.key in chunk or len(chunk) == CHUNK:
            yield list(chunk.values())
            chunk = {}
        chunk[delivery.key] = delivery
    if chunk:
        yield list(chunk.values())
