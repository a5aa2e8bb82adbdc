"""The twins, each under the check that it must fail."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from upscale_connect.testing import MemoryPlugin
from upscale_connect.testing.import_checks import ImportWatch

K = TypeVar("K", bound=type[Any])

#: Number of the check, the twin, its suite.
TWINS: list[tuple[str, str, type[Any]]] = []


def wrong(number: str, suite: type[Any], **attributes: object) -> Callable[[K], K]:
    """Put a connector under test in `suite`; exactly the check `number` must fail."""

    def register(connector: K) -> K:
        # The import of this module is the same for all of them, and looked at elsewhere.
        own = {"connector": connector, "plugin": MemoryPlugin(connector), "_watch": ImportWatch(), **attributes}
        TWINS.append((number, connector.__name__, type(f"{connector.__name__}Suite", (suite,), own)))
        return connector

    return register
