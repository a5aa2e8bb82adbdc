"""The surroundings of one check: a folder, time, a wire, a guard, and all that was opened and said."""

from __future__ import annotations

import hashlib
import logging
import shutil
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import BaseModel

from ..contracts import Connector, Context, Finding
from ..http.origins import host_of
from .canaries import secrets_of, texts_of
from .clocks import FakeClock, FakeStop
from .guard import Guard
from .wire import Phase, Wire

#: What a finding is called in `said`.
FINDING = "a finding of check()"


class Bench:
    """Made for each check, and closed after it. `folder` is empty at the beginning and at the end."""

    def __init__(self, folder: Path, safe_calls: Collection[str]) -> None:
        self.folder = folder
        self.clock = FakeClock()
        self.stop = FakeStop(self.clock)
        self.wire = Wire(self.clock, self.stop, safe_calls)
        self.guard = Guard()
        self.stack = ExitStack()
        self.secrets: set[str] = set()
        self.said: list[tuple[str, str]] = []
        self._opened: list[Connector[Any]] = []
        self.guard.open()

    def close(self) -> None:
        while self._opened:
            _close(self._opened.pop())
        self.stack.close()
        self.guard.close()
        _empty(self.folder)

    def make_context(
        self, columns: Sequence[str], types: Sequence[str], mapping: Mapping[str, Sequence[str]]
    ) -> Context:
        log = logging.getLogger("upscale_connect.plugins.checked")
        return Context(
            self.folder, self.wire.open_session(), self.clock, self.stop, log, tuple(columns), tuple(types), mapping
        )

    def learn(self, kind: type[Connector[Any]], options: Mapping[str, Any], config: BaseModel) -> None:
        """Which hosts are declared, and what is secret."""
        self.wire.hosts.update(kind.hosts, _hosts_in(options))
        self.secrets.update(secrets_of(config))

    def keep(self, connector: Connector[Any]) -> None:
        """It is closed with the bench."""
        self._opened.append(connector)
        self.say("repr of the connector", repr(connector))
        self.say("repr of its options", repr(connector.config))

    def release(self, connector: Connector[Any]) -> None:
        """Forget it: Python warns of what it leaves open when nobody knows it any more."""
        self._opened.remove(connector)
        connector.context.http.close()

    def say(self, where: str, text: object) -> None:
        """Remember what a connector gave to people."""
        self.said.append((where, str(text)))

    @contextmanager
    def phase(self, phase: Phase) -> Iterator[None]:
        """What is called within it is of this phase; what it raises is remembered."""
        before, self.wire.phase = self.wire.phase, phase
        try:
            yield
        except Exception as error:
            for text in texts_of(error):
                self.say(f"an exception in {phase}", text)
            raise
        finally:
            self.wire.phase = before

    def check(self, connector: Connector[Any]) -> list[Finding]:
        with self.phase("check"):
            findings = list(connector.check())
        for finding in findings:
            self.say(FINDING, f"{getattr(finding, 'message', finding)} {getattr(finding, 'hint', '')}")
        return findings

    def logged(self, level: int) -> list[tuple[str, str]]:
        """Everything from this level up."""
        return [("a log line", text) for number, text in self.guard.log.lines if number >= level]

    def snapshot(self) -> dict[str, str]:
        """Every file in the folder, and a digest of what it holds."""
        files = sorted(path for path in self.folder.rglob("*") if path.is_file())
        return {
            path.relative_to(self.folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files
        }


def compare(before: Mapping[str, str], after: Mapping[str, str]) -> str:
    """What became of the files, empty if nothing did."""
    changes = [f"new: {name}" for name in after.keys() - before.keys()]
    changes += [f"gone: {name}" for name in before.keys() - after.keys()]
    changes += [f"changed: {name}" for name in before.keys() & after.keys() if before[name] != after[name]]
    return ", ".join(sorted(changes))


def _close(connector: Connector[Any]) -> None:
    with suppress(Exception):
        connector.close()
    connector.context.http.close()


def _empty(folder: Path) -> None:
    """Remove what is in it. To make a new folder for each check would take longer than most checks."""
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            with suppress(OSError):  # Windows keeps a file that a plugin has left open
                path.unlink()


def _hosts_in(value: object) -> Iterator[str]:
    if isinstance(value, Mapping):
        for part in value.values():
            yield from _hosts_in(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _hosts_in(part)
    elif urlsplit(text := str(value)).scheme in ("http", "https"):
        yield host_of(text)
