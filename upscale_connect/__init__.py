"""upscale-connect: buy personalised LinkedIn messages once, and write them back beside the right person.

The public names are imported when they are first used, so that `import upscale_connect` costs nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .clock import Clock, Stop
    from .columns import fold_header, name_columns, show_column
    from .config import Config, load_config
    from .contracts import (
        Checkpoint,
        Connector,
        Context,
        Cursor,
        Delivery,
        Finding,
        Found,
        PluginConfig,
        Row,
        Shown,
        Sink,
        Source,
        Table,
        WriteResult,
    )
    from .engine import SyncReport, sync
    from .errors import (
        ApiError,
        ConfigError,
        CredentialsError,
        InDoubtError,
        LedgerError,
        PluginError,
        QuotaError,
        SinkError,
        SourceError,
        UnreachableError,
        UpscaleConnectError,
        UsageError,
    )
    from .hookspecs import hookimpl
    from .http import Allowance, HttpSession, RateLimit
    from .identity import read_linkedin_keys
    from .models import BadRecord, Lead, Message, Record, RequestDescription
    from .upscale import GenerationRequest, Retrieved, UpscaleClient

_HOME = {
    "clock": ("Clock", "Stop"),
    "columns": ("fold_header", "name_columns", "show_column"),
    "config": ("Config", "load_config"),
    "contracts": (
        "Checkpoint",
        "Connector",
        "Context",
        "Cursor",
        "Delivery",
        "Finding",
        "Found",
        "PluginConfig",
        "Row",
        "Shown",
        "Sink",
        "Source",
        "Table",
        "WriteResult",
    ),
    "engine": ("SyncReport", "sync"),
    "errors": (
        "ApiError",
        "ConfigError",
        "CredentialsError",
        "InDoubtError",
        "LedgerError",
        "PluginError",
        "QuotaError",
        "SinkError",
        "SourceError",
        "UnreachableError",
        "UpscaleConnectError",
        "UsageError",
    ),
    "hookspecs": ("hookimpl",),
    "identity": ("read_linkedin_keys",),
    "http": ("Allowance", "HttpSession", "RateLimit"),
    "models": ("BadRecord", "Lead", "Message", "Record", "RequestDescription"),
    "upscale": ("GenerationRequest", "Retrieved", "UpscaleClient"),
}
_MODULE_OF = {name: module for module, names in _HOME.items() for name in names}

__all__ = [
    "Allowance",
    "ApiError",
    "BadRecord",
    "Checkpoint",
    "Clock",
    "Config",
    "ConfigError",
    "Connector",
    "Context",
    "CredentialsError",
    "Cursor",
    "Delivery",
    "Finding",
    "Found",
    "GenerationRequest",
    "HttpSession",
    "InDoubtError",
    "Lead",
    "LedgerError",
    "Message",
    "PluginConfig",
    "PluginError",
    "QuotaError",
    "RateLimit",
    "Record",
    "RequestDescription",
    "Retrieved",
    "Row",
    "Shown",
    "Sink",
    "SinkError",
    "Source",
    "SourceError",
    "Stop",
    "SyncReport",
    "Table",
    "UnreachableError",
    "UpscaleClient",
    "UpscaleConnectError",
    "UsageError",
    "WriteResult",
    "fold_header",
    "hookimpl",
    "load_config",
    "name_columns",
    "read_linkedin_keys",
    "show_column",
    "sync",
]


def __getattr__(name: str) -> object:
    if name in _MODULE_OF:
        return getattr(importlib.import_module(f".{_MODULE_OF[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
