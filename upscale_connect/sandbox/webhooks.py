"""Completion notifications: one POST per request when it is complete, to this machine only."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..clock import Clock
from ..models import TIME_FORMAT
from .answer import distort_counts
from .faults import Fault, Faults
from .generation import Generation
from .loopback import is_loopback_url
from .observed import Outcome, WebhookAttempt
from .state import SandboxState

if TYPE_CHECKING:
    import requests

#: Seconds for a receiver to answer. The reference names no limit.
_TIMEOUT = 5.0


@dataclass(slots=True)
class _Notification:
    url: str
    payload: dict[str, Any]
    due: float
    fault: str | None = None


class Notifier:
    """Sends in a thread of its own, one after another. `secret` is never shown."""

    def __init__(self, state: SandboxState, faults: Faults, clock: Clock, secret: str) -> None:
        self._state = state
        self._faults = faults
        self._clock = clock
        self._secret = secret.encode()
        self._closing = threading.Event()
        self._queue: list[_Notification] = []
        self._held: list[_Notification] = []
        self._first: _Notification | None = None
        self._thread = threading.Thread(target=self._run, name="sandbox-webhooks", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """What was not sent is not sent any more."""
        self._closing.set()
        self._state.wake()

    def close(self) -> None:
        """Wait a moment for the thread to end; one that waits for a receiver ends by itself."""
        self.stop()
        self._thread.join(timeout=0.4)

    def _run(self) -> None:
        import requests

        with requests.Session() as http:
            http.trust_env = False  # no proxy: a webhook stays on this machine
            while not self._closing.is_set():
                # The injected clock may jump, so it is asked again after a short real time.
                idle = self._state.is_idle() and not self._queue
                if generation := self._state.take_completed(timeout=0.2 if idle else 0.02):
                    self._plan(generation)
                self._send_due(http)

    def _plan(self, generation: Generation) -> None:
        now = self._clock.monotonic()
        notification = _Notification(
            generation.notification_url, make_payload(generation, self._faults.settings.quirks == "docs"), now
        )
        self._first = self._first or notification
        faults = self._faults.take("webhook")
        if any(fault.kind == "webhook_drop" for fault in faults):
            self._record(notification, "dropped", fault="webhook_drop")
            return
        if any(fault.kind == "webhook_reorder" for fault in faults):
            notification.fault = "webhook_reorder"
            self._held.append(notification)
            return
        self._queue.append(notification)
        for fault in faults:
            self._add(fault, notification)
        self._queue += self._held
        self._held.clear()

    def _add(self, fault: Fault, notification: _Notification) -> None:
        """Delay `notification`, or queue what else comes with it."""
        url, payload, due = notification.url, notification.payload, notification.due
        if fault.kind == "webhook_delay":
            notification.fault = fault.kind
            notification.due += 5.0 if fault.seconds is None else fault.seconds
        elif fault.kind == "webhook_duplicate":
            self._queue.append(_Notification(url, payload, due, fault.kind))
        elif fault.kind == "webhook_forge":
            forged = {**payload, "secure_request_id": str(uuid.uuid4())}
            self._queue.append(_Notification(url, forged, due, fault.kind))
        elif fault.kind == "webhook_replay" and self._first is not None:
            self._queue.append(_Notification(self._first.url, self._first.payload, due, fault.kind))

    def _send_due(self, http: requests.Session) -> None:
        now = self._clock.monotonic()
        due = [notification for notification in self._queue if notification.due <= now]
        self._queue = [notification for notification in self._queue if notification.due > now]
        for notification in due:
            if self._closing.is_set():
                return
            self._send(http, notification)

    def _send(self, http: requests.Session, notification: _Notification) -> None:
        import requests

        if not is_loopback_url(notification.url):
            self._record(notification, "not loopback")
            return
        body = json.dumps(notification.payload, separators=(",", ":")).encode("ascii")
        headers = {"Content-Type": "application/json", **self._sign(body)}
        try:
            with http.post(
                notification.url, data=body, headers=headers, timeout=_TIMEOUT, allow_redirects=False, stream=True
            ) as answer:
                self._record(notification, "sent", status=answer.status_code)
        except (requests.RequestException, ValueError):
            self._record(notification, "failed")

    def _sign(self, body: bytes) -> dict[str, str]:
        """INVENTED: the reference asks for a webhook secret and describes no signature."""
        style = self._faults.settings.webhook_signature
        if style == "hmac-hex":
            return {"X-Webhook-Signature": f"sha256={hmac.new(self._secret, body, hashlib.sha256).hexdigest()}"}
        if style == "standard":
            number, seconds = str(uuid.uuid4()), str(int(self._clock.now().timestamp()))
            signed = f"{number}.{seconds}.".encode() + body
            digest = hmac.new(self._secret, signed, hashlib.sha256).digest()
            return {
                "webhook-id": number,
                "webhook-timestamp": seconds,
                "webhook-signature": f"v1,{base64.b64encode(digest).decode('ascii')}",
            }
        return {}

    def _record(
        self, notification: _Notification, outcome: Outcome, *, fault: str | None = None, status: int | None = None
    ) -> None:
        self._state.record_webhook(
            WebhookAttempt(
                at=self._clock.now(),
                url=notification.url,
                payload=notification.payload,
                outcome=outcome,
                fault=fault or notification.fault,
                status=status,
            )
        )


def make_payload(generation: Generation, docs: bool) -> dict[str, Any]:
    """The five documented fields; `docs`: with the counts of the reference's samples."""
    requested, generated = generation.requested, generation.generated
    if docs:
        requested, generated, _ = distort_counts(requested, requested, 0)
    return {
        "secure_request_id": generation.id,
        "status": "complete",
        "completed_at": generation.completed_at.strftime(TIME_FORMAT),
        "requested_messages_count": requested,
        "generated_messages_count": generated,
    }
