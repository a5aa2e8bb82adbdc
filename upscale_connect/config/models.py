"""The configuration as it is after loading: DESIGN's keys, typed. Nothing here reads a file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import SplitResult, urlsplit

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    StringConstraints,
    field_validator,
    model_validator,
)

from ..mapping import Condition, Expression, parse_condition, parse_expression
from ..models import ANNOUNCED_TYPES, MESSAGE_TYPES, RequestDescription

DEFAULT_BASE_URL = "https://app.upscaleoutreach.com/api/v2"

#: The one version of the configuration's format.
VERSION = "1"

#: A name as a file gives it: `spring`. A sync of an included file has the client's in front: `acme/spring`.
PART = r"[A-Za-z0-9][A-Za-z0-9._-]{0,48}"

Part = Annotated[str, StringConstraints(pattern=f"^{PART}$")]
Name = Annotated[str, StringConstraints(pattern=f"^{PART}(/{PART})?$")]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class Model(BaseModel):
    """A part of the configuration. A key without a value is as if it were left out."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True, arbitrary_types_allowed=True)

    @model_validator(mode="before")
    @classmethod
    def _leave_out_empty(cls, data: object) -> object:
        if isinstance(data, Mapping):
            return {key: value for key, value in data.items() if value is not None}
        return data


def is_loopback(host: str | None) -> bool:
    """Whether plain http is allowed there."""
    return host in ("localhost", "127.0.0.1", "::1") or bool(host and re.fullmatch(r"127(\.\d{1,3}){3}", host))


def split_url(url: str) -> SplitResult:
    """The parts of an address. Raises `ValueError` with words of ours: the library's quote the input."""
    try:
        parts = urlsplit(url)
        sound = not any(character.isspace() for character in url) and url.isprintable() and parts.port != 0
    except ValueError:
        sound = False
    if not sound:
        raise ValueError("must be a URL")
    return parts


def check_endpoint(url: str) -> str:
    """An address that may carry the API key: https, or http to this machine; no user, query or fragment."""
    parts = split_url(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("must be a URL that starts with https://")
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise ValueError("must start with https:// (plain http only to this machine: the API key travels)")
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        raise ValueError("must not hold a user name, a query or a fragment")
    return url.rstrip("/")


class Poll(Model):
    """How often an unfinished request is asked for: first wait, then each wait times `factor`, up to a maximum."""

    first_seconds: float = Field(20, gt=0, le=3600)
    factor: float = Field(1.6, ge=1, le=10)
    max_seconds: float = Field(300, gt=0, le=86400)


class Account(Model):
    """A named API key."""

    name: str
    api_key: SecretStr
    base_url: str = DEFAULT_BASE_URL
    dialect: Literal["flat"] = "flat"
    callback_url: str | None = None
    retrieve_mode: Literal["auto", "body", "query"] = "auto"
    extra_message_types: tuple[Text, ...] = ()
    batch_size: int = Field(25, ge=1, le=1000)
    in_flight: int = Field(4, ge=1, le=32)
    in_flight_per_campaign: int = Field(1, ge=1, le=32)
    poll: Poll = Poll()
    formerly: Part | None = None

    @field_validator("api_key")
    @classmethod
    def _key_is_a_header_value(cls, value: SecretStr) -> SecretStr:
        key = value.get_secret_value().strip()
        if not key:
            raise ValueError("is empty")
        if not (key.isascii() and key.isprintable()) or " " in key:
            raise ValueError("has characters that no API key has (a space, a line break or a non-ASCII character)")
        return SecretStr(key)

    @field_validator("base_url", "callback_url")
    @classmethod
    def _is_endpoint(cls, value: str | None) -> str | None:
        return None if value is None else check_endpoint(value)

    @property
    def origin(self) -> str:
        """What the ledger binds this account to: scheme, host and port of `base_url`."""
        parts = urlsplit(self.base_url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        return f"{parts.scheme}://{parts.hostname}:{port}"

    @property
    def message_types(self) -> frozenset[str]:
        return frozenset(MESSAGE_TYPES) | frozenset(self.extra_message_types)


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
    sinks: dict[Part, PluginOptions | Literal["source"]] = {"back": "source"}
    customer: Text | None = None
    campaign: Text | None = None
    formerly: Name | None = None
    folder: Path

    @property
    def group(self) -> str:
        """The client of a sync from an included file, else its own name."""
        return self.name.partition("/")[0]


class Notify(Model):
    """A command that gets a JSON object on stdin when a person is needed."""

    command: Annotated[tuple[Text, ...], Field(min_length=1, repr=False)]
    on: tuple[Literal["needs_person", "stale_26h"], ...] = ("needs_person", "stale_26h")
    folder: Path


class Ledger(Model):
    """Where the ledger is. A folder that a cloud drive or network file system syncs is refused unless forced."""

    path: Path
    force: bool = False

    @field_validator("path")
    @classmethod
    def _names_a_file(cls, value: Path) -> Path:
        if not value.name:
            raise ValueError("must name a file, such as upscale-connect.db")
        return value


class Config(Model):
    """The whole configuration.

    `path` is its file, absolute. `secrets`: every value that must never be shown. `lines`: keys joined with
    NUL → `file:line`; the empty key is the file itself.
    """

    path: Path
    accounts: dict[Part, Account]
    ledger: Ledger
    syncs: dict[Name, Sync]
    notify: Notify | None = None
    secrets: frozenset[str] = Field(frozenset(), repr=False)
    lines: Mapping[str, str] = Field({}, repr=False)

    def where(self, *path: str) -> str:
        """`file:line` of a key, as exactly as it is known: `where("syncs", "spring", "source", "path")`."""
        keys = list(path)
        while keys:
            if found := self.lines.get("\0".join(keys)):
                return found
            keys.pop()
        return self.lines.get("", str(self.path))

    def account_of(self, sync: Sync) -> Account:
        return self.accounts[sync.account]


__all__ = [
    "ANNOUNCED_TYPES",
    "Account",
    "Config",
    "Ledger",
    "Limits",
    "Notify",
    "PluginOptions",
    "Poll",
    "Request",
    "Sync",
    "Wanted",
]
