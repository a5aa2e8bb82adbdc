"""Leads from the contacts of a HubSpot portal, and messages back to contacts."""

from __future__ import annotations

from typing import Any

from upscale_connect import Sink, Source, hookimpl

from .activities import ActivitySink
from .sink import HubSpotSink
from .source import HubSpotSource


@hookimpl
def lead_sources() -> list[type[Source[Any]]]:
    return [HubSpotSource]


@hookimpl
def message_sinks() -> list[type[Sink[Any]]]:
    return [HubSpotSink, ActivitySink]
