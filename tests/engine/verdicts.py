"""What a person sees of messages that are held, and what the person says of them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from upscale_connect.ledger import Held, Ledger

if TYPE_CHECKING:
    from tests.engine.conftest import World

AT = datetime(2026, 3, 5, tzinfo=UTC)


def held(world: World) -> list[Held]:
    with Ledger.open(world.folder / "ledger.db") as ledger:
        return ledger.held_messages([1])


def decide(world: World, message: Held, verdict: Any, seen: bytes | None = None) -> None:
    with Ledger.open(world.folder / "ledger.db") as ledger:
        ledger.decide(message.id, verdict, seen or message.hash, "alice", AT)


def edit(world: World, message: Held, text: str) -> None:
    with Ledger.open(world.folder / "ledger.db") as ledger:
        ledger.add_version(message.id, text, message.hash, "alice", "review", AT)
