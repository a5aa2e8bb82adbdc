"""Make leads of records, by the million: everything that can be decided once is decided in `__init__`."""

from __future__ import annotations

import difflib
import hashlib
import json
from collections import abc
from dataclasses import asdict, dataclass

from ..errors import ConfigError, Problem
from ..hygiene import Cleaner, HygieneSettings
from ..identity import read_linkedin_keys
from ..linkedin import LinkedInRef, Rejection, SalesNavigator, admit_sales, parse_profile
from ..models import Change, Lead, Record
from .conditions import Condition
from .expressions import Constant, Expression, columns_of, compile_expression
from .values import PLACEHOLDERS, clean_name, clean_text, complete_url, is_sendable, keep_id, shorten

#: Raised when the same mapping would make other leads: then every source is read again.
_RULES = 4

_LEAD_ID, _CUSTOMER, _CAMPAIGN = (
    "automation_tool_lead_id",
    "automation_tool_customer_id",
    "automation_tool_campaign_id",
)
_WEBSITE, _SPECIFIED = "lead_company_website_url", "lead_specified_url"

_USUAL_HYGIENE = HygieneSettings()
_NO_COLUMNS: abc.Mapping[str, str] = {}

#: What people call the fields; the order is that in which a record is looked at.
_LABELS = {
    _LEAD_ID: "lead id",
    "first_name": "first name",
    "last_name": "last name",
    "lead_company": "company",
    "lead_linkedin": "LinkedIn address",
    _WEBSITE: "company's website",
    _SPECIFIED: "specified URL",
    _CUSTOMER: "customer id",
    _CAMPAIGN: "campaign id",
}
_IDS = (_LEAD_ID, _CUSTOMER, _CAMPAIGN)
_NAMES = ("first_name", "last_name", "lead_company")
_UNIQUE = (_LEAD_ID, "lead_linkedin")

#: What may stand under `map`, by the names of the API reference.
LEAD_FIELDS = tuple(_LABELS)
#: What must stand there.
REQUIRED_FIELDS = ("first_name", "last_name", "lead_company", "lead_linkedin")


@dataclass(frozen=True, slots=True)
class Unmapped:
    """Why a record cannot become a lead, for people and the quarantine.

    `field`: the API's name. `column`: where the value came from, "" if from no column. `value`: at most 60
    printable characters. `reason`: a sentence.
    """

    field: str
    column: str
    value: str
    reason: str


