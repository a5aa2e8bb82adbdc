"""A few of the histories; `python -m tests.protocol.history` tries thousands."""

from __future__ import annotations

import pytest

from tests.protocol.history import try_histories


@pytest.mark.promise(row="A3")
def test_any_joined_history() -> None:
    try_histories(examples=15, steps=15)
