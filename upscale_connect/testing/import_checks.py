"""Imports a plugin once more and writes down what that does."""

from __future__ import annotations

import builtins
import importlib
import importlib.util
import io
import logging
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

from .guard import Guard

_OURS = "upscale_connect"


@dataclass
class ImportWatch:
    """`effects`: what is not an import's affair. `seconds`: time of the processor."""

    effects: list[str] = field(default_factory=list)
    seconds: float = 0.0


def import_anew(module: str, guard: Guard) -> ImportWatch:
    """Import the package of `module` as if for the first time, and forget that copy. Raises ImportError."""
    if module == "__main__" or importlib.util.find_spec(module) is None:
        raise ImportError(module)
    watch = ImportWatch()
    threads, environment, asked = threading.active_count(), dict(os.environ), len(guard.hosts)
    with _forgotten(module), _bare_root_logger(watch), _watched_files(watch):
        begun = time.thread_time()
        importlib.import_module(module)
        watch.seconds = time.thread_time() - begun
    watch.effects += [f"it asked for {host}" for host in guard.hosts[asked:]]
    if threading.active_count() > threads:
        watch.effects.append("it started a thread")
    if dict(os.environ) != environment:
        watch.effects.append("it changed the environment")
    return watch


@contextmanager
def _forgotten(module: str) -> Iterator[None]:
    """Python does not know the package of this module, and afterwards knows it again as it was."""
    package = module.partition(".")[0]
    if package == _OURS:
        package = module
    known = {name: found for name, found in sys.modules.items() if name == package or name.startswith(f"{package}.")}
    for name in known:
        del sys.modules[name]
    try:
        yield
    finally:
        for name in [name for name in sys.modules if name == package or name.startswith(f"{package}.")]:
            del sys.modules[name]
        sys.modules.update(known)


@contextmanager
def _bare_root_logger(watch: ImportWatch) -> Iterator[None]:
    """Without handlers, as a library finds it: else `basicConfig` would do nothing."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    root.handlers[:] = []
    root.setLevel(logging.WARNING)
    try:
        yield
    finally:
        if root.handlers or root.level != logging.WARNING:
            watch.effects.append("it set up logging")
        root.handlers[:] = handlers
        root.setLevel(level)


@contextmanager
def _watched_files(watch: ImportWatch) -> Iterator[None]:
    def listen(act: Callable[..., Any], writes: Callable[..., bool]) -> Callable[..., Any]:
        def call(path: Any, *args: Any, **options: Any) -> Any:
            if writes(*args, **options):
                watch.effects.append(f"it wrote {path}")
            return act(path, *args, **options)

        return call

    def in_mode(mode: str = "r", *args: Any, **options: Any) -> bool:
        return any(letter in mode for letter in "wax+")

    def with_flags(flags: int, *args: Any, **options: Any) -> bool:
        return bool(flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))

    with ExitStack() as stack:
        for where, name, writes in (
            (builtins, "open", in_mode),
            (io, "open", in_mode),
            (os, "open", with_flags),
            (os, "mkdir", lambda *args, **options: True),
        ):
            stack.enter_context(mock.patch.object(where, name, listen(getattr(where, name), writes)))
        yield
