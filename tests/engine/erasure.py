"""Erases a person, and searches every file of the test for what must be gone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.engine.conftest import World
from upscale_connect.engine.forget import Forgotten, find_person, forget

NAME, EMAIL = "Zoë-Quill", "zoe@quill.example"


def zoe(world: World, number: int = 1, **changes: str) -> dict[str, str]:
    return world.lead(number, First=NAME, Phone=f"mail to {EMAIL}", **changes)


def erase(world: World, text: str, *copies: Path) -> Forgotten:
    with world.services() as services:
        keys, mentions = find_person(services.ledger, text, copies)
        done = forget(services, keys, mentions, "ann", asked=text, copies=copies)
    world.forgotten |= {mention.lead_id for mention in mentions}
    return done


@contextmanager
def searched(world: World, *needles: str, ours: tuple[str, ...] = ()) -> Iterator[None]:
    """Each needle is there before, and nowhere after; `ours`: files with rows that are a person's own."""
    forms = {needle: {needle.encode(), json.dumps(needle)[1:-1].encode()} for needle in needles}

    def holders(needle: str) -> list[str]:
        files = [path for path in world.folder.rglob("*") if path.is_file() and path.name not in ours]
        return [path.name for path in files if any(form in path.read_bytes() for form in forms[needle])]

    for needle in needles:
        assert holders(needle), needle
    yield
    for needle in needles:
        assert holders(needle) == [], needle
