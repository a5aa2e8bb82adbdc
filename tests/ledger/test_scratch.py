"""What a run has seen, in a file that is thrown away with it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upscale_connect.ledger import Scratch
from upscale_connect.ledger.scratch import CHUNK


@pytest.fixture
def scratch() -> Iterator[Scratch]:
    made = Scratch()
    yield made
    made.close()


def test_first_claim_wins(scratch: Scratch) -> None:
    assert scratch.claim("key", "leads.csv:2") is None
    assert scratch.claim("key", "leads.csv:9") == "leads.csv:2"
    assert scratch.find("key") == "leads.csv:2"
    assert scratch.has("key")
    assert not scratch.has("Key")
    assert scratch.find("other") is None


def test_released_key_is_free_again(scratch: Scratch) -> None:
    scratch.claim("key", "leads.csv:2")
    scratch.release("key")
    scratch.release("never claimed")
    assert scratch.claim("key", "leads.csv:9") is None
    assert scratch.find("key") == "leads.csv:9"


@given(st.lists(st.tuples(st.sampled_from(["claim", "release"]), st.text(max_size=2), st.text(max_size=3))))
def test_is_a_dictionary(steps: list[tuple[str, str, str]]) -> None:
    made, model = Scratch(), dict[str, str]()
    try:
        for action, key, place in steps:
            if action == "claim":
                assert made.claim(key, place) == model.get(key)
                model.setdefault(key, place)
            else:
                made.release(key)
                model.pop(key, None)
        assert {key: made.find(key) for key in model} == model
    finally:
        made.close()


@pytest.mark.parametrize("count", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK + 7])
def test_what_was_shown_comes_back_in_order(scratch: Scratch, count: int) -> None:
    rows = [(number % 3, f"lead_{number}", f"uc-{number}") for number in range(count)]
    for row in rows:
        scratch.show(*row)
    assert list(scratch.shown()) == rows
    assert list(scratch.shown()) == rows


def test_leaves_no_file(tmp_path: Path, scratch: Scratch) -> None:
    for number in range(20_000):
        scratch.claim(f"a key that is somewhat long {number}", "leads.csv")
    assert list(tmp_path.iterdir()) == []
