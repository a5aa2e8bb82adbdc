"""What a person may write under `sinks:`."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator

from upscale_connect import PluginConfig

#: What HeyReach allows in the name of a custom field. Source: refusals of its API, as its integrators report them.
FIELD_NAME = re.compile(r"[A-Za-z0-9_]+")
#: Our own field beside the messages.
RECEIPT = "upscale_receipt"


class HeyReachConfig(PluginConfig):
    """Where the leads go: a `campaign`, a `list`, or a list that is to be made (`list_name` with `create`)."""

    api_key: SecretStr = Field(description="The key of the workspace, from Integrations → HeyReach API.")
    campaign: int | None = Field(None, gt=0, description="The id of the campaign that takes the leads.")
    list: int | None = Field(None, gt=0, description="The id of the list that takes the leads.")
    list_name: str | None = Field(
        None,
        min_length=1,
        max_length=100,
        description="The name of a list that is made if there is none; with `create`.",
    )
    create: bool = Field(False, description="Whether a list named `list_name` may be made.")
    sender: int | None = Field(
        None, gt=0, description="The id of the LinkedIn account, one of the campaign's; left out, HeyReach chooses."
    )
    fields: dict[str, str] = Field(
        default_factory=dict, description="Message type → custom field; left out, `upscale_` and the message type."
    )
    base_url: str = Field("https://api.heyreach.io/api/public", description="Where HeyReach's API is.")

    @field_validator("api_key")
    @classmethod
    def _is_a_header_value(cls, key: SecretStr) -> SecretStr:
        text = key.get_secret_value().strip()
        if not text or not (text.isascii() and text.isprintable()) or " " in text:
            raise ValueError("must be the key alone: it is empty, or holds a character that no key has")
        return SecretStr(text)

    @field_validator("base_url")
    @classmethod
    def _is_safe(cls, url: str) -> str:
        try:
            parts = urlsplit(url)
            host, _ = parts.hostname or "", parts.port
        except ValueError:
            raise ValueError("must be a valid address") from None
        if not host or parts.query or parts.fragment or parts.username is not None:
            raise ValueError("must be an address such as https://api.heyreach.io/api/public")
        if parts.scheme != "https" and not (parts.scheme == "http" and _is_loopback(host)):
            raise ValueError("must begin with https://, else everybody on the way could read the key")
        return url.rstrip("/")

    @field_validator("fields")
    @classmethod
    def _are_field_names(cls, fields: dict[str, str]) -> dict[str, str]:
        for name in fields.values():
            if not FIELD_NAME.fullmatch(name):
                raise ValueError("has a name that HeyReach does not take: letters, digits and _ only")
        if len({name.casefold() for name in fields.values()}) < len(fields):
            raise ValueError("gives two message types the same field")
        return fields

    @model_validator(mode="after")
    def _has_one_target(self) -> HeyReachConfig:
        targets = [name for name in ("campaign", "list", "list_name") if getattr(self, name) is not None]
        if len(targets) != 1:
            raise ValueError("must have exactly one of campaign, list and list_name")
        if (self.list_name is not None) is not self.create:
            raise ValueError("must say `list_name` and `create: true` together: nothing is made by the way")
        if self.sender is not None and self.campaign is None:
            raise ValueError("can have a `sender` for a campaign only")
        return self

    def name_fields(self, types: Sequence[str]) -> dict[str, str]:
        """Message type → custom field."""
        return {kind: self.fields.get(kind) or f"upscale_{re.sub('[^A-Za-z0-9_]', '_', kind)}" for kind in types}


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
