"""Leads from a JSON Lines file; messages to another one, or to a web address."""

from typing import Any

from upscale_connect import Sink, Source, hookimpl

from .outbox import JsonlSink
from .source import JsonlSource
from .web import WebSink


@hookimpl
def lead_sources() -> list[type[Source[Any]]]:
    return [JsonlSource]


@hookimpl
def message_sinks() -> list[type[Sink[Any]]]:
    return [JsonlSink, WebSink]
