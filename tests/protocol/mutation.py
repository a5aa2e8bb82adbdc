"""A mutation of the model, made in the real code: it takes one rule of the money protocol away.

A mutation names the switch of the model that it turns, what it would do to a user, and the scenarios that catch it,
each with the property that is then broken. `REFUSED`: the program does not even start.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pytest

Patch = pytest.MonkeyPatch


@dataclass(frozen=True)
class Mutation:
    number: str
    switch: str
    effect: str
    caught_by: Mapping[str, str]
    apply: Callable[[Patch], None]


MUTATIONS: list[Mutation] = []
#: Where two guards stand, one of them is taken away: (mutation, scenarios that stay as they are by the other).
GUARDS: list[tuple[Callable[[Patch], None], tuple[str, ...]]] = []


def mutation(
    number: str, switch: str, effect: str, caught_by: Mapping[str, str]
) -> Callable[[Callable[[Patch], None]], Callable[[Patch], None]]:

    def register(apply: Callable[[Patch], None]) -> Callable[[Patch], None]:
        MUTATIONS.append(Mutation(number, switch, effect, caught_by, apply))
        return apply

    return register


def guard(*scenarios: str) -> Callable[[Callable[[Patch], None]], Callable[[Patch], None]]:
    def register(apply: Callable[[Patch], None]) -> Callable[[Patch], None]:
        GUARDS.append((apply, scenarios))
        return apply

    return register
