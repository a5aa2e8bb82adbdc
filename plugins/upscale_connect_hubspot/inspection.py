"""What `check` shows of a portal, in few calls that change nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, TypeAlias

from upscale_connect import Context, Finding, SourceError

from .answers import Account, CrmObject, TokenInfo
from .associations import TOGETHER
from .catalog import Catalog
from .client import Client
from .columns import COMPANY_PREFIX, LINKEDIN_COLUMN, Columns
from .contacts import BATCH, MEMBER_PAGE, PAGE, SEARCH_PAGE, ContactReader
from .errors import RefusalError
from .options import SourceConfig

READ_CONTACTS = "crm.objects.contacts.read"
READ_COMPANIES = "crm.objects.companies.read"
READ_LISTS = "crm.lists.read"
WRITE_CONTACTS = "crm.objects.contacts.write"
MAKE_PROPERTIES = "crm.schemas.contacts.write"

#: Each with the properties of its company.
Contacts: TypeAlias = "Iterator[tuple[CrmObject, Mapping[str, str]]]"

_SAMPLES = 2
_LONGEST_SAMPLE = 40
#: A search takes five groups of filters at most.
_GROUPS = 5


class Inspection:
    """Raises what `Client` raises."""

    def __init__(
        self, client: Client, catalog: Catalog, reader: ContactReader, config: SourceConfig, context: Context
    ) -> None:
        self._client = client
        self._catalog = catalog
        self._reader = reader
        self._config = config
        self._context = context

    def inspect(self, columns: Columns, filters: Sequence[Mapping[str, Any]], contacts: Contacts) -> Iterator[Finding]:
        """Findings about the source. Of `contacts`, each with its company, the first ones are looked at."""
        config = self._config
        yield inspect_account(self._client)
        needed = [READ_CONTACTS, *([READ_COMPANIES] if columns.company else [])]
        needed += [READ_LISTS] if config.list_id is not None else []
        token = list(inspect_token(self._client, config.token.get_secret_value(), needed))
        yield from token
        if any(finding.level == "error" for finding in token):
            return  # HubSpot would refuse what comes next
        wrong = find_wrong_names(self._catalog, config)
        yield from wrong
        if LINKEDIN_COLUMN in columns.names and not columns.linkedin:
            hint = "name the property that holds it under `linkedin:`"
            yield Finding("error", f"{LINKEDIN_COLUMN}: the portal has none of {', '.join(config.linkedin)}", hint)
        elif not wrong:
            yield from self._inspect_contacts(columns, filters, contacts)

    def _inspect_contacts(
        self, columns: Columns, filters: Sequence[Mapping[str, Any]], contacts: Contacts
    ) -> Iterator[Finding]:
        total = self._count(filters)
        yield from self._show_samples(columns, contacts)
        reached = self._count_reached(columns, filters)
        with_address = "" if reached is None else f", {reached:,} of them with a LinkedIn address"
        yield Finding("ok", f"{total:,} contacts{with_address}{self._count_left_aside(filters)}")
        read, write = estimate_calls(total, self._config, with_companies=bool(columns.company))
        left = self._client.left_today
        today = "" if left is None else f"; {left:,} are left today"
        yield Finding("ok", f"a run makes about {read:,} calls to read, and up to {write:,} to write{today}")

    def _count(self, filters: Sequence[Mapping[str, Any]]) -> int:
        list_id = self._config.list_id
        if list_id is None:
            return self._reader.count(filters)
        self._reader.describe_list(list_id)
        return self._reader.member_page(list_id, limit=1).total or 0

    def _count_reached(self, columns: Columns, filters: Sequence[Mapping[str, Any]]) -> int | None:
        """Contacts with a LinkedIn address; None if no search can tell."""
        if self._config.list_id is not None or not 0 < len(columns.linkedin) <= _GROUPS:
            return None
        return self._reader.count(
            *([*filters, {"propertyName": name, "operator": "HAS_PROPERTY"}] for name in columns.linkedin)
        )

    def _count_left_aside(self, filters: Sequence[Mapping[str, Any]]) -> str:
        names = self._catalog.choose(self._config.opt_out)
        if self._config.list_id is not None or not 0 < len(names) <= _GROUPS:
            return ""
        says_no = ({"propertyName": name, "operator": "EQ", "value": "true"} for name in names)
        number = self._reader.count(*([*filters, one] for one in says_no))
        return f"; {number:,} opted out and are left aside" if number else ""

    def _show_samples(self, columns: Columns, contacts: Contacts) -> Iterator[Finding]:
        """Each column with the label of its property and what two contacts have there."""
        first = islice(contacts, _SAMPLES)
        samples = [columns.fields(contact.properties, company) for contact, company in first]
        for name in columns.names:
            label = self._label(name)
            shown = ", ".join(_show(fields[name]) for fields in samples) or "no contact to show"
            yield Finding("ok", f"{name}{f' ({label})' if label else ''}: {shown}")

    def _label(self, column: str) -> str:
        if column == LINKEDIN_COLUMN or column.startswith(COMPANY_PREFIX):
            return ""
        definition = self._catalog.contacts().get(column)
        return definition.label if definition else ""


def find_wrong_names(catalog: Catalog, config: SourceConfig) -> list[Finding]:
    """An error for each property that an option of the source names and the portal does not have."""
    return [
        *catalog.check_names("linkedin", config.linkedin),
        *catalog.check_names("opt_out", config.opt_out),
        *catalog.check_names("filter", [one.property for one in config.filter or ()]),
    ]


def inspect_account(client: Client) -> Finding:
    """Which portal it is. Not every token may know."""
    try:
        account = client.get(Account, "account", "details", optional=True)
    except (RefusalError, SourceError):
        return Finding("ok", "HubSpot answers; which portal it is, it does not tell")
    about = ", ".join(filter(None, [account.kind, account.time_zone]))
    return Finding("ok", f"portal {account.portal_id}{f' ({about})' if about else ''}")


def inspect_token(client: Client, token: str, needed: Iterable[str]) -> Iterator[Finding]:
    """What kind of token it is, and an error for each scope that it lacks."""
    try:
        info = client.post(TokenInfo, "token", "get/access-token-info", {"tokenKey": token}, optional=True)
    except (RefusalError, SourceError):
        yield Finding("ok", "token: a service key, or another of which HubSpot does not tell the scopes")
        return
    missing = [scope for scope in needed if scope not in info.scopes]
    for scope in missing:
        hint = "add it in HubSpot: the private app's Scopes, or the service key's"
        yield Finding("error", f"the token lacks the scope {scope}", hint)
    if not missing:
        yield Finding("ok", f"token: of the private app {info.app_id or 'unknown'}, with every scope that is needed")


def name_write_scopes(missing: Sequence[str], *, create: bool) -> list[str]:
    """The scopes to write messages, and to make the missing properties if that is wanted."""
    return [WRITE_CONTACTS, *([MAKE_PROPERTIES] if missing and create else [])]


def estimate_calls(contacts: int, config: SourceConfig, *, with_companies: bool) -> tuple[int, int]:
    """Calls to read so many contacts, each with a company of its own at worst, and to write to all of them."""
    size = SEARCH_PAGE if config.filter is not None else PAGE
    read = 2 + _pages(contacts, size)
    if config.list_id is not None:
        read += _pages(contacts, MEMBER_PAGE)
    if with_companies:
        read += _pages(contacts, BATCH)
        if config.associations and (config.list_id is not None or config.filter is not None):
            read += _pages(contacts, TOGETHER)
    return read, _pages(contacts, BATCH)


def _pages(number: int, size: int) -> int:
    return -(-number // size)


def _show(value: str) -> str:
    text = " ".join(value.split())
    return repr(f"{text[: _LONGEST_SAMPLE - 1]}…" if len(text) > _LONGEST_SAMPLE else text)
