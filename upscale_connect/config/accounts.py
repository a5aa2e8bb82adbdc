"""Accounts: the API keys, and how requests travel."""

from __future__ import annotations

from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator

from ..models import MESSAGE_TYPES
from .addresses import check_endpoint
from .shape import SEE_THERE, Model, Part, Text

DEFAULT_BASE_URL = "https://app.upscaleoutreach.com/api/v2"


class Poll(Model):
    """How often an unfinished request is asked for: first wait, then each wait times `factor`, up to a maximum."""

    first_seconds: float = Field(20, gt=0, le=3600, description="The first wait in seconds, up to 3600.")
    factor: float = Field(1.6, ge=1, le=10, description="Each wait is this many times the one before, 1 to 10.")
    max_seconds: float = Field(300, gt=0, le=86400, description="The longest wait in seconds, up to 86400.")


class Account(Model):
    """A named API key."""

    name: str
    api_key: SecretStr = Field(
        description="The key from your Upscale account settings. Best a variable, so that it is in no file that you"
        " share."
    )
    base_url: str = Field(
        DEFAULT_BASE_URL, description="Where the API is. `https`, or `http` on this machine (the sandbox)."
    )
    dialect: Literal["flat"] = Field("flat", description="The wire format: `flat`, that of the API reference.")
    callback_url: str | None = Field(
        None,
        description="Where `upscale-connect serve` can be reached from outside, such as `https://hooks.example.com`."
        " Without it, finished messages are asked for, and the API gets an address that reaches nobody.",
    )
    retrieve_mode: Literal["auto", "body", "query"] = Field(
        "auto",
        description="How the request's id travels when messages are fetched: in the `body` (the API reference), in the"
        " `query`, or `auto`: the body, and the query if that is refused.",
    )
    extra_message_types: tuple[Text, ...] = Field(
        (),
        description="Message types that the API offers and this program does not know yet, such as `[breakup]`.",
    )
    batch_size: int = Field(25, ge=1, le=1000, description="Leads in one request, 1 to 1000.")
    in_flight: int = Field(4, ge=1, le=32, description="Requests that are sent at the same time, 1 to 32.")
    in_flight_per_campaign: int = Field(
        1, ge=1, le=32, description="The same for one campaign. It bounds what one broken connection can put in doubt."
    )
    poll: Poll = Field(
        Poll(),
        description="How often an unfinished request is asked for, see the next table.",
        json_schema_extra=SEE_THERE,
    )
    formerly: Part | None = Field(
        None, description="The name that this account had before. What it bought stays bought."
    )

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
