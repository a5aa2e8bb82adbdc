"""What the writing page says about mistakes of plugin authors is what the core really says."""

from __future__ import annotations

import importlib
import re
import shutil
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from upscale_connect import Delivery, Record, WriteResult, hookimpl, load_config
from upscale_connect.engine import Options, open_services, run_syncs, select_syncs
from upscale_connect.registry import Registry
from upscale_connect.sandbox import Sandbox

ROOT = Path(__file__).parent.parent
PLUGIN = ROOT / "docs/examples/upscale-connect-jsonl"
PAGE = (ROOT / "docs/plugins/writing.md").read_text(encoding="utf-8").partition("## Common mistakes")[2]
SHOWN = dict(re.findall(r"^\| (?!Mistake|---)(.+?) \| (.+) \|$", PAGE, re.MULTILINE))


@pytest.fixture
def plugin(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(PLUGIN))
    return importlib.import_module("upscale_connect_jsonl")


def loading_errors(plugin: ModuleType) -> dict[str, str | None]:
    """Mistake → why the plugin was not loaded."""
    source = plugin.JsonlSource

    def another(**changes: Any) -> type:
        return type("JsonlSource", (source,), changes)

    def hook(result: object) -> Callable[[], object]:
        return hookimpl(lambda: result)

    plugins = {
        "`@hookimpl` is missing": SimpleNamespace(lead_sources=lambda: [source]),
        "a hook is misspelt": SimpleNamespace(lead_source=hook([source])),
        "a hook returns one class": SimpleNamespace(lead_sources=hook(source)),
        "a hook returns an object": SimpleNamespace(lead_sources=hook([source.__new__(source)])),
        "a method is missing": SimpleNamespace(lead_sources=hook([abstract(source)])),
        "the name has a capital or a space": SimpleNamespace(lead_sources=hook([another(name="JSON lines")])),
        "`config_model` is missing": SimpleNamespace(lead_sources=hook([another(config_model=None)])),
        "another plugin has that name": SimpleNamespace(lead_sources=hook([another(name="csv")])),
    }
    return {mistake: load(mistaken) for mistake, mistaken in plugins.items()}


def abstract(source: type) -> type:
    from upscale_connect import Source

    return type("JsonlSource", (Source,), {"name": "jsonl", "config_model": vars(source)["config_model"]})


def load(mistaken: object) -> str | None:
    registry = Registry.discover()
    return registry.register(mistaken, name="jsonl", distribution="upscale-connect-jsonl", version="0.1.0").error


def test_a_plugin_that_is_not_loaded_says_why(plugin: ModuleType) -> None:
    said = loading_errors(plugin)
    assert said == {mistake: SHOWN[mistake] for mistake in said}
    assert list(SHOWN)[: len(said)] == list(said)


def read_a_number(self: Any, since: object) -> Iterator[Record]:
    fields: dict[str, Any] = {"first": "Ada", "last": "Invented", "company": 1848}
    yield Record("1", fields | {"linkedin": "linkedin.com/in/ada-invented"}, "leads.jsonl:1")


def read_a_dict(self: Any, since: object) -> Iterator[dict[str, str]]:
    yield {"first": "Ada"}


def write_nothing(self: Any, deliveries: Iterable[Delivery]) -> Iterator[WriteResult]:
    list(deliveries)
    yield from ()


def write_twice(self: Any, deliveries: Iterable[Delivery]) -> Iterator[WriteResult]:
    for delivery in deliveries:
        yield delivery.written()
        yield delivery.written()


@pytest.mark.parametrize(
    ("mistake", "connector", "method", "function"),
    [
        ("a field is not text", "JsonlSource", "read", read_a_number),
        ("`read` yields something else", "JsonlSource", "read", read_a_dict),
        ("`write` gives too few results", "JsonlSink", "write", write_nothing),
        ("`write` gives a result twice", "JsonlSink", "write", write_twice),
    ],
)
def test_a_plugin_that_misbehaves_stops_its_sync(
    mistake: str,
    connector: str,
    method: str,
    function: Callable[..., Any],
    plugin: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setattr(getattr(plugin, connector), method, function)
    monkeypatch.setattr(getattr(plugin, connector), "repeatable", True, raising=False)
    assert SHOWN[mistake] in run(plugin, tmp_path, lambda text: text)


def test_a_source_without_a_way_back_needs_sinks(plugin: ModuleType, tmp_path: Path) -> None:
    assert SHOWN["`beside` is missing"] in run(plugin, tmp_path, lambda text: text.partition("    sinks:")[0])


def run(plugin: ModuleType, folder: Path, edit: Callable[[str], str]) -> str:
    """The error of the example's sync."""
    shutil.copy(PLUGIN / "leads.jsonl", folder)
    registry = Registry.discover()
    registry.register(plugin, name="jsonl", distribution="upscale-connect-jsonl", version="0.1.0")
    with Sandbox(delay=0) as sandbox:
        text = edit((PLUGIN / "example.yaml").read_text(encoding="utf-8"))
        text = text.replace("http://127.0.0.1:8765/api/v2", sandbox.base_url).replace("seconds: 1", "seconds: 0.01")
        (folder / "example.yaml").write_text(text, encoding="utf-8")
        config = load_config(folder / "example.yaml")
        with open_services(config, registry=registry) as services:
            report = run_syncs(services, select_syncs(config, None), Options(wait=True))
    assert report.syncs[0].error is not None
    return report.syncs[0].error.message