class Mapping:
    """How a sync makes leads of records, and which messages each of them gets.

    `expressions`: field of `LEAD_FIELDS` → expression. `customer` and `campaign` hold where they are not
    mapped. `messages`: message type and its condition, in the order of the configuration. `read_back`: columns of
    conditions that no record has. `hygiene`: how names, companies and websites are cleaned. `opt_out`: which get
    no message. `sales_navigator`: what becomes of its addresses. Raises `ConfigError` with every problem at once.
    """

    #: Every column that expressions and conditions read, in the configuration's order, each once.
    columns: tuple[str, ...]
    #: Field → the columns that its value is made of; without the fields that no column is needed for.
    sources: abc.Mapping[str, tuple[str, ...]]
    #: Changes when the same record could become another lead, or get other messages.
    fingerprint: str

    def __init__(
        self,
        expressions: abc.Mapping[str, Expression],
        *,
        customer: str | None,
        campaign: str | None,
        messages: abc.Sequence[tuple[str, Condition | None]],
        hygiene: HygieneSettings = _USUAL_HYGIENE,
        opt_out: abc.Sequence[Condition] = (),
        read_back: abc.Collection[str] = (),
        sales_navigator: SalesNavigator = "reject",
    ) -> None:
        constants = {_CUSTOMER: customer, _CAMPAIGN: campaign}
        if problems := _check(expressions, constants):
            raise ConfigError(problems)
        self._expressions = dict(expressions)
        for name, constant in constants.items():
            self._expressions.setdefault(name, Constant(constant or ""))
        self._messages = tuple(messages)
        self._unconditional = not any(condition for _, condition in self._messages)
        self._every_type = tuple(type_ for type_, _ in self._messages)
        self._opt_out = tuple(opt_out)
        self._uses = _list_uses(expressions, self._messages, read_back)
        self._uses += [("opt_out", condition.column) for condition in opt_out]
        self._maps_id = _LEAD_ID in expressions
        self._readers = [_compile(name, self._expressions.get(name)) for name in LEAD_FIELDS]
        self.columns = tuple(dict.fromkeys(column for _, column in self._uses))
        self.sources = {name: columns for name, one in expressions.items() if (columns := columns_of(one))}
        profiles = self.sources.get("lead_linkedin", ())
        #: Where more than one column may hold the address, the others may show another one of the same person.
        self._profiles = profiles if len(profiles) > 1 else ()
        self._cleaner = Cleaner(hygiene)
        self._sales_navigator: SalesNavigator = sales_navigator
        self.fingerprint = _fingerprint(self._expressions, self._messages, hygiene, self._opt_out, sales_navigator)

    def lead(self, record: Record) -> Lead | Unmapped:
        """Make the lead of a record, or say why it cannot be one.

        The lead id is the record's text, exactly. Where none is mapped it is the record's own id, else
        `li-` and 16 hex digits of the SHA-256 of the LinkedIn key: never a row number.
        """
        fields = record.fields
        values = [read(fields) for read in self._readers]
        lead_id, first, last, company, profile, website, specified, customer, campaign = values
        if not self._maps_id:
            lead_id = values[0] = keep_id(record.id or "")
        needed = first and last and company and profile and customer and campaign
        if not needed or not (lead_id or not self._maps_id) or not "".join(values).isprintable():
            for name, value in zip(LEAD_FIELDS, values, strict=True):
                if reason := self._find_fault(name, value, fields):
                    return self._refuse(name, record, reason)
        person = parse_profile(profile)
        if isinstance(person, Rejection):
            person = admit_sales(person, self._sales_navigator)
        if isinstance(person, Rejection):
            return self._refuse("lead_linkedin", record, person.reason)
        if website and not (website := complete_url(website)):
            return self._refuse(_WEBSITE, record, _NO_URL)
        if specified and not (specified := complete_url(specified)):
            return self._refuse(_SPECIFIED, record, _NO_URL)
        changes: list[Change] = []
        clean = self._cleaner.clean
        first, last = clean("first_name", first, changes), clean("last_name", last, changes)
        company, website = clean("lead_company", company, changes), clean(_WEBSITE, website, changes)
        return Lead(
            lead_id or f"li-{hashlib.sha256(person.key.encode()).hexdigest()[:16]}",
            person.url,
            person.key,
            company,
            first,
            last,
            website or None,
            specified or None,
            customer,
            campaign,
            tuple(changes),
            self._cleaner.find_doubt(first, last, company),
            self._find_aliases(person, fields) if self._profiles else person.aliases,
            person.warnings,
        )

    def _find_aliases(self, person: LinkedInRef, fields: abc.Mapping[str, str]) -> tuple[str, ...]:
        shown = (key for column in self._profiles for key in read_linkedin_keys(fields.get(column) or ""))
        return tuple(key for key in dict.fromkeys((*person.aliases, *shown)) if key != person.key)

    def wanted(self, record: Record, read_back: abc.Mapping[str, str] = _NO_COLUMNS) -> tuple[str, ...]:
        """The message types whose conditions hold for the record now, in the configuration's order.

        `read_back`: columns that the record does not have.
        """
        if self._unconditional:
            return self._every_type
        fields = {**record.fields, **read_back} if read_back else record.fields
        return tuple(type_ for type_, condition in self._messages if condition is None or condition.holds(fields))

    def near_misses(
        self, record: Record, read_back: abc.Mapping[str, str] = _NO_COLUMNS
    ) -> abc.Iterator[tuple[str, str, str]]:
        """Message type, column and text where a condition fails only because of upper and lower case."""
        if self._unconditional:
            return
        fields = {**record.fields, **read_back} if read_back else record.fields
        for type_, condition in self._messages:
            if condition is not None and (text := condition.comes_close(fields)):
                yield type_, condition.column, text

    def opted_out(self, record: Record) -> str:
        """Why a record gets no message, for people; "" if none of its columns says so.

        Upper and lower case make no difference: who says `Yes` has said it.
        """
        for condition in self._opt_out:
            if condition.holds(record.fields) or condition.comes_close(record.fields):
                return f"its column {condition.column!r} says so"
        return ""

    def missing(self, available: abc.Sequence[str]) -> list[tuple[str, str, str | None]]:
        """The columns that are read but not `available`: where each is used, its name, the likely right name."""
        known = frozenset(available)
        return [(use, column, _suggest(column, available)) for use, column in self._uses if column not in known]

    def _find_fault(self, name: str, value: str, fields: abc.Mapping[str, str]) -> str:
        if value:
            return "" if is_sendable(value) else f"The {_LABELS[name]} holds a control character. Remove it."
        if name in (_WEBSITE, _SPECIFIED) or (name == _LEAD_ID and not self._maps_id):
            return ""
        columns = columns_of(self._expressions[name])
        if columns and not any(column in fields for column in columns):
            return f"The record has no column {', '.join(map(repr, columns))}, so the {_LABELS[name]} is missing."
        if any((fields.get(column) or "").strip() in PLACEHOLDERS for column in columns):
            return f"The {_LABELS[name]} is missing: what stands there is a placeholder."
        return f"The {_LABELS[name]} is missing."

    def _refuse(self, name: str, record: Record, reason: str) -> Unmapped:
        expression = self._expressions.get(name)
        if expression is None:
            return Unmapped(name, "", shorten(record.id or ""), reason)
        if isinstance(expression, Constant):
            return Unmapped(name, "", shorten(expression.value), reason)
        columns = columns_of(expression)
        values = (record.fields.get(column) or "" for column in columns)
        return Unmapped(name, ", ".join(columns), shorten(", ".join(filter(None, values))), reason)


