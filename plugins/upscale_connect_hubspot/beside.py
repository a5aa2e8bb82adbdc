"""Messages back to the contacts that the leads came from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from upscale_connect import Context, Delivery, Finding

from .answers import CrmObject
from .catalog import Catalog
from .client import Client
from .columns import Columns
from .contacts import ContactReader
from .inspection import inspect_token, name_write_scopes
from .layout import check_parts
from .options import SourceConfig
from .places import GONE, NAME, Located, Place, read_places
from .recent import Recent
from .writing import ContactSink, translate_errors


class HubSpotBeside(ContactSink[SourceConfig]):
    """Finds each contact by the id of its record. What the source has just read is not read again.

    `columns` are those of the mapping: the address that it takes for the LinkedIn profile is the one that is
    compared. `is_proven` tells whether a read of this run has shown that token and mapping work.
    """

    name = "hubspot"
    config_model = SourceConfig

    def __init__(
        self,
        config: SourceConfig,
        context: Context,
        client: Client,
        catalog: Catalog,
        reader: ContactReader,
        columns: Callable[[], Columns],
        is_proven: Callable[[], bool],
    ) -> None:
        super().__init__(config, context, client, catalog)
        self._reader = reader
        self._columns = columns
        self._is_proven = is_proven
        self._recent = Recent(client, context.clock, self._layout.receipt, self._layout.texts)

    @property
    def properties(self) -> tuple[str, ...]:
        """What the source has to read, so that a contact need not be read again."""
        return self._name_properties(self._layout.texts)

    def note(self, contact: CrmObject) -> None:
        """The source has just read it; not by a search, which may be behind."""
        self._recent.note(self._show_place(contact, self._layout.texts))

    def _locate(self, deliveries: Sequence[Delivery]) -> list[Located]:
        self._recent.renew()
        ids = [delivery.record.id or "" for delivery in deliveries]
        known = {id_: place for id_ in dict.fromkeys(ids) if (place := self._recent.take(id_))}
        unknown = [delivery for delivery, id_ in zip(deliveries, ids, strict=True) if id_ not in known]
        read = self._read(unknown, self._layout.texts)
        for found in read:
            if isinstance(found, Place):
                self._recent.note(found)
        rest = iter(read)
        return [known.get(id_) or next(rest) for id_ in ids]

    def _read(self, deliveries: Sequence[Delivery], texts: Sequence[str]) -> list[Located]:
        ids = [delivery.record.id or "" for delivery in deliveries]
        wanted = [id_ for id_ in dict.fromkeys(ids) if id_.isascii() and id_.isdigit()]
        found, refused = read_places(self._reader, wanted, self._name_properties(texts), None)
        shared: dict[str, Place] = {}
        places = {
            id_: shared.setdefault(contact.id, self._show_place(contact, texts)) for id_, contact in found.items()
        }
        why = {id_: GONE if id_ in wanted else "the record has no id of HubSpot" for id_ in ids} | refused
        return [places.get(id_) or why[id_] for id_ in ids]

    def _note_written(self, id_: str) -> None:
        self._recent.forget(id_)

    def _name_properties(self, texts: Sequence[str]) -> tuple[str, ...]:
        columns = self._columns()
        return tuple(dict.fromkeys([*NAME, *columns.linkedin, *columns.contact, *self._catalog.choose(texts)]))

    def _show_place(self, contact: CrmObject, texts: Sequence[str]) -> Place:
        columns, shown = self._columns(), contact.properties
        fields = columns.fields(shown, {})
        mapped = [fields[name] for name in self.context.mapping.get("lead_linkedin", ()) if name in fields]
        address = next((text for text in mapped if text.strip()), "")
        name = " ".join(filter(None, (shown.get(part, "").strip() for part in NAME)))
        return Place(contact.id, address, name, {one: shown.get(one, "") for one in texts})

    def check(self) -> Iterator[Finding]:
        with translate_errors():
            briefly = self._is_proven()
            if not briefly:
                needed = name_write_scopes(self._preparation.missing, create=self.config.create)
                yield from inspect_token(self._client, self.config.token.get_secret_value(), needed)
                yield from check_parts(self.config, self.context.message_types)
            yield from self._preparation.check(briefly=briefly)
