"""Scenarios and mutations of the money protocol, as parameters of tests, on the engine's own small world."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import pytest

from upscale_connect.sandbox import Sandbox

if TYPE_CHECKING:
    from tests.protocol.mutation import Mutation
    from tests.protocol.scene import Scene

HERE = Path(__file__).parent


def load(path: Path) -> ModuleType:
    """A module of the tests, by its file: tests are no package."""
    name = f"protocol_tests_{path.parent.name}_{path.stem}"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None
        assert spec.loader is not None
        sys.modules[name] = module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    return sys.modules[name]


engine = load(HERE.parent / "engine" / "conftest.py")
scenarios = load(HERE / "scenarios.py")
mutations = load(HERE / "mutations.py")
Scene_ = load(HERE / "scene.py").Scene


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    names = metafunc.fixturenames
    if "catcher" in names:
        caught = [(one, name) for one in mutations.MUTATIONS for name in one.caught_by]
        metafunc.parametrize(("mutation", "catcher"), caught, ids=[f"{one.number}-{name}" for one, name in caught])
    elif "mutation" in names:
        metafunc.parametrize("mutation", mutations.MUTATIONS, ids=lambda one: one.number)
    if "guard" in names:
        left = [(apply, name) for apply, stay in mutations.GUARDS for name in stay]
        metafunc.parametrize(("guard", "scenario"), left, ids=[f"{apply.__name__}-{name}" for apply, name in left])
    elif "scenario" in names:
        metafunc.parametrize("scenario", scenarios.SCENARIOS)
    if "called" in names:
        metafunc.parametrize("called", scenarios.CALLED)


@pytest.fixture
def play(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], Scene]]:
    """`play()`: the scene of this test, made when it is asked for, so that mutations come first."""
    clock = engine.MovableClock()
    scenes: list[Scene] = []
    with Sandbox(delay=0, clock=clock) as sandbox:

        def make() -> Scene:
            scenes.append(Scene_(engine.World(tmp_path, sandbox, clock), monkeypatch))
            return scenes[-1]

        yield make
        for scene in scenes:
            scene.hang_up()


@pytest.fixture
def plays() -> ModuleType:
    """The scenarios."""
    return scenarios


@pytest.fixture
def all_mutations() -> list[Mutation]:
    found: list[Mutation] = mutations.MUTATIONS
    return found
