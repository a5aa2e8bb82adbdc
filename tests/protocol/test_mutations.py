"""Each rule of the money protocol is needed: without it, a scenario breaks a property."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from upscale_connect.errors import LedgerError

if TYPE_CHECKING:
    from tests.protocol.mutation import Mutation, Patch
    from tests.protocol.scene import Scene

PAGE = Path(__file__).parents[2] / "docs" / "mutations.md"
PROPERTIES = {"DOUBLE_PAY", "AVOIDABLE", "MISBIND", "DOUBLE_WRITE", "SILENT_LOSS", "SILENT_SKIP", "WASTED"}


@pytest.mark.promise(row="A3")
def test_mutation_is_caught(
    play: Callable[[], Scene], plays: Any, mutation: Mutation, catcher: str, monkeypatch: Patch
) -> None:
    mutation.apply(monkeypatch)
    scene = play()
    if mutation.caught_by[catcher] == "REFUSED":
        with pytest.raises(LedgerError, match="does not keep its promises"):
            plays.SCENARIOS[catcher](scene)
        assert not scene.world.posts
    else:
        assert mutation.caught_by[catcher] in plays.SCENARIOS[catcher](scene).violations()


def test_mutated_program_still_works(
    play: Callable[[], Scene], plays: Any, mutation: Mutation, monkeypatch: Patch
) -> None:
    """So it is the property that catches a mutation, not a program that is broken altogether."""
    if "REFUSED" in mutation.caught_by.values():
        return
    mutation.apply(monkeypatch)
    books = plays.plain(play())
    assert books.violations() == set()
    assert books.delivered == set(books.wanted)


def test_control_stays_green(
    play: Callable[[], Scene], plays: Any, called: str, all_mutations: list[Mutation], monkeypatch: Patch
) -> None:
    """M12: one callback address for all. What the API confirms is enough; the token saves questions."""
    (control,) = [one for one in all_mutations if not one.caught_by]
    assert control.number == "M12"
    control.apply(monkeypatch)
    books = plays.CALLED[called](play())
    assert books.violations() == set()
    assert bool(books.open) == (called in ("callback_lost", "callback_forged"))


@pytest.mark.promise(row="C4")
def test_second_guard_holds(
    play: Callable[[], Scene], plays: Any, guard: Callable[[Patch], None], scenario: str, monkeypatch: Patch
) -> None:
    guard(monkeypatch)
    assert plays.SCENARIOS[scenario](play()).violations() == set()


def test_every_mutation_of_the_model_and_every_property(all_mutations: list[Mutation]) -> None:
    assert [one.number for one in all_mutations] == [*(f"M{number}" for number in range(1, 20)), "at-most-once"]
    assert {name for one in all_mutations for name in one.caught_by.values()} == PROPERTIES | {"REFUSED"}


def test_page_and_code_agree(all_mutations: list[Mutation]) -> None:
    lines = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.count("|") == 5][1:]
    assert [row for row in rows if row[0] != "---"] == [describe(one) for one in all_mutations]


def describe(mutation: Mutation) -> list[str]:
    caught = "; ".join(f"`{name}`: {broken}" for name, broken in mutation.caught_by.items())
    return [mutation.number, f"`{mutation.switch}`", mutation.effect, caught or "nothing, as it must be"]
