"""Leads from the contacts of a HubSpot portal."""

from __future__ import annotations

from typing import Any

from upscale_connect import Source, hookimpl

from .source import HubSpotSource


@hookimpl
def lead_sources() -> list[type[Source[Any]]]:
    return [HubSpotSource]
