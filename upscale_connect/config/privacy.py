"""Who gets no message, and how long texts are kept."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, Field

from .shape import Model, Text


class SuppressionList(Model):
    """A do-not-contact list: for all customers, or for one."""

    path: Path = Field(description="The CSV file.")
    customer: Text | None = Field(
        None, description="The only customer that it holds for, an `automation_tool_customer_id`."
    )


def parse_lists(value: object) -> object:
    """`[do-not-contact.csv, {path: acme.csv, customer: acme}]`, or a single one of these."""
    if isinstance(value, str | Mapping | SuppressionList):
        value = [value]
    if not isinstance(value, list | tuple):
        return value
    return tuple({"path": one} if isinstance(one, str) else one for one in value)


Lists = Annotated[tuple[SuppressionList, ...], BeforeValidator(parse_lists)]


class Privacy(Model):
    """The keys of the top level that are about people. Relative paths start at the folder of the main file."""

    suppression: Lists = Field(
        (), description="Do-not-contact lists for all syncs: files, or `{path: …, customer: …}`."
    )
    retention_days: int = Field(
        90,
        ge=0,
        description="Days that a text is kept after every sink has it; `0`: not at all. See"
        " [People and their data](privacy.md).",
    )
