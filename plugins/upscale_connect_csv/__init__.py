"""Leads from a CSV file, and messages back beside them.

The source streams a file, its table writes the same rows with the messages to a second file, or where that is
configured into the first, and the sink keeps a file of its own with one row per lead.
"""

from __future__ import annotations

from typing import Any

from upscale_connect import Sink, Source, hookimpl

from .sink import CsvSink
from .source import CsvSource


@hookimpl
def lead_sources() -> list[type[Source[Any]]]:
    return [CsvSource]


@hookimpl
def message_sinks() -> list[type[Sink[Any]]]:
    return [CsvSink]
