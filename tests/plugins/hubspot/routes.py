"""How the endpoints of the server are written down: where each is, who may call it, and what it refuses."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from tests.plugins.hubspot.portal import Call, Portal

VERSIONS = "2026-03|2026-09"


@dataclass
class Answer:
    """`body` None: no body."""

    status: int
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)


class Refusal(Exception):  # noqa: N818  # it is the answer
    """An error as HubSpot words it."""

    def __init__(self, status: int, category: str, message: str, **more: Any) -> None:
        super().__init__(message)
        self.answer = Answer(
            status,
            {
                "status": "error",
                "message": message,
                "correlationId": str(uuid.UUID(int=status)),
                "category": category,
                **more,
            },
        )


Endpoint: TypeAlias = Callable[[Portal, Call, "re.Match[str]"], Answer]
ROUTES: list[tuple[str, re.Pattern[str], str, Endpoint]] = []


def route(method: str, rest: str, *, api: str, scope: str = "", version: str = "v3") -> Callable[[Endpoint], Endpoint]:
    """An endpoint at its dated and its numbered path; `{kind}` in `scope` is that of the path."""
    dated, numbered = (f"/{api}/(?:{VERSIONS})", f"/{re.sub('^crm/', f'crm/{version}/', api)}")
    if not api.startswith("crm/"):
        numbered = f"/{api}/{version}"

    def register(endpoint: Endpoint) -> Endpoint:
        ROUTES.append((method, re.compile(f"(?:{dated}|{numbered})/{rest}"), scope, endpoint))
        return endpoint

    return register


def need(condition: object, message: str, **more: Any) -> None:
    """A 400 unless the condition holds."""
    if not condition:
        raise Refusal(400, "VALIDATION_ERROR", message, **more)
