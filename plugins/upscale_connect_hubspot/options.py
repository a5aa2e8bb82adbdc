"""What a person may write under `source:` and `sinks:`."""

from __future__ import annotations

import ipaddress
import re
from typing import Annotated, Literal, TypeAlias
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, field_validator, model_validator

from upscale_connect import PluginConfig

from .paths import DEFAULT_VERSION, ApiVersion

#: Where portals keep LinkedIn addresses, HubSpot's own property first.
LINKEDIN = (
    "hs_linkedin_url",
    "linkedin_url",
    "linkedin_profile",
    "linkedin_profile_url",
    "linkedinbio",
    "linkedin",
)
#: HubSpot's property of contacts that unsubscribed from all e-mail.
OPT_OUT = ("hs_email_optout",)

#: The group of properties that every portal has.
STANDARD_GROUP = "contactinformation"

#: Of the six filters in a group that HubSpot allows, two are ours: they keep pages and changes apart.
MOST_FILTERS = 4

#: A contact's own data. A message there would destroy what it is about.
_NOT_OURS = frozenset(
    (*LINKEDIN, *OPT_OUT, "email", "firstname", "lastname", "company", "website", "jobtitle", "phone", "hs_object_id")
)

Operator: TypeAlias = Literal[
    "EQ",
    "NEQ",
    "LT",
    "LTE",
    "GT",
    "GTE",
    "BETWEEN",
    "IN",
    "NOT_IN",
    "HAS_PROPERTY",
    "NOT_HAS_PROPERTY",
    "CONTAINS_TOKEN",
    "NOT_CONTAINS_TOKEN",
]
_WITHOUT_VALUE = ("HAS_PROPERTY", "NOT_HAS_PROPERTY")
_WITH_VALUES = ("IN", "NOT_IN")


