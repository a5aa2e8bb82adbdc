"""Whatever stands in an answer in the place of what belongs there: a run says so and ends well, and nothing is lost."""

from __future__ import annotations

import copy
import dataclasses
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest

from upscale_connect.engine import Options, run_syncs, select_syncs
from upscale_connect.upscale import UpscaleClient

if TYPE_CHECKING:
    from tests.engine.conftest import World

Path: TypeAlias = tuple[str | int, ...]


def nest(depth: int) -> list[Any]:
    top: list[Any] = []
    for _ in range(depth):
        top = [top]
    return top


JUNK: dict[str, Any] = {
    "half a character": "x\ud800y",
    "half a character inside": {"a": ["\udfff"]},
    "control characters": "\0 \x1b[31m \u202e",
    "a long text": "z" * 100_000,
    "a number that no database holds": 10**19,
    "a number of 4,000 digits": 10**4000,
    "a negative number": -1,
    "a fraction": 1.5,
    "a deep list": nest(300),
    "nothing": None,
    "true": True,
}


def find_places(value: Any, here: Path = ()) -> Iterator[Path]:
    """Every place of a JSON value, itself included."""
    yield here
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from find_places(inner, (*here, key))


def put(value: Any, place: Path, junk: Any) -> Any:
    if not place:
        return junk
    changed = inner = copy.deepcopy(value)
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = junk
    return changed


@pytest.mark.promise(row="E7")
@pytest.mark.parametrize("name", JUNK)
def test_junk_in_every_place(world: World, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Answers before completion, so that each is only looked at. Then a good one comes, and everything is there."""
    world.sandbox.faults.set(delay=100)
    world.write_leads(1, world.lead(2, LinkedIn="https://www.linkedin.com/in/noweb-2"))
    world.sync()
    place: list[Path] = [()]
    answers: list[Any] = []
    get = UpscaleClient._get

    def distort(self: UpscaleClient, query: Any) -> Any:
        answer = get(self, query)
        answers.append(json.loads(answer.content))
        return dataclasses.replace(answer, content=json.dumps(put(answers[-1], place[0], JUNK[name])).encode())

    with monkeypatch.context() as patch, world.services() as services:
        syncs = select_syncs(services.config, None)
        patch.setattr(UpscaleClient, "_get", distort)
        run_syncs(services, syncs, Options(), buy=False)
        for place[0] in list(find_places(answers[-1])):
            report = run_syncs(services, syncs, Options(), buy=False)
            assert report.exit_code in (0, 10), place
            json.dumps([report.as_json(), report.syncs[0].notes], ensure_ascii=False).encode()
    assert world.states() == {"pending": 2}
    world.clock.advance(100)
    world.wait()
    assert (world.states(), world.exit_code) == ({"ready": 1, "failed": 1}, 0)
