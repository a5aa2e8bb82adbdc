"""The configuration as it is after loading: the keys of the file, typed. Nothing here reads a file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator

from .accounts import Account
from .privacy import Privacy
from .shape import Model, Name, Part, Text
from .syncs import Sync

#: The one version of the configuration's format.
VERSION = "1"


class Notify(Model):
    """A command that gets a JSON object on stdin when a person is needed."""

    command: tuple[Text, ...] = Field(
        min_length=1,
        repr=False,
        description="The program and its arguments. It is started in the folder of the file and gets a JSON object on"
        " its standard input.",
    )
    on: tuple[Literal["needs_person", "stale_26h"], ...] = Field(
        ("needs_person", "stale_26h"),
        description="When: `needs_person`, if something waits for a person; `stale_26h`, if no run succeeded for 26"
        " hours.",
    )
    folder: Path


class Ledger(Model):
    """Where the ledger is. A folder that a cloud drive or network file system syncs is refused unless forced."""

    path: Path = Field(
        description="The file, made by the first run.", json_schema_extra={"left_out": "upscale-connect.db"}
    )
    force: bool = Field(
        False,
        description="Allow a folder that a cloud drive or a network file system synchronises. They can damage the"
        " file.",
    )

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
    privacy: Privacy = Privacy()
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
