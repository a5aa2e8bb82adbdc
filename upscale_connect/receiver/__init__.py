"""The receiver: takes completion callbacks on a socket of its own, keeps them, and answers. It never sends or buys.

What a callback says is a hint. The engine confirms it with the API before anything counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .app import Receiver
    from .attendant import Attendant, attend
    from .listener import Listener
    from .serving import check_listen_host, open_receiver

_HOMES = {
    "Attendant": "attendant",
    "Listener": "listener",
    "Receiver": "app",
    "attend": "attendant",
    "check_listen_host": "serving",
    "open_receiver": "serving",
}

__all__ = ["Attendant", "Listener", "Receiver", "attend", "check_listen_host", "open_receiver"]


def __getattr__(name: str) -> Any:
    """waitress and the engine are imported when they are used."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f".{_HOMES[name]}", __name__), name)
