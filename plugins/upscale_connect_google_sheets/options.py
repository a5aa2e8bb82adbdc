"""What a person may write under `source:`."""

from __future__ import annotations

import ipaddress
import re
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from upscale_connect import PluginConfig

GOOGLE = "https://sheets.googleapis.com"

_ID = re.compile(r"[A-Za-z0-9_-]{20,}")
_URL = re.compile(r"https://docs\.google\.com/(?:a/[^/]+/)?spreadsheets/(?:u/\d+/)?d/([A-Za-z0-9_-]{20,})(?=[/?#]|$)")
_GID = re.compile(r"[#?&]gid=(\d+)")


def is_safe(url: str) -> bool:
    """Whether credentials may travel to this address: https, or http to this machine; nothing but host and path."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    if not host or port == 0 or parts.username is not None or parts.query or parts.fragment:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(host))


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


class GoogleSheetsConfig(PluginConfig):
    """Of the source, and of the sink that writes beside it."""

    spreadsheet: str = Field(description="The address of the spreadsheet, as the browser shows it, or its id.")
    tab: str | None = Field(
        default=None, description="The title of the tab. Left out: the one that the address names, else the first."
    )
    gid: int | None = Field(default=None, ge=0, description="Instead of `tab`: the number of the tab in its address.")
    header_row: Literal["auto"] | Annotated[int, Field(ge=1, le=1000)] = Field(
        default="auto",
        description="The row with the columns' names. `auto`: the first of ten that has all mapped columns.",
    )
    skip_hidden_rows: bool = Field(
        default=False, description="Leave out the rows that are hidden, by hand or by a filter."
    )
    columns: dict[str, str] = Field(
        default_factory=dict,
        description="Other names for our columns: message type or our name → header, `{connection_request: Message}`.",
    )
    create_missing_columns: bool = Field(
        default=True,
        description="Add those of our columns that the tab does not have. `no`: they must be there, before anything is"
        " bought.",
    )
    overwrite: Literal["never", "if_unchanged", "always"] = Field(
        default="if_unchanged",
        description="Which texts a message may replace: `if_unchanged`, those that were ours and that nobody has"
        " changed; `never`, none; `always`, any.",
    )
    key_file: Path | None = Field(
        default=None,
        description="The key file of a service account, or a stored login. Left out: the login of this computer.",
    )
    api_root: str = Field(default=GOOGLE, description="Where the Sheets API is: Google, or a company's own gateway.")

    @field_validator("spreadsheet")
    @classmethod
    def _names_a_spreadsheet(cls, text: str) -> str:
        if "/d/e/" in text:
            raise ValueError("must be the address that the browser shows while you edit, not that of a published copy")
        if not (_ID.fullmatch(text) or _URL.match(text)):
            raise ValueError("must be a spreadsheet's address (https://docs.google.com/spreadsheets/d/…) or its id")
        return text

    @field_validator("api_root")
    @classmethod
    def _keeps_secrets(cls, url: str) -> str:
        if not is_safe(url):
            raise ValueError("must be an https address without user, query and fragment, or http on this machine")
        return url.rstrip("/")

    @field_validator("columns")
    @classmethod
    def _headers_differ(cls, columns: dict[str, str]) -> dict[str, str]:
        headers = [header.strip() for header in columns.values()]
        if not all(headers):
            raise ValueError("must not give a column an empty name")
        if len({header.casefold() for header in headers}) < len(headers):
            raise ValueError("must not give two columns the same name")
        return dict(zip(columns, headers, strict=True))

    @model_validator(mode="after")
    def _names_one_tab(self) -> GoogleSheetsConfig:
        if self.tab is not None and self.gid is not None:
            raise ValueError("must name the tab by `tab` or by `gid`, not both")
        return self

    @property
    def spreadsheet_id(self) -> str:
        found = _URL.match(self.spreadsheet)
        return found[1] if found else self.spreadsheet

    @property
    def tab_id(self) -> int | None:
        """The `gid` that is configured or, without a title, stands in the address."""
        if self.gid is not None or self.tab is not None:
            return self.gid
        found = _GID.search(self.spreadsheet)
        return int(found[1]) if found else None
