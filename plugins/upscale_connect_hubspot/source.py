"""Leads from the contacts of a portal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from upscale_connect import BadRecord, Checkpoint, Context, Cursor, Finding, Record, Source, SourceError

from .allowances import Limited
from .answers import CrmObject
from .associations import CompanyFinder
from .beside import HubSpotBeside
from .catalog import Catalog
from .client import Client
from .columns import Columns
from .companies import CompanyReader
from .contacts import ContactReader
from .errors import RefusalError, StoppedError
from .inspection import Inspection, find_wrong_names
from .options import Filter, SourceConfig
from .refusals import refused

#: How far an incremental read goes back behind the last one: HubSpot's search is seconds behind.
_MARGIN = timedelta(minutes=15)
#: After this time an incremental source is read whole once more: a company's new name changes no contact.
_FULL_AFTER = timedelta(hours=24)
_YES = ("true", "yes", "1")


class HubSpotSource(Limited, Source[SourceConfig]):
    """Yields contacts with the properties that the mapping reads, and those of their primary companies.

    Every run reads all of them, so that it is known who is gone. With `incremental` it reads those that were
    changed since the last run, and all of them once a day.
    """

    name = "hubspot"
    config_model = SourceConfig

    def __init__(self, config: SourceConfig, context: Context) -> None:
        super().__init__(config, context)
        self._client = Client(config, context)
        self._catalog = Catalog(self._client)
        self._reader = ContactReader(self._client)
        self._beside: HubSpotBeside | None = None
        self._has_read = self._is_proven = False

    def read(self, since: Cursor | None) -> Iterator[Record | BadRecord | Checkpoint]:
        """Raises `SourceError`, `CredentialsError`, `QuotaError`."""
        try:
            yield from self._read(since)
        except StoppedError:
            return
        except RefusalError as refusal:
            raise refused("to give the contacts", refusal) from None

    def columns(self) -> Sequence[str]:
        """Everything that a mapping may name. One call, two if it names a rare property of companies."""
        try:
            return self._catalog.columns(self.context.columns)
        except RefusalError as refusal:
            raise refused("to list its properties", refusal) from None
        except StoppedError:
            return self.context.columns

    def check(self) -> Iterator[Finding]:
        """Portal, token, scopes, columns with samples, and what a run costs. What was just read is not asked again."""
        if self._has_read:
            self._is_proven = True
            return
        inspection = Inspection(self._client, self._catalog, self._reader, self.config, self.context)
        try:
            columns = self._columns()
            pages = self._join(columns, self._pages(columns, None), None)
            yield from inspection.inspect(columns, self._filters(None), pages)
        except StoppedError:
            return
        except RefusalError as refusal:
            error = refused("what `check` asked", refusal)
            yield Finding("error", error.message, error.hint)

    def beside(self) -> HubSpotBeside:
        """The sink that writes to the contacts themselves."""
        self._beside = HubSpotBeside(
            self.config,
            self.context,
            self._client,
            self._catalog,
            self._reader,
            self._columns,
            lambda: self._is_proven,
        )
        return self._beside

    def _read(self, since: Cursor | None) -> Iterator[Record | BadRecord | Checkpoint]:
        for finding in find_wrong_names(self._catalog, self.config):
            raise SourceError(finding.message, hint=finding.hint)
        columns = self._columns()
        started_at = self._client.now
        changed_since = self._changed_since(since, started_at)
        pages = self._leave_out(self._pages(columns, changed_since))
        for contact, company in self._join(columns, pages, changed_since):
            yield Record(contact.id, columns.fields(contact.properties, company), f"HubSpot contact {contact.id}")
        self._has_read = True
        if self.config.incremental:
            full_at = started_at.isoformat() if since is None or changed_since is None else since["full_at"]
            yield Checkpoint({"read_at": started_at.isoformat(), "full_at": full_at})

    def _join(
        self, columns: Columns, pages: Iterator[list[CrmObject]], changed_since: datetime | None
    ) -> Iterator[tuple[CrmObject, Mapping[str, str]]]:
        """Each contact with its company."""
        is_list = self.config.list_id is not None or bool(self._filters(changed_since))
        finder = CompanyFinder(self._client, asks=is_list and self.config.associations and bool(columns.company))
        return CompanyReader(self._client, columns.company, finder.find).join(finder.look_up(pages))

    def _pages(self, columns: Columns, changed_since: datetime | None) -> Iterator[list[CrmObject]]:
        needed = [*columns.contact, *self._catalog.choose(self.config.opt_out)]
        properties = tuple(dict.fromkeys([*needed, *(self._beside.properties if self._beside else ())]))
        filters = self._filters(changed_since)
        if self.config.list_id is not None:
            return self._note(self._reader.by_ids(self._reader.members(self.config.list_id), properties))
        if filters:
            return self._reader.matching(filters, properties)
        companies = self.config.associations and bool(columns.company)
        return self._note(self._reader.everything(properties, companies=companies))

    def _note(self, pages: Iterator[list[CrmObject]]) -> Iterator[list[CrmObject]]:
        """Let the sink know what was read. A search may be behind and is not told."""
        for page in pages:
            if self._beside is not None:
                for contact in page:
                    self._beside.note(contact)
            yield page

    def _leave_out(self, pages: Iterator[list[CrmObject]]) -> Iterator[list[CrmObject]]:
        """Leave contacts aside that opted out."""
        names = self._catalog.choose(self.config.opt_out)
        aside = 0
        for page in pages:
            kept = [
                contact
                for contact in page
                if not any(contact.properties.get(name, "").casefold() in _YES for name in names)
            ]
            aside += len(page) - len(kept)
            yield kept
        if aside:
            self.context.log.info("HubSpot: %d contacts opted out (%s) and were left aside", aside, ", ".join(names))

    def _columns(self) -> Columns:
        return Columns(self.context.columns, self._catalog.choose(self.config.linkedin))

    def _filters(self, changed_since: datetime | None) -> list[dict[str, Any]]:
        filters = [self._describe(one) for one in self.config.filter or ()]
        if changed_since is not None:
            milliseconds = str(int(changed_since.timestamp() * 1000))
            filters.append({"propertyName": "lastmodifieddate", "operator": "GTE", "value": milliseconds})
        return filters

    def _describe(self, one: Filter) -> dict[str, Any]:
        """A filter as HubSpot takes it. In a list of texts, HubSpot finds lower case only."""
        definition = self._catalog.contacts().get(one.property)
        described: dict[str, Any] = {"propertyName": one.property, "operator": one.operator}
        if one.values is not None:
            lower = definition is not None and definition.type == "string"
            described["values"] = [value.lower() if lower else value for value in one.values]
        if one.value is not None:
            described["value"] = one.value
        if one.high_value is not None:
            described["highValue"] = one.high_value
        return described

    def _changed_since(self, since: Cursor | None, now: datetime) -> datetime | None:
        """From which time of change on is to be read; None for everything."""
        if since is None or not self.config.incremental:
            return None
        read_at, full_at = (_parse_time(since, name) for name in ("read_at", "full_at"))
        if read_at is None or full_at is None or now - full_at >= _FULL_AFTER:
            return None
        return read_at - _MARGIN


def _parse_time(cursor: Mapping[str, object], name: str) -> datetime | None:
    try:
        return datetime.fromisoformat(str(cursor.get(name))).astimezone(UTC)
    except ValueError:
        return None
