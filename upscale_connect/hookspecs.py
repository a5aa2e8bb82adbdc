"""The two hooks of a plugin. The entry-point group `upscale_connect` is version 1 of this interface."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pluggy

from .contracts import Sink, Source

#: The entry-point group, and pluggy's project name.
GROUP = "upscale_connect"

hookspec = pluggy.HookspecMarker(GROUP)
hookimpl = pluggy.HookimplMarker(GROUP)


@hookspec
def lead_sources() -> Iterable[type[Source[Any]]]:  # type: ignore[empty-body]  # a hook has no body
    """Return the source classes of this plugin. Called once, when the plugin is loaded."""


@hookspec
def message_sinks() -> Iterable[type[Sink[Any]]]:  # type: ignore[empty-body]  # a hook has no body
    """Return the sink classes of this plugin. Called once, when the plugin is loaded."""
