"""What the rows of a sink's file show, and by what a row is known again."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TypeAlias

from upscale_connect import Context, Delivery, Finding, Lead, SinkError, read_linkedin_keys

from .columns import (
    PERSON,
    RECEIPT,
    REVIEW,
    UPDATED_AT,
    clean,
    guard,
    is_formula,
    name_columns,
    show_time,
    unguard,
)
from .options import CsvSinkConfig
from .profiles import PROFILES, Profile

#: What names a lead: the names of the API's own fields.
KEY = ("automation_tool_customer_id", "automation_tool_campaign_id", "automation_tool_lead_id")

_FORMULA = "it begins like a formula: change it, or set `keep_formulas` if no spreadsheet program opens the file"

#: A name of a row. One lead may have several, of which a row shows one.
Name: TypeAlias = tuple[str, ...]


class Form(ABC):
    """`headers` stand in this order in a new file; a row's name stands in the columns `key`.

    `known`: what `columns:` may give another header. `updated_at` is "" where a row does not tell its time. `changed`
    says of a message type that its place shows a text that was never ours.
    """

    known: Sequence[str]
    headers: Sequence[str]
    key: Sequence[str]
    linkedin: str
    receipt: str
    messages: Sequence[str]
    review: Sequence[str] = ()
    updated_at: str = ""
    changed = "somebody has changed the {}"

    def __init__(self, config: CsvSinkConfig, context: Context) -> None:
        self._limits = config.limits
        self._types = context.message_types

    @property
    def needed(self) -> list[str]:
        """A file that lacks one of these columns is not ours."""
        return list(dict.fromkeys([*self.key, self.linkedin, self.receipt]))

    @abstractmethod
    def name(self, lead: Lead) -> Sequence[Name]: ...

    @abstractmethod
    def read_names(self, cells: Sequence[str]) -> Sequence[Name]:
        """The names that a row shows in the columns `key`."""

    @abstractmethod
    def show(self, text: str) -> str:
        """A text as it stands in a cell."""

    @abstractmethod
    def read(self, cell: str) -> str:
        """The text that stands in a cell."""

    @abstractmethod
    def find_stranger(self, delivery: Delivery, linkedin: str) -> str:
        """Why a row of the lead's name, with this address, is another person's; "" if it is not."""

    @abstractmethod
    def fill(self, delivery: Delivery, now: datetime) -> list[str]:
        """The cells of a row in the order of `headers`; a message type that is not delivered is empty."""

    def check(self) -> Iterator[Finding]:
        return iter(())

    def longest(self, message_type: str) -> int | None:
        return self._limits.get(message_type)

    def find_fault(self, message_type: str, text: str) -> str:
        """Why a message cannot stand in this file; "" if it can. An emoji counts twice, as LinkedIn may count it."""
        limit, length = self.longest(message_type), len(text.encode("utf-16-le", "surrogatepass")) // 2
        return f"it has {length} characters, {limit} are taken" if limit is not None and length > limit else ""

    def find_other_fault(self, delivery: Delivery) -> str:
        """The same of what stands beside the messages."""
        return ""

    def _texts(self, delivery: Delivery) -> list[str]:
        messages = delivery.messages
        return [messages[name].text if name in messages else "" for name in self._types]


class LeadForm(Form):
    """A row per lead, for people and other programs: with its ids, and safe to open in a spreadsheet program."""

    def __init__(self, config: CsvSinkConfig, context: Context) -> None:
        super().__init__(config, context)
        names = [*KEY, *PERSON, RECEIPT, UPDATED_AT, *(REVIEW.values() if config.review_columns else ())]
        self.known = [*context.message_types, *names]
        self.messages, rest = name_columns(context.message_types, names, config.columns)
        self.key, self.linkedin, self.receipt, self.updated_at = rest[:3], rest[3], rest[7], rest[8]
        self.review = rest[9:]
        self.headers = [*rest[:7], *self.messages, *self.review, *rest[7:9]]

    def name(self, lead: Lead) -> list[Name]:
        return [tuple(self.show(text) for text in (lead.customer, lead.campaign, lead.lead_id))]

    def read_names(self, cells: Sequence[str]) -> list[Name]:
        return [tuple(cells)]

    def show(self, text: str) -> str:
        return guard(clean(text))

    def read(self, cell: str) -> str:
        return unguard(cell)

    def find_stranger(self, delivery: Delivery, linkedin: str) -> str:
        shown, ours = linkedin.strip(), self.show(delivery.lead.linkedin_url)
        return "shows another LinkedIn profile for this lead" if shown and shown.casefold() != ours.casefold() else ""

    def fill(self, delivery: Delivery, now: datetime) -> list[str]:
        lead = delivery.lead
        texts = [
            *(lead.linkedin_url, lead.first_name, lead.last_name, lead.company),
            *self._texts(delivery),
            *("" for _ in self.review),
            delivery.receipt,
        ]
        return [*self.name(lead)[0], *map(self.show, texts), show_time(now)]


class ToolForm(Form):
    """A row per person, to be imported by a tool: what stands in a cell may be sent as it stands.

    Nothing is put before a text to make it safe, therefore. One that a spreadsheet program would run is not written.
    """

    changed = "another text stands there for {}: somebody has changed it, or it is of another campaign"

    def __init__(self, config: CsvSinkConfig, context: Context, profile: Profile) -> None:
        super().__init__(config, context)
        self._profile = profile
        self._mapping = context.mapping
        self._keep_formulas = config.keep_formulas
        self.known = [*context.message_types, *profile.person, RECEIPT]
        usual = {name: profile.name_message(name) for name in context.message_types}
        chosen = {**usual, **profile.person, **config.columns}
        self.messages, rest = name_columns(context.message_types, [*profile.person, RECEIPT], chosen)
        self.linkedin, self.receipt = rest[0], rest[-1]
        self.key = [self.linkedin]
        self.headers = [*rest[:-1], *self.messages, self.receipt]
        self._find_clash()

    def name(self, lead: Lead) -> list[Name]:
        return [(key,) for key in (lead.linkedin_key, *lead.aliases)]

    def read_names(self, cells: Sequence[str]) -> list[Name]:
        return [(key,) for key in read_linkedin_keys(cells[0])]

    def show(self, text: str) -> str:
        return clean(text)

    def read(self, cell: str) -> str:
        return cell

    def find_stranger(self, delivery: Delivery, linkedin: str) -> str:
        return ""  # a row's name is its person

    def fill(self, delivery: Delivery, now: datetime) -> list[str]:
        lead = delivery.lead
        person = (lead.linkedin_url, lead.first_name, lead.last_name, lead.company)
        return [self.show(text) for text in (*person, *self._texts(delivery), delivery.receipt)]

    def longest(self, message_type: str) -> int | None:
        return self._limits.get(message_type, self._profile.longest)

    def find_fault(self, message_type: str, text: str) -> str:
        fault = super().find_fault(message_type, text)
        return fault or (_FORMULA if self._is_refused(text) else "")

    def find_other_fault(self, delivery: Delivery) -> str:
        lead = delivery.lead
        cells = {"first name": lead.first_name, "last name": lead.last_name, "company": lead.company}
        refused = next((name for name, cell in cells.items() if self._is_refused(cell)), None)
        return f"its {refused}: {_FORMULA}" if refused else ""

    def _is_refused(self, text: str) -> bool:
        return not self._keep_formulas and is_formula(clean(text))

    def check(self) -> Iterator[Finding]:
        for name in ("automation_tool_customer_id", "automation_tool_campaign_id"):
            if name in self._mapping:
                yield Finding(
                    "warning",
                    f"{name} comes from a column: leads of all of them go into one file for {self._profile.tool}",
                    "make a sync for each, with a file of its own",
                )
        columns = ", ".join(f"{name} \u2192 {header}" for name, header in zip(self._types, self.messages, strict=True))
        limits = sorted({limit for name in self._types if (limit := self.longest(name))})
        held = f"; a text of more than {limits[0]:,} characters is held" if limits else ""
        yield Finding("ok", f"for {self._profile.tool}: {columns}{held}")

    def _find_clash(self) -> None:
        """Tools may take names that differ in case only for one."""
        seen: dict[str, str] = {}
        for header in self.headers:
            if header.casefold() in seen:
                raise SinkError(
                    f"two columns would be called {seen[header.casefold()]!r} and {header!r}",
                    hint="give one of them another name under `columns:`",
                )
            seen[header.casefold()] = header


def make_form(config: CsvSinkConfig, context: Context) -> Form:
    """Raises `SinkError` if two columns would have one name."""
    if config.profile is None:
        return LeadForm(config, context)
    return ToolForm(config, context, PROFILES[config.profile])
