"""The hooks are the plugin interface: a change here breaks other people's code."""

from __future__ import annotations

import inspect

import pluggy

from upscale_connect import hookimpl, hookspecs


def specified() -> dict[str, pluggy.HookspecOpts]:
    marker = f"{hookspecs.GROUP}_spec"
    return {name: getattr(value, marker) for name, value in vars(hookspecs).items() if hasattr(value, marker)}


def test_there_are_two_hooks() -> None:
    assert set(specified()) == {"lead_sources", "message_sinks"}


def test_every_plugin_is_asked() -> None:
    assert not any(options["firstresult"] for options in specified().values())


def test_hooks_take_nothing() -> None:
    assert all(not inspect.signature(getattr(hookspecs, name)).parameters for name in specified())


def test_the_public_marker_is_that_of_the_group() -> None:
    assert hookimpl is hookspecs.hookimpl
    assert hookimpl.project_name == hookspecs.GROUP == "upscale_connect"
