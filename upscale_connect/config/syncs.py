"""Syncs: one source, one mapping, one request description, the messages wanted, named sinks."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, field_validator
from pydantic.config import JsonDict

from ..hygiene import RULES, Action
from ..linkedin import SalesNavigator
from ..mapping import Condition, Expression, parse_condition, parse_expression
from ..models import RequestDescription
from .addresses import split_url
from .privacy import Lists
from .reviews import Lint, Review, parse_review
from .shape import SEE_THERE, Model, Name, Part, Text


def _is_rule(name: str) -> str:
    if name not in RULES:
        raise ValueError(f"must be one of {', '.join(RULES)}")
    return name


HygieneRule = Annotated[str, AfterValidator(_is_rule)]

OR_MAPPED: JsonDict = {"left_out": "must be there, or be mapped"}


class Limits(Model):
    """Messages a run and a day may buy, what a person must approve, and how much doubt a campaign may hold."""

    messages_per_run: int = Field(
        5000, ge=0, description="Messages that one run buys at most. The rest waits for the next run."
    )
    messages_per_day: int = Field(
        20000, ge=0, description="Messages that are bought in one day at most, from midnight to midnight UTC."
    )
    hold_above: int = Field(
        1000,
        ge=0,
        description="A run that would buy more messages asks first; without a terminal it waits for `--yes`.",
    )
    max_in_doubt: int = Field(0, ge=0, description="Attempts in doubt that a campaign may have and still buy.")


class Request(Model):
    """The API's names, verbatim; `extra` is passed through to the top level of the request."""

    proposition_company_name: Text = Field(description="The company that the messages speak for.")
    proposition_company_url: Text = Field(description="Its website.")
    tone_preference: Literal["formal", "normal", "casual"] = Field(
        "normal", description="`formal`, `normal` or `casual`."
    )
    extra: dict[str, Any] = Field(
        {},
        repr=False,
        description="Further fields of the request, passed on as they are, such as `{material_link: https://…}`."
        " Values are text.",
    )

    @field_validator("proposition_company_url")
    @classmethod
    def _is_http(cls, value: str) -> str:
        parts = split_url(value)
        if parts.scheme not in ("http", "https") or not parts.hostname or "." not in parts.hostname:
            raise ValueError("must be a valid HTTP or HTTPS URL, such as https://www.acmecorp.com")
        return value

    def describe(self) -> RequestDescription:
        return RequestDescription(
            self.proposition_company_name, self.proposition_company_url, self.tone_preference, self.extra
        )


def _parse_wanted(value: object) -> object:
    """`connection_request`, or `{first_follow_up: {when: {column: …, equals: …}}}`."""
    if isinstance(value, str):
        return {"type": value}
    if isinstance(value, Mapping) and len(value) == 1 and "type" not in value:
        ((name, options),) = value.items()
        if options is None:
            return {"type": name}
        if isinstance(options, Mapping):
            return {"type": name, **options}
    return value


class Wanted(Model):
    """A message type that a sync buys; `when` says for which records."""

    type: Text
    when: Annotated[Condition, BeforeValidator(parse_condition)] | None = None


def _parse_conditions(value: object) -> object:
    """One condition, or a list of them."""
    several = value if isinstance(value, list | tuple) else [value]
    return tuple(parse_condition(one) for one in several)


class ShownField(Model):
    """A field that a sink shows of a lead, such as whether it accepted."""

    sink: Part
    field: Text


class PluginOptions(Model):
    """A connector as configured: its name, and options that the registry checks with the plugin's own model."""

    plugin: Text = Field(description="The plugin's name. `upscale-connect plugins` lists them.")
    options: dict[str, Any] = Field({}, repr=False)
    formerly: Part | None = Field(None, description="The sink's name before.")
    #: Options with a value from a variable; they are not shown.
    hidden: frozenset[str] = Field(frozenset(), repr=False)


class Sync(Model):
    """One source, one mapping, one request description, the messages wanted, named sinks."""

    name: Name
    account: str = Field(
        description="The name of the account that pays.", json_schema_extra={"left_out": "the only account"}
    )
    customer: Text | None = Field(
        None,
        description="Your id of the customer, the API's `automation_tool_customer_id`.",
        json_schema_extra=OR_MAPPED,
    )
    campaign: Text | None = Field(
        None,
        description="Your id of the campaign, the API's `automation_tool_campaign_id`.",
        json_schema_extra=OR_MAPPED,
    )
    source: PluginOptions = Field(description="Where the leads come from. See [below](#source-and-sinks).")
    map: dict[str, Annotated[Expression, BeforeValidator(parse_expression)]] = Field(
        description="Which column is which field. See [below](#map)."
    )
    request: Request = Field(description="Who the messages speak for. See [below](#request).")
    messages: tuple[Annotated[Wanted, BeforeValidator(_parse_wanted)], ...] = Field(
        min_length=1, description="What to buy. See [below](#messages)."
    )
    sales_navigator: SalesNavigator = Field(
        "reject",
        description="What becomes of a row that has only an address of Sales Navigator: `reject`, `passthrough` or"
        " `convert`. See [Who is the same person](identity.md#addresses-of-sales-navigator).",
    )
    duplicates: Literal["skip", "copy"] = Field(
        "skip",
        description="What stands beside a row that repeats another one in a file that is written whole, such as CSV:"
        " nothing (`skip`), or the messages of that other row (`copy`). See"
        " [Who is the same person](identity.md#messages-beside-duplicates).",
    )
    hygiene: dict[HygieneRule, Action] = Field(
        {}, description="How names, companies and websites are cleaned. See [below](#hygiene)."
    )
    lint: Lint = Field(
        Lint(), description="What a message is looked at for. See [below](#lint).", json_schema_extra=SEE_THERE
    )
    review: Annotated[Review, BeforeValidator(parse_review)] = Field(
        Review(),
        description="Which messages a person sees first. See [below](#review).",
        json_schema_extra={"left_out": "lint"},
    )
    opt_out: Annotated[tuple[Condition, ...], BeforeValidator(_parse_conditions)] = Field(
        (),
        description="Records that get no message: one condition or a list, as under `when`. See [below](#suppression).",
    )
    suppression: Lists = Field((), description="Do-not-contact lists for this sync alone. See [below](#suppression).")
    limits: Limits = Field(Limits(), description="How much to buy. See [below](#limits).", json_schema_extra=SEE_THERE)
    sinks: dict[Part, PluginOptions | Literal["source"]] = Field(
        {"back": "source"}, description="Where the messages go. See [below](#source-and-sinks)."
    )
    read_back: dict[Text, ShownField] = Field(
        {}, description="Columns for `when` that a sink knows. See [below](#read_back)."
    )
    formerly: Name | None = Field(None, description="The sync's name before. See [below](#names-that-change).")
    folder: Path

    @property
    def group(self) -> str:
        """The client of a sync from an included file, else its own name."""
        return self.name.partition("/")[0]
