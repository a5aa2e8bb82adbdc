"""Connectors are looked up by name and set up with their options."""

from __future__ import annotations

import pytest
from pydantic import SecretStr

from tests.registry.conftest import SECRET, MemoryConfig, MemorySink, MemorySource, options, plugin, where
from upscale_connect import (
    ConfigError,
    Context,
    PluginError,
    Source,
    SourceError,
)
from upscale_connect.config import PluginOptions
from upscale_connect.registry import Registry


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
