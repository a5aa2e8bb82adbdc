"""A paid request, and the mark that is made before its first byte."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from upscale_connect.upscale import PaidSession
from upscale_connect.upscale.answers import Answer

if TYPE_CHECKING:
    from tests.upscale.conftest import FaultServer

BODY = b'{"lead_data": []}'


def post(paid: PaidSession, url: str, before_send: Callable[[], None] = lambda: None) -> Answer:
    return paid.post(f"{url}/x", BODY, {"Api-Key": "k"}, before_send=before_send)


class Marks:
    """Stands for the durable mark: remembers how often it was made, and what the server had by then."""

    def __init__(self, server: FaultServer) -> None:
        self.server = server
        self.made: list[tuple[int, int]] = []

    def __call__(self) -> None:
        self.made.append((self.server.connections, len(self.server.received)))
