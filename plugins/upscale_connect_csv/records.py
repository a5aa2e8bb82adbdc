"""Records that remember the text they came from, so that it can be written again without a change."""

from __future__ import annotations

from dataclasses import dataclass

from upscale_connect import BadRecord, Record

from .dialect import Layout


@dataclass(slots=True, kw_only=True, repr=False)
class CsvRecord(Record):
    """A row with exactly the header's columns."""

    raw: str
    layout: Layout


@dataclass(slots=True, kw_only=True, repr=False)
class CsvBadRecord(BadRecord):
    """A row that is no record."""

    raw: str
    layout: Layout
