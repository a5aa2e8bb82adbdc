"""Everything the sandbox knows, in memory and thread-safe: keys, accepted requests, what was observed."""

from __future__ import annotations

import dataclasses
import heapq
import threading
import uuid
from collections import Counter, deque
from datetime import timedelta
from typing import Any

from ..clock import Clock
from ..errors import UsageError
from .credits import KeyCredits, make_keys
from .examples import make_example
from .faults import Faults
from .generation import Generation, pack, wanted_by_outcome
from .observed import ReceivedRequest, RequestLog, WebhookAttempt

#: (API key, lead id, message type)
MessageKey = tuple[str, str, str]


class SandboxState:
    """For tests: what was asked for, what was generated, and what it cost."""

    def __init__(self, faults: Faults, clock: Clock) -> None:
        self._faults = faults
        self._clock = clock
        self._changed = threading.Condition()
        self._log = RequestLog()
        self._forget()

    def _forget(self) -> None:
        example = make_example()
        self._keys = make_keys()
        self._generations: dict[str, Generation] = {example.id: example}
        self._bought: list[Generation] = []
        self._open: list[tuple[float, int, Generation]] = []
        self._completed: deque[Generation] = deque()
        self._webhooks: list[WebhookAttempt] = []

    # What a test looks at.

    @property
    def requests(self) -> list[ReceivedRequest]:
        """Every request to the API in the order of arrival; those to the admin interface are left out."""
        return self._log.list()

    def requests_to(self, endpoint: str) -> list[ReceivedRequest]:
        """Requests to `submit`, `retrieve`, `sequences`, `account` or `other`."""
        return [request for request in self._log.list() if request.endpoint == endpoint]

    @property
    def webhooks(self) -> list[WebhookAttempt]:
        with self._changed:
            return list(self._webhooks)

    @property
    def accepted(self) -> list[Generation]:
        """Every accepted request in the order of acceptance. What is due is complete."""
        self.settle()
        with self._changed:
            return list(self._bought)

    def submitted(self) -> Counter[MessageKey]:
        """How often each message was requested by an accepted submit. More than 1: asked for twice."""
        counts: Counter[MessageKey] = Counter()
        for generation in self.accepted:
            types = generation.types
            for row, _ in generation.results():
                for message_type in types:
                    counts[generation.key, row[0], message_type] += 1
        return counts

    def generated(self) -> Counter[MessageKey]:
        """How often each message was generated and paid for. More than 1: paid for twice."""
        counts: Counter[MessageKey] = Counter()
        for generation in filter(lambda one: one.complete, self.accepted):
            for row, granted in generation.results():
                for message_type in granted:
                    counts[generation.key, row[0], message_type] += 1
        return counts

    def credits(self, key: str) -> KeyCredits:
        """A copy of the account of `key`, one of the sandbox's. Raises `UsageError` for another."""
        self.settle()
        with self._changed:
            return dataclasses.replace(self._known(key))

    @property
    def key_names(self) -> tuple[str, ...]:
        return tuple(self._keys)

    # What a test changes.

    def add_key(self, key: str) -> None:
        """Know one more key, without a limit."""
        with self._changed:
            self._keys[key] = KeyCredits("Sandbox, unlimited", None)

    def set_credits(self, key: str, left: int | None) -> None:
        """Leave `left` credits to `key`; None is unlimited."""
        if left is not None and (isinstance(left, bool) or not isinstance(left, int) or left < 0):
            raise UsageError(f"the credits left are a number from 0, or None for unlimited, not {left!r}")
        with self._changed:
            self._known(key).set_left(left)

    def revoke(self, key: str, *, revoked: bool = True) -> None:
        """Revoke `key`, or take that back."""
        if not isinstance(revoked, bool):
            raise UsageError(f"a key is revoked or not: true or false, not {revoked!r}")
        with self._changed:
            self._known(key).revoked = revoked

    def reset(self) -> None:
        """Forget all requests, credits spent and webhooks. Faults stay: `faults.clear()`."""
        with self._changed:
            self._forget()
            self._log.clear()

    def _known(self, key: str) -> KeyCredits:
        if key not in self._keys:
            raise UsageError(f"the sandbox has no such key; it has {', '.join(self._keys)}")
        return self._keys[key]

    # What the application does.

    def receive(self, request: ReceivedRequest) -> None:
        self._log.add(request)

    def accept(self, key: str, request: dict[str, Any]) -> Generation | None:
        """Start a valid request; None if the credits of `key` do not suffice."""
        packed, outcomes = pack(request["lead_data"])
        sequence = tuple(request["message_sequence"])
        types = tuple(dict.fromkeys(sequence))
        wanted = wanted_by_outcome(types)
        self.settle()
        with self._changed:
            reserved = self._reserve(self._keys[key], len(outcomes) * len(types))
            if reserved is None:
                return None
            now, delay = self._clock.monotonic(), self._faults.settings.delay
            generation = Generation(
                id=str(uuid.uuid4()),
                key=key,
                customer=request["automation_tool_customer_id"],
                campaign=request["automation_tool_campaign_id"],
                sequence=sequence,
                tone=request.get("tone_preference") or "normal",
                notification_url=request["completion_notification_url"],
                packed=packed,
                leads=len(outcomes),
                generatable=sum(len(wanted[outcome]) for outcome in outcomes),
                allowed=reserved or len(outcomes) * len(types),
                started_at=now,
                ready_at=now + delay,
                completed_at=self._clock.now() + timedelta(seconds=delay),
                reserved=reserved,
            )
            self._generations[generation.id] = generation
            self._bought.append(generation)
            heapq.heappush(self._open, (generation.ready_at, len(self._bought), generation))
            self._changed.notify_all()
        return generation

    def _reserve(self, account: KeyCredits, messages: int) -> int | None:
        """Set credits aside as the setting `credit_check` says; None if there are too few."""
        check = self._faults.settings.credit_check
        if check == "completion":
            return 0
        covered = account.cover(messages)
        if covered < messages and (check == "submit" or not covered):
            return None
        account.reserved += covered
        return covered

    def find(self, key: str, request_id: str) -> Generation | None:
        """The request that `key` got this id for."""
        self.settle()
        with self._changed:
            generation = self._generations.get(request_id)
        return generation if generation and generation.key == key else None

    def monotonic(self) -> float:
        return self._clock.monotonic()

    def settle(self) -> None:
        """Complete what is due, and take its credits."""
        with self._changed:
            now = self._clock.monotonic()
            while self._open and self._open[0][0] <= now:
                generation = heapq.heappop(self._open)[2]
                account = self._keys[generation.key]
                account.reserved -= generation.reserved
                if not generation.reserved:
                    generation.allowed = account.cover(generation.generatable)
                account.spent += generation.generated
                generation.complete = True
                self._completed.append(generation)

    # What the notifier does.

    def take_completed(self, timeout: float) -> Generation | None:
        """The next completed request that nobody was told of; waits up to `timeout` real seconds."""
        self.settle()
        with self._changed:
            if not self._completed:
                self._changed.wait(timeout)
        self.settle()
        with self._changed:
            return self._completed.popleft() if self._completed else None

    def is_idle(self) -> bool:
        """Whether no request is open."""
        with self._changed:
            return not self._open and not self._completed

    def wake(self) -> None:
        """End a wait in `take_completed` early."""
        with self._changed:
            self._changed.notify_all()

    def record_webhook(self, attempt: WebhookAttempt) -> None:
        with self._changed:
            self._webhooks.append(attempt)
