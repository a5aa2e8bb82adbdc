"""Messages into a campaign or a list of HeyReach, as custom fields of its leads. Nothing is started or resumed."""

from __future__ import annotations

from typing import Any

from upscale_connect import Sink, hookimpl

from .sink import HeyReachSink


@hookimpl
def message_sinks() -> list[type[Sink[Any]]]:
    return [HeyReachSink]
