"""The plugin of docs/examples is found and runs as it stands, and passes its checks."""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.examples.conftest import EXAMPLES, PLUGIN, outbox, run
from upscale_connect import Delivery, Found, WriteResult
from upscale_connect.registry import Registry
from upscale_connect.sandbox import Sandbox
from upscale_connect.testing import run_checks


def test_the_plugin_is_found_and_works_as_an_installed_one(trial: Path, tmp_path: Path, sandbox: Sandbox) -> None:
    """Discovered by its metadata, in a process of its own, beside a broken one."""
    site = tmp_path / "site"
    install(site, "upscale-connect-jsonl", "jsonl = upscale_connect_jsonl")
    install(site, "upscale-connect-broken", "broken = nowhere_to_be_found")
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(site), str(PLUGIN)]), "PYTHONUTF8": "1"}

    listed = call(trial.parent, environment, "-m", "upscale_connect", "plugins", "--json")
    plugins = {plugin["name"]: plugin for plugin in json.loads(listed)["plugins"]}
    assert plugins["jsonl"]["distribution"] == "upscale-connect-jsonl"
    assert plugins["jsonl"]["sources"] == ["jsonl"]
    assert plugins["jsonl"]["sinks"] == ["jsonl", "jsonl-web"]
    assert plugins["broken"]["state"] == "failed"

    call(trial.parent, environment, str(EXAMPLES / "run_sync.py"), "example.yaml")
    assert {entry["key"].rpartition("/")[2] for entry in outbox(trial)} == {"a-1", "a-2"}


def install(site: Path, name: str, entry_point: str) -> None:
    """What pip leaves of an editable installation: the metadata."""
    folder = site / f"{name.replace('-', '_')}-0.1.0.dist-info"
    folder.mkdir(parents=True)
    (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 0.1.0\n", encoding="utf-8")
    (folder / "entry_points.txt").write_text(f"[upscale_connect]\n{entry_point}\n", encoding="utf-8")


def call(folder: Path, environment: dict[str, str], *command: str) -> str:
    """Exit code 3 says that there is a new record in quarantine, which the example has on purpose."""
    done = subprocess.run(
        [sys.executable, *command], cwd=folder, env=environment, capture_output=True, encoding="utf-8", check=False
    )
    assert done.returncode in (0, 3), done.stderr
    return done.stdout


def test_its_metadata_is_what_the_test_installs() -> None:
    import tomllib

    project = tomllib.loads((PLUGIN / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert (project["name"], project["version"]) == ("upscale-connect-jsonl", "0.1.0")
    assert project["entry-points"]["upscale_connect"] == {"jsonl": "upscale_connect_jsonl"}


def test_a_line_that_is_no_record_is_counted(trial: Path, registry: Registry) -> None:
    result = run(trial, registry)
    assert result["records"] == result["records"] | {"read": 3, "new": 2, "quarantined": 1}
    assert result["sinks"]["outbox"]["written"] == 2


def test_a_second_run_reads_and_writes_nothing(trial: Path, registry: Registry, sandbox: Sandbox) -> None:
    run(trial, registry)
    before = (trial.parent / "messages.jsonl").read_bytes()
    requests = len(sandbox.state.requests)
    result = run(trial, registry)
    assert result["records"]["read"] == 0
    assert (trial.parent / "messages.jsonl").read_bytes() == before
    assert len(sandbox.state.requests) == requests


def test_one_more_line_is_one_more_lead(trial: Path, registry: Registry) -> None:
    run(trial, registry)
    lead = {"id": "a-3", "first": "Cyd", "last": "Invented", "company": "Third", "linkedin": "linkedin.com/in/cyd-ie"}
    with (trial.parent / "leads.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps(lead) + "\n")
    result = run(trial, registry)
    assert result["records"]["new"] == 1
    assert [entry["key"].rpartition("/")[2] for entry in outbox(trial)] == ["a-1", "a-2", "a-3"]


def test_a_run_that_dies_after_writing_writes_nothing_twice(
    trial: Path, registry: Registry, plugin: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    sink = plugin.JsonlSink
    write = sink.write

    def die(self: Any, deliveries: Iterable[Delivery]) -> Iterator[WriteResult]:
        for _ in write(self, deliveries):
            raise RuntimeError("a power cut")
        yield from ()

    def be_dead(self: Any, deliveries: Iterable[Delivery]) -> Iterator[Found]:
        if any(delivery.receipt for delivery in deliveries):
            raise RuntimeError("still no power")
        return iter(())

    with monkeypatch.context() as patch:
        patch.setattr(sink, "write", die)
        patch.setattr(sink, "find", be_dead)
        first = run(trial, registry)
    assert "a power cut" in first["error"]["message"]
    with (trial.parent / "messages.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"key": "cut')
    second = run(trial, registry)
    assert second["error"] is None
    assert second["sinks"]["outbox"]["unchanged"] == 2
    lines = (trial.parent / "messages.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 3


def test_a_source_that_is_gone_is_an_error_with_a_hint(trial: Path, registry: Registry) -> None:
    (trial.parent / "leads.jsonl").unlink()
    error = run(trial, registry)["error"]
    assert error["type"] == "SourceError"
    assert error["hint"] == "correct `path:`"


@pytest.mark.parametrize("name", ["TestJsonlSource", "TestJsonlSink", "TestWebSink"])
def test_the_plugin_passes_its_own_checks(plugin: ModuleType, name: str) -> None:
    """As its author runs them, but that it is not installed."""
    spec = importlib.util.spec_from_file_location("test_plugin", PLUGIN / "tests" / "test_plugin.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    suite = type(name, (getattr(module, name),), {"plugin": plugin})
    assert [result.message for result in run_checks(suite) if result.state == "failed"] == []


def test_the_plugin_passes_mypy_as_a_strangers_package_would() -> None:
    """Against `py.typed` alone: not with the project's own settings."""
    cache = EXAMPLES.parent.parent / ".mypy_cache" / "examples"
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file=", f"--cache-dir={cache}"]
    done = subprocess.run(
        [
            *command,
            str(PLUGIN / "upscale_connect_jsonl"),
            str(PLUGIN / "tests" / "test_plugin.py"),
            *map(str, sorted(EXAMPLES.glob("*.py"))),
        ],
        env={**os.environ, "MYPYPATH": str(PLUGIN)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
