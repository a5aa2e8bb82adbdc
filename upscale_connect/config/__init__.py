"""The configuration: typed after loading, with the place of every key.

What reads files is imported when it is first used, so that the models alone need no YAML.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from .accounts import Account, Poll
from .models import Config, Ledger, Notify
from .privacy import Privacy, SuppressionList
from .reviews import Lint, Review
from .syncs import Limits, PluginOptions, Request, ShownField, Sync, Wanted

if TYPE_CHECKING:
    from .display import render, show
    from .loading import load_config
    from .placeholders import find_placeholders
    from .problems import explain, list_names, suggest
    from .starter import Guess, guess_mapping, write_starter

_HOME = {
    "find_placeholders": "placeholders",
    "load_config": "loading",
    "render": "display",
    "show": "display",
    "explain": "problems",
    "list_names": "problems",
    "suggest": "problems",
    "Guess": "starter",
    "guess_mapping": "starter",
    "write_starter": "starter",
}

__all__ = [
    "Account",
    "Config",
    "Guess",
    "Ledger",
    "Limits",
    "Lint",
    "Notify",
    "PluginOptions",
    "Poll",
    "Privacy",
    "Request",
    "Review",
    "ShownField",
    "SuppressionList",
    "Sync",
    "Wanted",
    "explain",
    "find_placeholders",
    "guess_mapping",
    "list_names",
    "load_config",
    "render",
    "show",
    "suggest",
    "write_starter",
]


def __getattr__(name: str) -> object:
    if name in _HOME:
        return getattr(importlib.import_module(f".{_HOME[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
