"""Accounts: the API keys, and how requests travel."""

from __future__ import annotations

from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator

from ..models import MESSAGE_TYPES
from .addresses import check_endpoint
from .shape import Model, Part, Text

DEFAULT_BASE_URL = "https://app.upscaleoutreach.com/api/v2"


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
