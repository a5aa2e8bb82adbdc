"""What the sandbox remembers of its callers, so that a test can say "exactly one submit"."""

from __future__ import annotations

import json
import threading
from collections import deque
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from ..models import TIME_FORMAT

#: Bodies are kept up to this many bytes in all; the oldest go first.
BODIES_KEPT = 8 * 1024 * 1024
REQUESTS_KEPT = 100_000

Outcome = Literal["sent", "failed", "dropped", "not loopback"]


@dataclass(slots=True, eq=False)
class ReceivedRequest:
    """One HTTP request as it arrived.

    `endpoint`: submit, retrieve, sequences, account or other. `key` is named only if it is one of the
    sandbox's: a real key sent here by mistake is not kept. `status` None: no answer was given (yet).
    `accepted` is the `secure_request_id` that a submit got, also where the answer was lost.
    `body` None: it was given up to save memory.
    """

    at: datetime
    method: str
    path: str
    query: str
    endpoint: str
    key: str | None
    content_type: str
    size: int
    body: bytes | None
    faults: tuple[str, ...] = ()
    status: int | None = None
    accepted: str | None = None

    def json(self) -> Any:
        """The body, parsed. Raises `ValueError` if it is no JSON or was given up."""
        if self.body is None:
            raise ValueError("the body was not kept")
        return json.loads(self.body)

    def describe(self) -> dict[str, Any]:
        """For the admin interface."""
        return {
            "at": self.at.strftime(TIME_FORMAT),
            "method": self.method,
            "path": self.path,
            "query": self.query,
            "endpoint": self.endpoint,
            "key": self.key,
            "content_type": self.content_type,
            "size": self.size,
            "body": None if self.body is None else self.body.decode("utf-8", "replace"),
            "faults": list(self.faults),
            "status": self.status,
            "accepted": self.accepted,
        }


@dataclass(frozen=True, slots=True)
class WebhookAttempt:
    """One notification that was sent, or why it was not. `status` is the receiver's answer."""

    at: datetime
    url: str
    payload: dict[str, Any]
    outcome: Outcome
    fault: str | None = None
    status: int | None = None

    def describe(self) -> dict[str, Any]:
        """For the admin interface."""
        return {
            "at": self.at.strftime(TIME_FORMAT),
            "url": self.url,
            "payload": self.payload,
            "outcome": self.outcome,
            "fault": self.fault,
            "status": self.status,
        }


class RequestLog:
    """The last requests, with the last bodies."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.clear()

    def clear(self) -> None:
        with self._lock:
            self._requests: deque[ReceivedRequest] = deque(maxlen=REQUESTS_KEPT)
            self._with_body: deque[ReceivedRequest] = deque()
            self._body_bytes = 0

    def add(self, request: ReceivedRequest) -> None:
        with self._lock:
            self._requests.append(request)
            if not request.size:
                return
            self._with_body.append(request)
            self._body_bytes += request.size
            while self._body_bytes > BODIES_KEPT:
                oldest = self._with_body.popleft()
                oldest.body = None
                self._body_bytes -= oldest.size

    def list(self) -> list[ReceivedRequest]:
        with self._lock:
            return list(self._requests)
