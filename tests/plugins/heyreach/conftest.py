"""A HeyReach behind real HTTP, and a sink that knows its address."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.engine.conftest import MovableClock, MovingStop, World
from tests.plugins.heyreach.server import KEY, HeyReach
from upscale_connect import Context, Delivery, Lead, Message, Record
from upscale_connect.http import Limits, RateLimiters, repeatable_session
from upscale_connect.sandbox import Sandbox
from upscale_connect_heyreach.options import HeyReachConfig
from upscale_connect_heyreach.sink import HeyReachSink

AT = datetime(2026, 1, 2, tzinfo=UTC)
TYPES = ("connection_request", "first_follow_up")


@pytest.fixture
def heyreach() -> Iterator[HeyReach]:
    with HeyReach() as server:
        yield server


@pytest.fixture
def open_sink(heyreach: HeyReach, tmp_path: Path) -> Iterator[Callable[..., HeyReachSink]]:
    """`open_sink(campaign=7)`: a sink with these options."""
    clock = MovableClock()
    stop = MovingStop(clock)
    sessions = []

    def build(**options: Any) -> HeyReachSink:
        session = repeatable_session(
            limits=Limits(connect_seconds=2, read_seconds=2, total_seconds=5),
            sleep=stop.wait,
            clock=clock,
            limiters=RateLimiters(clock, stop.wait),
        )
        sessions.append(session)
        context = Context(tmp_path, session, clock, stop, logging.getLogger("test.heyreach"), message_types=TYPES)
        return HeyReachSink(HeyReachConfig(api_key=KEY, base_url=heyreach.url, **options), context)

    yield build
    for session in sessions:
        session.close()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    clock = MovableClock()
    with Sandbox(delay=0, clock=clock) as sandbox:
        built = World(tmp_path, sandbox, clock)
        yield built
        built.check_books()


def deliver(number: int, slug: str = "", **changes: str) -> Delivery:
    first = changes.get("first", f"Ann{number}")
    url = f"https://www.linkedin.com/in/{slug or f'ann-{number}'}"
    lead = Lead(str(number), url, f"li:in:{slug or f'ann-{number}'}", "Acme", first, "Lee")
    texts = {"connection_request": changes.get("text", f"Hello Ann{number}"), "first_follow_up": f"Again, Ann{number}"}
    messages = {kind: Message(kind, text, AT) for kind, text in texts.items()}
    return Delivery(lead.key, Record(None, {}), lead, messages, changes.get("receipt", f"uc-{number}"))