def _is_property_name(name: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise ValueError("must be a property's internal name: a-z, 0-9 and _, such as upscale_message")
    return name


PropertyName = Annotated[str, AfterValidator(_is_property_name)]


class Access(PluginConfig):
    """Who calls, and whom."""

    token: SecretStr = Field(description="The service key, or the token of a private app.")
    base_url: str = Field(
        "https://api.hubapi.com",
        description="A server that is compatible with HubSpot. `https`, or `http` on this machine.",
    )
    api_version: ApiVersion = Field(
        DEFAULT_VERSION, description="The version of HubSpot's API: `2026-03`, `2026-09` or `v3`."
    )

    @field_validator("token")
    @classmethod
    def _is_there(cls, token: SecretStr) -> SecretStr:
        text = token.get_secret_value().strip()
        if not text:
            raise ValueError("must not be empty")
        if not (text.isascii() and text.isprintable()) or " " in text:
            raise ValueError("must be the token alone: it holds a character that no token has")
        return SecretStr(text)

    @field_validator("base_url")
    @classmethod
    def _is_safe(cls, url: str) -> str:
        try:
            parts = urlsplit(url)
            host = parts.hostname or ""
            _ = parts.port
        except ValueError:
            raise ValueError("must be a valid address") from None
        if not host or parts.query or parts.fragment or parts.username is not None:
            raise ValueError("must be an address such as https://api.hubapi.com, without anything behind it")
        if parts.scheme != "https" and not (parts.scheme == "http" and _is_loopback(host)):
            raise ValueError("must begin with https://, else everybody on the way could read the token")
        return url.rstrip("/")


class Filter(PluginConfig):
    """One condition of HubSpot's search, in HubSpot's own words."""

    property: PropertyName = Field(description="The property's internal name.")
    operator: Operator = Field(description="How it is compared, as HubSpot's search calls it.")
    value: str | None = Field(None, description="What it is compared with; for BETWEEN the lowest value.")
    high_value: str | None = Field(None, description="For BETWEEN the highest value.")
    values: tuple[str, ...] | None = Field(None, description="For IN and NOT_IN.")

    @model_validator(mode="after")
    def _has_what_it_compares(self) -> Filter:
        given = {name for name in ("value", "high_value", "values") if getattr(self, name)}
        wanted = {"value"}
        if self.operator in _WITHOUT_VALUE:
            wanted = set()
        elif self.operator in _WITH_VALUES:
            wanted = {"values"}
        elif self.operator == "BETWEEN":
            wanted = {"value", "high_value"}
        if given != wanted:
            needs = " and ".join(f"`{name}`" for name in sorted(wanted, reverse=True)) or "neither value nor values"
            raise ValueError(f"must have {needs} for the operator {self.operator}")
        return self


class Person(Access):
    """Where the LinkedIn address stands: in the first of these properties that is not empty."""

    linkedin: tuple[PropertyName, ...] = Field(
        LINKEDIN, min_length=1, description="Properties that may hold the LinkedIn address, the best one first."
    )


class Writing(Person):
    """Which properties of a contact are written, and when."""

    create: bool = Field(False, description="Make the properties that are missing.")
    properties: dict[str, PropertyName] = Field(
        {},
        description="Message type, `receipt`, `status`, `updated_at`, `approved` or `notes` → name of the property.",
    )
    also: tuple[Literal["status", "updated_at"], ...] = Field(
        ("status", "updated_at"), description="What is written beside messages and receipt."
    )
    review_columns: bool = Field(
        False, description="Add the properties upscale_approved and upscale_notes, for a person's yes or no."
    )
    group: PropertyName = Field(STANDARD_GROUP, description="The group in which properties are made; it is made, too.")
    overwrite: Literal["never", "if_unchanged", "always"] = Field(
        "if_unchanged", description="What may be written over: nothing, texts of ours, or everything."
    )

    @field_validator("properties")
    @classmethod
    def _are_ours(cls, properties: dict[str, str]) -> dict[str, str]:
        if taken := sorted(_NOT_OURS.intersection(properties.values())):
            raise ValueError(f"must not name {taken[0]}, which holds data of the contact itself")
        if len({*properties.values()}) < len(properties):
            raise ValueError("must not name a property twice")
        return properties


class Match(PluginConfig):
    """How a contact is found: by the value that `column` of the record has for this unique property.

    Without a column: by the record's own id, where the leads are from HubSpot themselves.
    """

    property: PropertyName = Field(description="A property whose value no two contacts share, such as `email`.")
    column: str = Field("", description="The column of the record with that value.")

    @model_validator(mode="after")
    def _has_a_column(self) -> Match:
        if not self.column.strip() and self.property != "hs_object_id":
            raise ValueError("must have a `column`, whose values are those of the property")
        return self


class SinkConfig(Writing):
    """Messages to contacts, wherever the leads came from."""

    match: Match = Field(description="How the contact of a lead is found.")


class ActivityConfig(Person):
    """A note or a task beside each contact."""

    match: Match = Field(description="How the contact of a lead is found.")
    kind: Literal["note", "task"] = Field(description="What is added: a note, or a task for the contact's owner.")


class SourceConfig(Writing):
    """Which contacts: the members of a list, those that pass all filters, or all there are.

    The options of `Writing` are for `back: source`.
    """

    list_id: str | None = Field(None, description="Read the members of this list.")
    filter: tuple[Filter, ...] | None = Field(
        None,
        min_length=1,
        max_length=MOST_FILTERS,
        description="Read the contacts that pass these conditions, one to four.",
    )
    opt_out: tuple[PropertyName, ...] = Field(
        OPT_OUT, description="Yes/no properties; a contact with a yes is left aside."
    )
    associations: bool = Field(
        True, description="For a contact without a primary company, take another that it is associated with."
    )
    incremental: bool = Field(False, description="Read only what was changed since the last run.")

    @field_validator("list_id")
    @classmethod
    def _is_number(cls, list_id: str | None) -> str | None:
        if list_id is not None and not re.fullmatch(r"[0-9]+", list_id):
            raise ValueError("must be the number of the list, which stands in its address in HubSpot")
        return list_id

    @model_validator(mode="after")
    def _one_choice(self) -> SourceConfig:
        if self.list_id is not None and self.filter is not None:
            raise ValueError("must not have both `list_id` and `filter`; filter the list in HubSpot")
        if self.list_id is not None and self.incremental:
            raise ValueError("must not be `incremental` with a `list_id`: HubSpot does not tell what changed in a list")
        return self


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"
