"""Leads from a Google Sheets spreadsheet, and messages back beside them.

Needs google-auth, which comes with the extra `google-sheets`. Without it the plugin loads, and says what to
install as soon as a sync uses it.
"""

from __future__ import annotations

from typing import Any

from upscale_connect import Sink, Source, hookimpl

from .sink import GoogleSheetsSink
from .source import GoogleSheetsSource


@hookimpl
def lead_sources() -> list[type[Source[Any]]]:
    return [GoogleSheetsSource]


@hookimpl
def message_sinks() -> list[type[Sink[Any]]]:
    return [GoogleSheetsSink]