_NO_URL = "This is not a valid http or https URL. Correct it or leave the cell empty."


def _compile(name: str, expression: Expression | None) -> abc.Callable[[abc.Mapping[str, str]], str]:
    if expression is None:
        return lambda fields: ""
    clean = keep_id if name in _IDS else clean_name if name in _NAMES else clean_text
    return compile_expression(expression, clean)


def _check(expressions: abc.Mapping[str, Expression], constants: abc.Mapping[str, str | None]) -> list[Problem]:
    allowed = f"allowed are {', '.join(LEAD_FIELDS)}"
    problems = [Problem("", f"map: unknown field {name!r}", allowed) for name in expressions if name not in _LABELS]
    problems += [
        Problem("", f"map: {name} is missing", "name the column that holds it")
        for name in REQUIRED_FIELDS
        if name not in expressions
    ]
    problems += [
        Problem("", f"map: {name} is the same for every record", "name the column that holds it")
        for name in _UNIQUE
        if isinstance(expressions.get(name), Constant)
    ]
    problems += [
        Problem("", f"there is no {_LABELS[name]}", f"set it for the sync, or map {name} to a column")
        for name, constant in constants.items()
        if name not in expressions and not (constant or "").strip()
    ]
    return problems


def _list_uses(
    expressions: abc.Mapping[str, Expression],
    messages: abc.Sequence[tuple[str, Condition | None]],
    read_back: abc.Collection[str],
) -> list[tuple[str, str]]:
    uses = [(f"map.{name}", column) for name, given in expressions.items() for column in columns_of(given)]
    conditions = [(type_, condition.column) for type_, condition in messages if condition]
    uses += [(f"messages.{type_}.when", column) for type_, column in conditions if column not in read_back]
    return list(dict.fromkeys(uses))


def _suggest(column: str, available: abc.Sequence[str]) -> str | None:
    folded = {_fold(name): name for name in reversed(available)}
    close = difflib.get_close_matches(_fold(column), folded, n=1)
    return folded[close[0]] if close else None


def _fold(column: str) -> str:
    return "".join(filter(str.isalnum, column.casefold()))


def _fingerprint(
    expressions: abc.Mapping[str, Expression],
    messages: abc.Sequence[tuple[str, Condition | None]],
    hygiene: HygieneSettings,
    opt_out: abc.Sequence[Condition],
    sales_navigator: SalesNavigator,
) -> str:
    described = {name: [type(given).__name__, asdict(given)] for name, given in expressions.items()}
    wanted = [[type_, asdict(condition) if condition else None] for type_, condition in messages]
    parts = [_RULES, described, wanted, dict(hygiene.actions), *(asdict(condition) for condition in opt_out)]
    parts += [] if sales_navigator == "reject" else [sales_navigator]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
