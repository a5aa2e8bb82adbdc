"""Syncs: one source, one mapping, one request description, the messages wanted, named sinks."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, field_validator

from ..mapping import Condition, Expression, parse_condition, parse_expression
from ..models import RequestDescription
from .addresses import split_url
from .shape import Model, Name, Part, Text


class Limits(Model):
    """Messages a run and a day may buy, what a person must approve, and how much doubt a campaign may hold."""

    messages_per_run: int = Field(5000, ge=0)
    messages_per_day: int = Field(20000, ge=0)
    hold_above: int = Field(1000, ge=0)
    max_in_doubt: int = Field(0, ge=0)


class Request(Model):
    """The API's names, verbatim; `extra` is passed through to the top level of the request."""

    proposition_company_name: Text
    proposition_company_url: Text
    tone_preference: Literal["formal", "normal", "casual"] = "normal"
    extra: dict[str, Any] = Field({}, repr=False)

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


class PluginOptions(Model):
    """A connector as configured: its name, and options that the registry checks with the plugin's own model."""

    plugin: Text
    options: dict[str, Any] = Field({}, repr=False)
    formerly: Part | None = None
    #: Options with a value from a variable; they are not shown.
    hidden: frozenset[str] = Field(frozenset(), repr=False)


class Sync(Model):
    """One source, one mapping, one request description, the messages wanted, named sinks."""

    name: Name
    account: str
    source: PluginOptions
    map: dict[str, Annotated[Expression, BeforeValidator(parse_expression)]]
    request: Request
    messages: Annotated[tuple[Annotated[Wanted, BeforeValidator(_parse_wanted)], ...], Field(min_length=1)]
    limits: Limits = Limits()
    sinks: dict[Part, PluginOptions | Literal["source"]] = Field({"back": "source"})
    customer: Text | None = None
    campaign: Text | None = None
    formerly: Name | None = None
    folder: Path

    @property
    def group(self) -> str:
        """The client of a sync from an included file, else its own name."""
        return self.name.partition("/")[0]
