"""Messages to the contacts of a portal, wherever the leads came from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from upscale_connect import Context, Delivery, Finding

from .catalog import Catalog
from .client import Client
from .contacts import ContactReader
from .inspection import READ_CONTACTS, inspect_account, inspect_token, name_write_scopes
from .layout import check_parts
from .options import Match, SinkConfig
from .places import Finder, Located
from .writing import ContactSink, translate_errors


class HubSpotSink(ContactSink[SinkConfig]):
    """Finds each contact by `match`: an id, an e-mail address, or another unique property."""

    name = "hubspot"
    config_model = SinkConfig

    def __init__(self, config: SinkConfig, context: Context) -> None:
        client = Client(config, context)
        super().__init__(config, context, client, Catalog(client))
        reader = ContactReader(client)
        self._finder = Finder(reader, self._catalog, config, config.match)

    def _read(self, deliveries: Sequence[Delivery], texts: Sequence[str]) -> list[Located]:
        return self._finder.locate(deliveries, texts)

    def check(self) -> Iterator[Finding]:
        with translate_errors():
            yield inspect_account(self._client)
            needed = [READ_CONTACTS, *name_write_scopes(self._preparation.missing, create=self.config.create)]
            yield from inspect_token(self._client, self.config.token.get_secret_value(), needed)
            yield from self._catalog.check_names("linkedin", self.config.linkedin)
            yield from check_match(self._catalog, self.config.match)
            yield from check_parts(self.config, self.context.message_types)
            yield from self._preparation.check(briefly=False)


def check_match(catalog: Catalog, match: Match) -> Iterator[Finding]:
    """An error if the property cannot tell contacts apart."""
    definition = catalog.contacts().get(match.property)
    if definition is None:
        message = f"`match:` names {match.property!r}, which is no property of contacts"
        yield Finding("error", message, catalog.suggest(match.property))
    elif match.property not in ("email", "hs_object_id") and not definition.unique:
        hint = "match by email, by hs_object_id, or by a property that was made with unique values"
        yield Finding("error", f"two contacts may have the same {match.property!r}", hint)
    else:
        by = f"column {match.column!r}" if match.column else "the record's id"
        yield Finding("ok", f"contacts are found by {match.property}, from {by}")
