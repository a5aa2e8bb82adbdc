"""pytest fixtures: import them into a test or a conftest.py."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ..sandbox import Sandbox


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """A local Upscale API that has every message at once; its key is `sandbox-valid`."""
    with Sandbox(delay=0) as started:
        yield started
