"""The suites for a connector of which only its options are known, as the command line has it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ..contracts import Connector, Delivery, Sink
from ..errors import UsageError
from .checks import NotApplicable
from .conformance import Conformance
from .invented import TYPES, make_deliveries
from .sink_conformance import SinkConformance
from .source_conformance import SourceConformance

#: Leads that a check may have written for.
_MOST = 20


def make_suite(
    connector: type[Connector[Any]], options: Mapping[str, object], folder: Path
) -> type[Conformance[Connector[Any]]]:
    """A suite for `connector` with these options. Files that they name in `folder` are copied for each check.

    Nothing is written to `folder`. Raises UsageError if an option names a file by its whole path.
    """
    for name, value in options.items():
        if isinstance(value, str) and Path(value).is_absolute():
            raise UsageError(
                f"the option {name!r} names a file by its whole path",
                hint="name it from its folder: the checks work on copies",
            )
    base: type[Any] = _InstalledSink if issubclass(connector, Sink) else _InstalledSource
    own = {"connector": connector, "given": dict(options), "origin": folder}
    return type(f"Installed{connector.__name__}", (base,), own)


class _Installed(Conformance[Any]):
    given: Mapping[str, object]
    origin: Path

    def copy_files(self) -> Mapping[str, object]:
        """Copy what the options name, and return them."""
        for value in self.given.values():
            if not isinstance(value, str) or not value.strip() or ".." in Path(value).parts:
                continue
            if (self.origin / value).is_file():
                copy = self.folder / value
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(self.origin / value, copy)
        return self.given


class _InstalledSource(_Installed, SourceConformance):
    def options_for(self, count: int) -> Mapping[str, Any]:
        return self.copy_files()

    def arrange(self, rows: Sequence[Mapping[str, str]]) -> Mapping[str, Any]:
        raise NotApplicable("it needs a test class with `arrange`, which puts rows where the source reads")


class _InstalledSink(_Installed, SinkConformance):
    """What is there is asked for through the sink's own `find`."""

    def arrange(self, deliveries: Sequence[Delivery]) -> Mapping[str, Any]:
        return self.copy_files()

    def read_back(self) -> Iterator[tuple[str, str, str]]:
        found = self.find(self.open_connector(self.given), make_deliveries(_MOST))
        if found is None:
            raise NotApplicable("it needs a test class with `read_back`: find() returns None")
        for one in found:
            for message_type in TYPES:
                if text := one.fields.get(message_type):
                    yield one.key, message_type, text
