"""Plugins, good and broken: each is loaded alone, and recorded with what it offers or why it failed."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest
from pydantic import BaseModel

from tests.registry.conftest import MemorySink, MemorySource, options, plugin, where
from upscale_connect import (
    Context,
    PluginError,
    Source,
    hookimpl,
)
from upscale_connect.registry import PluginRecord, Registry


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
