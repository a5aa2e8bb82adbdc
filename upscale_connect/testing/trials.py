"""A whole sync in a test: from a source to a sink, with messages from a sandbox."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..config import load_config
from ..contracts import Sink, Source
from ..engine import Options, SyncReport, open_services, run_syncs
from ..registry import Registry
from .memory import MemoryPlugin


def run_sync(
    config_file: Path | str, *connectors: type[Source[Any]] | type[Sink[Any]], environ: Mapping[str, str] | None = None
) -> SyncReport:
    """Run all syncs of a configuration once, and wait for their messages.

    `connectors`: classes that the configuration may name although no installed plugin offers them. `environ`: the
    variables that the configuration may use. Raises ConfigError.
    """
    registry = Registry.discover()
    if connectors:
        record = registry.register(MemoryPlugin(*connectors), name="trial")
        if record.error is not None:
            raise ValueError(record.error)
    config = load_config(config_file, environ=environ or {})
    with open_services(config, registry=registry) as services:
        return run_syncs(services, list(config.syncs.values()), Options(wait=True))
