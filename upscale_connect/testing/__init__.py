"""What authors of plugins test with: suites of checks, and parts for tests of their own.

    from upscale_connect.testing import SourceConformance

    class TestMySource(SourceConformance):
        connector = MySource

        def arrange(self, rows): ...

pytest collects such a class. The checks themselves need no pytest, so that `upscale-connect plugins test` works
wherever a plugin does; only the fixtures do.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from ..errors import UsageError

if TYPE_CHECKING:
    from ..sandbox import Sandbox
    from .calls import Answer, Call, Handler
    from .checks import CheckError, NotApplicable
    from .clocks import FakeClock, FakeStop
    from .fault_server import Connection, FaultServer, answer, cut, drop, handle, raw
    from .fixtures import sandbox
    from .memory import MemoryPlugin, MemorySink, MemorySource
    from .runner import CheckResult, run_checks
    from .sink_conformance import SinkConformance
    from .source_conformance import SourceConformance
    from .table_conformance import TableConformance
    from .trials import run_sync

_HOME = {
    "calls": ("Answer", "Call", "Handler"),
    "checks": ("CheckError", "NotApplicable"),
    "clocks": ("FakeClock", "FakeStop"),
    "fault_server": ("Connection", "FaultServer", "answer", "cut", "drop", "handle", "raw"),
    "fixtures": ("sandbox",),
    "memory": ("MemoryPlugin", "MemorySink", "MemorySource"),
    "runner": ("CheckResult", "run_checks"),
    "sink_conformance": ("SinkConformance",),
    "source_conformance": ("SourceConformance",),
    "table_conformance": ("TableConformance",),
    "trials": ("run_sync",),
}
_MODULE_OF = {name: f"upscale_connect.testing.{module}" for module, names in _HOME.items() for name in names}
_MODULE_OF["Sandbox"] = "upscale_connect.sandbox"

__all__ = [
    "Answer",
    "Call",
    "CheckError",
    "CheckResult",
    "Connection",
    "FakeClock",
    "FakeStop",
    "FaultServer",
    "Handler",
    "MemoryPlugin",
    "MemorySink",
    "MemorySource",
    "NotApplicable",
    "Sandbox",
    "SinkConformance",
    "SourceConformance",
    "TableConformance",
    "answer",
    "cut",
    "drop",
    "handle",
    "raw",
    "run_checks",
    "run_sync",
    "sandbox",
]


def __getattr__(name: str) -> object:
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        return getattr(importlib.import_module(_MODULE_OF[name]), name)
    except ModuleNotFoundError as error:
        if error.name != "pytest":
            raise
    raise UsageError(f"the fixture {name!r} needs pytest: pip install 'upscale-connect[testing]'")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
