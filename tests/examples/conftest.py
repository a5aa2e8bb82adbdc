"""The plugin of docs/examples, with its own configuration and leads, against a sandbox."""

from __future__ import annotations

import importlib
import importlib.util
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from upscale_connect import load_config
from upscale_connect.engine import Options, open_services, run_syncs, select_syncs
from upscale_connect.registry import Registry
from upscale_connect.sandbox import Sandbox

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
PLUGIN = EXAMPLES / "upscale-connect-jsonl"


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(delay=0) as started:
        yield started


@pytest.fixture
def trial(sandbox: Sandbox, tmp_path: Path) -> Path:
    """The plugin's own example, in a folder of its own; polls fast, and has a second sink."""
    folder = tmp_path / "trial"
    folder.mkdir()
    shutil.copy(PLUGIN / "leads.jsonl", folder)
    text = (PLUGIN / "example.yaml").read_text(encoding="utf-8")
    text = text.replace("http://127.0.0.1:8765/api/v2", sandbox.base_url).replace(
        "first_seconds: 1", "first_seconds: 0.01"
    )
    (folder / "example.yaml").write_text(text, encoding="utf-8")
    return folder / "example.yaml"


@pytest.fixture
def plugin(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(PLUGIN))
    return importlib.import_module("upscale_connect_jsonl")


@pytest.fixture
def registry(plugin: ModuleType) -> Registry:
    found = Registry.discover()
    record = found.register(plugin, name="jsonl", distribution="upscale-connect-jsonl", version="0.1.0")
    assert record.error is None
    return found


def run(config: Path, registry: Registry) -> Any:
    """One run that waits; what `--json` shows of its only sync."""
    loaded = load_config(config)
    with open_services(loaded, registry=registry) as services:
        return run_syncs(services, select_syncs(loaded, None), Options(wait=True)).as_json()["syncs"][0]


def outbox(config: Path) -> list[Any]:
    text = (config.parent / "messages.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]
