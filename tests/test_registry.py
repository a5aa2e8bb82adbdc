"""Plugins, good and hostile: each is loaded alone, recorded, and looked up by name."""

from __future__ import annotations

import logging
import sys
import textwrap
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar, cast

import pytest
from pydantic import BaseModel, Field, SecretStr, field_validator

from upscale_connect import (
    Checkpoint,
    ConfigError,
    Context,
    Delivery,
    PluginConfig,
    PluginError,
    Record,
    Sink,
    Source,
    SourceError,
    WriteResult,
    hookimpl,
)
from upscale_connect.config import PluginOptions
from upscale_connect.registry import PluginRecord, Registry

SECRET = "hunter2-hunter2"


class Credentials(BaseModel):
    token: SecretStr


class MemoryConfig(PluginConfig):
    rows: int
    token: SecretStr = SecretStr("")
    credentials: Credentials | None = None
    region: str = Field("eu", alias="zone")

    @field_validator("token")
    @classmethod
    def _long(cls, token: SecretStr) -> SecretStr:
        if len(token.get_secret_value()) > 8:
            raise ValueError(f"is too long: {token.get_secret_value()}")
        return token

    @field_validator("rows")
    @classmethod
    def _small(cls, rows: int) -> int:
        if rows == 13:
            raise KeyError(rows)
        return rows


class MemorySource(Source[MemoryConfig]):
    name: ClassVar[str] = "memory"
    config_model = MemoryConfig

    def read(self, since: object) -> Iterator[Record | Checkpoint]:
        for number in range(self.config.rows):
            yield Record(str(number), {})


class MemorySink(Sink[MemoryConfig]):
    name = "memory"
    config_model = MemoryConfig

    def write(self, deliveries: Iterable[Delivery]) -> Iterator[WriteResult]:
        return (delivery.written() for delivery in deliveries)


def plugin(sources: Any = None, sinks: Any = None) -> SimpleNamespace:
    """A plugin that returns these from its hooks; None leaves a hook out."""
    hooks: dict[str, Callable[[], Any]] = {}
    if sources is not None:
        hooks["lead_sources"] = hookimpl(lambda: sources)
    if sinks is not None:
        hooks["message_sinks"] = hookimpl(lambda: sinks)
    return SimpleNamespace(**hooks)


def where(*keys: str) -> str:
    return ":".join(["sync.yaml", *keys])


def options(name: str = "memory", hidden: Iterable[str] = (), **values: Any) -> PluginOptions:
    return PluginOptions(plugin=name, options=values, hidden=frozenset(hidden))


@pytest.fixture
def context() -> Context:
    return cast("Context", SimpleNamespace())


@pytest.fixture
def registry() -> Registry:
    registry = Registry()
    registry.register(plugin([MemorySource], [MemorySink]), name="memory", distribution="acme-memory", version="1.0")
    return registry


def failure(broken: object) -> str:
    """Register a broken plugin after a good one: nothing of it may be there, the good one stays."""
    registry = Registry()
    registry.register(plugin([MemorySource]), name="memory", distribution="acme-memory", version="1.0")
    record = registry.register(broken, name="broken", distribution="broken-dist", version="0.1")
    assert record.state == "failed"
    assert (record.sources, record.sinks) == ((), ())
    assert [kept.state for kept in registry.records] == ["ok", "failed"]
    assert registry.source(options(rows="1"), cast("Context", None), where)
    return record.error or ""


# Loading


def test_a_plugin_is_recorded_with_what_it_offers(registry: Registry) -> None:
    assert registry.records == [PluginRecord("memory", "acme-memory", "1.0", ("memory",), ("memory",))]
    assert registry.records[0].state == "ok"


def test_a_new_registry_is_empty() -> None:
    assert Registry().records == []


def refuse() -> None:
    raise PluginError("google-auth is not installed", hint="pip install it")


