"""Imports what may hang."""

from __future__ import annotations

import threading
from collections.abc import Callable

from .errors import PluginError

#: How long the import of a plugin may take.
LOADING_SECONDS = 20.0


def load_in_time(load: Callable[[], object], name: str, seconds: float) -> object:
    """What `load` returns or raises, in a thread called `name`: one that hangs can only be left alone.

    Raises PluginError after so many seconds.
    """
    outcome: list[object] = []
    failure: list[BaseException] = []

    def work() -> None:
        try:
            outcome.append(load())
        except BaseException as error:  # noqa: BLE001  # whatever it is, it is raised again where it is waited for
            failure.append(error)

    thread = threading.Thread(target=work, name=name, daemon=True)
    thread.start()
    thread.join(seconds)
    if failure:
        raise failure[0]
    if not outcome:
        raise PluginError(f"its import did not end within {seconds:g} s")
    return outcome[0]