def subclass(base: type[Any] = MemorySource, **members: Any) -> type[Any]:
    return type("Strange", (base,), members)


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (plugin(MemorySource), "lead_sources must return a list of classes"),
        (plugin("memory"), "lead_sources must return a list of classes"),
        (plugin([MemorySink]), "lead_sources: MemorySink is no subclass of Source"),
        (plugin(sinks=[MemorySource]), "message_sinks: MemorySource is no subclass of Sink"),
        (plugin([MemorySource.__new__(MemorySource)]), "lead_sources: MemorySource is no subclass of Source"),
        (plugin([Source]), "lead_sources: Source does not define read"),
        (plugin([subclass(name="Capital")]), "lead_sources: Strange must have a `name` of a-z, 0-9, `_` and `-`"),
        (plugin([subclass(name=7)]), "lead_sources: Strange must have a `name` of a-z, 0-9, `_` and `-`"),
        (
            plugin([subclass(name="x", config_model=BaseModel)]),
            "lead_sources: Strange must have a `config_model` that is a subclass of PluginConfig",
        ),
        (plugin([subclass(name="x"), subclass(name="x")]), "it offers two sources called 'x'"),
        (plugin(), "it offers neither a source nor a sink; is `@hookimpl` missing?"),
        (plugin([]), "it offers neither a source nor a sink; is `@hookimpl` missing?"),
        (SimpleNamespace(lead_sources=lambda: [MemorySource]), "it offers neither a source nor a sink"),
        (
            SimpleNamespace(lead_source=hookimpl(lambda: [MemorySource])),
            "unknown hook 'lead_source': did you mean 'lead_sources'?",
        ),
        (SimpleNamespace(lead_sources=hookimpl(lambda config: [MemorySource])), "{'config'} are declared"),
        (SimpleNamespace(lead_sources=hookimpl(lambda: 1 / 0)), "ZeroDivisionError: division by zero"),
        (SimpleNamespace(lead_sources=hookimpl(refuse)), "google-auth is not installed (pip install it)"),
    ],
)
def test_a_broken_plugin_is_recorded_with_its_reason(broken: object, reason: str) -> None:
    assert reason in failure(broken)


def test_a_name_clash_names_both_distributions_and_commits_nothing_of_the_later(registry: Registry) -> None:
    other = subclass(name="other")
    record = registry.register(plugin([other], [MemorySink]), name="late", distribution="late-dist", version="2.0")
    assert record.error == "sink 'memory' of late-dist 2.0 is already provided by acme-memory 1.0"
    with pytest.raises(PluginError, match="no plugin offers a source 'other'"):
        registry.source(options("other"), cast("Context", None), where)


def test_one_name_may_be_a_source_of_one_plugin_and_a_sink_of_another() -> None:
    registry = Registry()
    registry.register(plugin([MemorySource]), name="a")
    assert registry.register(plugin(sinks=[MemorySink]), name="b").state == "ok"


def test_an_interrupt_by_the_person_is_no_failure_of_the_plugin() -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Registry().register(SimpleNamespace(lead_sources=hookimpl(interrupt)), name="slow")


# Discovery of installed distributions


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Install distributions that consist of one module and one entry point."""
    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.syspath_prepend(str(site))
    before = set(sys.modules)

    def write(name: str, code: str, *, entry: str = "", version: str = "1.0") -> None:
        (site / f"{name}.py").write_text(textwrap.dedent(code), encoding="utf-8")
        info = site / f"{name}-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n", encoding="utf-8")
        (info / "entry_points.txt").write_text(f"[upscale_connect]\n{entry or name} = {name}\n", encoding="utf-8")

    yield write
    for name in set(sys.modules) - before:
        del sys.modules[name]


GOOD = """
    from upscale_connect import PluginConfig, Source, hookimpl

    class Leads(Source):
        name = "{name}"
        config_model = PluginConfig
        def read(self, since):
            return iter(())

    @hookimpl
    def lead_sources():
        return [Leads]
"""


@pytest.mark.promise(row="H1")
def test_hostile_plugins_harm_nobody(
    install: Callable[..., None], caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    install("good_one", GOOD.format(name="good"), version="3.1")
    install("a_missing", "import not_installed_anywhere")
    install("b_exits", "import sys; sys.exit(0)")
    install("c_syntax", "def (")
    install("d_clash", GOOD.format(name="csv"))
    install("e_speechless", "class Odd(Exception):\n    def __str__(self): raise self\nraise Odd()")
    install("f_secret", f"import requests\nraise requests.ConnectionError('{SECRET}')")
    install("g_long", "raise ValueError('x' * 5000)")
    install("h_loud", "print('hello')\n" + textwrap.dedent(GOOD.format(name="loud")))
    with caplog.at_level(logging.WARNING):
        records = {record.name: record for record in Registry.discover().records}
    assert records["csv"] == PluginRecord("csv", "upscale-connect", records["csv"].version, ("csv",), ("csv",))
    assert records["good_one"] == PluginRecord("good_one", "good_one", "3.1", ("good",), ())
    reasons = {name: record.error or "" for name, record in records.items() if record.error}
    assert reasons["a_missing"] == "ModuleNotFoundError: No module named 'not_installed_anywhere'"
    assert reasons["b_exits"] == "it ended the program while it was loaded (SystemExit)"
    assert reasons["c_syntax"].startswith("SyntaxError")
    assert reasons["d_clash"].startswith("source 'csv' of d_clash 1.0 is already provided by upscale-connect")
    assert "Odd" in reasons["e_speechless"]
    assert reasons["f_secret"] == "ConnectionError"
    assert len(reasons["g_long"]) < 310
    assert set(reasons) == {"a_missing", "b_exits", "c_syntax", "d_clash", "e_speechless", "f_secret", "g_long"}
    assert all(f"plugin {name} " in caplog.text for name in reasons)
    assert SECRET not in caplog.text
    assert capsys.readouterr().out == ""


def test_an_import_that_hangs_is_not_waited_for(install: Callable[..., None]) -> None:
    install("a_hangs", "import threading; threading.Event().wait(2)")
    install("b_good", GOOD.format(name="good"))
    begun = time.monotonic()
    hanging, good = Registry.discover(patience=0.1).records[-2:]
    assert time.monotonic() - begun < 1.5
    assert (hanging.name, hanging.error) == ("a_hangs", "its import did not end within 0.1 s")
    assert good.state == "ok"


def test_bundled_plugins_come_first_then_the_others_by_name(install: Callable[..., None]) -> None:
    install("zebra", GOOD.format(name="zebra"), entry="aardvark")
    install("ant", GOOD.format(name="ant"), entry="bee")
    records = Registry.discover().records
    assert records[0].distribution == "upscale-connect"
    assert [record.name for record in records if record.distribution != "upscale-connect"] == ["aardvark", "bee"]


def test_a_disabled_plugin_is_not_imported(install: Callable[..., None]) -> None:
    install("good_one", GOOD.format(name="good"))
    registry = Registry.discover(disabled=["good_one"])
    assert registry.records[-1] == PluginRecord("good_one", "good_one", "1.0", error="it is disabled")
    assert "good_one" not in sys.modules


# Building


def test_a_connector_gets_its_options_and_the_context(registry: Registry, context: Context) -> None:
    source = registry.source(options(rows="2"), context, where)
    assert isinstance(source, MemorySource)
    assert (source.config.rows, source.context) == (2, context)
    assert isinstance(registry.sink(options(rows="2"), context, where), MemorySink)


def test_a_misspelt_name_is_answered_with_the_known_one(registry: Registry, context: Context) -> None:
    with pytest.raises(PluginError) as caught:
        registry.source(options("memry"), context, where)
    assert caught.value.message == "sync.yaml:plugin: no plugin offers a source 'memry'"
    assert caught.value.hint == "did you mean 'memory'?; is its package installed in this environment?"


def test_an_unknown_name_is_answered_with_all_known_ones(registry: Registry, context: Context) -> None:
    with pytest.raises(PluginError) as caught:
        registry.sink(options("salesforce"), context, where)
    assert caught.value.hint == "there are: memory; is its package installed in this environment?"


def test_a_source_that_is_only_a_sink_is_told_so(context: Context) -> None:
    registry = Registry()
    registry.register(plugin(sinks=[MemorySink]), name="memory")
    with pytest.raises(PluginError, match="plugin 'memory' offers a sink, but no source"):
        registry.source(options(), context, where)


def test_a_failed_plugin_is_an_error_for_the_sync_that_names_it(registry: Registry, context: Context) -> None:
    registry.register(plugin([Source]), name="google_sheets", distribution="sheets-dist", version="0.9")
    with pytest.raises(PluginError) as caught:
        registry.source(options("google-sheets"), context, where)
    assert caught.value.message == (
        "sync.yaml:plugin: plugin 'google-sheets' (sheets-dist 0.9) cannot be used: "
        "lead_sources: Source does not define read"
    )
    with pytest.raises(PluginError) as caught:
        registry.source(options("jsonl"), context, where)
    assert "not loaded: google_sheets" in caught.value.hint


def test_every_wrong_option_is_told_with_its_place(registry: Registry, context: Context) -> None:
    wrong = options(tokn="x", zone=["eu"], credentials={"tken": SECRET})
    problems = [str(problem) for problem in registry.options_problems("source", wrong, where)]
    assert sorted(problems) == [
        "sync.yaml:credentials:token: `token` is missing",
        "sync.yaml:rows: `rows` is missing",
        "sync.yaml:tokn: unknown key `tokn` (did you mean 'token'?)",
        "sync.yaml:zone: `zone` must be text",
    ]
    with pytest.raises(ConfigError) as caught:
        registry.sink(wrong, context, where)
    assert [str(problem) for problem in caught.value.problems] == problems


def test_right_options_have_no_problem(registry: Registry) -> None:
    assert registry.options_problems("sink", options(rows="3", token="short"), where) == []


@pytest.mark.parametrize(
    "wrong",
    [
        options(rows="1", token=SECRET),
        options(rows="1", token=SecretStr(SECRET)),
        options(rows=SECRET),
        options(rows="1", credentials=SECRET),
    ],
)
def test_no_problem_repeats_a_secret(registry: Registry, wrong: PluginOptions) -> None:
    problems = registry.options_problems("source", wrong, where)
    assert problems
    assert SECRET not in str(problems)


class TouchySource(MemorySource):
    name = "touchy"

    def __init__(self, config: MemoryConfig, context: Context) -> None:
        if config.rows == 1:
            raise SourceError("the file is gone")
        raise RuntimeError(f"no route with {config.token.get_secret_value()} and {config.region}")


def test_what_a_constructor_raises_names_the_plugin_and_no_secret(context: Context) -> None:
    registry = Registry()
    registry.register(plugin([TouchySource]), name="touchy", distribution="touchy-dist", version="1")
    with pytest.raises(PluginError) as caught:
        registry.source(options("touchy", rows="2", token="t0ps3cr", zone="mars9", hidden=["zone"]), context, where)
    assert caught.value.message == (
        "sync.yaml:plugin: source 'touchy' (touchy-dist 1) failed while it was set up: "
        "RuntimeError: no route with *** and ***"
    )
    with pytest.raises(SourceError, match="the file is gone"):
        registry.source(options("touchy", rows="1"), context, where)


def test_a_validator_that_fails_is_a_fault_of_the_plugin(registry: Registry) -> None:
    with pytest.raises(PluginError, match="failed while it was set up: KeyError: 13"):
        registry.options_problems("source", options(rows="13"), where)
